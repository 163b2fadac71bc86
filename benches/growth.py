"""The bytes of many claims by table and index, and the requests that they slow down: rows `growth`.

One clinic gets all claims, which is harder than many clinics with fewer: all lie in one range of every index.
"""

import pathlib
import shutil
import statistics
import subprocess
import tempfile
import time

from plan import each
from postgres import Postgres
from programs import PROGRAMS, TARGET
from reads import LIMIT, PAGES, write_pages
from service import Service

PIECE_CLAIMS = 100_000
MIN_CLAIMS, MAX_CLAIMS = 2_000_000, 10_000_000
# Less than for the other rows, to leave the disk to the claims.
MAX_WAL_BYTES = 4 << 30
SEED = 1


def measure(plan, postgres):
    postgres.sql(f"ALTER SYSTEM SET max_wal_size = '{MAX_WAL_BYTES >> 30}GB'")
    postgres.sql("SELECT pg_reload_conf()")
    with Service(postgres.url) as service, Postgres("_empty") as empty, Service(empty.url) as fresh:
        clinic, key = service.new_clinic("growth")
        rates, count = load(plan, postgres, service, key)
        if postgres.count(clinic) != count:
            raise SystemExit(f"{count} claims were answered 201 and {postgres.count(clinic)} are stored")
        postgres.sql("VACUUM ANALYZE")
        plan.sizes = sizes(postgres, count)
        print(plan.sizes, flush=True)
        tenth = max(len(rates) // 10, 1)
        last, first = statistics.median(rates[-tenth:]), statistics.median(rates[:tenth])
        plan.row(f"POST /v1/claims/batch, the last of {count:,} claims", "the first", "—", [last / first],
                 f"{last:,.0f} and {first:,.0f} claims a second; slowest {PIECE_CLAIMS:,}: {min(rates):,.0f}")
        _, few_key = fresh.new_clinic("growth")
        turns(plan, (postgres, service, key), (empty, fresh, few_key), count)


def load(plan, postgres, service, key):
    """Loads claims in pieces. Returns the rate of each piece and the number of claims."""
    free = shutil.disk_usage(PROGRAMS).free
    rates, loaded, wanted = [], 0, plan.growth or MIN_CLAIMS
    while loaded < wanted:
        piece = min(PIECE_CLAIMS, wanted - loaded)
        rates.append(batch(service, key, loaded, piece))
        loaded += piece
        if loaded == PIECE_CLAIMS:
            each_claim = total(postgres) / loaded
            if not plan.growth:
                fitting = int((free / 2 - MAX_WAL_BYTES) / each_claim)
                wanted = max(MIN_CLAIMS, min(MAX_CLAIMS, fitting // PIECE_CLAIMS * PIECE_CLAIMS))
            print(f"{each_claim:,.0f} bytes a claim, {free >> 30} GiB free: {wanted:,} claims", flush=True)
        if loaded % (10 * PIECE_CLAIMS) == 0:
            print(f"{loaded:,} claims, {rates[-1]:,.0f} a second", flush=True)
    return rates, loaded


def batch(service, key, start, count):
    """Sends claims from the generator to the service. Returns the claims a second."""
    began = time.monotonic()
    generate = subprocess.Popen([PROGRAMS / "generate", "--seed", str(SEED), "--start", str(start), "--count", str(count)],
                                stdout=subprocess.PIPE)
    post = subprocess.Popen(
        ["curl", "-sS", "-H", f"Authorization: Bearer {key}", "-H", "Content-Type: application/x-ndjson", "-H", "Expect:",
         "-T", "-", "-X", "POST", f"{service.base}/v1/claims/batch"], stdin=generate.stdout, stdout=subprocess.PIPE)
    generate.stdout.close()
    stored = sum(b'"status":201' in line for line in post.stdout)
    if (generate.wait(), post.wait()) != (0, 0) or stored != count:
        raise SystemExit(f"of {count} claims from {start} on {stored} were stored")
    return count / (time.monotonic() - began)


def total(postgres):
    return int(postgres.sql("SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relname IN "
                            "('claims', 'claim_items', 'claim_services', 'events') AND relkind = 'r'"))


def sizes(postgres, count):
    """A table of the bytes of a million claims: rows, long values (TOAST), and each index."""
    lines = ["| table or index | MB a million claims |", "|---|---|"]
    rows = postgres.sql("""
        SELECT relname, pg_relation_size(oid) FROM pg_class
        WHERE relname IN ('claims', 'claim_items', 'claim_services', 'events') AND relkind = 'r'
        UNION ALL
        SELECT relname || ', long values', pg_total_relation_size(reltoastrelid) FROM pg_class
        WHERE relname IN ('claims', 'claim_items', 'claim_services', 'events') AND relkind = 'r' AND pg_relation_size(reltoastrelid) > 0
        UNION ALL
        SELECT indexrelid::regclass::text, pg_relation_size(indexrelid) FROM pg_index
        WHERE indrelid IN ('claims'::regclass, 'claim_items'::regclass, 'claim_services'::regclass, 'events'::regclass)
        ORDER BY 2 DESC""")
    for row in rows.splitlines():
        name, size = row.split("|")
        lines.append(f"| `{name}` | {int(size) / count:,.0f} |")
    lines.append(f"| **all, of {count:,} claims** | **{total(postgres) / count:,.0f}** |")
    return "\n".join(lines)


def turns(plan, many, few, count):
    """Measures the full database beside one that began empty."""
    ours, theirs = measure_sides(plan, many, few, lambda service, key, turn: service.submit(
        64, plan.seconds, key, f"G{turn}-"))
    plan.rates(f"POST /v1/claims at {count:,} claims, 64 clients", "on a database that began empty", "≥ 0.8",
               each(ours, "rate"), each(theirs, "rate"))
    beside = f"of {int(few[0].sql('SELECT count(*) FROM claims')):,}"
    with tempfile.TemporaryDirectory(dir=TARGET) as directory:
        paths = {service: write_claim_paths(database, pathlib.Path(directory, database.name))
                 for database, service, _ in (many, few)}
        ours, theirs = measure_sides(plan, many, few, lambda service, key, _: service.wrk(
            64, plan.seconds, key, "paths", paths[service]))
        plan.rates(f"GET /v1/claims/{{id}} of {count:,}, 64 clients", beside, "—", each(ours, "rate"), each(theirs, "rate"))
        # The database that began empty has only claims of this payer.
        paths = {service: write_pages(service, key, ["mva"], pathlib.Path(directory, f"{database.name}-pages"))
                 for database, service, key in (many, few)}
        ours, theirs = measure_sides(plan, many, few, lambda service, key, _: service.wrk(
            64, plan.seconds, key, "paths", paths[service]))
        plan.rates(f"GET /v1/claims?payer=mva&cursor=…, {PAGES} pages of {LIMIT}, of {count:,}, 64 clients", beside, "—",
                   each(ours, "rate"), each(theirs, "rate"))


def measure_sides(plan, many, few, ask):
    return plan.turns(many[0].checkpoint, lambda turn: ask(many[1], many[2], turn), lambda turn: ask(few[1], few[2], turn))


def write_claim_paths(database, path):
    """Writes the paths of random claims to a file."""
    path.write_text(database.sql("SELECT '/v1/claims/' || id FROM claims ORDER BY random() LIMIT 50000") + "\n")
    return path
