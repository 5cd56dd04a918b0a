# shellcheck shell=bash disable=SC2034 # read by lab.sh
# SPDX-License-Identifier: MIT
guest_about="x86-64, 32 CPUs: two packages and nodes, four last-level caches, SMT"
guest_memory=1024
guest_seconds=1200
guest_machine=(-accel "tcg,thread=multi" -cpu Skylake-Server
    -smp "32,sockets=2,dies=2,cores=4,threads=2"
    -object "memory-backend-ram,id=near,size=512M" -numa "node,memdev=near,cpus=0-15"
    -object "memory-backend-ram,id=far,size=512M" -numa "node,memdev=far,cpus=16-31")
guest_append="mitigations=off"
# All CPUs stand still while one goes or comes, which takes each a turn of the emulator.
guest_settings=("toggled='$(seq -s ' ' 1 31)'" "pause=200000")
guest_expects=('^strategy percpu: restartable sequences ' '^strategy magazine: restartable')

guest_steps() {
    echo "placements lab_placements packages=2 nodes=2 llcs=4 cores=16 cpus=32 kinds=1"
    steps_shards
}
