#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# apply_test.sh BUILD: that every seeded defect still applies to the tree, says what it is, names a
# preset and a test that exist (tests of other presets have the same names), and compiles: a file of
# this build in which its change is, for its syntax, as this build compiles it.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
build=${1:?build directory}
findings=0 nr=0 nr_compiled=0

command -v git >/dev/null || { echo "skipped: no git here to apply patches with" && exit 77; }
tests=$(ctest --test-dir "$build" -N 2>/dev/null | sed -n 's/^ *Test *#[0-9]*: //p')
presets=$(sed -n 's/.*"configurePreset": "\([^"]*\)".*/\1/p' "$root/CMakePresets.json" | sort -u)

finding() {
    echo "ERROR: $*"
    findings=$((findings + 1))
}

# The lines before the diff.
head_of() {
    sed '/^diff --git\|^--- /,$d' "$1"
}

# --- compiling ---

# A copy to apply to: of what objects are made from.
tree=$(mktemp -d "$build/mutants-apply.XXXXXX") || exit 2
trap 'rm -rf "$tree"' EXIT
for directory in impl strategies stress bench; do
    cp -r "$root/$directory" "$tree" || exit 2
done

# "OBJECT FILE" for every source that an object of this build was last made from. By object, so that
# a file's first one is always the same.
ninja -C "$build" -t deps 2>/dev/null | awk '
    /^[^ ].*VALID/ { object = $1; sub(/:$/, "", object) }
    /^ +.*\/(impl|strategies|stress|bench)\// { print object, $1 }' | sort >"$tree/made_from"

apply() {
    (cd "$tree" && GIT_CEILING_DIRECTORIES=$build git apply "$@")
}

# The command that makes an object, for the copy's file and without output: but for what this build
# has made itself, all paths are the copy's.
declare -A commands
syntax_command() {
    local command
    command=$(ninja -C "$build" -t commands -s "$1" |
        sed -E 's/ -MD -MT [^ ]+ -MF [^ ]+//; s/ -o [^ ]+ -c / -fsyntax-only /; s/ -Werror / /g
            s/^([^ ]*\/)?ccache //')
    command=${command//"$build/"/@build@}
    command=${command//"$root/"/"$tree/"}
    commands[$1]="${command//@build@/"$build/"} -Werror=implicit-function-declaration"
}

# compile FILE: what it changes, applied. Says what the compiler has against it, if anything. What is
# in no object of this build (of another processor) is passed over.
compile() {
    local changed object output
    while read -r changed; do
        object=$(grep -m 1 "/$changed\$" "$tree/made_from") || continue
        object=${object%% *}
        [[ -n ${commands[$object]:-} ]] || syntax_command "$object"
        nr_compiled=$((nr_compiled + 1))
        output=$(cd "$build" && eval "${commands[$object]}" 2>&1) ||
            grep -m 1 'error:' <<<"$output" || echo "${output:-no reason}"
    done < <(sed -n 's/^+++ b\///p' "$1")
}

# --- all of them ---

for file in "$here"/*.patch "$here"/tests/*.patch; do
    name=${file#"$here/"} nr=$((nr + 1))
    check=$(head_of "$file" | sed -n 's/^Caught-by: //p')
    head_of "$file" | grep -q '^Defect: .' || finding "$name has no line 'Defect: what'"
    grep -qxF "${check%% *}" <<<"$presets" || finding "$name: no preset '${check%% *}'"
    grep -qxE "${check#* }" <<<"$tests" || finding "$name: no test '${check#* }'"
    if ! said=$(apply "$file" 2>&1); then
        finding "$name does not apply: $(head -n 1 <<<"$said")"
        continue
    fi
    compile "$file" >"$tree/says"
    case $name in
    tests/uncompilable.patch) [[ -s $tree/says ]] || finding "$name compiles" ;;
    *) [[ ! -s $tree/says ]] || finding "$name does not compile: $(sed "s,$tree/,,g;q" "$tree/says")" ;;
    esac
    apply --reverse "$file"
done
echo "$nr seeded defects, $nr_compiled files of them compiled, $findings findings"
[[ $findings -eq 0 && $nr -gt 2 && $nr_compiled -gt 0 ]]
