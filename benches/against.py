"""Two builds of the service in turn: ./bench.sh --against PROGRAM. A change is judged by this, not by two runs of the
rows, because the machine differs more from hour to hour than most changes do."""

import contextlib
import os
import pathlib
import tempfile

import bulk
import reads
import sqlite
from plan import each
from postgres import Postgres
from programs import TARGET
from service import Service

SIDES = ("new", "old")
CLIENTS = (16, 64, 256)


def measure(plan, program):
    """`program` is the old build. Each build has a database of its own on the same server."""
    programs = {"new": None, "old": pathlib.Path(program)}
    with contextlib.ExitStack() as stack:
        postgres = {side: stack.enter_context(Postgres(f"_{side}")) for side in SIDES}
        services = {side: stack.enter_context(Service(postgres[side].url, programs[side])) for side in SIDES}
        submissions(plan, postgres, services)
        batches(plan, postgres, services)
        read(plan, postgres, services)
    on_sqlite(plan, programs)


def compare(plan, what, measure_side, before, figure="rate", of="a second"):
    sides = plan.turns(before, *(lambda turn, side=side: measure_side(side, turn) for side in SIDES))
    plan.rates(what, "the old build", "—", *(each(side, figure) for side in sides), of=of)
    return sides


def checkpoint(postgres):
    return lambda: [database.checkpoint() for database in postgres.values()]


def submissions(plan, postgres, services):
    keys = {side: services[side].new_clinic("submissions")[1] for side in SIDES}
    for clients in CLIENTS:
        sides = compare(plan, f"POST /v1/claims, {clients} clients",
                        lambda side, turn: services[side].submit(clients, plan.seconds, keys[side], f"R{turn}-{clients}-"),
                        checkpoint(postgres))
        new, old = (each(side, "p99") for side in sides)
        plan.row(f"its p99 at {clients} clients", "the old build", "—", [a / b for a, b in zip(new, old)], "")


def batches(plan, postgres, services):
    with tempfile.TemporaryDirectory(dir=TARGET) as directory:
        lines, few = (bulk.write_lines(pathlib.Path(directory, f"{count}.ndjson"), count)
                      for count in (plan.bulk, plan.bulk // 10))

        def store(side, turn):
            took, peak, _ = bulk.store(services[side], lines, few, f"batch {turn}")
            return {"rate": plan.bulk / took, "peak": peak}

        compare(plan, f"POST /v1/claims/batch, {plan.bulk:,} claims", store, checkpoint(postgres))


def read(plan, postgres, services):
    keys = {side: reads.fill(postgres[side], services[side], plan.claims)[1] for side in SIDES}
    for clients in (16, 64):
        compare(plan, f"GET /v1/claims/{{id}} of {plan.claims:,}, {clients} clients",
                lambda side, _: services[side].wrk(clients, plan.seconds, keys[side], "read",
                                                   f"/v1/claims/{reads.READ_ID}%012x", plan.claims),
                checkpoint(postgres))
    with tempfile.TemporaryDirectory(dir=TARGET) as directory:
        paths = {side: reads.write_pages(services[side], keys[side], reads.PAYERS, pathlib.Path(directory, side))
                 for side in SIDES}
        compare(plan, f"{reads.PAGES} pages of {reads.LIMIT}, 64 clients",
                lambda side, _: services[side].wrk(64, plan.seconds, keys[side], "paths", paths[side]),
                checkpoint(postgres))


def on_sqlite(plan, programs):
    compare(plan, "POST /v1/claims on SQLite, 64 clients",
            lambda side, _: sqlite.service_on_new_file(plan, programs[side]), os.sync)
