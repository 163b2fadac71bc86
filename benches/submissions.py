"""Claims one by one on PostgreSQL, beside pgbench that writes the same rows: rows `submit`."""

import json
import statistics

from plan import each
from programs import HERE
from service import CLAIM, Service

GOALS = {16: "≥ 1.15", 64: "≥ 2.2", 256: "≥ 3"}


def measure(plan, postgres):
    with Service(postgres.url) as service:
        clinic, key = service.new_clinic("submissions")
        other, sample = sample_of(postgres, service, clinic, key)
        script = (HERE / "submit.sql").read_text()
        results = {}
        for clients in GOALS:
            results[clients] = plan.turns(
                postgres.checkpoint,
                lambda turn: service.submit(clients, plan.seconds, key, f"R{turn}-{clients}-"),
                lambda _: postgres.pgbench([script], clients, plan.seconds, sample, p99=clients == 64))
        check(postgres, clinic, other, results)
        report(plan, results)
        memory(plan, "PostgreSQL", [service.peak_memory()])


def check(postgres, clinic, other, results):
    """Every 201 is a row; claims that were under way when wrk stopped may be stored too. The same for pgbench."""
    stored = sum(sum(each(ours, "requests")) for ours, _ in results.values())
    under_way = sum(clients * len(ours) for clients, (ours, _) in results.items())
    count = postgres.count(clinic) - 1
    if not stored <= count <= stored + under_way:
        raise SystemExit(f"{stored} claims were answered 201 and {count} are stored")
    written = sum(sum(each(theirs, "count")) for _, theirs in results.values())
    if postgres.count(other) != written:
        raise SystemExit(f"pgbench committed {written} claims and {postgres.count(other)} are stored")


def report(plan, results):
    rates = {clients: (each(ours, "rate"), each(theirs, "rate")) for clients, (ours, theirs) in results.items()}
    for clients, (ours, theirs) in rates.items():
        plan.rates(f"POST /v1/claims, {clients} clients", "pgbench, the same rows, a transaction a claim",
                   GOALS[clients], ours, theirs)
    fastest, best = (max((pair[side] for pair in rates.values()), key=statistics.median) for side in (0, 1))
    plan.rates("POST /v1/claims, its best", "pgbench's best", "≥ 2", fastest, [statistics.median(best)] * len(fastest))
    ours, theirs = (each(side, "p99") for side in results[64])
    plan.row("POST /v1/claims, p99 at 64", "pgbench's p99", "≤ 0.45", [a / b for a, b in zip(ours, theirs)],
             f"{statistics.median(ours) / 1000:.1f} and {statistics.median(theirs) / 1000:.1f} ms")


def sample_of(postgres, service, clinic, key):
    """The columns of a stored claim, for pgbench to store again and again in another clinic."""
    stored = service.request("/v1/claims", CLAIM.read_text().replace("EXTERNAL_ID", "sample").encode(), key)
    row = json.loads(postgres.sql(f"SELECT row_to_json(c) FROM claims c WHERE id = '{stored['id']}'"))
    event = json.loads(postgres.sql(f"SELECT row_to_json(e) FROM events e WHERE subject_id = '{stored['id']}'"))
    texts = {name: postgres.sql(f"SELECT {name} FROM claims WHERE id = '{stored['id']}'")
             for name in ("allocations", "submission", "decision", "facts")}
    data = postgres.sql(f"SELECT data FROM events WHERE subject_id = '{stored['id']}'")
    rules = postgres.sql(f"SELECT rule FROM claim_items WHERE claim_id = '{stored['id']}' ORDER BY sequence").split()
    other, _ = service.new_clinic("pgbench")
    return other, [
        ("clinic", other), ("status", row["status"]), ("payer", row["payer"]), ("disposition", row["disposition"]),
        ("billing_order", row["billing_order"]), ("digest", row["content_digest"]), ("hash", event["hash"]),
        ("actor", event["actor"]), ("data", data), *texts.items(),
        *((f"rule{number}", rule) for number, rule in enumerate(rules, 1))]


def memory(plan, database, peaks):
    plan.row(f"resident memory after 256 connections, {database}", "64 MiB", "≤ 1", [peak / 64 for peak in peaks],
             f"{max(peaks):.0f} MiB at most")
