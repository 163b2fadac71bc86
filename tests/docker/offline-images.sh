#!/usr/bin/env bash
# Builds the images that the tests in containers need, where they are neither present nor pullable.
#
#   tests/docker/offline-images.sh
#
# An image that the engine has, or that a registry gives it, stays as it is. Another is made from what
# this machine has: Debian's packages, from the mirror that apt is configured with, its certificate
# authorities, and its Rust. It gets its official name, so that nothing else has to know. That takes
# root (debootstrap), and four minutes or so; the images serve until they are removed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

# How long a registry may take for one image; where there is none, some engines wait for minutes.
readonly PULL_WITHIN=${PAYERLINE_TEST_PULL_SECONDS:-300}
readonly RUST=1.95
readonly LOCK=/tmp/payerline-images.lock
work=''
registry=yes # until it fails once

main() {
    local image
    exec 9>"$LOCK"
    flock 9  # whoever is second finds what the first made
    trap 'rm -rf --one-file-system "$work"' EXIT
    work=$(mktemp -d /tmp/payerline-images.XXXXXX)
    provide debian:bookworm-slim bootstrap bookworm
    provide debian:trixie-slim bootstrap trixie
    provide "rust:$RUST-bookworm" build_rust
    provide postgres:17 build images/postgres
    provide haproxy:3.0 build images/haproxy
    docker image ls --format '{{.Repository}}:{{.Tag}} {{.Size}}' | grep -E '^(debian|rust|postgres|haproxy):'
}

# Makes sure that the engine has image $1; the rest is the function that makes it.
provide() {
    if docker image inspect "$1" >/dev/null 2>&1; then
        echo "$1: present"
    elif [[ $registry == yes ]] && timeout "$PULL_WITHIN" docker pull --quiet "$1" >/dev/null 2>&1; then
        echo "$1: pulled"
    else
        registry=no
        echo "$1: neither present nor pullable, so it is built here"
        "$2" "${@:3}" "$1" >"$work/log" 2>&1 || { tail -n 50 "$work/log" >&2; return 1; }
    fi
}

# The address that apt on this machine gets Debian from: of the archive, or of its security updates.
mirror() {
    # shellcheck disable=SC2016  # these are apt's variables
    apt-get indextargets --format '$(LABEL)|$(SITE)' | sed -n "s/^$1|//p" | sort -u | head -n 1
}

# A Debian of suite $1 with nothing in it but what Debian calls required, as image $2.
bootstrap() {
    local suite=$1 image=$2 root="$work/$1" archive security
    ((EUID == 0)) || { echo 'This takes root: debootstrap makes device files.' >&2; return 1; }
    # apt names its mirrors only once it has read their lists.
    [[ -n $(mirror Debian) ]] && command -v debootstrap || apt-get -q -o DPkg::Lock::Timeout=300 update </dev/null
    command -v debootstrap ||
        apt-get install -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 debootstrap </dev/null
    archive=$(mirror Debian)
    security=$(mirror Debian-Security)
    [[ -n $archive ]] || { echo 'apt on this machine knows no Debian mirror.' >&2; return 1; }
    debootstrap --variant=minbase "$suite" "$root" "$archive"
    {
        echo "deb $archive $suite main"
        echo "deb $archive $suite-updates main"
        [[ -z $security ]] || echo "deb $security $suite-security main"
    } >"$root/etc/apt/sources.list"
    # What the official image leaves out as well.
    rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/var/log/* "$root"/usr/share/{doc,man,info,locale}/*
    # Else a package that is installed would start its service, during a build.
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
    chmod +x "$root/usr/sbin/policy-rc.d"
    tar -C "$root" -c . | docker import --change 'CMD ["bash"]' - "$image"
    rm -rf --one-file-system "$root"
}

# A compiler with what crates that build C need, and this machine's Rust.
build_rust() {
    local context="$work/rust" sysroot
    rustc --version | grep -q "^rustc $RUST\." || { echo "This machine's Rust is not $RUST." >&2; return 1; }
    sysroot=$(rustc --print sysroot)
    mkdir -p "$context/certificates" "$context/rust"
    cp images/rust/Dockerfile "$context"
    # The authorities that this machine trusts beyond the usual ones, as behind a company's proxy.
    find /usr/local/share/ca-certificates -name '*.crt' -exec cp -t "$context/certificates" {} +
    # Without the manual, which is half of it.
    tar -C "$sysroot" --exclude=./share --exclude='*rust-analyzer*' -c . | tar -C "$context/rust" -x
    build "$context" "$1"
}

# Builds the directory $1 as image $2.
build() { docker build --tag "$2" "$1"; }

main
