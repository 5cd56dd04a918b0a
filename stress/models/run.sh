#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# run.sh [--large] [MODEL...]: searches every state of the models in this directory, all of them
# without a name, and shows that a model with a defect in is refuted, for each defect that its head
# names. README.md tells what the models are.
#
# Exit: 0 all as it should be; 1 a sound model has an error, a search was cut short, or a defect was
# not found; 2 wrong arguments; 77 there is no spin.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
bounds=() findings=0

complain() {
    printf 'models: %s\n' "$*" >&2
    exit 2
}

# defects MODEL: name and what it is, from the model's head.
defects() {
    sed -n '/^ \*\//q; s/^ \*   -D\([A-Z_]*\)  *\(.*\)/\1 \2/p' "$here/$1.pml"
}

# check_map MODEL: that the functions which its head names are where it says.
check_map() {
    local word file=''
    while read -r word; do
        if [[ $word == *.[ch] ]]; then
            file=$here/../../strategies/$word
            [[ -f $file ]] || file=$here/../../$word
        elif ! grep -qE "\b${word%()}\(" "$file" 2>/dev/null; then
            finding "ERROR: $1.pml names $word of ${file##*/}, which is not there"
        fi
    done < <(sed -n '/^ \*   model/,/^ \*$/p' "$here/$1.pml" |
        grep -oE '[A-Za-z0-9_/]+\.[ch]\b|[A-Za-z0-9_]+\(\)')
}

# search MODEL FLAGS DEFINES...: a checker of its own in $work/pan, run to the end; what it says.
search() (
    local model=$1 flags
    read -ra flags <<<"$2"
    shift 2
    rm -rf "$work/pan" && mkdir "$work/pan" && cd "$work/pan" || exit 2
    cp "$here"/*.pml . && spin -a "$@" "$model.pml" 2>&1 &&
        gcc -w "${flags[@]}" -DSAFETY -DMEMLIM=4096 -o pan pan.c 2>&1 && ./pan -m1000000 -w22 2>&1
)

number() {
    sed -n "s/^ *\([0-9.e+]*\) $1.*/\1/p" "$2" | head -n 1
}

finding() {
    printf '%s\n' "$*"
    findings=$((findings + 1))
}

check_sound() {
    local model=$1 log=$work/sound.log start=$SECONDS
    search "$model" -O1 "${bounds[@]}" >"$log"
    if grep -q 'errors: 0' "$log" &&
        ! grep -qE 'too small|not completed|out of memory|aborted' "$log"; then
        printf '%s: %s states, %s transitions, longest path %s: fully searched, no error (%d s)\n' \
            "$model" "$(number 'states, stored' "$log")" "$(number 'transitions' "$log")" \
            "$(sed -n 's/.*depth reached \([0-9]*\),.*/\1/p' "$log")" $((SECONDS - start))
    else
        finding "ERROR: $model without a defect: $(grep -m 1 -E '^pan|^spin|rror' "$log")"
        (cd "$work/pan" && spin -T -t "${bounds[@]}" "$model.pml" 2>&1 | tail -n 60)
    fi
}

# Breadth first, so that the way there is the shortest; a model may do with less for it (-DDEFECT).
check_defect() {
    local model=$1 defect=$2 what=$3 log=$work/defect.log
    search "$model" "-O0 -DBFS" -DDEFECT "-D$defect" >"$log"
    if ! grep -qE '^pan:.*(assertion violated|invalid end state)' "$log"; then
        finding "ERROR: $model -D$defect ($what): not found"
        tail -n 20 "$log"
        return
    fi
    printf '%s -D%s: %s: found within %s states, by %s\n' "$model" "$defect" "$what" \
        "$(number 'states, stored' "$log")" \
        "$(sed -n 's/^pan:[0-9]*: \(.*\) (at depth.*/\1/p' "$log")"
    (cd "$work/pan" && spin -T -t -DDEFECT "-D$defect" "$model.pml" 2>&1) |
        sed -n '/^ *\(T[0-9]\|limit\|trim\|drain\)/s/^ */    /p'
}

main() {
    local model models name what
    command -v spin >/dev/null || { echo "skipped: no spin here (Debian: spin)" && exit 77; }
    [[ ${1:-} != --large ]] || { bounds=(-DLARGE) && shift; }
    [[ ${1:-} != -* ]] || complain "unknown option '$1'; known: --large"
    if [[ $# -gt 0 ]]; then
        models=("$@")
    else
        mapfile -t models < <(cd "$here" && grep -l '^init' ./*.pml | sed 's,^\./,,; s,\.pml$,,')
    fi
    for model in "${models[@]}"; do
        [[ -f $here/$model.pml ]] || complain "no model '$model' in $here"
        check_map "$model"
        check_sound "$model"
        while read -r name what; do
            [[ $name == LARGE ]] || check_defect "$model" "$name" "$what"
        done < <(defects "$model")
    done
    [[ $findings -eq 0 ]]
}

main "$@"
