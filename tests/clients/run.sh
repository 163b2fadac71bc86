#!/usr/bin/env bash
# Generates clients from the OpenAPI documents and lets each do a day's work against a running service.
#
#   tests/clients/run.sh PYTHON PAYERLINE DATABASE_URL...
#
# PYTHON is an interpreter that has tests/clients/requirements.txt, PAYERLINE the built program. Each database must be
# empty. Needs a JDK. The Java client is made from openapi.json, the Python client from openapi-3.0.json; nothing that
# is generated is edited.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly KEY=a-key-for-generated-clients
python=$1
payerline=$(realpath "$2")
work=''     # the directory of everything temporary
service=''  # the process of the service
jar=''      # the generator

main() {
    trap finish EXIT
    work=$(mktemp -d)
    jar=$("$python" -c 'from importlib.resources import files; print(files("openapi_generator_cli"))')/openapi-generator.jar
    generate python openapi/openapi-3.0.json packageName=payerline_client &
    generate java openapi/openapi.json library=native,openApiNullable=false,hideGenerationTimestamp=true
    compile_java
    wait $!
    local database
    for database in "${@:3}"; do
        try_clients "$database"
    done
}

finish() {
    local status=$?
    [[ -z $service ]] || kill "$service" 2>/dev/null || true
    [[ -z $work ]] || rm -rf "$work"
    exit "$status"
}

# Makes a client of language $1 from document $2 with options $3.
generate() {
    java -jar "$jar" generate --generator-name "$1" --input-spec "$2" --output "$work/$1" \
        --additional-properties "$3" >"$work/$1.log" 2>&1 || { cat "$work/$1.log" >&2; return 1; }
}

# The generator's own jar has the libraries that the client needs, but for one annotation of Java EE, which says of
# code that it was generated and has no effect: here is a stand-in.
compile_java() {
    mkdir -p "$work/javax/annotation"
    echo 'package javax.annotation; public @interface Generated { String[] value(); String comments() default ""; }' \
        >"$work/javax/annotation/Generated.java"
    find "$work/java/src/main" "$work/javax" -name '*.java' >"$work/sources"
    javac -nowarn -cp "$jar" -d "$work/classes" "@$work/sources" tests/clients/WorkingDay.java
}

# Starts the service on database $1, and runs each client against it.
try_clients() {
    local url='' output="$work/output"
    echo "clients against ${1%%:*}"
    # Or the address of the service before this one would be read.
    : >"$output"
    (cd "$work" && DATABASE_URL=$1 PAYERLINE_LISTEN=127.0.0.1:0 PAYERLINE_ADMIN_KEY=$KEY RUST_LOG=warn \
        exec "$payerline" serve) >"$output" &
    service=$!
    for _ in {1..300}; do
        url=$(grep -oE -m 1 'http://127\.0\.0\.1:[0-9]+' "$output") && break
        kill -0 "$service" || return 1
        sleep 0.1
    done
    PYTHONPATH="$work/python" "$python" tests/clients/working_day.py "$url" "$KEY"
    java -cp "$work/classes:$jar" WorkingDay "$url" "$KEY"
    kill "$service"
    wait "$service" || true
    service=''
}

main "$@"
