"""Claims by id and in lists, beside pgbench with the same select: rows `read`."""

import pathlib
import tempfile

from plan import each
from postgres import CLAIM_COLUMNS, READ_COLUMNS, SUMMARY_COLUMNS
from programs import ROOT, TARGET
from service import Service

# The ids of the claims to read: this prefix and the claim's number.
READ_ID = "01980a6e-0000-7000-8000-"
GOALS = {16: "≥ 0.7", 64: "≥ 1.5"}
PAYERS = ("mva", "wsib", "private", "uncovered")
# Clients ask for different pages: one page asked for again and again is answered from caches, or once for many clients.
PAGES, LIMIT = 48, 50


def measure(plan, postgres):
    with Service(postgres.url) as service:
        clinic, key = fill(postgres, service, plan.claims)
        _, small_key = fill(postgres, service, 10_000)
        by_id = (f"\\set n random(1, {plan.claims})\nSELECT {READ_COLUMNS} FROM claims "
                 f"WHERE clinic_id = '{clinic}' AND id = ('{READ_ID}' || lpad(to_hex(:n::bigint), 12, '0'))::uuid;\n")
        path = f"/v1/claims/{READ_ID}%012x"
        for clients, goal in GOALS.items():
            ours, theirs = plan.turns(
                postgres.checkpoint,
                lambda _: service.wrk(clients, plan.seconds, key, "read", path, plan.claims),
                lambda _: postgres.pgbench([by_id], clients, plan.seconds))
            plan.rates(f"GET /v1/claims/{{id}} of {plan.claims:,}, {clients} clients", "pgbench, the same select", goal,
                       each(ours, "rate"), each(theirs, "rate"))
        lists(plan, postgres, service, clinic, key, small_key)


def lists(plan, postgres, service, clinic, key, small_key):
    selects = [page_select(clinic, payer, plan.claims) for payer in PAYERS]
    few = []
    with tempfile.TemporaryDirectory(dir=TARGET) as directory:
        paths, small_paths = (write_pages(service, each_key, PAYERS, pathlib.Path(directory, name))
                              for name, each_key in (("many", key), ("few", small_key)))

        def list_both(_):
            few.append(service.wrk(64, plan.seconds, small_key, "paths", small_paths))
            return service.wrk(64, plan.seconds, key, "paths", paths)

        many, theirs = plan.turns(postgres.checkpoint, list_both, lambda _: postgres.pgbench(selects, 64, plan.seconds))
    plan.rates(f"GET /v1/claims?payer=…&cursor=…, {PAGES} pages of {LIMIT}, of {plan.claims:,}, 64 clients",
               "pgbench, the same selects", "≥ 1.1", each(many, "rate"), each(theirs, "rate"))
    rates = [each(few, "rate"), each(many, "rate")]
    plan.row(f"its time at {plan.claims:,} claims", "its time at 10,000", "≤ 1.2",
             [a / b for a, b in zip(*rates)], "{1:,.0f} and {0:,.0f} a second".format(*map(middle, rates)))


def page_select(clinic, payer, count):
    """The select of a random page of a payer's claims. Every fourth claim is of that payer, and none is newer than
    the last."""
    last_page = PAGES // len(PAYERS) - 1
    return (f"\\set before {count + 1} - {LIMIT * len(PAYERS)} * random(0, {last_page})\n"
            f"SELECT {SUMMARY_COLUMNS} FROM claims WHERE clinic_id = '{clinic}' AND payer = '{payer}' "
            f"AND id < ('{READ_ID}' || lpad(to_hex(:before::bigint), 12, '0'))::uuid ORDER BY id DESC LIMIT {LIMIT + 1};\n")


def write_pages(service, key, payers, file):
    """Writes the paths of the first pages of each payer's claims, as a client that follows `next` gets them."""
    return write_lists(service, key, [f"/v1/claims?payer={payer}&limit={LIMIT}" for payer in payers], PAGES // len(payers), file)


def write_lists(service, key, lists, pages, file):
    """Writes the paths of the first pages of each list."""
    paths = []
    for path in lists:
        first = path
        for _ in range(pages):
            paths.append(path)
            page = service.request(path, key=key)
            if not page["next"]:
                raise SystemExit(f"{first} has fewer than {pages} pages and one claim")
            path = f"{first}&cursor={page['next']}"
    file.write_text("\n".join(paths) + "\n")
    return file


def middle(values):
    return sorted(values)[len(values) // 2]


def fill(postgres, service, count, submission="submission"):
    """A clinic with `count` claims, every fourth of the same payer, written by SQL from one claim of each payer.
    `submission` is what is stored as the submission of the claim number `n`."""
    clinic, key = service.new_clinic(f"{count} claims")
    for name in ("mva-stem-cell-knee", "wsib-physiotherapy", "private-physiotherapy", "uncovered-stem-cell-sports"):
        service.request("/v1/claims", (ROOT / "examples" / f"{name}.json").read_bytes(), key)
    later = postgres.later_columns()
    postgres.sql(f"""
        INSERT INTO claims (clinic_id, id, {CLAIM_COLUMNS}{later})
        SELECT clinic_id, ('{READ_ID}' || lpad(to_hex(n), 12, '0'))::uuid, 'FILL-' || n, status, payer, disposition,
            billing_order, 'P-' || n % 5000, service_from, service_to, total_cents, received_at, updated_at - ({count} - n) * interval '1 microsecond', version,
            content_digest, allocations, {submission}, decision, facts, replaces{later}
        FROM generate_series(1, {count}) n
        JOIN (SELECT *, row_number() OVER () - 1 AS k FROM claims WHERE clinic_id = '{clinic}') c ON n % 4 = k;
        DELETE FROM claims WHERE clinic_id = '{clinic}' AND external_id NOT LIKE 'FILL-%';
        VACUUM ANALYZE claims; CHECKPOINT;""")
    return clinic, key
