#!/usr/bin/env bash
# Makes the secrets that docker-compose.yml names, at random, where they are not there yet.
#
#   docker/secrets.sh [DIRECTORY]     default: docker/secrets
#
# The admin key of the clinic `default` is then in DIRECTORY/admin_key. Nothing here is ever replaced:
# the database keeps the password that it was made with.
set -euo pipefail
directory=${1:-$(dirname "${BASH_SOURCE[0]}")/secrets}

# Writes $2 to the file $1. Containers read it as users of their own, hence 644; who may not enter the
# directory cannot read it on this machine.
keep() {
    # Compose makes directories of secrets that are not there.
    [[ ! -d $directory/$1 ]] || { echo "$directory/$1 is a directory; remove it." >&2; return 1; }
    [[ -s $directory/$1 ]] || printf '%s\n' "$2" >"$directory/$1"
    chmod 644 "$directory/$1"
}

# 48 characters, digits and the letters a to f: they may stand in a URL as they are.
secret() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

mkdir -p "$directory"
chmod 700 "$directory"
keep admin_key "pl_$(secret)"
keep postgres_password "$(secret)"
keep database_url "postgres://payerline:$(<"$directory/postgres_password")@postgres:5432/payerline"
