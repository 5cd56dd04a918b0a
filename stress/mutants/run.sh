#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# run.sh [--times N] [NAME...]: seeds one defect after the other into a copy of the tree and expects
# the check that is named for it to fail. All of them without a name; a name may also be the path of
# a patch. README.md beside this file says what a patch looks like.
#
# The copy is build/mutants/tree, with one build per preset that is kept between runs: a defect
# costs the files that it touches, a link and the check. A check must pass before any defect is in,
# else it proves nothing. A defect is caught when its check fails, crashes or does not end, in each
# of N runs (one without --times); it survives when the check passes.
#
# Exit: 0 all caught; 1 one survived, or could not be tried; 2 wrong arguments; 77 the rest caught,
# but one that no check can catch on this machine (the check was skipped).
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
work=${LOOKASIDE_MUTANTS_WORK:-$root/build/mutants}
tree=$work/tree
# Added when the copy is configured.
read -ra options <<<"${LOOKASIDE_MUTANTS_OPTIONS:-}"
# What a defect was built from comes back with the next one.
if command -v ccache >/dev/null; then
    export CMAKE_C_COMPILER_LAUNCHER=${CMAKE_C_COMPILER_LAUNCHER:-ccache}
fi

complain() {
    printf 'mutants: %s\n' "$*" >&2
    exit 2
}

# patch_with FILE ARGS...: `git apply` that does not take the copy for a part of a repository.
patch_with() {
    local file=$1
    shift
    (cd "$tree" && GIT_CEILING_DIRECTORIES=$work git apply "$@" "$file")
}

# The value of a line "NAME: value" before the diff.
field() {
    sed -n "/^diff --git\|^--- /q; s/^$1: *//p" "$2" | head -n 1
}

# --- the copy ---

sources() {
    cd "$root" || return
    if git rev-parse --git-dir >/dev/null 2>&1; then
        git ls-files --cached --others --exclude-standard
    else
        find . \( -path ./.git -o -path ./build -o -path ./results \) -prune -o \
            -type f -printf '%P\n'
    fi | while read -r file; do
        [[ -f $file ]] && printf '%s\n' "$file"
    done
    return 0
}

copied() {
    cd "$tree" && find . -path ./build -prune -o -type f -printf '%P\n'
}

# By content, and with a new time: what an interrupted run left patched is built again.
copy_tree() {
    local file
    mkdir -p "$tree"
    sources | sort >"$work/sources"
    copied | sort | comm -13 "$work/sources" - | (cd "$tree" && xargs -r -d '\n' rm -f --)
    while read -r file; do
        cmp -s "$root/$file" "$tree/$file" && continue
        mkdir -p "$(dirname "$tree/$file")"
        cp "$root/$file" "$tree/$file" || return
    done <"$work/sources"
}

# --- checks ---

# The sanitizers of these compilers cannot place their shadow memory when the kernel randomises
# addresses over more bits than they know.
run_for() {
    local preset=$1
    shift
    if [[ $preset == [at]san ]] && setarch "$(uname -m)" -R true 2>/dev/null; then
        setarch "$(uname -m)" -R "$@"
    else
        "$@"
    fi
}

# configure PRESET: once in a run, as the tree may have other tests than in the run before.
declare -A configured
configure() {
    [[ -z ${configured[$1]:-} ]] || return 0
    (cd "$tree" && cmake --preset "$1" "${options[@]}") >"$work/$1.configure.log" 2>&1 || return
    configured[$1]=yes
}

# tests PRESET REGEX: names of the tests that the whole of REGEX matches.
tests() {
    ctest --test-dir "$tree/build/$1" -N -R "^($2)\$" 2>/dev/null |
        sed -n 's/^ *Test *#[0-9]*: //p'
}

# targets PRESET REGEX: files of the build that the commands of these tests name.
targets() {
    local name
    tests "$1" "$2" | while read -r name; do
        grep -rhF --include=CTestTestfile.cmake "add_test([=[$name]=] " "$tree/build/$1" |
            grep -oE "\"(-D[A-Z]+=)?$tree/build/$1/[^\"]*\"" | tr -d '"' | sed 's/^-D[A-Z]*=//'
    done | while read -r name; do
        name=${name#"$tree/build/$1/"}
        grep -qE "^build $name(:| )" "$tree/build/$1/build.ninja" && printf '%s\n' "$name"
    done | sort -u
}

# build PRESET LOG TARGET...
build() {
    local preset=$1 log=$2
    shift 2
    [[ $# -gt 0 ]] || return 0
    (cd "$tree/build/$preset" && ninja "$@") >"$log" 2>&1
}

# run_check PRESET REGEX SECONDS LOG: ctest's exit status. A check that has not ended by then has
# failed.
run_check() {
    run_for "$1" timeout -k 5 "$3" ctest --test-dir "$tree/build/$1" --no-tests=error --verbose \
        --stop-on-failure -R "^($2)\$" </dev/null 2>&1 | sed -u 's/^[0-9]*: //' >"$4"
    return "${PIPESTATUS[0]}"
}

# said LOG: what a failed check says is wrong, in one line: of a cmocka test, in which of its cases.
said() {
    sed "s,$tree/,,g; s/0x[0-9a-f]\{10,\}/ADDRESS/g" "$1" | tr -s ' \t' ' ' | awk '
        function tell(what) { print what; told = 1; exit }
        /^\[ RUN / { inside = $NF }
        /^\[ (OK|PASSED|SKIPPED|FAILED) / { inside = "" }
        /^\[ ERROR \] ---/ { sub(/^[^-]*--- /, ""); tell((inside ? inside ": " : "") $0) }
        /[Ee]rror: |ERROR|WRONG:|Sanitizer|Assertion|FAILED:|^FAILED |^fuzz: / { tell($0) }
        /\*\*\*/ {
            how = $0
            sub(/.*\*\*\*(Exception: )?/, "", how)
            sub(/ [0-9.]+ sec.*/, "", how)
        }
        /^[0-9]+% tests/ { exit }
        /\*\*\*|^Internal ctest|^UpdateCTest|^Test |^Constructing|^Done|^Updating/ { next }
        /^Added|^Checking|^ Start |^Working|^replay: |^test [0-9]+$|^ ?$|^\[/ { next }
        !first { first = $0 }
        END {
            if (told) exit
            if (!how) how = "does not end"
            print inside ? inside ": " how : first ? first : how
        }' | cut -c 1-110
}

# --- before any defect ---

declare -A before bound_of

# check_before PRESET REGEX: "passes SECONDS", "skipped", or what is wrong with it.
check_before() {
    local preset=$1 regex=$2 log=$work/before.log names nr list start
    names=$(tests "$preset" "$regex")
    [[ -n $names ]] || { echo "no test is called that" && return; }
    mapfile -t list < <(targets "$preset" "$regex")
    build "$preset" "$log" "${list[@]}" || { echo "does not build: $(said "$log")" && return; }
    start=$SECONDS
    run_check "$preset" "$regex" 300 "$log" ||
        { echo "fails without it: $(said "$log")" && return; }
    nr=$(wc -l <<<"$names")
    if [[ $(grep -c 'Skipped' "$log") -ge $nr ]]; then
        echo skipped
    else
        echo "passes $((SECONDS - start))"
    fi
}

# prepare PRESET REGEX: sets before[], and the bound for a run with a defect in.
prepare() {
    local key="$1 $2" answer
    [[ -z ${before[$key]:-} ]] || return
    if ! configure "$1"; then
        before[$key]="cannot configure preset $1 ($work/$1.configure.log)"
        return
    fi
    answer=$(check_before "$1" "$2")
    before[$key]=$answer
    [[ $answer != passes* ]] || bound_of[$key]=$((15 + 10 * ${answer#passes }))
}

# --- one defect ---

nr_caught=0 nr_bad=0 nr_skipped=0

# row NAME DEFECT CHECK OUTCOME SECONDS SAID: to the terminal and to the page.
row() {
    case $4 in
    caught*) nr_caught=$((nr_caught + 1)) ;;
    skipped) nr_skipped=$((nr_skipped + 1)) ;;
    *) nr_bad=$((nr_bad + 1)) ;;
    esac
    printf '%-30s %-34s %-10s %3s s  %s\n' "$1" "$3" "$4" "$5" "$6"
    printf "| %s: %s | \`%s\` | %s | %s | \`%s\` |\n" \
        "$1" "${2//|/\\|}" "$3" "$4" "$5" "${6//|/\\|}" >"$work/last/$1"
}

# try_once PRESET REGEX LOG: 0 the check failed, 1 it passed.
try_once() {
    ! run_check "$1" "$2" "${bound_of["$1 $2"]}" "$3"
}

# outcome PRESET REGEX LOG TIMES: with the defect in and built.
outcome() {
    local i caught=0
    for ((i = 0; i < $4; i++)); do
        if try_once "$1" "$2" "$3"; then
            caught=$((caught + 1))
            cp "$3" "$3.caught"
        fi
    done
    [[ $caught -eq 0 ]] || mv "$3.caught" "$3"
    if [[ $caught -eq $4 ]]; then
        [[ $4 -eq 1 ]] && echo caught || echo "caught $4/$4"
    elif [[ $caught -eq 0 ]]; then
        echo SURVIVED
    else
        echo "SURVIVED $(($4 - caught))/$4"
    fi
}

# seed FILE PRESET REGEX LOG TIMES: applies, builds, runs, takes it out again.
seed() {
    local file=$1 preset=$2 regex=$3 log=$4 list
    patch_with "$file" --check >"$log" 2>&1 || { echo "DOES NOT APPLY" && return; }
    mapfile -t list < <(targets "$preset" "$regex")
    patch_with "$file"
    if build "$preset" "$log" "${list[@]}"; then
        outcome "$preset" "$regex" "$log" "$5"
    else
        echo "NOT BUILT"
    fi
    patch_with "$file" --reverse || copy_tree
}

try_mutant() {
    local file=$1 times=$2 name defect check preset regex answer start
    name=$(basename "$file" .patch)
    defect=$(field Defect "$file") check=$(field Caught-by "$file")
    preset=${check%% *} regex=${check#* }
    prepare "$preset" "$regex"
    case ${before["$preset $regex"]} in
    passes*) ;;
    skipped)
        row "$name" "$defect" "$check" skipped 0 "the check cannot run on this machine"
        return
        ;;
    *)
        row "$name" "$defect" "$check" ERROR 0 "${before["$preset $regex"]}"
        return
        ;;
    esac
    start=$SECONDS
    answer=$(seed "$file" "$preset" "$regex" "$work/$name.log" "$times")
    row "$name" "$defect" "$check" "$answer" $((SECONDS - start)) "$(said "$work/$name.log")"
}

# --- all of them ---

# Paths of the patches; those of one preset and check one after the other.
find_patches() {
    local name file
    [[ $# -gt 0 ]] || set -- "$here"/*.patch
    for name; do
        file=$name
        [[ -f $file ]] || file=$here/${name%.patch}.patch
        [[ -f $file ]] ||
            complain "no such defect: $name; stress/mutants/*.patch are all there are"
        [[ -n $(field Defect "$file") && $(field Caught-by "$file") == *" "* ]] ||
            complain "$file: no lines 'Defect: what' and 'Caught-by: PRESET TEST' before its diff"
        printf '%s\t%s\n' "$(field Caught-by "$file")" "$(realpath "$file")"
    done | sort | cut -f 2
}

# The last result of a defect: of this copy, if there is one since its patch was changed; of a copy
# that never tried it, what the page says.
last_result() {
    local defect row begins
    defect=$(basename "$1" .patch)
    row=$work/last/$defect
    begins=$(printf "| %s: %s | \`%s\` |" "$defect" "$(field Defect "$1")" "$(field Caught-by "$1")")
    if [[ $row -nt $1 ]]; then
        cat "$row"
    elif [[ -f $row ]] || ! grep -sF "$begins" "$here/TABLE.md"; then
        echo "$begins not run yet | | |"
    fi
}

# Beside the patches, unless the copy is elsewhere.
write_page() {
    local file
    {
        printf '# Seeded defects and the checks that catch them\n\n'
        printf "Written by \`./run.sh mutants\`, which does this again.\n\n"
        printf '| defect | check | outcome | s | what the check said |\n|---|---|---|---|---|\n'
        for file in "$here"/*.patch; do
            last_result "$file"
        done
    } >"$work/TABLE.md"
    [[ -n ${LOOKASIDE_MUTANTS_WORK:-} ]] || cp "$work/TABLE.md" "$here/TABLE.md"
}

main() {
    local times=1 files file summary began=$SECONDS
    if [[ ${1:-} == --times ]]; then
        [[ ${2:-} =~ ^[1-9][0-9]{0,3}$ ]] ||
            complain "--times takes a number from 1 to 9999, not '${2:-}'"
        times=$2
        shift 2
    fi
    [[ ${1:-} != -* ]] || complain "unknown option '$1'; known: --times N"
    files=$(find_patches "$@") || exit 2
    mkdir -p "$work/last"
    exec 9>"$work/lock"
    flock -n 9 || complain "another run works in $work"
    copy_tree || complain "cannot copy the tree to $tree"
    while read -r file; do
        try_mutant "$file" "$times"
    done <<<"$files"
    summary="$nr_caught of $(wc -l <<<"$files") caught, $nr_bad not, $nr_skipped skipped,"
    summary+=" in $((SECONDS - began)) s."
    write_page
    printf '%s\n' "$summary"
    [[ $nr_bad -eq 0 ]] || return 1
    [[ $nr_skipped -eq 0 ]] || return 77
}

main "$@"
