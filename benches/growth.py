"""What many claims take and cost: their bytes by table and index, and what they slow down: rows `growth`.

One clinic gets them all, which is harder than many clinics with fewer each: all lie in one range of every index.
"""

import pathlib
import shutil
import statistics
import subprocess
import tempfile
import time

from plan import each
from postgres import Postgres
from programs import RELEASE, ROOT
from service import Service

PIECE = 100_000
LEAST, MOST = 2_000_000, 10_000_000
# Less than the other rows have, so that the disk holds claims.
WAL = 4 << 30
SEED = 1
PAGE = "/v1/claims?payer=mva&limit=50"


def measure(plan, postgres):
    postgres.sql(f"ALTER SYSTEM SET max_wal_size = '{WAL >> 30}GB'")
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
                 f"{last:,.0f} and {first:,.0f} claims a second; slowest {PIECE:,}: {min(rates):,.0f}")
        _, few_key = fresh.new_clinic("growth")
        turns(plan, (postgres, service, key), (empty, fresh, few_key), count)


def load(plan, postgres, service, key):
    """Loads claims in pieces; returns the rate of each, and how many claims that were."""
    free = shutil.disk_usage(RELEASE).free
    rates, loaded, wanted = [], 0, plan.growth or LEAST
    while loaded < wanted:
        piece = min(PIECE, wanted - loaded)
        rates.append(batch(service, key, loaded, piece))
        loaded += piece
        if loaded == PIECE:
            each_claim = total(postgres) / loaded
            if not plan.growth:
                wanted = max(LEAST, min(MOST, int((free / 2 - WAL) / each_claim) // PIECE * PIECE))
            print(f"{each_claim:,.0f} bytes a claim, {free >> 30} GiB free: {wanted:,} claims", flush=True)
        if loaded % (10 * PIECE) == 0:
            print(f"{loaded:,} claims, {rates[-1]:,.0f} a second", flush=True)
    return rates, loaded


def batch(service, key, start, count):
    """Claims a second, from the generator straight to the service."""
    began = time.monotonic()
    generate = subprocess.Popen([RELEASE / "generate", "--seed", str(SEED), "--start", str(start), "--count", str(count)],
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
                            "('claims', 'claim_items', 'events') AND relkind = 'r'"))


def sizes(postgres, count):
    """A table of what a million claims take: rows, long values (TOAST), and each index."""
    lines = ["| table or index | MB a million claims |", "|---|---|"]
    rows = postgres.sql("""
        SELECT relname, pg_relation_size(oid) FROM pg_class
        WHERE relname IN ('claims', 'claim_items', 'events') AND relkind = 'r'
        UNION ALL
        SELECT relname || ', long values', pg_total_relation_size(reltoastrelid) FROM pg_class
        WHERE relname IN ('claims', 'claim_items', 'events') AND relkind = 'r' AND pg_relation_size(reltoastrelid) > 0
        UNION ALL
        SELECT indexrelid::regclass::text, pg_relation_size(indexrelid) FROM pg_index
        WHERE indrelid IN ('claims'::regclass, 'claim_items'::regclass, 'events'::regclass)
        ORDER BY 2 DESC""")
    for row in rows.splitlines():
        name, size = row.split("|")
        lines.append(f"| `{name}` | {int(size) / count:,.0f} |")
    lines.append(f"| **all, of {count:,} claims** | **{total(postgres) / count:,.0f}** |")
    return "\n".join(lines)


def turns(plan, many, few, count):
    """The same questions to the full database and to one that began empty."""
    ours, theirs = sides(plan, many, few, lambda service, key, turn: service.submit(
        64, plan.seconds, key, f"G{turn}-"))
    plan.rates(f"POST /v1/claims at {count:,} claims, 64 clients", "on a database that began empty", "≥ 0.8",
               each(ours, "rate"), each(theirs, "rate"))
    beside = f"of {int(few[0].sql('SELECT count(*) FROM claims')):,}"
    with tempfile.TemporaryDirectory(dir=ROOT / "target") as directory:
        paths = {service: ids(database, pathlib.Path(directory, database.name)) for database, service, _ in (many, few)}
        ours, theirs = sides(plan, many, few, lambda service, key, _: service.wrk(
            64, plan.seconds, key, "paths", paths[service]))
        plan.rates(f"GET /v1/claims/{{id}} of {count:,}, 64 clients", beside, "—", each(ours, "rate"), each(theirs, "rate"))
    ours, theirs = sides(plan, many, few, lambda service, key, _: service.wrk(64, plan.seconds, key, "read", PAGE, 0))
    plan.rates(f"GET {PAGE} of {count:,}, 64 clients", beside, "—", each(ours, "rate"), each(theirs, "rate"))


def sides(plan, many, few, ask):
    return plan.turns(many[0].checkpoint, lambda turn: ask(many[1], many[2], turn), lambda turn: ask(few[1], few[2], turn))


def ids(database, path):
    """A file with the paths of many claims, at random."""
    path.write_text(database.sql("SELECT '/v1/claims/' || id FROM claims ORDER BY random() LIMIT 50000") + "\n")
    return path
