# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Machines that are not here, sourced by run.sh: guests of qemu with Debian's kernels, for all that
# does not depend on time. A guest is a file of guests/, which says what the machine is and which
# steps run on it; init runs them; the console is what is judged here.

# shellcheck disable=SC2154 # root comes from run.sh
lab=$root/build/lab
lab_sources=$root/stress/lab
lab_quick='' # anything: the steps that continuous integration has time for
lab_release=$root/build/release
lab_standstill=60 # seconds

# Every guest's file, by name.
lab_guests() {
    local file
    for file in "$lab_sources"/guests/*.sh; do
        basename "$file" .sh
    done
}

# load_guest NAME: what its file does not say is as here.
load_guest() {
    guest=$1
    guest_about='' guest_arch=amd64 guest_memory=512 guest_seconds=600 guest_append='' guest_tree=''
    guest_disk=0 # MiB
    guest_settings=() guest_machine=() guest_expects=() guest_refuses=()
    # shellcheck source=stress/lab/guests/x86-64-32.sh disable=SC1091
    source "$lab_sources/guests/$guest.sh"
}

# What each architecture has its own of.
arch_preset() {
    [[ $1 == amd64 ]] && echo release || echo cross-aarch64
}

arch_build() {
    [[ $1 == amd64 ]] && echo "$lab_release" || echo "$root/build/cross-aarch64"
}

arch_kernel() {
    [[ $1 == amd64 ]] && echo linux-image-cloud-amd64 || echo linux-image-arm64
}

arch_emulator() {
    [[ $1 == amd64 ]] && echo qemu-system-x86_64 || echo qemu-system-aarch64
}

# Of an x86 with a stable clock the kernel patches two functions that every CPU always runs
# (sched_clock_tick, sched_clock_idle_wakeup_event) when all CPUs are up. Some emulated CPUs then stay
# at the breakpoint that was there meanwhile, for good: 3 of 28 boots on a busy machine. With a clock
# that is not stable it patches neither: 0 of 24.
arch_append() {
    [[ $1 == amd64 ]] && echo console=ttyS0 tsc=unstable || echo console=ttyAMA0
}

# The libraries that the guests' programs of an architecture are linked to.
arch_libraries() {
    if [[ $1 == amd64 ]]; then
        ldd "$lab_release"/{conformance,lab_placements} |
            sed -n 's/.* \(\/[^ ]*\) (0x.*/\1/p; s/^\t\(\/[^ ]*\) (0x.*/\1/p' | sort -u
    else
        printf '%s\n' /usr/aarch64-linux-gnu/lib/{ld-linux-aarch64.so.1,libc.so.6,libm.so.6} \
            "$root/build/arm64/root/usr/lib/aarch64-linux-gnu"/{libcmocka.so.0,libhwloc.so.15,libudev.so.1}
    fi
}

arch_strip() {
    [[ $1 == amd64 ]] && echo strip || echo aarch64-linux-gnu-strip
}

# Steps that guests have in common: a name and a command of the guest each.

steps_units() {
    cat <<'END'
unit.llc unit_llc
unit.percpu unit_percpu
unit.percpu-moved unit_percpu_moved
unit.magazine unit_magazine
unit.magazine-threads unit_magazine_threads
END
}

# Only where there are restartable sequences.
steps_sections() {
    cat <<END
unit.rseq unit_rseq
unit.slab unit_slab
unit.slab_storm unit_slab_storm $([[ -n $lab_quick ]] && echo 300 || echo 2000)
END
    [[ -n $lab_quick ]] || cat <<'END'
unit.bind-percpu unit_bind_percpu
unit.bind-magazine unit_bind_magazine
conformance.percpu-bound conformance_bound_percpu percpu
conformance.magazine-bound conformance_bound_magazine magazine
END
}

# Those that a guest has time for.
strategies() {
    if [[ -n $lab_quick ]]; then
        printf '%s\n' percpu magazine
        return
    fi
    sed -n 's/^LOOKASIDE_STRATEGY(\([a-z0-9_]*\)).*/\1/p' "$root/strategies/strategies.def"
}

steps_conformance() {
    local strategy
    for strategy in $(strategies); do
        echo "conformance.$strategy conformance $strategy"
    done
}

# A step for each workload: where a guest is slow, one sees with which.
steps_scaling() {
    local workload
    if [[ -n $lab_quick ]]; then
        echo "scaling lab_scaling percpu magazine pair handover"
        return
    fi
    for workload in pair burst tight handover; do
        echo "scaling.$workload lab_scaling $workload"
    done
}

# steps_stress STRATEGY...: shortened, with delays injected, while CPUs go and come; a guest with
# many CPUs has no time for all strategies.
steps_stress() {
    local scenario strategy list="churn depth-storm thread-exit flush-storm"
    [[ -z $lab_quick ]] || list=churn
    for scenario in $list; do
        for strategy; do
            echo "stress.$scenario-$strategy hotplug stress_injected $scenario 1 1 $strategy"
        done
    done
}

# steps_offline STRATEGY...: the scenario that takes CPUs itself, at random, some of them for long. It
# leaves all of them online.
steps_offline() {
    local strategy
    for strategy; do
        echo "stress.cpu-offline-$strategy stress_injected cpu-offline 1 1 $strategy"
    done
}

# steps_pressure STRATEGY...: the scenario that needs a memory control group, for guests with a disk
# and with $groups among their settings.
steps_pressure() {
    local strategy
    for strategy; do
        echo "stress.cgroup-$strategy pressed stress_injected cgroup 1 1 $strategy"
    done
}

# For guests where a step takes long: the scenarios in which most is moved between CPUs.
steps_shards() {
    local scenario strategy
    steps_conformance
    steps_scaling
    for scenario in churn thread-exit; do
        for strategy in $(strategies); do
            echo "stress.$scenario-$strategy hotplug stress_injected $scenario 1 1 $strategy"
        done
    done
}

# write_image FILE ARCH STEPS: an initial file system with the programs that the steps name and what
# they are linked to.
write_image() {
    local file=$1 arch=$2 steps=$3 tree program
    tree=$(dirname "$file")/tree
    rm -rf "$tree"
    mkdir -p "$tree"/{bin,dev,lib,lib64,proc,programs,sys,tmp,var/tmp} &&
        cp "$lab_sources/init" "$tree/init" && chmod +x "$tree/init" &&
        cp "$root/build/$arch/root/bin/busybox" "$tree/bin/" &&
        ln -s busybox "$tree/bin/true" && # the scenario exec starts it
        cp "$steps" "$tree/steps" || return 1
    printf '%s\n' "${guest_settings[@]}" >"$tree/settings"
    arch_libraries "$arch" | while read -r library; do
        cp -L "$library" "$tree/lib/" || return 1
    done || return 1
    [[ ! -e $tree/lib/ld-linux-x86-64.so.2 ]] || cp "$tree/lib/ld-linux-x86-64.so.2" "$tree/lib64/"
    for program in $(step_programs "$steps"); do
        "$(arch_strip "$arch")" -o "$tree/programs/$program" \
            "$(arch_build "$arch")/$program" || return 1
    done
    (cd "$tree" && find . | cpio --create --format=newc --quiet) | gzip -1 >"$file"
}

# step_programs STEPS: their words that are programs of the build.
step_programs() {
    cut -d ' ' -f 2- "$1" | tr ' ' '\n' | grep -E '^(unit_|conformance|stress_|lab_)' | sort -u
}

# write_tree FILE: the emulator's description of its machine with what guest_tree adds to it.
write_tree() {
    "$(arch_emulator "$guest_arch")" "${guest_machine[@]}" -m "$guest_memory" -nic none \
        -display none -machine "dumpdtb=$1.emulator" 2>"$1.log" &&
        { dtc -q -I dtb -O dts "$1.emulator" && cat "$lab_sources/guests/$guest_tree"; } |
        dtc -q -I dts -O dtb -o "$1" 2>>"$1.log"
}

# boot_once KERNEL IMAGE LOG: runs a guest to its end, or for guest_seconds. The emulator stays in this
# process group: who ends a test ends it, too.
boot_once() {
    local arguments=(-display none -monitor none -serial stdio -no-reboot -nic none
        -m "$guest_memory" -kernel "$1" -initrd "$2" -pidfile "$3.pid")
    timeout --foreground --kill-after=5 "$guest_seconds" "$(arch_emulator "$guest_arch")" \
        "${guest_machine[@]}" "${arguments[@]}" \
        -append "$(arch_append "$guest_arch") panic=-1 nowatchdog $guest_append" \
        </dev/null 2>"$3.emulator" | stdbuf -oL tr -d '\r' | tee "$3" |
        grep --line-buffered '^guest: ' | sed --unbuffered 's/^/    /'
}

# Whether its init has said something.
is_up() {
    grep -q '^guest: ' "$1"
}

# end_unless_up LOG: false if it had to end the emulator, whose guest stood still before its init.
end_unless_up() {
    local still=0 before=0 size
    while [[ $still -lt $lab_standstill ]]; do
        sleep 1
        ! is_up "$1" || return 0
        size=$(stat --format=%s "$1")
        still=$((size == before ? still + 1 : 0))
        before=$size
    done
    kill -KILL "$(cat "$1.pid")" 2>/dev/null
    return 1
}

# boot KERNEL IMAGE LOG: judged by what it said. A guest that stands still before its init, where
# nothing of ours has run, is booted again, and that is told.
boot() {
    local nth status watcher
    for nth in 1 2 3; do
        rm -f "$3.pid"
        : >"$3"
        end_unless_up "$3" &
        watcher=$!
        boot_once "$@" || true
        kill "$watcher" 2>/dev/null || true # still waits if the emulator ended by itself
        status=0
        wait "$watcher" || status=$?
        [[ $status -eq 1 ]] || return 0
        echo "    $guest said nothing for $lab_standstill s before its init (boot $nth of 3); its last:"
        tail -n 3 "$3" | sed 's/^/    | /'
    done
}

# count_verdicts HOW LOG
count_verdicts() {
    grep -c "^guest: $1 " "$2" || true # 0 is a count too
}

# complain_of WHAT: counted as one failure of the guest.
complain_of() {
    echo "    ERROR: $guest: $*: counted as one failure"
    guest_failed=$((guest_failed + 1))
}

# judge LOG STEPS: sets guest_passed, guest_failed and guest_skipped.
judge() {
    local log=$1 expression
    guest_passed=$(count_verdicts passed "$log")
    guest_failed=$(count_verdicts FAILED "$log")
    guest_skipped=$(count_verdicts skipped "$log")
    if ! grep -q '^guest: end$' "$log"; then
        complain_of "did not come to its end, for which it has $guest_seconds s; its console's end:"
        tail -n 40 "$log" "$log.emulator"
    elif [[ $((guest_passed + guest_failed + guest_skipped)) -ne $(wc -l <"$2") ]]; then
        complain_of "not every step has a verdict"
    fi
    for expression in "${guest_expects[@]}"; do
        grep -qE "$expression" "$log" || complain_of "nothing says '$expression'"
    done
    for expression in "${guest_refuses[@]}"; do
        ! grep -qE "$expression" "$log" || complain_of "something says '$expression'"
    done
    sed -n "s/^guest: FAILED/    ERROR: $guest:/p" "$log"
    [[ $guest_failed -eq 0 ]] || grep -A 60 -B 60 '^guest: FAILED' "$log" || true
    ! grep -q '^process .* does not come to its end' "$log" || name_places "$log" || true
}

# name_places LOG: what the addresses stand for that a hung run told; the guest's programs are
# stripped.
name_places() {
    local program address prefix='' build
    build=$(arch_build "$guest_arch")
    [[ $guest_arch == amd64 ]] || prefix=aarch64-linux-gnu-
    grep -oE '[a-z_]+\+0x[0-9a-f]+' "$1" | sort -u | while IFS=+ read -r program address; do
        [[ ! -x $build/$program ]] || printf '%s+%s is %s\n' "$program" "$address" \
            "$("${prefix}addr2line" -sfe "$build/$program" "$address" | paste -sd ' ')"
    done
}

# leave_out WHY: this guest cannot run here, which is neither passed nor failed.
leave_out() {
    echo "    $guest left out: $*"
    guest_passed=0 guest_failed=0 guest_skipped=1
}

# prepare_guest: what it boots from; 77 if that cannot be had here, with a line that says so.
prepare_guest() {
    local name
    if [[ $guest_arch == amd64 && $(uname -m) != x86_64 ]]; then
        leave_out "its programs are this machine's own, which is no x86-64"
        return 77
    fi
    if ! command -v "$(arch_emulator "$guest_arch")" >/dev/null; then
        leave_out "no $(arch_emulator "$guest_arch") here"
        return 77
    fi
    name=$(foreign_kernel "$guest_arch" "$(arch_kernel "$guest_arch")")
    if [[ -z $name ]] || ! foreign_packages "$guest_arch" busybox-static "$name"; then
        leave_out "no kernel or no busybox for $guest_arch from this machine's apt sources"
        return 77
    fi
    kernel=$root/build/$guest_arch/root/boot/vmlinuz-${name#linux-image-}
    [[ -n $guest_tree ]] || return 0
    if ! command -v dtc >/dev/null; then
        leave_out "no dtc here (package device-tree-compiler)"
        return 77
    fi
}

# run_guest NAME: everything about one guest; the counts are left in guest_passed and so on.
run_guest() {
    local kernel dir=$lab/$1 began=$SECONDS
    load_guest "$1"
    step "guest $guest$guest_which: $guest_about"
    mkdir -p "$dir"
    prepare_guest || return 0
    guest_steps >"$dir/steps"
    if [[ -n $guest_tree ]]; then
        write_tree "$dir/tree.dtb" || echo "    ERROR: $guest: $dir/tree.dtb.log says why it has no tree"
        guest_machine+=(-dtb "$dir/tree.dtb")
    fi
    if [[ $guest_disk -gt 0 ]]; then
        truncate -s 0 "$dir/disk" && truncate -s "${guest_disk}M" "$dir/disk"
        guest_machine+=(-drive "if=none,id=disk,format=raw,file=$dir/disk"
            -device "nvme,drive=disk,serial=disk")
    fi
    if write_image "$dir/image.cpio.gz" "$guest_arch" "$dir/steps"; then
        boot "$kernel" "$dir/image.cpio.gz" "$dir/console.log"
        judge "$dir/console.log" "$dir/steps"
    else
        guest_passed=0 guest_failed=0 guest_skipped=0
        complain_of "its file system could not be made"
    fi
    guest_took=$((SECONDS - began))
}

# build_for_guests NAME...: every preset that they need, once.
build_for_guests() {
    local name presets=''
    for name; do
        load_guest "$name"
        presets+=" $(arch_preset "$guest_arch")"
    done
    for name in $(tr ' ' '\n' <<<"$presets" | sort -u); do
        [[ $name == release ]] || arm64_packages || return 1
        build "$name" || return 1
    done
}

# run_guests NAME...: one after the other; the table at the end, and the counts in lab_passed,
# lab_failed and lab_skipped.
run_guests() {
    local name nr=0 began=$SECONDS table=()
    lab_passed=0 lab_failed=0 lab_skipped=0
    for name; do
        guest_took=0
        nr=$((nr + 1))
        guest_which=" ($nr of $#, at $((SECONDS - began)) s)"
        run_guest "$name"
        table+=("$(table_row "$guest" "$guest_passed" "$guest_failed" "$guest_skipped" \
            "$guest_took" "$guest_about")")
        lab_passed=$((lab_passed + guest_passed))
        lab_failed=$((lab_failed + guest_failed))
        lab_skipped=$((lab_skipped + guest_skipped))
    done
    echo
    table_row guest passed failed skipped seconds
    printf '%s\n' "${table[@]}"
    [[ $# -eq 1 ]] || table_row "all $#" $lab_passed $lab_failed $lab_skipped $((SECONDS - began))
    echo "the guests' consoles are in build/lab/GUEST/console.log"
    gather_counts "$@"
}

table_row() {
    printf '%-14s %6s %6s %7s %7s  %s\n' "$1" "$2" "$3" "$4" "$5" "${6:-}"
}

# gather_counts NAME...: what the guests counted, as a table and, where gnuplot is, as a plot.
gather_counts() {
    local name
    [[ -z $lab_quick ]] || return 0 # a part of them is no picture
    {
        printf '%s\t' guest strategy workload CPUs operations slow depot remote shared
        echo misses
        for name; do
            sed -n "s/^counts: \([a-z]\)/$name \1/p" "$lab/$name/console.log" 2>/dev/null | tr ' ' '\t'
        done
    } >"$lab/scaling.tsv"
    [[ $(wc -l <"$lab/scaling.tsv") -gt 1 ]] || return 0
    for name; do
        awk -F '\t' -v guest="$name" 'NR == 1 || $1 == guest' "$lab/scaling.tsv" \
            >"$lab/$name/scaling.tsv"
        [[ $(wc -l <"$lab/$name/scaling.tsv") -gt 1 ]] || continue
        command -v gnuplot >/dev/null || continue
        gnuplot -c "$root/plots/lab.gp" "$lab/$name/scaling.tsv" "$lab/$name/scaling.svg" &&
            echo "counts as CPUs grow: build/lab/$name/scaling.svg"
    done
}

# lab_arguments [--list | NAME...]: false if there is nothing to do after it.
lab_arguments() {
    local name known
    known=$(lab_guests | paste -sd ' ')
    if [[ ${1:-} == --list ]]; then
        for name in $known; do
            load_guest "$name"
            printf '%-14s %s\n' "$guest" "$guest_about"
        done
        return 1
    fi
    for name; do
        [[ " $known " == *" $name "* ]] || complain "unknown guest '$name'; known: $known"
    done
}

# lab_job [NAME...]: 0 all passed, 1 something failed, 77 nothing could run, and so lab_verdict.
lab_job() {
    local all
    mapfile -t all < <(lab_guests)
    [[ $# -gt 0 ]] || set -- "${all[@]}"
    build_for_guests "$@" || return 1
    run_guests "$@"
    lab_verdict
}

# After run_guests; its last line counts.
lab_verdict() {
    [[ $lab_skipped -eq 0 ]] || echo "$lab_skipped skipped (neither passed nor failed)"
    echo "$lab_passed passed, $lab_failed failed"
    [[ $lab_failed -eq 0 ]] || return 1
    [[ $lab_passed -gt 0 ]] || return 77
}
