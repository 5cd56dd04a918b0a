# shellcheck shell=bash disable=SC2034 # read by lab.sh
# SPDX-License-Identifier: MIT
guest_about="x86-64, 4 CPUs, 128 MiB of memory"
guest_memory=128
guest_disk=512
guest_machine=(-accel "tcg,thread=multi" -cpu Skylake-Server
    -smp "4,sockets=1,dies=1,cores=4,threads=1")
guest_append="mitigations=off"
guest_settings=("toggled='1 2 3'" groups=1 "ulimit -s 256") # a thread's stack is promised whole
guest_expects=('^strategy percpu: restartable sequences ' '^strategy magazine: restartable')

guest_steps() {
    echo "placements lab_placements packages=1 nodes=1 llcs=1 cores=4 cpus=4 kinds=1"
    steps_conformance
    echo "memory strict lab_memory"
    # shellcheck disable=SC2046 # one word each
    steps_stress $(strategies)
    steps_offline percpu magazine
    # shellcheck disable=SC2046 # one word each
    steps_pressure $(strategies)
    # Every scenario, those too that wait to be allowed what they do.
    echo "unit.mutants pressed unit_mutants"
}
