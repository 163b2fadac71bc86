"""Measures Payerline beside the limit of the database that it runs on, and writes docs/performance.md.

Run by ../bench.sh, which starts PostgreSQL. Every figure is a ratio of two rates (or times) that were
measured in turn on the same machine, on the same server with the same durability, several times; the
median ratio is printed with the range of all. Load comes from wrk and pgbench, in processes of their own.
"""

import argparse
import json
import os
import pathlib
import platform
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

import report

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent
KEY = "a-key-for-the-benchmark-only"
CLAIM_COLUMNS = (
    "external_id, status, payer, disposition, billing_order, patient_id, service_from, service_to, "
    "total_cents, received_at, updated_at, version, content_digest, allocations, submission, decision, "
    "facts, replaces"
)
ITEM_COLUMNS = "sequence, service_date, category, code, amount_cents, payer, disposition, rule"
EVENT_COLUMNS = "number, kind, at, actor, data, prev_hash, hash"
SUMMARY_COLUMNS = (
    "id, external_id, status, payer, disposition, patient_id, service_from, service_to, total_cents, "
    "received_at, version"
)
# The ids of the claims that are there to be read: a prefix and the claim's number.
READ_ID = "01980a6e-0000-7000-8000-"


def run(*command, **options):
    done = subprocess.run(command, text=True, capture_output=True, **options)
    if done.returncode:
        raise SystemExit(f"{command[0]} failed: {done.stderr[-2000:]}")
    return done.stdout


class Postgres:
    """The server that bench.sh started, and a database of our own on it."""

    def __init__(self):
        self.server = os.environ["PAYERLINE_TEST_POSTGRES"]
        self.name = f"payerline_bench_{os.getpid()}"
        run("psql", "-qX", self.server, "-c", f"CREATE DATABASE {self.name}")
        self.url = self.server.rsplit("/", 1)[0] + "/" + self.name

    def sql(self, text):
        return run("psql", "-qXAt", "-v", "ON_ERROR_STOP=1", self.url, input=text).strip()

    def settings(self):
        names = "fsync synchronous_commit full_page_writes shared_buffers max_wal_size wal_compression".split()
        return ", ".join(f"{name}={self.sql(f'SHOW {name}')}" for name in names)

    def pgbench(self, script, clients, seconds, variables=()):
        """Transactions a second, and the 99th percentile in microseconds."""
        with tempfile.TemporaryDirectory() as directory:
            path = pathlib.Path(directory, "script.sql")
            path.write_text(script)
            defines = [part for pair in variables for part in ("-D", f"{pair[0]}={pair[1]}")]
            out = run("pgbench", "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(seconds),
                      "-l", "--log-prefix", str(path), "-f", str(path), *defines, self.url, cwd=directory)
            rate = float(next(line for line in out.splitlines() if line.startswith("tps")).split()[2])
            times = sorted(int(line.split()[2]) for log in pathlib.Path(directory).glob("script.sql.*")
                           for line in log.read_text().splitlines())
        return {"rate": rate, "p99": times[len(times) * 99 // 100]}

    def close(self):
        run("psql", "-qX", self.server, "-c", f"DROP DATABASE {self.name} WITH (FORCE)")


class Service:
    """The release build with its defaults; its log goes to /dev/null."""

    def __init__(self, url):
        environment = os.environ | {
            "DATABASE_URL": url, "PAYERLINE_LISTEN": "127.0.0.1:0", "PAYERLINE_ADMIN_KEY": KEY}
        self.process = subprocess.Popen([ROOT / "target/release/payerline", "serve"], env=environment,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.base = next(line.split()[1] for line in self.process.stdout if line.startswith("API"))

    def request(self, path, body=None, key=KEY):
        request = urllib.request.Request(self.base + path, body, {
            "Authorization": f"Bearer {key}", "Content-Type": "application/json"})
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def new_clinic(self, name):
        clinic = self.request("/v1/clinics", json.dumps({"name": name}).encode())
        return clinic["id"], clinic["admin_key"]

    def wrk(self, connections, seconds, *arguments):
        out = run("wrk", "-t", "1", "-c", str(connections), "-d", f"{seconds}s", "--timeout", "20s",
                  "-s", HERE / "requests.lua", self.base, "--", *map(str, arguments))
        figures = json.loads(out.strip().splitlines()[-1])
        if figures["errors"]:
            raise SystemExit(f"{figures['errors']} requests failed: {out}")
        return {"rate": figures["requests"] / figures["microseconds"] * 1e6, "p99": figures["p99"],
                "requests": figures["requests"]}

    def peak_memory(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


class Bench:
    def __init__(self, options):
        self.quick = options.quick
        self.seconds = 3 if options.quick else 10
        self.repeats = 1 if options.quick else 3
        self.claims = 100_000 if options.quick else 1_000_000
        self.bulk = 20_000 if options.quick else 100_000
        self.only = options.rows
        self.rows = []

    def wants(self, row):
        return not self.only or row in self.only

    def row(self, what, against, goal, ratios, detail):
        ratio = statistics.median(ratios)
        self.rows.append((what, against, goal, ratio, min(ratios), max(ratios), detail))
        print(f"{what} | {against} | goal {goal} | {ratio:.2f} ({min(ratios):.2f} to {max(ratios):.2f}) | {detail}",
              flush=True)

    # Submissions, one by one.

    def submit(self, postgres, service):
        clinic, key = service.new_clinic("submissions")
        sample = self.sample(postgres, service, clinic, key)
        script = (HERE / "submit.sql").read_text()
        results = {clients: ([], []) for clients in (16, 64, 256)}
        stored = 0
        for repeat in range(self.repeats):
            for clients, (ours, theirs) in results.items():
                prefix = f"R{repeat}-{clients}-"
                ours.append(service.wrk(clients, self.seconds, key, "submit", prefix, HERE / "claim.json"))
                stored += ours[-1]["requests"]
                theirs.append(postgres.pgbench(script, clients, self.seconds, sample))
                postgres.sql("CHECKPOINT")
        count = int(postgres.sql(f"SELECT count(*) FROM claims WHERE clinic_id = '{clinic}'")) - 1
        # What was under way when wrk stopped is stored as well, and was answered to nobody.
        if not stored <= count <= stored + self.repeats * (16 + 64 + 256):
            raise SystemExit(f"{stored} claims were answered 201 and {count} are stored")
        best = max(statistics.median(them["rate"] for them in theirs) for _, theirs in results.values())
        goals = {16: "≥ 1.15", 64: "≥ 2.2", 256: "≥ 3"}
        for clients, (ours, theirs) in results.items():
            self.row(f"POST /v1/claims, {clients} clients", "pgbench, the same rows, a transaction a claim",
                     goals[clients], [a["rate"] / b["rate"] for a, b in zip(ours, theirs)],
                     f"{median(ours):,.0f} and {median(theirs):,.0f} a second")
        fastest = max(results.values(), key=lambda pair: median(pair[0]))[0]
        self.row("POST /v1/claims, its best", "pgbench's best", "≥ 2", [a["rate"] / best for a in fastest],
                 f"{median(fastest):,.0f} and {best:,.0f} a second")
        ours, theirs = results[64]
        self.row("POST /v1/claims, p99 at 64", "pgbench's p99", "≤ 0.45",
                 [a["p99"] / b["p99"] for a, b in zip(ours, theirs)],
                 f"{median(ours, 'p99') / 1000:.1f} and {median(theirs, 'p99') / 1000:.1f} ms")
        self.memory("PostgreSQL", service)

    def sample(self, postgres, service, clinic, key):
        """The columns of a claim that the service stored, for pgbench to store again and again."""
        claim = (HERE / "claim.json").read_text().replace("EXTERNAL_ID", "sample")
        stored = service.request("/v1/claims", claim.encode(), key)
        row = json.loads(postgres.sql(f"SELECT row_to_json(c) FROM claims c WHERE id = '{stored['id']}'"))
        event = json.loads(postgres.sql(f"SELECT row_to_json(e) FROM events e WHERE subject_id = '{stored['id']}'"))
        other, _ = service.new_clinic("pgbench")
        texts = {name: postgres.sql(f"SELECT {name} FROM claims WHERE id = '{stored['id']}'")
                 for name in ("allocations", "submission", "decision", "facts")}
        data = postgres.sql(f"SELECT data FROM events WHERE subject_id = '{stored['id']}'")
        rules = postgres.sql(f"SELECT rule FROM claim_items WHERE claim_id = '{stored['id']}' ORDER BY sequence").split()
        return [("clinic", other), ("prefix", f"B{time.time_ns()}-"), ("status", row["status"]), ("payer", row["payer"]),
                ("disposition", row["disposition"]), ("billing_order", row["billing_order"]),
                ("digest", row["content_digest"]), ("hash", event["hash"]), ("actor", event["actor"]),
                ("data", data), *texts.items(), *((f"rule{n}", rule) for n, rule in enumerate(rules, 1))]

    def memory(self, database, service):
        self.row(f"resident memory after 256 connections, {database}", "64 MiB", "≤ 1",
                 [service.peak_memory() / 64], f"{service.peak_memory():.0f} MiB at most")

    def submit_sqlite(self):
        ours, theirs, peaks = [], [], []
        for repeat in range(self.repeats):
            with tempfile.TemporaryDirectory(dir=ROOT / "target") as directory:
                path = pathlib.Path(directory, "bench.db")
                service = Service(f"sqlite://{path}")
                _, key = service.new_clinic("submissions")
                ours.append(service.wrk(64, self.seconds, key, "submit", "S", HERE / "claim.json"))
                service.wrk(256, min(self.seconds, 5), key, "submit", "T", HERE / "claim.json")
                peaks.append(service.peak_memory())
                service.stop()
                theirs.append({"rate": sqlite_limit(path, self.seconds)})
        self.row("POST /v1/claims on SQLite, 64 clients", "the same rows without HTTP, 64 claims a transaction",
                 "≥ 0.9", [a["rate"] / b["rate"] for a, b in zip(ours, theirs)],
                 f"{median(ours):,.0f} and {median(theirs):,.0f} a second")
        self.row("resident memory after 256 connections, SQLite", "64 MiB", "≤ 1", [peak / 64 for peak in peaks],
                 f"{max(peaks):.0f} MiB at most")

    # Many at once.

    def batch(self, postgres, service):
        template = (HERE / "claim.json").read_text().strip()
        ratios, ours, theirs, exports, copies, export_ratios = [], [], [], [], [], []
        with tempfile.TemporaryDirectory(dir=ROOT / "target") as directory:
            lines = pathlib.Path(directory, "claims.ndjson")
            with lines.open("w") as file:
                for number in range(self.bulk):
                    file.write(template.replace("EXTERNAL_ID", f"BATCH-{number:07}") + "\n")
            for repeat in range(self.repeats):
                clinic, key = service.new_clinic(f"batch {repeat}")
                postgres.sql("CHECKPOINT")
                began = time.monotonic()
                results = run("curl", "-sS", "-H", f"Authorization: Bearer {key}", "-H",
                              "Content-Type: application/x-ndjson", "-T", lines, "-X", "POST",
                              service.base + "/v1/claims/batch")
                took = time.monotonic() - began
                if results.count('"status":201') != self.bulk:
                    raise SystemExit(f"not every line of the batch was stored: {results[:500]}")
                ours.append(took)
                theirs.append(copy_in(postgres, clinic, directory))
                ratios.append(theirs[-1] / took)
                began = time.monotonic()
                exported = run("bash", "-c", f"curl -sS -H 'Authorization: Bearer {key}' -H "
                               f"'Accept: application/x-ndjson' {service.base}/v1/claims | wc -l")
                exports.append(time.monotonic() - began)
                if int(exported) != self.bulk:
                    raise SystemExit(f"{exported} claims of {self.bulk} were exported")
                began = time.monotonic()
                run("bash", "-c", f"psql -qX '{postgres.url}' -c \"COPY (SELECT {SUMMARY_COLUMNS} FROM claims WHERE "
                    f"clinic_id = '{clinic}' ORDER BY id DESC) TO STDOUT\" | wc -l")
                copies.append(time.monotonic() - began)
                export_ratios.append(copies[-1] / exports[-1])
        rate = lambda times: self.bulk / statistics.median(times)
        self.row(f"POST /v1/claims/batch, {self.bulk:,} claims", "one stream of COPY of the same rows", "≥ 1.0",
                 ratios, f"{rate(ours):,.0f} and {rate(theirs):,.0f} claims a second")
        self.row(f"export of {self.bulk:,} claims as NDJSON", "COPY … TO STDOUT of the same columns", "≥ 0.6",
                 export_ratios, f"{rate(exports):,.0f} and {rate(copies):,.0f} claims a second")

    # Reading.

    def read(self, postgres, service):
        clinic, key = self.fill(postgres, service, self.claims)
        small, small_key = self.fill(postgres, service, 10_000)
        by_id = (f"\\set n random(1, {self.claims})\nSELECT clinic_id, id, {CLAIM_COLUMNS} FROM claims "
                 f"WHERE clinic_id = '{clinic}' AND id = ('{READ_ID}' || lpad(to_hex(:n::bigint), 12, '0'))::uuid;\n")
        goals = {16: "≥ 0.7", 64: "≥ 1.5"}
        for clients, goal in goals.items():
            ours, theirs = [], []
            for _ in range(self.repeats):
                ours.append(service.wrk(clients, self.seconds, key, "read", f"/v1/claims/{READ_ID}%012x", self.claims))
                theirs.append(postgres.pgbench(by_id, clients, self.seconds))
            self.row(f"GET /v1/claims/{{id}} of {self.claims:,}, {clients} clients", "pgbench, the same select", goal,
                     [a["rate"] / b["rate"] for a, b in zip(ours, theirs)],
                     f"{median(ours):,.0f} and {median(theirs):,.0f} a second")
        page = (f"SELECT {SUMMARY_COLUMNS} FROM claims WHERE clinic_id = '{clinic}' AND payer = 'mva' "
                "ORDER BY id DESC LIMIT 51;\n")
        path = "/v1/claims?payer=mva&limit=50"
        ours, theirs, few = [], [], []
        for _ in range(self.repeats):
            ours.append(service.wrk(64, self.seconds, key, "read", path, 0))
            theirs.append(postgres.pgbench(page, 64, self.seconds))
            few.append(service.wrk(64, self.seconds, small_key, "read", path, 0))
        self.row(f"GET {path} of {self.claims:,}, 64 clients", "pgbench, the same select", "≥ 1.1",
                 [a["rate"] / b["rate"] for a, b in zip(ours, theirs)],
                 f"{median(ours):,.0f} and {median(theirs):,.0f} a second")
        self.row(f"its time at {self.claims:,} claims", "its time at 10,000", "≤ 1.2",
                 [b["rate"] / a["rate"] for a, b in zip(ours, few)],
                 f"{median(ours):,.0f} and {median(few):,.0f} a second")

    def fill(self, postgres, service, count):
        """A clinic with so many claims, every fourth of them `mva`, written by SQL from one claim of each payer."""
        clinic, key = service.new_clinic(f"{count} claims")
        for name in ("mva-stem-cell-knee", "wsib-physiotherapy", "private-physiotherapy", "uncovered-stem-cell-sports"):
            service.request("/v1/claims", (ROOT / "examples" / f"{name}.json").read_bytes(), key)
        postgres.sql(f"""
            INSERT INTO claims (clinic_id, id, {CLAIM_COLUMNS})
            SELECT clinic_id, ('{READ_ID}' || lpad(to_hex(n), 12, '0'))::uuid, 'FILL-' || n, status, payer, disposition,
                billing_order, 'P-' || n % 5000, service_from, service_to, total_cents, received_at, updated_at, version,
                content_digest, allocations, submission, decision, facts, replaces
            FROM generate_series(1, {count}) n
            JOIN (SELECT *, row_number() OVER () - 1 AS k FROM claims WHERE clinic_id = '{clinic}') c ON n % 4 = k;
            DELETE FROM claims WHERE clinic_id = '{clinic}' AND external_id NOT LIKE 'FILL-%';
            VACUUM ANALYZE claims; CHECKPOINT;""")
        return clinic, key


def median(figures, name="rate"):
    return statistics.median(figure[name] for figure in figures)


def copy_in(postgres, clinic, directory):
    """Seconds that one stream of COPY takes for the rows of a clinic, written again under another one."""
    other = postgres.sql("SELECT gen_random_uuid()")
    files = []
    for table, key, columns in (("claims", "id", CLAIM_COLUMNS), ("claim_items", "claim_id", ITEM_COLUMNS),
                                ("events", "subject_id", EVENT_COLUMNS)):
        path = pathlib.Path(directory, f"{table}.copy")
        source = (f"SELECT '{other}'::uuid, {key}, {columns} FROM {table} WHERE clinic_id = '{clinic}' ORDER BY {key}"
                  if table != "events" else
                  f"SELECT '{other}'::uuid, {key}, {columns} FROM events WHERE clinic_id = '{clinic}' "
                  f"AND kind = 'claim.received' ORDER BY {key}")
        path.write_text(run("psql", "-qX", postgres.url, "-c", f"COPY ({source}) TO STDOUT"))
        if not path.stat().st_size:
            raise SystemExit(f"no rows of {table} to copy")
        files.append(f"\\copy {table} (clinic_id, {key}, {columns}) FROM '{path}'")
    postgres.sql("CHECKPOINT")
    began = time.monotonic()
    postgres.sql("BEGIN;\n" + "\n".join(files) + "\nCOMMIT;")
    return time.monotonic() - began


def sqlite_limit(path, seconds):
    """Claims a second when the rows of a claim that the service stored are written again, 64 a transaction."""
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("PRAGMA cache_size = -4000")
    rows = {}
    claim = database.execute("SELECT * FROM claims WHERE external_id = 'S0-5'").fetchone()
    names = [column[1] for column in database.execute("PRAGMA table_info(claims)")]
    key = claim[names.index("id")]
    rows["claims"] = [claim]
    rows["claim_items"] = database.execute("SELECT * FROM claim_items WHERE claim_id = ?", [key]).fetchall()
    event_names = [c[1] for c in database.execute("PRAGMA table_info(events)") if c[1] != "sequence"]
    rows["events"] = database.execute(f"SELECT {', '.join(event_names)} FROM events WHERE subject_id = ?", [key]).fetchall()
    columns = {table: [c[1] for c in database.execute(f"PRAGMA table_info({table})")] for table in ("claims", "claim_items")}
    columns["events"] = event_names
    places = {table: [columns[table].index(name) for name in wanted]
              for table, wanted in (("claims", ["id", "external_id"]), ("claim_items", ["claim_id"]), ("events", ["subject_id"]))}
    statements = {table: f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
                  for table, names in columns.items()}
    count, began = 0, time.monotonic()
    while time.monotonic() - began < seconds:
        database.execute("BEGIN IMMEDIATE")
        written = {table: [] for table in rows}
        for _ in range(64):
            count += 1
            values = [time.time_ns().to_bytes(8) + os.urandom(8), f"LIMIT-{count}"]
            for table, old in rows.items():
                for row in old:
                    row = list(row)
                    for place, value in zip(places[table], values):
                        row[place] = value
                    written[table].append(row)
        for table, new in written.items():
            database.executemany(statements[table], new)
        database.execute("COMMIT")
    return count / (time.monotonic() - began)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="seconds a row, less data: to try it")
    parser.add_argument("rows", nargs="*", help="submit, batch, read, sqlite; all if none is named")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/performance.md and .svg")
    options = parser.parse_args()
    if options.write and (options.quick or options.rows):
        parser.error("only a full run is written down")
    bench = Bench(options)
    postgres = Postgres()
    setting = f"{machine()}; PostgreSQL {postgres.sql('SHOW server_version')}: {postgres.settings()}"
    print(setting, flush=True)
    try:
        for name, measure in (("submit", bench.submit), ("batch", bench.batch), ("read", bench.read)):
            if bench.wants(name):
                service = Service(postgres.url)
                try:
                    measure(postgres, service)
                finally:
                    service.stop()
        if bench.wants("sqlite"):
            bench.submit_sqlite()
    finally:
        postgres.close()
    if options.write:
        about = (f"{setting}. Medians of {bench.repeats} interleaved runs of {bench.seconds} s each; client, service and "
                 "database share the cores.")
        report.write(bench.rows, about)


def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 30
    return f"{os.cpu_count()} cores of {model}, {memory} GiB, Linux {platform.release().split('-')[0]}"


if __name__ == "__main__":
    main()
