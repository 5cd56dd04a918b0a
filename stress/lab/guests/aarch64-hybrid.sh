# shellcheck shell=bash disable=SC2034 # read by lab.sh
# SPDX-License-Identifier: MIT
# Of aarch64, because there a device tree says what each CPU is capable of. On x86-64 the instruction
# cpuid says which kind a CPU is (leaf 7, EDX bit 15, and leaf 0x1a), and qemu has neither.
guest_about="aarch64, 8 CPUs of two kinds: four slow ones, two fast cores with SMT; a cache for each kind"
guest_arch=arm64
guest_tree=aarch64-hybrid.dtsi
guest_machine=(-M virt -cpu "max,pauth-impdef=on" -accel "tcg,thread=multi"
    -smp "8,sockets=1,clusters=2,cores=4,threads=1")
guest_settings=("toggled='$(seq -s ' ' 1 7)'")
guest_expects=('^strategy percpu: restartable sequences ' '^strategy magazine: restartable')

guest_steps() {
    echo "placements lab_placements packages=1 nodes=1 llcs=2 cores=6 cpus=8 kinds=2"
    echo "unit.llc unit_llc"
    steps_shards
}
