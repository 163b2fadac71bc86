"""Claims one by one on SQLite, beside SQLite without HTTP and without the service: rows `sqlite`."""

import json
import os
import pathlib
import sqlite3
import tempfile

from plan import each
from programs import PROGRAMS, TARGET, run
from service import CLAIM, Service
from submissions import memory


def measure(plan, _):
    with tempfile.TemporaryDirectory(dir=TARGET) as directory:
        sample = pathlib.Path(directory, "sample.db")
        with Service(f"sqlite://{sample}") as service:
            _, key = service.new_clinic("sample")
            service.request("/v1/claims", CLAIM.read_text().replace("EXTERNAL_ID", "sample").encode(), key)
        ours, theirs = plan.turns(os.sync, lambda _: service_on_new_file(plan), lambda _: limit(plan, sample))
    plan.rates("POST /v1/claims on SQLite, 64 clients", "the same rows without HTTP, 64 claims a transaction", "≥ 0.9",
               each(ours, "rate"), each(theirs, "rate"))
    memory(plan, "SQLite", each(ours, "peak"))


def service_on_new_file(plan, program=None):
    with tempfile.TemporaryDirectory(dir=TARGET) as directory:
        path = pathlib.Path(directory, "bench.db")
        with Service(f"sqlite://{path}", program) as service:
            clinic, key = service.new_clinic("submissions")
            figures = service.submit(64, plan.seconds, key, "S")
            more = service.submit(256, min(plan.seconds, 5), key, "T")
            peak = service.peak_memory()
        stored = figures["requests"] + more["requests"]
        count = sqlite3.connect(path).execute("SELECT count(*) FROM claims").fetchone()[0]
        # Claims that were under way when wrk stopped may be stored too.
        if not stored <= count <= stored + 64 + 256:
            raise SystemExit(f"{stored} claims were answered 201 and {count} are stored")
    return figures | {"peak": peak}


def limit(plan, sample):
    """Writes the rows of the sample again and again into a new file with the service's own tables."""
    with tempfile.TemporaryDirectory(dir=TARGET) as directory:
        path = pathlib.Path(directory, "limit.db")
        run(PROGRAMS / "payerline", "migrate", env=os.environ | {"DATABASE_URL": f"sqlite://{path}"})
        figures = json.loads(run(PROGRAMS / "sqlite-limit", "--from", sample, "--external-id", "sample", "--into", path,
                                 "--seconds", str(plan.seconds)))
    if figures["claims"] != figures["stored"]:
        raise SystemExit(f"{figures['claims']} claims were committed and {figures['stored']} are stored")
    return figures | {"rate": figures["claims"] / figures["seconds"]}
