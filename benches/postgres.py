"""A database on the PostgreSQL server that bench.sh started, and pgbench."""

import os
import pathlib
import tempfile

from programs import run

CLAIM_COLUMNS = (
    "external_id, status, payer, disposition, billing_order, patient_id, service_from, service_to, "
    "total_cents, received_at, updated_at, version, content_digest, allocations, submission, decision, "
    "facts, replaces"
)
# A build that `bench.sh --against` compares with may not have it.
LATER_CLAIM_COLUMNS = ("has_services", "payers_due")
ITEM_COLUMNS = "sequence, service_date, category, code, amount_cents, payer, disposition, rule"
EVENT_COLUMNS = "number, kind, at, actor, data, prev_hash, hash"
# The columns that the service reads of a claim by id (src/store/claims/row.rs) and of a claim in a list.
READ_COLUMNS = (
    "clinic_id, id, external_id, status, payer, disposition, billing_order, total_cents, allocations, "
    "received_at, updated_at, version, decision, submission, replaces, replaced_by, external_id_sent, payers_due, review, sends"
)
SUMMARY_COLUMNS = (
    "id, external_id, status, payer, disposition, patient_id, service_from, service_to, total_cents, "
    "received_at, updated_at, version, replaces, replaced_by, external_id_sent, patient_id_sent"
)


class Postgres:
    """Creates a database, and drops it at the end of a `with`."""

    def __init__(self, name=""):
        self.server = os.environ["PAYERLINE_TEST_POSTGRES"]
        self.name = f"payerline_bench_{os.getpid()}{name}"
        self.url = self.server.rsplit("/", 1)[0] + "/" + self.name

    def __enter__(self):
        run("psql", "-qX", self.server, "-c", f"CREATE DATABASE {self.name}")
        return self

    def __exit__(self, *_):
        run("psql", "-qX", self.server, "-c", f"DROP DATABASE {self.name} WITH (FORCE)")

    def later_columns(self):
        """Those of the later columns that the measured build has, each after a comma."""
        names = ", ".join(f"'{name}'" for name in LATER_CLAIM_COLUMNS)
        return self.sql(f"SELECT coalesce(string_agg(', ' || column_name, '' ORDER BY column_name), '') "
                        f"FROM information_schema.columns WHERE table_name = 'claims' AND column_name IN ({names})")

    def sql(self, text):
        return run("psql", "-qXAt", "-v", "ON_ERROR_STOP=1", self.url, input=text).strip()

    def checkpoint(self):
        """Writes the dirty pages of one side, so that the other does not have to."""
        self.sql("CHECKPOINT")

    def count(self, clinic):
        return int(self.sql(f"SELECT count(*) FROM claims WHERE clinic_id = '{clinic}'"))

    def about(self):
        names = "fsync synchronous_commit full_page_writes shared_buffers max_wal_size wal_compression".split()
        settings = ", ".join(f"{name}={self.sql(f'SHOW {name}')}" for name in names)
        return f"PostgreSQL {self.sql('SHOW server_version')}: {settings}"

    def pgbench(self, scripts, clients, seconds, variables=(), p99=False):
        """Runs one of the scripts, at random, for each transaction. Returns the number of transactions and their rate;
        on demand also the 99th percentile in microseconds, from a log of a fifth of them, because a log costs."""
        with tempfile.TemporaryDirectory() as directory:
            files = []
            for number, script in enumerate(scripts):
                file = pathlib.Path(directory, f"{number}.sql")
                file.write_text(script)
                files += ["-f", file]
            defines = [part for name, value in variables for part in ("-D", f"{name}={value}")]
            log = ["-l", "--log-prefix", f"{directory}/transactions", "--sampling-rate", "0.2"] if p99 else []
            out = run("pgbench", "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(seconds), *log,
                      *files, *defines, self.url, cwd=directory)
            times = sorted(int(line.split()[2]) for log in pathlib.Path(directory).glob("transactions.*")
                           for line in log.read_text().splitlines())
        return {"rate": figure(out, "tps = "), "count": int(figure(out, "number of transactions actually processed: ")),
                "p99": times[len(times) * 99 // 100] if p99 else None}


def figure(text, name):
    """The number behind a name in pgbench's output."""
    line = next(line for line in text.splitlines() if line.startswith(name))
    return float(line.removeprefix(name).split()[0].split("/")[0])
