#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# guest.sh BUILD GUEST PROGRAM...: the quick steps of one guest as a test, with the programs of a
# build. They are named so that whoever makes the test makes them, too. 77: no emulator or no kernel.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
source "$root/stress/lab/packages.sh"
source "$root/stress/lab/lab.sh"

step() {
    printf '== %s\n' "$*"
}

complain() {
    printf 'guest.sh: %s\n' "$*" >&2
    exit 2
}

[[ $# -ge 2 ]] || complain "usage: guest.sh BUILD GUEST PROGRAM..."
lab_arguments "$2"
lab_release=$1 lab_quick=yes lab=$1/lab
run_guests "$2"
lab_verdict
