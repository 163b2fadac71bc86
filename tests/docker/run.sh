#!/usr/bin/env bash
# Tests Payerline as it runs in production: the stack of docker-compose.yml, with images built from here.
#
#   tests/docker/run.sh
#
# First the tests that run in a container, as a billing system would; then faults, from this machine:
# replicas and PostgreSQL are killed, cut off and restarted under load. Needs a Docker engine, Compose (v2
# or docker-compose 1.29), Rust, and root, to kill processes of containers. The stack is a project of its
# own with secrets of its own; it is removed at the end, its images stay. The last line has the figures.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

export COMPOSE_PROJECT_NAME=payerline-test
export PAYERLINE_PORT=0  # a free one
secrets=''

main() {
    trap finish EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    secrets=$(mktemp -d /tmp/payerline-secrets.XXXXXX)
    export PAYERLINE_SECRETS=$secrets
    docker/secrets.sh "$secrets"
    tests/docker/offline-images.sh
    compose --profile test build
    describe_image
    remove
    say 'tests in a container'
    compose --profile test up --exit-code-from tests tests
    say 'faults under load'
    compose up --detach proxy
    wait_for_proxy
    run_faults
}

say() { printf '\n==> %s\n' "$1"; }

# Whichever Compose there is.
compose() {
    if docker compose version >/dev/null 2>&1; then docker compose "$@"; else docker-compose "$@"; fi
}

remove() { compose --profile test down --volumes --remove-orphans --timeout 1; }

finish() {
    local status=$?
    set +e
    trap '' INT TERM
    if ((status != 0)); then
        say 'what the stack logged last'
        compose --profile test logs --no-color --tail 40
    fi
    [[ ! -d $secrets ]] || remove >/dev/null 2>&1
    [[ -z $secrets ]] || rm -rf "$secrets"
    exit "$status"
}

# The image's size, and how long a container takes from its start to the first 200 of /readyz.
describe_image() {
    local bytes container began
    bytes=$(docker image inspect --format '{{.Size}}' payerline)
    container=$(docker create --publish 127.0.0.1::8080 payerline)
    began=$(date +%s%3N)
    docker start "$container" >/dev/null
    until docker exec "$container" payerline healthcheck 2>/dev/null; do
        (($(date +%s%3N) - began < 30000)) || { docker logs "$container"; docker rm -fv "$container"; return 1; }
    done
    echo "image payerline: $((bytes / 1000000)) MB, ready $(($(date +%s%3N) - began)) ms after its start"
    docker rm --force --volumes "$container" >/dev/null
}

wait_for_proxy() {
    local container
    container=$(compose ps --quiet proxy)
    for _ in {1..120}; do
        [[ $(docker inspect --format '{{.State.Health.Status}}' "$container") != healthy ]] || return 0
        sleep 0.5
    done
    echo 'The proxy is not healthy.' >&2
    return 1
}

run_faults() {
    local target
    # With everything else: built by itself, half the dependencies would have other features.
    cargo build --locked --workspace --all-targets
    target=$(cargo metadata --locked --no-deps --format-version 1 |
        python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')
    PAYERLINE_TEST_PROXY="http://$(compose port proxy 8080)" \
    PAYERLINE_ADMIN_KEY_FILE="$secrets/admin_key" \
        "$target/debug/faults"
}

main
