# shellcheck shell=bash disable=SC2034 # read by lab.sh
# SPDX-License-Identifier: MIT
guest_about="x86-64, CPU numbers with gaps: 8 of 24 online, the highest among them, SMT in part"
guest_memory=512
# Twelve boot. CPUs 0 2 3 9 come from them, 14 18 22 23 are brought up afterwards: in the
# first package one whole core and two halves, in the second the same.
guest_machine=(-accel "tcg,thread=multi" -cpu Skylake-Server
    -smp "24,sockets=2,dies=1,cores=6,threads=2")
guest_append="mitigations=off maxcpus=12"
guest_settings=("online='14 18 22 23'" "offline='1 4 5 6 7 8 10 11'" "toggled='2 9 18 23'")
guest_expects=('^strategy percpu: restartable sequences ' '^strategy magazine: restartable'
    '^guest: .* CPUs 0,2-3,9,14,18,22-23 of 0-23$')

guest_steps() {
    echo "placements lab_placements packages=2 nodes=1 llcs=2 cores=6 cpus=8"
    steps_units
    steps_sections
    steps_conformance
    steps_scaling
    # shellcheck disable=SC2046 # one word each
    steps_stress $(strategies)
}
