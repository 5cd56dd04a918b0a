# shellcheck shell=bash disable=SC2034 # read by lab.sh
# SPDX-License-Identifier: MIT
guest_about="x86-64, 8 CPUs, restartable sequences off: the variants with locks"
guest_machine=(-accel "tcg,thread=multi" -cpu Skylake-Server
    -smp "8,sockets=1,dies=2,cores=2,threads=2")
guest_append="mitigations=off"
guest_settings=("toggled='$(seq -s ' ' 1 7)'" "export GLIBC_TUNABLES=glibc.pthread.rseq=0")
guest_expects=('^strategy percpu: per-CPU locks' '^strategy magazine: per-thread locks biased')
guest_refuses=('^strategy [a-z]*: restartable')

guest_steps() {
    echo "placements lab_placements packages=1 nodes=1 llcs=2 cores=4 cpus=8 kinds=1"
    steps_units
    steps_conformance
    steps_scaling
    # shellcheck disable=SC2046 # one word each
    steps_stress $(strategies)
    steps_offline percpu magazine
}
