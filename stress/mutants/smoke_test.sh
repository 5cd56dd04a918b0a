#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# smoke_test.sh DIRECTORY: that run.sh tells a caught defect from one that survives, and from one
# that does not compile, on two defects that build quickly and on the patches in tests/.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export LOOKASIDE_MUTANTS_WORK=${1:?directory to work in}
export LOOKASIDE_MUTANTS_OPTIONS=-DLOOKASIDE_BENCH=OFF

command -v git >/dev/null || { echo "skipped: no git here to apply patches with" && exit 77; }

# expect STATUS TEXT NAME...
expect() {
    local status=$1 text=$2 output
    shift 2
    output=$("$here/run.sh" "$@")
    [[ $? -eq $status ]] ||
        { echo "$output" && echo "ERROR: $*: another status than $status" && exit 1; }
    printf '%s\n' "$output"
    grep -qF "$text" <<<"$output" || { echo "ERROR: $*: no word of '$text'" && exit 1; }
}

expect 0 "2 of 2 caught" depth_falls_below_the_minimum slist_no_tag
expect 1 SURVIVED "$here/tests/harmless.patch"
expect 1 "NOT BUILT" "$here/tests/uncompilable.patch"
