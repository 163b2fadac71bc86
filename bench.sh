#!/usr/bin/env bash
# Measures Payerline beside the limit of its database:   ./bench.sh [--quick] [row …]     (--help names the rows)
#
# Builds the release, starts a PostgreSQL of its own with durable commits, and runs benches/bench.py. Needs
# what ./test.sh needs, and wrk, curl, psql and pgbench; as root on Debian it installs what is missing.
# Nothing here fails for being slow: see docs/performance.md for what the figures mean.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
source ./test.sh

# As a server with memory to spare: the same for both sides. What is not named is PostgreSQL's default,
# so commits are durable.
configure() {
    printf '%s\n' 'shared_buffers = 2GB' 'max_wal_size = 16GB' 'checkpoint_timeout = 30min' 'wal_compression = off' \
        >>"$work/postgres/data/postgresql.conf"
    as_postgres pg_ctl restart -D "$work/postgres/data" -w -t 60 -l "$work/postgres/log" >/dev/null
}

install_tools() {
    local packages=()
    command -v wrk >/dev/null || packages+=(wrk)
    command -v curl >/dev/null || packages+=(curl)
    command -v pgbench >/dev/null && command -v psql >/dev/null || packages+=(postgresql-client postgresql-contrib)
    ((${#packages[@]} == 0)) && return
    can_install || { echo "Missing: ${packages[*]}" >&2; return 1; }
    apt-get -q update </dev/null
    apt-get install -q -y --no-install-recommends "${packages[@]}" </dev/null
}

bench() {
    trap finish_bench EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    unset "${!PG@}"
    # On disk: /tmp may be memory, where commits cost nothing.
    work=$(mktemp -d /var/tmp/payerline-bench.XXXXXX)
    chmod 711 "$work"
    # What only prints needs nothing built.
    if [[ " $* " == *" --help "* || " $* " == *" -h "* ]]; then python3 benches/bench.py --help; return; fi
    check_tools >/dev/null
    install_packages
    install_tools
    cargo build --profile dist --locked
    # Apart, so that the service is built with its own features of what both use.
    cargo build --profile dist --locked --package bench-tools
    start_postgres
    configure
    python3 benches/bench.py "$@"
}

finish_bench() {
    local status=$?
    set +e
    trap '' HUP INT TERM PIPE
    [[ -z $postgres ]] || stop_postgres
    [[ -z $work ]] || rm -rf "$work"
    exit "$status"
}

bench "$@"
