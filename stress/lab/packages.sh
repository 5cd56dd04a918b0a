# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Debian packages of any architecture, unpacked below build/ARCHITECTURE; sourced by run.sh. That
# needs no root, and the machine's own packages stay as they are.

# foreign_apt ARCHITECTURE COMMAND ARGUMENT...: an apt with the machine's sources and keys, but its
# own state.
foreign_apt() {
    # shellcheck disable=SC2154 # root comes from run.sh
    local apt=$root/build/$1/apt architecture=$1 command=$2
    shift 2
    mkdir -p "$apt"/{lists/partial,archives/partial}
    : >"$apt/status"
    "$command" -q -o APT::Architecture="$architecture" -o APT::Architectures::="$architecture" \
        -o APT::Sandbox::User=root -o Acquire::Languages=none -o Dir::State="$apt" \
        -o Dir::State::lists="$apt/lists" -o Dir::State::status="$apt/status" \
        -o Dir::Cache="$apt" "$@"
}

# foreign_lists ARCHITECTURE: what there is to be had, once in a run.
foreign_lists() {
    [[ -z ${foreign_listed[$1]:-} ]] || return 0
    foreign_listed[$1]=yes
    mkdir -p "$root/build/$1"
    # What is missing afterwards is said by whoever looks for it.
    foreign_apt "$1" apt-get update >"$root/build/$1/packages.log" 2>&1 || true
}
declare -A foreign_listed=()

# unpack PACKAGE-FILE INTO: of a kernel only what is booted, not its modules.
unpack() {
    if [[ ${1##*/} == linux-image-* ]]; then
        dpkg-deb --fsys-tarfile "$1" | tar -x -C "$2" ./boot
    else
        dpkg-deb -x "$1" "$2"
    fi
}

# foreign_packages ARCHITECTURE PACKAGE...: unpacks those that are not there yet into
# build/ARCHITECTURE/root; false, after a line that says which, if one cannot be had.
foreign_packages() {
    local architecture=$1 into=$root/build/$1 package absent=()
    shift
    mkdir -p "$into"/{root,debs,have}
    for package; do
        [[ -e $into/have/$package ]] || absent+=("$package")
    done
    [[ ${#absent[@]} -gt 0 ]] || return 0
    echo "fetching for $architecture: ${absent[*]}"
    foreign_lists "$architecture"
    for package in "${absent[@]}"; do
        rm -f "$into/debs/$package"_*
        if ! (cd "$into/debs" && foreign_apt "$architecture" apt-get download "$package") \
            >>"$into/packages.log" 2>&1 ||
            ! unpack "$into/debs/$package"_*_*.deb "$into/root" >>"$into/packages.log" 2>&1; then
            echo "run.sh: no $architecture package $package from this machine's apt sources;" \
                "the whole of it is in build/$architecture/packages.log" >&2
            return 1
        fi
        touch "$into/have/$package"
    done
}

# What an aarch64 build needs beside the cross compilers, and its programs in a guest.
arm64_packages() {
    foreign_packages arm64 libcmocka0 libcmocka-dev libhwloc15 libhwloc-dev libudev1
}

# foreign_kernel ARCHITECTURE NAME: the package that Debian's name for its newest kernel stands for,
# or the one that is unpacked already; nothing if there is none.
foreign_kernel() {
    local known=$root/build/$1/kernel-$2
    if [[ ! -s $known ]]; then
        foreign_lists "$1"
        foreign_apt "$1" apt-cache depends "$2" 2>/dev/null |
            sed -n 's/^ *Depends: \(linux-image-.*\)/\1/p' | head -n 1 >"$known"
    fi
    cat "$known"
}
