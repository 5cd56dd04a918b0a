# shellcheck shell=bash disable=SC2034 # read by lab.sh
# SPDX-License-Identifier: MIT
guest_about="x86-64, 4 CPUs, 128 MiB of memory"
guest_memory=128
guest_machine=(-accel "tcg,thread=multi" -cpu Skylake-Server -smp 4)
guest_append="mitigations=off"
guest_settings=("toggled='1 2 3'" "ulimit -s 256") # a thread's stack is promised whole
guest_expects=('^strategy percpu: restartable sequences ' '^strategy magazine: restartable')

guest_steps() {
    steps_conformance
    echo "memory strict lab_memory"
    # shellcheck disable=SC2046 # one word each
    steps_stress $(strategies)
    steps_offline percpu magazine
}
