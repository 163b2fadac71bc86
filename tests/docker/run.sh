#!/usr/bin/env bash
# Tests Payerline as it runs in production: the stack of docker-compose.yml, with images built from here.
#
#   tests/docker/run.sh
#
# First the tests that run in a container, as a billing system would; then faults, from this machine:
# replicas and PostgreSQL are killed, cut off and restarted under load. Both kinds of tests are compiled on this
# machine. Needs a Docker engine, Compose (v2 or docker-compose 1.29), Rust, and root, to kill processes of
# containers. The stack is a project of its own, with images and secrets of its own; it is removed at the end,
# however that comes, and its images stay. The last line has the figures.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

export COMPOSE_PROJECT_NAME=payerline-test
export PAYERLINE_IMAGE=payerline-test PAYERLINE_TESTS_IMAGE=payerline-test-tests
export PAYERLINE_PORT=0  # a free one
export PAYERLINE_PROFILE=release  # nothing here looks at speed, and `dist` takes minutes longer to build
readonly LOCK=/tmp/payerline-test.lock
readonly LARGEST_IMAGE=60000000  # bytes
work=''      # the directory of everything temporary
secrets=''   # the directory of the stack's secrets, in there
programs=''  # the directory of the compiled tests

main() {
    exec 9>"$LOCK"
    flock --nonblock 9 || { echo 'The composed stack is being tested already.' >&2; return 1; }
    trap finish EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    trap : PIPE  # whoever reads what is printed may end first
    ((EUID == 0)) || { echo 'This takes root: it kills processes of containers.' >&2; return 1; }
    docker info >/dev/null || { echo 'No Docker engine answers: install one and start it.' >&2; return 1; }
    work=$(mktemp -d)
    secrets="$work/secrets"
    mkdir "$secrets"
    export PAYERLINE_SECRETS=$secrets
    touch "$secrets/env"
    docker/secrets.sh "$secrets"
    took 'base images' tests/docker/offline-images.sh
    took 'tests' build_tests
    took 'the image of the tests' build_tests_image
    took 'the image of the service' compose build
    remove
    describe_image
    took 'tests in a container' compose up --exit-code-from tests tests
    took 'faults under load' run_faults
}

say() { printf '\n==> %s\n' "$1"; }

# Runs a command under the name $1, and says how long it took. `set -e` holds in it.
took() {
    local began=$SECONDS
    say "$1"
    "${@:2}"
    echo "took: $((SECONDS - began)) s, $1"
}

# Whichever Compose there is, and nothing of what the caller's own stack is made of.
compose() {
    local command=(docker-compose)
    if docker compose version >/dev/null 2>&1; then command=(docker compose); fi
    "${command[@]}" --file docker-compose.yml --env-file "$secrets/env" --profile test "$@"
}

remove() { compose down --volumes --remove-orphans --timeout 1; }

finish() {
    local status=$?
    set +e
    trap '' HUP INT TERM PIPE
    if [[ $status == 1 && -d $secrets ]]; then
        say 'what the stack logged last'
        compose logs --no-color --tail 40 postgres payerline-1 payerline-2 proxy
    fi
    docker rm --force --volumes payerline-test-image >/dev/null 2>&1
    [[ ! -d $secrets ]] || remove >/dev/null 2>&1
    [[ -z $work ]] || rm -rf "$work"
    exit "$status"
}

# The image's size, and how long a container takes from its start to the first 200 of /readyz.
describe_image() {
    local bytes began
    bytes=$(docker image inspect --format '{{.Size}}' "$PAYERLINE_IMAGE")
    docker rm --force --volumes payerline-test-image >/dev/null 2>&1 || true
    docker create --name payerline-test-image "$PAYERLINE_IMAGE" >/dev/null
    began=$(date +%s%3N)
    docker start payerline-test-image >/dev/null
    until docker exec payerline-test-image payerline healthcheck 2>/dev/null; do
        (($(date +%s%3N) - began < 30000)) || { docker logs payerline-test-image; return 1; }
    done
    echo "image: $((bytes / 1000000)) MB, ready $(($(date +%s%3N) - began)) ms after its start"
    docker rm --force --volumes payerline-test-image >/dev/null
    ((bytes < LARGEST_IMAGE)) || { echo "The image has more than $LARGEST_IMAGE bytes." >&2; return 1; }
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

# Compiled with everything else: built by themselves, half the dependencies would have other features.
build_tests() {
    cargo build --locked --workspace --all-targets
    programs=$(cargo metadata --locked --no-deps --format-version 1 |
        python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')/debug
}

# The programs run in the image with the libraries of this machine, so it does not matter which system it has.
build_tests_image() {
    local image="$work/image" program library
    for program in stack terminator; do
        install -D "$programs/$program" "$image/usr/local/bin/$program"
        ldd "$programs/$program" | grep -o '/[^ ]*' | while read -r library; do
            install -D "$library" "$image$library"
        done
    done
    # The tests look for the examples beside the sources that they were compiled from.
    install --directory "$image$PWD/tests/support"
    cp -R examples "$image$PWD"
    docker build --quiet --tag "$PAYERLINE_TESTS_IMAGE" --file tests/docker/Dockerfile "$image"
}

run_faults() {
    compose up --detach proxy
    wait_for_proxy
    PAYERLINE_TEST_PROXY="http://$(compose port proxy 8080)" \
    PAYERLINE_ADMIN_KEY_FILE="$secrets/admin_key" \
        "$programs/faults"
}

main
