"""Claims one by one on PostgreSQL, beside pgbench that writes the same rows: rows `submit`."""

import datetime
import json
import pathlib
import statistics
import tempfile

from plan import each
from programs import HERE, TARGET
from service import CLAIM, Service

GOALS = {16: "≥ 1.15", 64: "≥ 2.2", 256: "≥ 3"}
# The stored claims of the row on possible duplicates are of so many patients, on so many days.
PATIENTS = 50
# The claims that draw name one of so many approvals.
APPROVALS = 200
DAYS = 200


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
        visits(plan, postgres, service)
        draws(plan, postgres, service)
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


def visits(plan, postgres, service):
    """Each submission looks for its services in other claims: here among many of its patient, beside none."""
    _, key = service.new_clinic("visits")
    with tempfile.TemporaryDirectory(dir=TARGET) as directory:
        service.batch(key, write_visits(pathlib.Path(directory, "visits.ndjson"), plan.bulk))
    postgres.sql("VACUUM ANALYZE")
    ours, theirs = plan.turns(
        postgres.checkpoint,
        lambda turn: service.wrk(64, plan.seconds, key, "visits", f"M{turn}-", CLAIM, PATIENTS),
        lambda turn: service.wrk(64, plan.seconds, key, "visits", f"N{turn}-", CLAIM, 0))
    plan.rates(f"POST /v1/claims, 64 clients, patients with {plan.bulk // PATIENTS:,} claims and more",
               "patients without claims", "≥ 0.9", each(ours, "rate"), each(theirs, "rate"))


def draws(plan, postgres, service):
    """Claims that draw of an approval, of one of many or all of the same, beside the same claims that name none."""
    _, key = service.new_clinic("draws")
    for number in range(1, APPROVALS + 1):
        service.request("/v1/preauthorizations", json.dumps({
            "number": f"PA-{number}", "kind": "ocf_18", "patient_id": "P-1", "payer": "mva", "status": "approved",
            "approved_cents": 10_000_000_000}).encode(), key)
    claim = json.loads(CLAIM.read_text())
    claim["patient"]["id"] = "P-1"
    claim["coverages"] = [{"kind": "auto"}]
    for item in claim["items"]:
        item |= {"code": "EXTERNAL_ID", "insured_by_ohip": "no"}
    with tempfile.TemporaryDirectory(dir=TARGET) as directory:
        drawing, plain = pathlib.Path(directory, "drawing.json"), pathlib.Path(directory, "plain.json")
        drawing.write_text(json.dumps(claim | {"preauthorizations": ["APPROVAL"]}))
        plain.write_text(json.dumps(claim))
        for approvals, words in ((APPROVALS, f"of {APPROVALS} approvals"), (1, "of one approval")):
            ours, theirs = plan.turns(
                postgres.checkpoint,
                lambda turn: service.wrk(64, plan.seconds, key, "draws", f"D{approvals}-{turn}-", drawing, approvals),
                lambda turn: service.wrk(64, plan.seconds, key, "draws", f"E{approvals}-{turn}-", plain, approvals))
            plan.rates(f"POST /v1/claims, 64 clients, claims that draw {words}", "the same claims, naming none", "≥ 0.5",
                       each(ours, "rate"), each(theirs, "rate"))
    count = service.request("/v1/claims?status=ready&limit=1", key=key)["data"]
    if not count:
        raise SystemExit("no claim drew of an approval")


def write_visits(path, count):
    """Claims of the patients P-1 and so on, each with its services on days of its own."""
    template = CLAIM.read_text().strip()
    first = datetime.date(2026, 5, 3)
    with path.open("w") as file:
        for number in range(count):
            visit = number // PATIENTS
            line = template.replace("EXTERNAL_ID", f"VISIT-{number}").replace("P-4411", f"P-{number % PATIENTS + 1}")
            for old, after in (("2026-06-01", visit % DAYS), ("2026-06-08", visit % DAYS + 7)):
                line = line.replace(f'"service_date":"{old}"', f'"service_date":"{first + datetime.timedelta(after)}"')
            file.write(line + "\n")
    return path


def sample_of(postgres, service, clinic, key):
    """The columns of a stored claim, for pgbench to store again and again in another clinic."""
    stored = service.request("/v1/claims", CLAIM.read_text().replace("EXTERNAL_ID", "sample").encode(), key)
    row = json.loads(postgres.sql(f"SELECT row_to_json(c) FROM claims c WHERE id = '{stored['id']}'"))
    event = json.loads(postgres.sql(f"SELECT row_to_json(e) FROM events e WHERE subject_id = '{stored['id']}'"))
    texts = {name: postgres.sql(f"SELECT {name} FROM claims WHERE id = '{stored['id']}'")
             for name in ("allocations", "submission", "decision", "facts", "payers_due")}
    data = postgres.sql(f"SELECT data FROM events WHERE subject_id = '{stored['id']}'")
    rules = postgres.sql(f"SELECT rule FROM claim_items WHERE claim_id = '{stored['id']}' ORDER BY sequence").split()
    services = postgres.sql(f"SELECT service FROM claim_services WHERE claim_id = '{stored['id']}'").split()
    other, _ = service.new_clinic("pgbench")
    return other, [
        ("clinic", other), ("status", row["status"]), ("payer", row["payer"]), ("disposition", row["disposition"]),
        ("billing_order", row["billing_order"]), ("digest", row["content_digest"]), ("hash", event["hash"]),
        ("actor", event["actor"]), ("data", data), *texts.items(),
        *((f"rule{number}", rule) for number, rule in enumerate(rules, 1)),
        *((f"service{number}", service) for number, service in enumerate(services, 1))]


def memory(plan, database, peaks):
    plan.row(f"resident memory after 256 connections, {database}", "64 MiB", "≤ 1", [peak / 64 for peak in peaks],
             f"{max(peaks):.0f} MiB at most")
