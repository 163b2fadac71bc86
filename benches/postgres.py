"""The PostgreSQL server that bench.sh started: a database of our own on it, and pgbench."""

import os
import pathlib
import tempfile

from programs import run

CLAIM_COLUMNS = (
    "external_id, status, payer, disposition, billing_order, patient_id, service_from, service_to, "
    "total_cents, received_at, updated_at, version, content_digest, allocations, submission, decision, "
    "facts, replaces"
)
ITEM_COLUMNS = "sequence, service_date, category, code, amount_cents, payer, disposition, rule"
EVENT_COLUMNS = "number, kind, at, actor, data, prev_hash, hash"
# What the service reads of a claim by id (src/store/claims/row.rs) and of a claim in a list.
READ_COLUMNS = (
    "clinic_id, id, external_id, status, payer, disposition, billing_order, total_cents, allocations, "
    "received_at, updated_at, version, decision, submission"
)
SUMMARY_COLUMNS = (
    "id, external_id, status, payer, disposition, patient_id, service_from, service_to, total_cents, "
    "received_at, version"
)


class Postgres:
    """A database that is there for the length of a `with`."""

    def __init__(self, name=""):
        self.server = os.environ["PAYERLINE_TEST_POSTGRES"]
        self.name = f"payerline_bench_{os.getpid()}{name}"
        self.url = self.server.rsplit("/", 1)[0] + "/" + self.name

    def __enter__(self):
        run("psql", "-qX", self.server, "-c", f"CREATE DATABASE {self.name}")
        return self

    def __exit__(self, *_):
        run("psql", "-qX", self.server, "-c", f"DROP DATABASE {self.name} WITH (FORCE)")

    def sql(self, text):
        return run("psql", "-qXAt", "-v", "ON_ERROR_STOP=1", self.url, input=text).strip()

    def checkpoint(self):
        """What one side left to be written is not the other's to write."""
        self.sql("CHECKPOINT")

    def count(self, clinic):
        return int(self.sql(f"SELECT count(*) FROM claims WHERE clinic_id = '{clinic}'"))

    def about(self):
        names = "fsync synchronous_commit full_page_writes shared_buffers max_wal_size wal_compression".split()
        settings = ", ".join(f"{name}={self.sql(f'SHOW {name}')}" for name in names)
        return f"PostgreSQL {self.sql('SHOW server_version')}: {settings}"

    def pgbench(self, script, clients, seconds, variables=(), p99=False):
        """Transactions in all and a second; on demand the 99th percentile in microseconds, from a log of a fifth of
        them, for a log costs."""
        with tempfile.TemporaryDirectory() as directory:
            path = pathlib.Path(directory, "script.sql")
            path.write_text(script)
            defines = [part for name, value in variables for part in ("-D", f"{name}={value}")]
            log = ["-l", "--log-prefix", str(path), "--sampling-rate", "0.2"] if p99 else []
            out = run("pgbench", "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(seconds), *log,
                      "-f", str(path), *defines, self.url, cwd=directory)
            times = sorted(int(line.split()[2]) for log in pathlib.Path(directory).glob("script.sql.*")
                           for line in log.read_text().splitlines())
        return {"rate": figure(out, "tps = "), "count": int(figure(out, "number of transactions actually processed: ")),
                "p99": times[len(times) * 99 // 100] if p99 else None}


def figure(text, name):
    """The number that pgbench's output has behind a name."""
    line = next(line for line in text.splitlines() if line.startswith(name))
    return float(line.removeprefix(name).split()[0].split("/")[0])
