"""Batches and exports beside COPY of the same rows, and their memory: rows `batch`."""

import pathlib
import statistics
import tempfile
import time

from postgres import CLAIM_COLUMNS, EVENT_COLUMNS, ITEM_COLUMNS, SUMMARY_COLUMNS
from programs import TARGET, run
from service import CLAIM, Service


def measure(plan, postgres):
    with tempfile.TemporaryDirectory(dir=TARGET) as directory, Service(postgres.url) as service:
        lines, few = (write_lines(pathlib.Path(directory, f"{count}.ndjson"), count)
                      for count in (plan.bulk, plan.bulk // 10))
        # COPY writes the rows of this batch.
        source, key = service.new_clinic("source")
        service.batch(key, lines)
        small, small_key = service.new_clinic("small")
        service.batch(small_key, few)
        postgres.sql("VACUUM ANALYZE")

        ours, theirs = plan.turns(
            postgres.checkpoint,
            lambda turn: store(service, lines, few, f"batch {turn}"),
            lambda _: copy_in(postgres, source, directory))
        report(plan, "POST /v1/claims/batch", "one stream of COPY of the same rows", "≥ 1.0", ours, theirs)
        memory(plan, "batch", ours)

        ours, theirs = plan.turns(
            postgres.checkpoint,
            lambda _: export(plan, service, key, small_key),
            lambda _: copy_out(postgres, source))
        report(plan, "export as NDJSON", "COPY … TO STDOUT of the same columns", "≥ 0.6", ours, theirs)
        memory(plan, "export", ours)


def report(plan, what, against, goal, ours, theirs):
    rates = [[plan.bulk / took for took, *_ in side] for side in (ours, theirs)]
    plan.rates(f"{what}, {plan.bulk:,} claims", against, goal, *rates, of="claims a second")


def memory(plan, what, ours):
    peaks, few = ([figures[index] for figures in ours] for index in (1, 2))
    plan.row(f"peak memory, {what} of {plan.bulk:,}", f"{what} of {plan.bulk // 10:,}", "—",
             [a / b for a, b in zip(peaks, few)], f"{statistics.median(peaks):.0f} and {statistics.median(few):.0f} MiB")


def write_lines(path, count):
    template = CLAIM.read_text().strip()
    with path.open("w") as file:
        file.writelines(template.replace("EXTERNAL_ID", f"BATCH-{number:07}") + "\n" for number in range(count))
    return path


def store(service, lines, few, name):
    """Returns the seconds for a batch, the peak of memory during it, and the peak during a batch of a tenth."""
    _, key = service.new_clinic(f"{name}, few")
    service.reset_peak_memory()
    service.batch(key, few)
    peak_of_few = service.peak_memory()
    _, key = service.new_clinic(name)
    service.reset_peak_memory()
    began = time.monotonic()
    service.batch(key, lines)
    return time.monotonic() - began, service.peak_memory(), peak_of_few


def export(plan, service, key, small_key):
    """Returns the same figures for an export."""
    service.reset_peak_memory()
    service.export(small_key)
    peak_of_few = service.peak_memory()
    service.reset_peak_memory()
    began = time.monotonic()
    exported = service.export(key)
    took = time.monotonic() - began
    if exported != plan.bulk:
        raise SystemExit(f"{exported} claims of {plan.bulk} were exported")
    return took, service.peak_memory(), peak_of_few


def copy_in(postgres, clinic, directory):
    """Returns the seconds that one stream of COPY takes to write a clinic's rows again under another clinic."""
    other = postgres.sql("SELECT gen_random_uuid()")
    files = []
    for table, key, columns, which in (("claims", "id", CLAIM_COLUMNS + postgres.later_columns(), ""), ("claim_items", "claim_id", ITEM_COLUMNS, ""),
                                       ("claim_services", "claim_id", "service", ""),
                                       ("events", "subject_id", EVENT_COLUMNS, "AND kind = 'claim.received'")):
        path = pathlib.Path(directory, f"{table}.copy")
        postgres.sql(f"\\copy (SELECT '{other}'::uuid, {key}, {columns} FROM {table} WHERE clinic_id = '{clinic}' {which} "
                     f"ORDER BY {key}) TO '{path}'")
        if not path.stat().st_size:
            raise SystemExit(f"no rows of {table} to copy")
        files.append(f"\\copy {table} (clinic_id, {key}, {columns}) FROM '{path}'")
    postgres.checkpoint()
    began = time.monotonic()
    postgres.sql("BEGIN;\n" + "\n".join(files) + "\nCOMMIT;")
    return (time.monotonic() - began,)


def copy_out(postgres, clinic):
    began = time.monotonic()
    run("bash", "-o", "pipefail", "-c",
        f"psql -qX '{postgres.url}' -c \"COPY (SELECT {SUMMARY_COLUMNS} FROM claims WHERE "
        f"clinic_id = '{clinic}' ORDER BY id DESC) TO STDOUT\" | wc -l")
    return (time.monotonic() - began,)
