# shellcheck shell=bash disable=SC2034 # read by lab.sh
# SPDX-License-Identifier: MIT
guest_about="x86-64, CPU numbers with gaps: 9 of 24 online, five under one cache, two under two more"
guest_memory=512
guest_disk=512
# Twelve boot. CPUs 0 1 2 4 6 and 9 stay, 14 18 23 are brought up afterwards: of the first package
# every core, one of them whole; of each other package two halves of cores.
guest_machine=(-accel "tcg,thread=multi" -cpu Skylake-Server
    -smp "24,sockets=3,dies=1,cores=4,threads=2")
guest_append="mitigations=off maxcpus=12"
guest_settings=("online='14 18 23'" "offline='3 5 7 8 10 11'" "toggled='2 9 18 23'" groups=2)
guest_expects=('^strategy percpu: restartable sequences ' '^strategy magazine: restartable'
    '^guest: .* CPUs 0-2,4,6,9,14,18,23 of 0-23$')

guest_steps() {
    echo "placements lab_placements packages=3 nodes=1 llcs=3 cores=8 cpus=9 kinds=1"
    steps_units
    steps_sections
    steps_conformance
    steps_scaling
    # shellcheck disable=SC2046 # one word each
    steps_stress $(strategies)
    steps_pressure percpu
}
