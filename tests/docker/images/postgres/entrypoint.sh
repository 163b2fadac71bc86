#!/usr/bin/env bash
# Makes the database on the first start, as the official image's entrypoint does, and runs PostgreSQL.
# Of the official image's variables it knows POSTGRES_USER, POSTGRES_DB and POSTGRES_PASSWORD(_FILE).
set -euo pipefail

[[ ${1:-} == postgres ]] || exec "$@"
if ((EUID == 0)); then
    chown -R postgres:postgres "$PGDATA"
    exec setpriv --reuid=postgres --regid=postgres --init-groups -- "$0" "$@"
fi
[[ -d $PGDATA ]] && chmod 700 "$PGDATA"
if [[ ! -s $PGDATA/PG_VERSION ]]; then
    user=${POSTGRES_USER:-postgres}
    password=${POSTGRES_PASSWORD:-}
    [[ -z ${POSTGRES_PASSWORD_FILE:-} ]] || password=$(<"$POSTGRES_PASSWORD_FILE")
    [[ -n $password ]] || { echo 'Give POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE.' >&2; exit 1; }
    # The password is checked from the network; on the socket, only this container's own processes come.
    initdb --username="$user" --pwfile=<(printf '%s\n' "$password") \
        --auth-local=trust --auth-host=scram-sha-256 --encoding=UTF8
    echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
    # On the socket alone, so that nobody takes it for ready before its database is there.
    pg_ctl start --wait --options="-c listen_addresses=''"
    if [[ ${POSTGRES_DB:-$user} != postgres ]]; then
        createdb --username="$user" --maintenance-db=postgres "${POSTGRES_DB:-$user}"
    fi
    pg_ctl stop --wait --mode=fast
fi
exec "$@" -c listen_addresses='*'
