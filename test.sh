#!/usr/bin/env bash
# All that must hold, in one command:                     ./test.sh
# Or any command with the throwaway PostgreSQL running:   ./test.sh cargo test submit
#
# Needs Rust and build-essential. As root on Debian it installs what else it needs (a PostgreSQL
# server, python3-venv, curl, jq, a JDK, Chromium with its driver, Compose, debootstrap); otherwise it says
# what to install. It stops and deletes what it started, however it ends, and exits 0 only if every step
# passed. The last line counts the tests.
#
# The composed stack is tested where a Docker engine answers, Swagger UI in a browser and generated clients
# with a JDK where there is one; what was not run is said at the end. PAYERLINE_TEST_DOCKER=1 demands all
# three: missing is failed. PAYERLINE_TEST_DOCKER=0 leaves out Docker and the browser, which saves most of the time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

work=''      # the directory of everything temporary
postgres=''  # the directory of PostgreSQL's programs, once a server may be running
job=''       # the process group of the step that is running
step=''      # its name
began=0      # when it began
images=''    # the process group that provides the containers' base images
report=()    # a line for each step that ended
failed=()    # the names of those that failed
parts=()     # what is tested besides: browser, containers, clients
omitted=()   # what is not, and why

main() {
    trap finish EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    unset "${!PG@}"                # what the caller set for other PostgreSQL clients
    export CARGO_TERM_COLOR=never  # the counts are read from the output
    # In /tmp: a socket's path has at most 107 bytes, and PostgreSQL's user must be able to enter.
    work=$(mktemp -d /tmp/payerline-test.XXXXXX)
    chmod 711 "$work"
    # Tests that are killed leave files behind: these go too.
    export TMPDIR="$work/tmp"
    mkdir "$TMPDIR"

    prepare 'tools' check_tools
    if (($# == 0)); then prepare 'what to test' choose_parts; fi
    prepare 'packages' install_packages
    prepare 'start PostgreSQL' start_postgres
    if (($# > 0)); then check "$*" "$@"; return; fi
    if has_part containers; then provide_images; fi
    check 'format' cargo fmt --all --check
    check 'licences and sources' check_dependencies
    check 'imports' check_imports
    check 'clippy' cargo clippy --locked --workspace --all-targets -- -D warnings
    # All at once: built a part at a time, dependencies would have other features and be built again.
    check 'compile the tests' cargo build --locked --workspace --all-targets
    check 'tests' run_tests suite --lib --bins --test api
    if has_part browser; then check 'Swagger UI in a browser' run_tests browser --test browser; fi
    check 'OpenAPI document' check_openapi
    if has_part clients; then check 'generated clients' check_clients; fi
    check 'documentation' env RUSTDOCFLAGS='-D warnings' cargo doc --locked --no-deps --document-private-items \
        --package payerline --package 'payerline-*'
    if has_part containers; then check 'composed stack in Docker' run_containers; fi
}

# A step that the others need: it runs in this shell, and its failure ends the run.
prepare() {
    begin "$1"
    "${@:2}"
    end ok
}

# A step that no other needs: if it fails the others still run, so one run shows all there is to repair.
# It runs in the background, for bash acts on a signal at once only while it waits, and in a process
# group of its own, so that all that it started can be ended.
check() {
    local outcome=ok
    begin "$1"
    set -m
    (set -e; "${@:2}") </dev/null &
    job=$!
    set +m
    wait "$job" || outcome=FAILED
    job=''
    end "$outcome"
}

begin() { step=$1 began=$SECONDS; printf '\n==> %s\n' "$step"; }

end() {
    report+=("$(printf '%-8s %5d s  %s' "$1" $((SECONDS - began)) "$step")")
    [[ $1 == ok ]] || failed+=("$step")
    step=''
}

# Runs at every exit: ends what is running, sums up, deletes what was made.
finish() {
    local status=$?
    set +e
    trap '' HUP INT TERM PIPE
    [[ -z $job ]] || stop_job
    [[ -z $images ]] || kill -TERM -- "-$images" 2>/dev/null
    [[ -z $step ]] || end FAILED
    [[ -z $postgres ]] || stop_postgres
    ((status != 0 || ${#failed[@]} == 0)) || status=1
    printf '%s\n' '' '==> summary' "${report[@]}"
    ((${#omitted[@]} == 0)) || printf 'NOT RUN  %s\n' "${omitted[@]}"
    grep -hE '^image: |^[0-9]+ faults: ' "$work/containers.log" 2>/dev/null
    printf 'This failed: %s\n' "${failed[@]:-nothing}"
    echo "$(count passed) passed, $(count '(exec )?failed|timed out') failed"
    [[ -z $work ]] || rm -rf "$work"
    exit "$status"
}

# Ends the running step: politely, and after a minute by force, for containers take their time.
stop_job() {
    kill -TERM -- "-$job" 2>/dev/null
    for _ in {1..600}; do
        kill -0 -- "-$job" 2>/dev/null || return
        sleep 0.1
    done
    kill -KILL -- "-$job"
}

# Adds up the numbers that the test runners' closing lines put before $1, a regular expression; in the
# logs $2 and so on, or in all. Compose puts a name and a bar before a line; nextest shows what a failed
# test printed further in, which does not count again.
count() {
    local logs=("${@:2}")
    ((${#logs[@]} > 0)) || logs=("$work"/*.log)
    { grep -hE '^ *Summary \[|^([^|]*\|[^ ]* )?test result: ' "${logs[@]}" 2>/dev/null || true; } |
        { grep -oE "[0-9]+ ($1)" || true; } | awk '{ n += $1 } END { print n + 0 }'
}

# Which parts are tested that need more than Rust and PostgreSQL: those that this machine can run, or
# those that are demanded.
choose_parts() {
    case ${PAYERLINE_TEST_DOCKER:-} in
        1) parts=(browser containers clients) ;;
        0) omitted=('containers and browser: left out by PAYERLINE_TEST_DOCKER=0') ;;
        '')
            if docker info >/dev/null 2>&1 && ((EUID == 0)) && { has_compose || can_install; }; then
                parts+=(containers)
            else
                omitted+=('containers: that takes a Docker engine that answers, Compose, and root')
            fi
            if has_browser || { has_part containers && can_install; }; then
                parts+=(browser)
            else
                omitted+=('browser: that takes chromium and chromedriver')
            fi
            ;;
        *) echo 'PAYERLINE_TEST_DOCKER is 1, 0 or not set.' >&2; return 1 ;;
    esac
    if ! has_part clients; then
        if has_jdk || can_install; then
            parts+=(clients)
        else
            omitted+=('generated clients: that takes a JDK')
        fi
    fi
    echo "besides the suite: ${parts[*]:-nothing}"
}

can_install() { ((EUID == 0)) && command -v apt-get; } >/dev/null
has_part() { [[ " ${parts[*]} " == *" $1 "* ]]; }
has_browser() { command -v chromium && command -v chromedriver; } >/dev/null
has_jdk() { command -v java && command -v javac; } >/dev/null
has_compose() { docker compose version || docker-compose version; } >/dev/null 2>&1

# What is not installed for the user: how Rust and a compiler come to a machine is their choice.
check_tools() {
    local missing=()
    # rustup puts its directory on the PATH only of shells that start afterwards.
    export PATH="$PATH:${CARGO_HOME:-${HOME:-}/.cargo}/bin"
    cargo --version || missing+=('cargo: install Rust 1.95 or newer, see https://rustup.rs')
    cargo fmt --version || missing+=('rustfmt: rustup component add rustfmt')
    cargo clippy --version || missing+=('clippy: rustup component add clippy')
    command -v cc && command -v make || missing+=('a C compiler and make: apt-get install build-essential')
    # With the modules that OpenSSL's build needs, which perl-base alone has not.
    perl -MFindBin -MIPC::Cmd -e 'print "perl $^V\n"' || missing+=('perl: apt-get install perl')
    ((${#missing[@]} == 0)) || { printf 'Missing %s\n' "${missing[@]}" >&2; return 1; }
}

# Prints the directory of the newest PostgreSQL server. Debian keeps these programs off the PATH.
find_postgres() {
    local initdb dir
    for initdb in "$(command -v initdb)" /usr/lib/postgresql/*/bin/initdb; do
        dir=$(dirname "$(readlink -f "$initdb")")
        [[ -x $dir/initdb && -x $dir/pg_ctl && -x $dir/postgres ]] || continue
        echo "$("$dir/postgres" --version | grep -oE '[0-9.]+' | head -n 1) $dir"
    done | sort -V | tail -n 1 | cut -d ' ' -f 2-
}

has_venv() { python3 -c 'import ensurepip, venv' 2>/dev/null; }

# A PostgreSQL server, Python with venv for the OpenAPI validator, curl and jq, and what the chosen parts need.
install_packages() {
    local packages=() config=/etc/postgresql-common/createcluster.conf
    [[ -n $(find_postgres) ]] || packages+=(postgresql)
    has_venv || packages+=(python3-venv)
    # The commands of the documents.
    { command -v curl || packages+=(curl); command -v jq || packages+=(jq); } >/dev/null
    if has_part browser && ! has_browser; then packages+=(chromium chromium-driver); fi
    if has_part containers && ! has_compose; then packages+=(docker-compose); fi
    if has_part clients && ! has_jdk; then packages+=(default-jdk-headless); fi
    ((${#packages[@]} > 0)) || { echo 'nothing to install'; return; }
    local install=(apt-get install -y --no-install-recommends "${packages[@]}")
    if ! can_install; then
        printf 'Missing packages. On Debian, as root:\n  apt-get update && %s\n' "${install[*]}" >&2
        return 1
    fi
    # Else the package would create and start a database of its own, which nobody here asked for.
    if [[ ! -e $config ]]; then
        mkdir -p "$(dirname "$config")"
        printf '# Written by the test.sh of Payerline.\ncreate_main_cluster = false\n' >"$config"
    fi
    export DEBIAN_FRONTEND=noninteractive UCF_FORCE_CONFFOLD=1
    apt-get -q -o DPkg::Lock::Timeout=300 update </dev/null
    "${install[@]}" -q -o DPkg::Lock::Timeout=300 </dev/null
    [[ -n $(find_postgres) ]] && has_venv
}

# Runs one of PostgreSQL's programs: not as root, which they refuse, and where its user may enter.
as_postgres() (
    cd "$work/postgres"
    local user=()
    ((EUID != 0)) || user=(setpriv --reuid=postgres --regid=postgres --init-groups --reset-env --)
    exec "${user[@]}" "$postgres/$1" "${@:2}"
)

# A PostgreSQL of our own, on a free port of 127.0.0.1. The tests that kill the service count on
# durable commits, so fsync stays on; every test has a pool of connections of its own, hence 400.
start_postgres() {
    local here="$work/postgres" port
    mkdir -m 700 "$here"
    ((EUID != 0)) || chown postgres: "$here"
    postgres=$(find_postgres)
    as_postgres initdb -D "$here/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >/dev/null
    printf '%s\n' "listen_addresses = '127.0.0.1'" "unix_socket_directories = '$here'" 'fsync = on' \
        'max_connections = 400' 'log_min_messages = warning' >>"$here/data/postgresql.conf"
    # Another program may take the free port before PostgreSQL does: then another port.
    for _ in 1 2 3; do
        port=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
        if as_postgres pg_ctl start -D "$here/data" -w -t 60 -l "$here/log" -o "-p $port" >/dev/null; then
            export PAYERLINE_TEST_POSTGRES="postgres://postgres@127.0.0.1:$port/postgres"
            echo "$("$postgres/postgres" --version) on port $port"
            return
        fi
    done
    cat "$here/log" >&2
    return 1
}

# By its own directory, so never another server.
stop_postgres() {
    [[ -e $work/postgres/data/postmaster.pid ]] || return
    as_postgres pg_ctl stop -D "$work/postgres/data" -m fast -t 30 >/dev/null ||
        as_postgres pg_ctl stop -D "$work/postgres/data" -m immediate -t 30
}

# Runs the tests that the arguments select, of the whole workspace: with fewer packages, dependencies
# would have other features and be built again. $1 names the log.
run_tests() {
    local status=0 log="$work/$1.log" run=(cargo test --no-fail-fast)
    if cargo nextest --version >/dev/null 2>&1; then run=(cargo nextest run); fi
    "${run[@]}" --locked --workspace "${@:2}" 2>&1 | tee "$log" || status=1
    (($(count passed "$log") > 0)) || { echo 'No test passed.' >&2; status=1; }
    return "$status"
}

# Where no registry has the base images, they take minutes, for the most part of downloads: begun early, they come
# while others compile. tests/docker/run.sh waits for them, and tells how it went.
provide_images() {
    set -m
    tests/docker/offline-images.sh </dev/null >"$work/images" 2>&1 &
    images=$!
    set +m
}

run_containers() {
    local log="$work/containers.log"
    tests/docker/run.sh 2>&1 | tee "$log" && (($(count passed "$log") > 0))
}

# What Cargo.lock brings in; first, that the check can fail.
check_dependencies() {
    python3 -m unittest discover --quiet --start-directory scripts
    python3 scripts/check_dependencies.py
}

# The check comes first on trees with faults: one that notices nothing would pass.
check_imports() {
    export PYTHONDONTWRITEBYTECODE=1
    python3 scripts/check_imports.py --self-test && python3 scripts/check_imports.py
}

# By someone else's judgement the committed documents are valid, and so are the example claims under them;
# and they are what the program prints.
check_openapi() {
    local target python
    target=$(find_target)
    python=$(make_venv openapi-validator scripts/openapi-requirements.txt)
    "$python" -m openapi_spec_validator --schema 3.1 openapi/openapi.json
    "$python" -m openapi_spec_validator --schema 3.0 openapi/openapi-3.0.json
    "$python" scripts/check_examples.py openapi/openapi.json examples/*.json
    # The program that was built for the tests. `cargo run` would build half the dependencies once
    # more: development dependencies turn on more of their features.
    "$target/debug/payerline" openapi >"$work/openapi.json"
    "$target/debug/payerline" openapi --as-3.0 >"$work/openapi-3.0.json"
    diff -u openapi/openapi.json "$work/openapi.json" && diff -u openapi/openapi-3.0.json "$work/openapi-3.0.json" ||
        { echo 'Out of date. See "Renew the OpenAPI documents" in docs/contributing.md.' >&2; return 1; }
}

# Clients that are generated from the documents work, on both databases.
check_clients() {
    local target python status=0 log="$work/clients.log"
    target=$(find_target)
    python=$(make_venv clients tests/clients/requirements.txt)
    as_postgres createdb --maintenance-db="$PAYERLINE_TEST_POSTGRES" clients
    tests/clients/run.sh "$python" "$target/debug/payerline" "sqlite://$work/clients.db" \
        "${PAYERLINE_TEST_POSTGRES%/*}/clients" 2>&1 | tee "$log" || status=1
    (($(count passed "$log") > 0)) || status=1
    return "$status"
}

# Prints the directory of what cargo builds.
find_target() {
    cargo metadata --locked --no-deps --format-version 1 |
        python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])'
}

# Makes a virtual environment $1 with the requirements $2, and prints the path of its Python. It is kept beside what
# cargo builds; the copy of the requirements, written last, says that it is whole.
make_venv() {
    local venv
    venv="$(find_target)/$1"
    if ! cmp --silent "$2" "$venv/requirements.txt" || ! "$venv/bin/python" --version >&2; then
        python3 -m venv --clear "$venv"
        "$venv/bin/pip" install --quiet --no-input --disable-pip-version-check -r "$2" >&2
        cp "$2" "$venv/requirements.txt"
    fi
    echo "$venv/bin/python"
}

# Sourced, it only defines its functions.
if [[ ${BASH_SOURCE[0]} == "$0" ]]; then main "$@"; fi
