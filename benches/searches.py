"""Claims found by names and amounts, among many and among few: rows `search`."""

import pathlib
import tempfile
import time
import urllib.error

from plan import each
from programs import TARGET
from reads import fill, middle, write_lists
from service import Service

FEW = 10_000
CLIENTS, LIMIT, PAGES = 16, 20, 4
# Three of these make a patient's family name. A thousand names, so that few claims too have pages of each.
SYLLABLES = ("ba", "ce", "di", "fo", "gu", "la", "me", "ni", "po", "ru")
NAMED = (
    "regexp_replace(submission::text, '\"family_name\": *\"[^\"]*\"', '\"family_name\": \"' || "
    + " || ".join(f"(ARRAY[{', '.join(map(repr, SYLLABLES))}])[n / 4 / {step} % 10 + 1]" for step in (1, 10, 100))
    + " || '\"')::json"
)
# By one letter, two, three and four, by an insurer, by two things at once, and by a rule that decides every fourth claim.
SEARCHES = ("patient_name=b", "patient_name=ce", "patient_name=dif", "patient_name=foba", "patient_name=foce", "insurer=maple",
            "patient_name=gu&insurer=maple", "rule=private-listed")


def measure(plan, postgres):
    with Service(postgres.url) as service, tempfile.TemporaryDirectory(dir=TARGET) as directory:
        keys, paths, took = {}, {}, {}
        for count in (plan.claims, FEW):
            _, keys[count] = fill(postgres, service, count, NAMED)
            took[count] = wait_until_found(service, keys[count])
            postgres.sql("VACUUM ANALYZE claim_terms; CHECKPOINT")
            lists = [f"/v1/claims?{search}&limit={LIMIT}" for search in SEARCHES]
            paths[count] = write_lists(service, keys[count], lists, PAGES, pathlib.Path(directory, str(count)))
        print(f"terms of {plan.claims:,} claims written in {took[plan.claims]:.0f} s, "
              f"{plan.claims / took[plan.claims]:,.0f} claims a second", flush=True)
        few, many = plan.turns(postgres.checkpoint, *(
            lambda _, count=count: service.wrk(CLIENTS, plan.seconds, keys[count], "paths", paths[count])
            for count in (FEW, plan.claims)))
    rates = [each(few, "rate"), each(many, "rate")]
    plan.row(f"GET /v1/claims?patient_name=…, {len(SEARCHES)} searches, {PAGES} pages of {LIMIT}, {CLIENTS} clients: "
             f"its time at {plan.claims:,} claims", f"its time at {FEW:,}", "≤ 1.2",
             [a / b for a, b in zip(*rates)], "{1:,.0f} and {0:,.0f} a second".format(*map(middle, rates)))


def wait_until_found(service, key):
    """Searches until the service has written what the claims are found by. Returns the seconds that this took."""
    began = time.monotonic()
    while True:
        try:
            service.request("/v1/claims?patient_name=b", key=key)
            return time.monotonic() - began
        except urllib.error.HTTPError as error:
            if error.code != 503:
                raise
            time.sleep(1)
