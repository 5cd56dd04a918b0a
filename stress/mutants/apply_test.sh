#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# apply_test.sh BUILD: that every seeded defect still applies to the tree, says what it is, and
# names a preset and a test that exist (tests of other presets have the same names).
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
findings=0 nr=0

command -v git >/dev/null || { echo "skipped: no git here to apply patches with" && exit 77; }
tests=$(ctest --test-dir "${1:?build directory}" -N 2>/dev/null | sed -n 's/^ *Test *#[0-9]*: //p')
presets=$(sed -n 's/.*"configurePreset": "\([^"]*\)".*/\1/p' "$root/CMakePresets.json" | sort -u)

finding() {
    echo "ERROR: $*"
    findings=$((findings + 1))
}

# The lines before the diff.
head_of() {
    sed '/^diff --git\|^--- /,$d' "$1"
}

for file in "$here"/*.patch "$here"/tests/*.patch; do
    name=${file#"$here/"} nr=$((nr + 1))
    check=$(head_of "$file" | sed -n 's/^Caught-by: //p')
    head_of "$file" | grep -q '^Defect: .' || finding "$name has no line 'Defect: what'"
    grep -qxF "${check%% *}" <<<"$presets" || finding "$name: no preset '${check%% *}'"
    grep -qxE "${check#* }" <<<"$tests" || finding "$name: no test '${check#* }'"
    said=$(cd "$root" &&
        GIT_CEILING_DIRECTORIES=$(dirname "$root") git apply --check "$file" 2>&1) ||
        finding "$name does not apply: $(head -n 1 <<<"$said")"
done
echo "$nr seeded defects, $findings findings"
[[ $findings -eq 0 && $nr -gt 2 ]]
