# shellcheck shell=bash disable=SC2034 # read by lab.sh
# SPDX-License-Identifier: MIT
guest_about="x86-64, 64 CPUs: one package, one node, one last-level cache, no SMT"
guest_memory=1024
guest_seconds=1200
guest_machine=(-accel "tcg,thread=multi" -cpu Skylake-Server
    -smp "64,sockets=1,dies=1,cores=64,threads=1")
guest_append="mitigations=off"
# All CPUs stand still while one goes or comes, which takes each a turn of the emulator.
guest_settings=("toggled='$(seq -s ' ' 1 63)'" "pause=1000000")
guest_expects=('^strategy percpu: restartable sequences ' '^strategy magazine: restartable')

guest_steps() {
    echo "placements lab_placements packages=1 nodes=1 llcs=1 cores=64 cpus=64 kinds=1"
    steps_shards
}
