# shellcheck shell=bash disable=SC2034 # read by lab.sh
# SPDX-License-Identifier: MIT
guest_about="aarch64, 8 CPUs: two packages of four cores, no cache told of but each core's own"
guest_arch=arm64
guest_machine=(-M virt -cpu "max,pauth-impdef=on" -accel "tcg,thread=multi"
    -smp "8,sockets=2,cores=4,threads=1")
guest_settings=("toggled='$(seq -s ' ' 1 7)'")
guest_expects=('^strategy percpu: restartable sequences ' '^strategy magazine: restartable')

guest_steps() {
    echo "placements lab_placements packages=2 nodes=1 llcs=8 cores=8 cpus=8 kinds=1"
    steps_units
    steps_sections
    steps_conformance
    steps_scaling
    # shellcheck disable=SC2046 # one word each
    steps_stress $(strategies)
}
