"""The six reports over a year of claims, on PostgreSQL and on SQLite: rows `report`."""

import os
import pathlib
import sqlite3
import tempfile
import time
import urllib.request

from postgres import CLAIM_COLUMNS
from programs import ROOT, TARGET
from searches import wait_until_found
from service import Service

REPORTS = ("payer-mix", "ageing", "turnaround", "approvals", "denials", "outcomes")
FORMS = ("application/json", "text/csv", "image/svg+xml")
CLAIMS = 200_000
SECONDS = {"PostgreSQL": 2, "SQLite": 5}
EXAMPLES = ("mva-stem-cell-knee", "wsib-physiotherapy", "private-physiotherapy", "uncovered-stem-cell-sports")
DAY = 86_400_000
# How each database writes what the rows are made of. Times are in milliseconds since 1970.
DIALECTS = {
    "PostgreSQL": {
        "numbers": "generate_series(CAST(1 AS bigint), {count}) AS numbers (n)",
        "id": "(lpad(to_hex({ms}), 12, '0') || '70008000' || lpad(to_hex(n), 12, '0'))::uuid",
        "time": "to_timestamp(({ms}) / 1000.0)",
        "day": "to_char(to_timestamp(({ms}) / 1000.0), 'YYYY-MM-DD')",
        "json": "({text})::json",
        "changed": "updated_at - ({count} - n) * interval '1 microsecond'",
        "clinic": "'{clinic}'",
    },
    "SQLite": {
        "numbers": "(WITH RECURSIVE all_n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM all_n WHERE n < {count}) "
                   "SELECT n FROM all_n) AS numbers",
        "id": "from_hex(printf('%012x70008000%012x', {ms}, n))",
        "time": "({ms}) * 1000",
        "day": "date(({ms}) / 1000, 'unixepoch')",
        "json": "({text})",
        "changed": "updated_at - ({count} - n)",
        "clinic": "from_hex(replace('{clinic}', '-', ''))",
    },
}


def measure(plan, postgres):
    count = CLAIMS // 10 if plan.quick else CLAIMS
    with Service(postgres.url) as service:
        def run(statements):
            postgres.sql(";\n".join(statements))
        key = fill(service, run, "PostgreSQL", count)
        wait_until_found(service, key)
        postgres.sql("VACUUM ANALYZE claim_progress; CHECKPOINT")
        add_row(plan, service, key, "PostgreSQL", count)
    with tempfile.TemporaryDirectory(dir=TARGET) as directory:
        path = pathlib.Path(directory, "reports.db")
        with Service(f"sqlite://{path}") as service:
            def run(statements):
                connection = sqlite3.connect(path, timeout=60)
                connection.create_function("from_hex", 1, bytes.fromhex)
                with connection:
                    for statement in statements:
                        connection.execute(statement)
                connection.close()
            key = fill(service, run, "SQLite", count)
            wait_until_found(service, key)
            os.sync()
            add_row(plan, service, key, "SQLite", count)


def add_row(plan, service, key, database, count):
    """Asks for each report in each form. The slowest counts."""
    slowest, all_times = [], {}
    for _ in range(plan.repeats):
        times = {report: max(take(service, key, report, form) for form in FORMS) for report in REPORTS}
        slowest.append(max(times.values()))
        for report, seconds in times.items():
            all_times[report] = max(all_times.get(report, 0), seconds)
    limit = SECONDS[database]
    plan.row(f"GET /v1/reports/… over a year of {count:,} claims, {database}: the slowest of six", f"{limit} s", "≤ 1",
             [seconds / limit for seconds in slowest],
             ", ".join(f"{report} {seconds * 1000:,.0f} ms" for report, seconds in all_times.items()))


def take(service, key, report, form):
    """Returns the seconds that a report takes."""
    request = urllib.request.Request(f"{service.base}/v1/reports/{report}",
                                     headers={"Authorization": f"Bearer {key}", "Accept": form})
    began = time.monotonic()
    with urllib.request.urlopen(request) as answer:
        text = answer.read()
    took = time.monotonic() - began
    if report != "approvals" and (b"Nothing to show" in text or len(text) < 100):
        raise SystemExit(f"the report {report} shows nothing: {text[:500]}")
    return took


def fill(service, run, database, count):
    """A clinic with claims of a year, written by SQL from one claim of each payer. Of ten claims seven are paid, two refused
    in part, and one is waited for; of every fifth it is known how the patient fares."""
    clinic, key = service.new_clinic(f"{count} claims of a year")
    for name in EXAMPLES:
        service.request("/v1/claims", (ROOT / "examples" / f"{name}.json").read_bytes(), key)
    words = DIALECTS[database]
    begin = int(time.time() * 1000) - 364 * DAY
    received = f"({begin} + n * {364 * DAY // count})"

    def write(what, **parts):
        return words[what].format(count=count, clinic=clinic, **parts)

    def day(days):
        return write("day", ms=f"{received} + {days} * {DAY}")

    sends = write("json", text="'[{\"payer\":\"private\",\"channel\":\"invoice\",\"sent_on\":\"' || " + day("(n % 9)") + " || '\"}]'")
    outcomes = write("json", text=(
        "'[{\"day\":\"' || service_from || '\",\"pain\":' || (n % 11) || ',\"function\":' || (n % 101) || "
        "',\"range_of_motion\":[],\"recorded_at\":\"2026-01-01T00:00:00.000000Z\","
        "\"recorded_by\":\"01980a6e-2c4f-7d31-a5b0-6f3e5c1d2b7a\"}]'"))
    paid = "CASE WHEN n % 10 < 7 THEN total_cents ELSE total_cents / 2 END"
    refused = "CASE WHEN n % 10 < 7 THEN 0 ELSE total_cents - total_cents / 2 END"
    remittances = write("json", text=(
        "'[{\"number\":\"R-1\",\"payer\":\"private\",\"paid_on\":\"' || " + day("(n % 9 + 5 + n % 40)") +
        " || '\",\"items\":[{\"sequence\":1,\"paid_cents\":' || (" + paid + ") || ',\"adjusted_cents\":0,\"denied_cents\":' || (" +
        refused + ") || ',\"patient_cents\":0,\"reason_codes\":[\"' || (n % 23) || '\"]}],"
        "\"received_at\":\"2026-01-01T00:00:00.000000Z\",\"received_by\":\"01980a6e-2c4f-7d31-a5b0-6f3e5c1d2b7a\"}]'"))
    own = {
        "external_id": "'FILL-' || n",
        "status": "CASE WHEN n % 10 < 7 THEN 'paid' WHEN n % 10 < 9 THEN 'partially_paid' ELSE 'submitted' END",
        "patient_id": "'P-' || n % 5000",
        "received_at": write("time", ms=received),
        "updated_at": write("changed"),
    }
    columns = [name.strip() for name in CLAIM_COLUMNS.split(",")]
    values = ", ".join(own.get(name, name) for name in columns)
    numbered = (f"FROM {write('numbers')} JOIN (SELECT *, row_number() OVER () - 1 AS k FROM claims "
                f"WHERE clinic_id = {write('clinic')} AND external_id NOT LIKE 'FILL-%') AS c ON n % {len(EXAMPLES)} = k")
    nothing = write("json", text="'[]'")
    run([
        f"INSERT INTO claim_ledgers (clinic_id, claim_id, billed_cents, paid_cents, adjusted_cents, patient_cents, "
        f"outstanding_cents, remittances, next_dues) SELECT clinic_id, {write('id', ms=received)}, total_cents, {paid}, 0, 0, "
        f"{refused}, {remittances}, {nothing} {numbered} WHERE n % 10 < 9",
        f"INSERT INTO claims (clinic_id, id, {', '.join(columns)}, sends, outcomes) SELECT clinic_id, "
        f"{write('id', ms=received)}, {values}, {sends}, CASE WHEN n % 5 = 0 THEN {outcomes} END {numbered}",
        f"DELETE FROM claims WHERE clinic_id = {write('clinic')} AND external_id NOT LIKE 'FILL-%'",
    ])
    return key
