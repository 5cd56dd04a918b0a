#!/bin/bash
# SPDX-License-Identifier: MIT
# mistakes.sh HOW PROGRAM STRATEGY...: runs the program that makes mistakes (mistake.c) under what
# must find them, and checks that each is told, where it was made, and that correct use is silent.
#   memcheck   valgrind, on a library that was not built for it
#   checked    LOOKASIDE_CHECKED=1 in the environment
#   asan       a program compiled with the address sanitizer
#   frees      LOOKASIDE_CHECKED=1, a program that is linked with lookaside_frees, or one with the
#              shared library if FREES names what to preload
#   sanitizer  LOOKASIDE_CHECKED=1, a program compiled with a sanitizer that frees
set -uo pipefail

how=$1 program=$2
shift 2
failures=0 said='' status=0

run() {
    said=$("$@" 2>&1)
    status=$?
}

fail() {
    printf 'mistakes: %s: %s\n%s\n' "$how" "$*" "$said" >&2
    failures=$((failures + 1))
}

# expect WHAT STATUS TEXT...: the last run ended so and said each of these, in this order.
expect() {
    local what=$1 wanted=$2 rest=$said text
    shift 2
    [[ $status -eq $wanted ]] || fail "$what: ended with $status instead of $wanted"
    for text; do
        [[ $rest == *"$text"* ]] || { fail "$what: did not say '$text'" && return; }
        rest=${rest#*"$text"}
    done
}

silent() {
    expect "$1" 0
    [[ -z $said ]] || fail "$1: said something"
}

valgrind_on() {
    run valgrind --quiet --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite \
        --num-callers=20 "$program" "$@"
}

check_memcheck() {
    local freed="inside a block freed into lookaside list 'Blks' of size 64"
    valgrind_on "$1" none
    silent "$1 none"
    # A strategy that keeps nothing leaves it all to memcheck.
    [[ $1 != malloc ]] || return 0
    valgrind_on "$1" read write write-first read-after-bulk read-after-thread read-after-flush \
        free-twice overrun lose
    expect "$1" 9 "Invalid read of size 1" read_freed "8 bytes $freed" drop_block read_freed \
        "Invalid write of size 1" write_freed "63 bytes $freed" drop_block write_freed \
        "Invalid write of size 1" write_first_word "0 bytes $freed" drop_block write_first_word \
        "Invalid read of size 1" read_after_bulk "8 bytes $freed" free_bulk read_after_bulk \
        "Invalid read of size 1" read_after_thread "8 bytes $freed" drop_block drop_in_thread \
        "Invalid read of size 1" read_after_flush "free'd" read_after_flush \
        "Unaddressable" drop_block "0 bytes $freed" drop_block free_twice \
        "Invalid write" overrun "0 bytes after a block of size 64 alloc'd" \
        "64 bytes in 1 blocks are definitely lost"
}

# checked STRATEGY MISTAKE TEXT...: ended by abort, after a report with these texts.
checked() {
    local strategy=$1 mistake=$2
    shift 2
    run env LOOKASIDE_CHECKED=1 "$program" "$strategy" "$mistake"
    expect "$strategy $mistake" 134 "lookaside: " "$@"
}

check_checked() {
    local list="tag 'Blks', 64 bytes"
    run env LOOKASIDE_CHECKED=1 "$program" "$1" none
    silent "$1 none"
    run env LOOKASIDE_CHECKED=adopts "$program" "$1" none
    silent "$1 none"
    checked "$1" free-twice "double free" "$list" "found here:" "freed before:" "allocated:"
    checked "$1" free-twice-by-threads "double free" "$list"
    checked "$1" free-the-middle "foreign entry" "$list" "byte 16"
    checked "$1" overrun "bytes behind an entry" "$list" "byte 64" "allocated:"
    checked "$1" begin-again "initialised again" "$list" "found here:" "initialised:"
    checked "$1" end-no-list "not live"
    checked "$1" leave-alive "not ended" "initialised:"
    [[ $1 != malloc ]] || return 0
    checked "$1" write "written to after it was freed" "$list" "byte 63" "freed before:" "allocated:"
    checked "$1" write-first "written to after it was freed" "$list" "freed before:"
    checked "$1" overrun-while-held "bytes behind an entry" "$list" "byte 64"
}

# frees STRATEGY FUNCTION FRAME: the function is called for memory that holds a live list; the stack
# begins with the frame.
frees() {
    LD_PRELOAD=${FREES:-} checked "$1" "$2-alive" "memory is freed that holds a live list" \
        "tag 'Msgs', 24 bytes" "memory 0x" "found here:" "$3" "initialised:" "${program##*/}"
}

check_frees() {
    local function
    for function in free realloc munmap; do
        frees "$1" "$function" "$function+0x"
    done
    LD_PRELOAD=${FREES:-} run "$program" "$1" none
    silent "$1 none, not checked"
    LD_PRELOAD=${FREES:-} LOOKASIDE_CHECKED=1 run "$program" "$1" none
    silent "$1 none"
}

# What the library makes of a value that it does not know.
check_value() {
    run env LOOKASIDE_CHECKED=yes "$program" "$1" none
    expect "$1, LOOKASIDE_CHECKED=yes" 0 "lookaside: LOOKASIDE_CHECKED is 'yes', not"
    [[ $(wc -l <<<"$said") -eq 1 ]] || fail "$1, LOOKASIDE_CHECKED=yes: more than a line"
}

# A report ends with the sanitizer's own status.
asan() {
    local strategy=$1 mistake=$2
    shift 2
    run env ASAN_OPTIONS=exitcode=33:detect_leaks=0 "$program" "$strategy" "$mistake"
    expect "$strategy $mistake" 33 "AddressSanitizer: use-after-poison" "$@"
}

check_asan() {
    run env ASAN_OPTIONS=exitcode=33 "$program" "$1" none
    silent "$1 none"
    [[ $1 != malloc ]] || return 0
    asan "$1" read "READ of size 1" read_freed
    asan "$1" write "WRITE of size 1" write_freed
    asan "$1" write-first "WRITE of size 1" write_first_word
    asan "$1" read-after-bulk "READ of size 1" read_after_bulk
    asan "$1" read-after-thread "READ of size 1" read_after_thread
}

check_sanitizer() {
    frees "$1" free ""
    frees "$1" realloc ""
}

[[ $how != checked ]] || check_value "$1"
for strategy; do
    run "$program" "$strategy"
    [[ $status -ne 77 ]] || { echo "mistakes: $strategy cannot run here" && continue; }
    "check_$how" "$strategy"
done
[[ $failures -eq 0 ]]
