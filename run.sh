#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# run.sh: everything a newcomer types. Without arguments it does the whole main job on a bare
# Debian 12 machine: installs what is missing, builds, measures, plots, reports and chooses.
# `./run.sh help` lists the rest.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
lookaside=$root/build/release/lookaside

# What each job needs, by Debian 12 names. A job installs its own and those of the jobs it contains.
# The jobs of .ci/fuzz and .ci/coverage have theirs there, the lab in stress/lab/packages.sh.
build_packages=(gcc g++ cmake ninja-build pkg-config libbenchmark-dev libhwloc-dev libjemalloc-dev
    libjansson-dev libgsl-dev libcmocka-dev)
report_packages=(gnuplot-nox fontconfig fonts-dejavu-core hwloc-nox cmark-gfm)
test_packages=(clang libclang-rt-14-dev libbenchmark-tools python3-numpy python3-scipy spin valgrind)
cross_packages=(gcc-aarch64-linux-gnu g++-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user)
guest_packages=(qemu-system-x86 qemu-system-arm cpio device-tree-compiler)
gate_packages=(valgrind)
lint_packages=(clang-format clang-tidy shellcheck)
# The report's page is tested in a browser, where one can be had.
browser_packages=(chromium)
# Contenders that are measured when they are there; left out where the distribution lacks them.
optional_packages=(libtcmalloc-minimal4 libmimalloc2.0 libtbbmalloc2 libglib2.0-0 libck-dev)

usage() {
    cat <<'END'
usage: ./run.sh [COMMAND]

  (none)          the main job: set up, build, quick measurements, plots, report, choice (minutes)
  setup           install what the main job needs and this machine lacks
  build [PRESET]  build into build/PRESET; presets: release (default), debug, asan, tsan, clang,
                  cross-aarch64
  test            the whole test job: every test by gcc, among them conformance, stress and unit
                  tests under valgrind; then conformance, stress and the library's unit tests by
                  clang; all but a few under the address and undefined-behaviour sanitizers, and
                  whatever has threads under that for threads; then conformance of an aarch64 build
                  under qemu; one of lab's guests, shortened
  lab [GUEST...]  the tests on machines that are not here: guests of qemu with Debian's kernels,
                  which are downloaded into build/; --list names them (default: all, minutes)
  aarch64         the same as lab aarch64
  lint            formatting, static checks, shell scripts, layout
  bench [ARGS]    build, then `lookaside bench ARGS`; --help lists them
  report [DIR]    plots, report and choice for a result directory (default results/latest)
  goals [ARGS]    measure the table of goals and write it to bench/RESULTS.md (5 minutes on an idle
                  machine); ARGS go to `lookaside bench`, such as --repetitions 30
  gate [--against REV] [ARGS]
                  for continuous integration: counts that may not change, then speed against REV
                  (default: the parent commit; the last commit if something is not committed; none:
                  no speed), which is built here; ARGS go to the timing, such as --blocks 12.
                  0 passed, 1 failed, 77 undecided, which is neither
  stress [ARGS]   build, then `lookaside stress ARGS`; with --sweep or --point `lookaside-stress ARGS`,
                  whose delay points delay: one after the other, or the one that is named
  soak HOURS      build, then `lookaside soak HOURS`: random scenarios and seeds on every strategy,
                  memory and descriptors must stay level; goes on where it was interrupted
  mutants [NAME]...
                  seed the defects of stress/mutants/ one by one into a copy of the tree: each has a
                  check that must fail then (10 minutes); 0 all caught, 1 one survived, 77 one needs
                  another machine
  fuzz SECONDS [--afl]
                  bytes that a fuzzer makes up into every reader of files and words and into the
                  library's calls, under sanitizers; the time is shared out. --afl: by AFL++, where it
                  is installed. 0 nothing found, 1 a finding, with the command that reproduces it
  coverage        which lines and branches of impl/ and strategies/ the tests reach; 1 if a file is
                  below 95 % of its lines without a reason in .ci/coverage-reasons.tsv
  full            as the main job, with the full suite (50 minutes), every adaptation
                  profile and the recorded demand, and a stress run; Ctrl-C ends the measuring and
                  goes on with what is there
  clean           remove build/ (results/ stay)
  help            this text

examples:
  ./run.sh
  ./run.sh bench --workload pair --threads 1,2
  ./run.sh report results/latest
  ./run.sh goals --repetitions 30
  ./run.sh gate --against v0.1 --margin 10
END
}

complain() {
    printf 'run.sh: %s\n' "$*" >&2
    exit 2
}

step() {
    printf '\n== %s\n' "$*"
}

installed() {
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

# The packages among the arguments that are not there.
missing() {
    local package
    for package; do
        installed "$package" || printf '%s\n' "$package"
    done
}

# The packages among the arguments that apt could install.
available() {
    local package
    for package; do
        apt-cache show --no-all-versions "$package" >/dev/null 2>&1 && printf '%s\n' "$package"
    done
    return 0
}

# Sets the array become to what must stand before apt-get; false if there is no way, or with an
# argument if a password would have to be typed.
find_privileges() {
    become=()
    [[ $(id -u) -eq 0 ]] && return 0
    become=(sudo)
    command -v sudo >/dev/null || return 1
    # Without a terminal nobody can type a password.
    sudo -n true 2>/dev/null || [[ $# -eq 0 && -t 0 && -t 2 ]]
}

# try_apt_get ARGS...: apt-get, as whoever may; what it says goes to build/setup.log.
try_apt_get() {
    "${become[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 \
        -o DPkg::Lock::Timeout=120 "$@" </dev/null >>"$root/build/setup.log" 2>&1
}

# The same for what there is no going on without.
apt_get() {
    if ! try_apt_get "$@"; then
        tail -n 20 "$root/build/setup.log" >&2
        complain "apt-get $1 failed; the whole of it is in build/setup.log"
    fi
}

# A dead network is given up on soon: nothing depends on these packages.
optional_apt_get() {
    try_apt_get -o Acquire::Retries=0 -o Acquire::http::Timeout=10 -o Acquire::https::Timeout=10 "$@"
}

# Those among the arguments that apt knows of; false if that was none, or not possible.
install_available() {
    local packages
    mapfile -t packages < <(available "$@")
    [[ ${#packages[@]} -gt 0 ]] || return 1
    step "installing optional packages: ${packages[*]}"
    optional_apt_get install -y --no-install-recommends "${packages[@]}"
}

# The optional packages that are missing. What was tried in this tree is written down, so that a
# machine which cannot have them (no privileges, no network, not in its distribution) does not go
# through this with every command. `clean` forgets it, and other missing packages are tried anew.
setup_optional() {
    local packages tried=$root/build/optional-tried
    mapfile -t packages < <(missing "${optional_packages[@]}")
    [[ ${#packages[@]} -gt 0 ]] || return 0
    [[ "$(id -u) ${packages[*]}" != "$(cat "$tried" 2>/dev/null)" ]] || return 0
    mkdir -p "$root/build"
    echo "$(id -u) ${packages[*]}" >"$tried"
    find_privileges without-password || return 0
    # The package lists may be missing or too old.
    install_available "${packages[@]}" ||
        { optional_apt_get update && install_available "${packages[@]}"; } ||
        echo "run.sh: going on without optional packages (build/setup.log): ${packages[*]}"
}

# Without a browser its test is skipped, and says so.
setup_browser() {
    command -v chromium >/dev/null && return 0
    find_privileges without-password || return 0
    install_available "${browser_packages[@]}" ||
        echo "run.sh: going on without a browser (build/setup.log): ${browser_packages[*]}"
}

# setup PACKAGE...: installs the ones that are missing, and the optional ones where they exist.
setup() {
    local required optional
    if ! command -v dpkg-query >/dev/null; then
        echo "run.sh: no dpkg here; these must be there by other means: $*" >&2
        return
    fi
    mapfile -t required < <(missing "$@")
    if [[ ${#required[@]} -gt 0 ]]; then
        mapfile -t optional < <(missing "${optional_packages[@]}")
        mapfile -t optional < <(available "${optional[@]}")
        find_privileges ||
            complain "packages are missing and I am not root; run:" \
                "sudo apt-get update && sudo apt-get install --no-install-recommends ${required[*]} ${optional[*]}"
        step "installing ${#required[@]} missing packages: ${required[*]}"
        mkdir -p "$root/build"
        : >"$root/build/setup.log"
        apt_get update
        apt_get install -y --no-install-recommends "${required[@]}"
    fi
    setup_optional
}

presets() {
    (cd "$root" && cmake --list-presets=configure) | sed -n 's/^ *"\([a-z0-9-]*\)".*/\1/p'
}

# What one preset needs beyond the others.
setup_for_preset() {
    if [[ $1 != cross-aarch64 ]]; then
        setup "${build_packages[@]}"
        return
    fi
    setup "${build_packages[@]}" "${cross_packages[@]}"
    # shellcheck source=stress/lab/packages.sh disable=SC1091
    source "$root/stress/lab/packages.sh"
    arm64_packages
}

# build PRESET [ARGUMENTS OF CMAKE --BUILD]: warnings are errors in continuous integration only.
build() {
    local preset=$1 log=$root/build/$1.log werror=OFF known
    shift
    [[ -n ${CI:-} ]] && werror=ON
    known=$(presets | paste -sd ' ')
    [[ " $known " == *" $preset "* ]] || complain "unknown preset '$preset'; known: $known"
    step "building $preset"
    mkdir -p "$root/build"
    if ! (cd "$root" && cmake --preset "$preset" -DLOOKASIDE_WERROR=$werror &&
        cmake --build --preset "$preset" "$@") >"$log" 2>&1; then
        grep -E -A 5 'error:|Error|FAILED' "$log" | head -n 60 >&2 || tail -n 30 "$log" >&2
        echo "run.sh: building $preset failed; the whole of it is in build/$preset.log" >&2
        return 1
    fi
    echo "build/$preset is up to date"
}

setup_and_build() {
    setup "${build_packages[@]}" "${report_packages[@]}"
    build release
}

# report DIR: plots, report and choice.
report() {
    step "plots and report"
    "$lookaside" report "$1"
    step "the choice"
    "$lookaside" choose "$1"
}

# measure SUITE PROFILES: into a new directory under results/, then everything made from it.
measure() {
    local dir
    cd "$root"
    step "measuring (suite $1)"
    "$lookaside" bench --suite "$1"
    dir=results/$(basename "$(readlink -f results/latest)")
    step "depth adaptation"
    "$lookaside" adapt --profile "$2" --out "$dir"
    report "$dir"
    printf '\nthe report:  %s\nthe plots:   %s\n' "$root/$dir/report.html" "$root/$dir/plots/"
}

# goals [ARGS]: what the strategies are meant to reach, measured, and the page that says so.
goals_job() {
    local dir
    setup_and_build
    cd "$root"
    dir=results/goals-$(date -u +%Y%m%dT%H%M%SZ)
    step "measuring (suite goals)"
    "$lookaside" bench --suite goals "$@" --out "$dir"
    step "the goals"
    "$lookaside" goals "$dir"
    # shellcheck source=.ci/disassembly disable=SC1091
    source "$root/.ci/disassembly"
    disassembly >>"$dir/goals.md"
    cp "$dir/goals.md" bench/RESULTS.md
    printf '\nthe page:     %s\nthe results:  %s\n' "$root/bench/RESULTS.md" "$root/$dir"
}

# The commit that this tree came from: of a tree with changes, the last one.
parent_revision() {
    if [[ -n $(git status --porcelain --untracked-files=no) ]]; then
        echo HEAD
    else
        echo HEAD^
    fi
}

# build_revision REV: into a work tree under build/, with the same settings; says where.
build_revision() {
    local revision=$1 tree=$root/build/gate/tree log=$root/build/gate/build.log
    mkdir -p "$root/build/gate"
    git worktree prune
    git worktree remove --force "$tree" >"$log" 2>&1 || rm -rf -- "$tree"
    git worktree add --force --detach "$tree" "$revision" >>"$log" 2>&1 ||
        complain "cannot check out $revision; see build/gate/build.log"
    if ! (cd "$tree" && cmake --preset release &&
        cmake --build --preset release --target lookaside_tool) >>"$log" 2>&1; then
        complain "$revision does not build; see build/gate/build.log"
    fi
}

# gate [--against REV] [ARGS]: what failed wins over what is undecided.
gate_job() {
    local against='' counts=0 timing=0
    if [[ ${1:-} == --against ]]; then
        [[ $# -ge 2 ]] || complain "--against takes a revision, or none"
        against=$2
        shift 2
    fi
    setup "${build_packages[@]}" "${gate_packages[@]}"
    build release
    cd "$root"
    step "counts"
    "$lookaside" gate || counts=$?
    if [[ $against != none ]]; then
        git rev-parse --verify --quiet HEAD^ >/dev/null ||
            complain "no parent commit here (a shallow clone?): --against REV, or --against none"
        against=$(git rev-parse --verify --quiet "${against:-$(parent_revision)}^{commit}") ||
            complain "no such revision: $against"
        step "building $against to compare with"
        build_revision "$against"
        step "speed against $against"
        "$lookaside" gate --against build/gate/tree/build/release/lookaside "$@" || timing=$?
        git worktree remove --force build/gate/tree
    fi
    [[ $counts -ne 1 && $timing -ne 1 ]] || return 1
    [[ $counts -eq 0 ]] || return "$counts"
    return "$timing"
}

main_job() {
    local began=$SECONDS
    setup_and_build
    measure quick step,idle-burst
    printf 'it all took %d s\n' $((SECONDS - began))
}

full_job() {
    setup_and_build
    measure full step,ramp,sine,idle-burst,bench/adapt/envelopes/build.tsv
    step "stress"
    "$lookaside" stress
}

test_job() {
    setup "${build_packages[@]}" "${report_packages[@]}" "${test_packages[@]}" \
        "${cross_packages[@]}" "${guest_packages[@]}"
    setup_browser
    # Sourced: it builds with the functions above.
    # shellcheck source=stress/lab/packages.sh disable=SC1091
    source "$root/stress/lab/packages.sh"
    # shellcheck source=stress/lab/lab.sh disable=SC1091
    source "$root/stress/lab/lab.sh"
    # shellcheck source=.ci/test disable=SC1091
    source "$root/.ci/test"
    test_all
}

# guests_job [NAME...]: all of them if none is named.
guests_job() {
    # shellcheck source=stress/lab/packages.sh disable=SC1091
    source "$root/stress/lab/packages.sh"
    # shellcheck source=stress/lab/lab.sh disable=SC1091
    source "$root/stress/lab/lab.sh"
    lab_arguments "$@" || return 0
    setup "${build_packages[@]}" "${cross_packages[@]}" "${guest_packages[@]}"
    lab_job "$@"
}

lint_job() {
    setup "${build_packages[@]}" "${lint_packages[@]}"
    cd "$root"
    build release
    step "lint"
    "$root/.ci/lint"
}

no_arguments() {
    [[ $# -le 1 ]] || complain "$1 takes no arguments: '$2'"
}

main() {
    local command=${1:-main}
    case $command in
    main | setup | test | aarch64 | lint | coverage | full | clean | help) no_arguments "$@" ;;
    build | report) [[ $# -le 2 ]] || complain "$command takes one argument at most: '$3'" ;;
    esac
    case $command in
    main) main_job ;;
    setup) setup "${build_packages[@]}" "${report_packages[@]}" && echo "all needed packages are there" ;;
    build)
        setup_for_preset "${2:-release}"
        build "${2:-release}"
        ;;
    test) test_job ;;
    lab)
        shift
        guests_job "$@"
        ;;
    aarch64) guests_job aarch64 ;;
    lint) lint_job ;;
    bench | stress | soak)
        setup_and_build
        shift
        if [[ $command == stress && " $* " =~ \ --(sweep|point) ]]; then
            # shellcheck source=.ci/sweep disable=SC1091
            source "$root/.ci/sweep"
            sweep_job "$@"
        else
            "$lookaside" "$command" "$@"
        fi
        ;;
    report)
        setup_and_build
        report "${2:-$root/results/latest}"
        ;;
    goals)
        shift
        goals_job "$@"
        ;;
    gate)
        shift
        gate_job "$@"
        ;;
    mutants)
        shift
        setup "${build_packages[@]}" "${test_packages[@]}"
        "$root/stress/mutants/run.sh" "$@"
        ;;
    fuzz)
        shift
        # shellcheck source=.ci/fuzz disable=SC1091
        source "$root/.ci/fuzz"
        fuzz_job "$@"
        ;;
    coverage)
        # shellcheck source=.ci/coverage disable=SC1091
        source "$root/.ci/coverage"
        coverage_job
        ;;
    full) full_job ;;
    clean) rm -rf -- "$root/build" ;;
    help | -h | --help) usage ;;
    *)
        complain "unknown command '$command'; known:" \
            "setup build test lab aarch64 lint bench report goals gate stress soak mutants fuzz" \
            "coverage full clean" \
            "help, or none"
        ;;
    esac
}

main "$@"
