"""A decision beside two other rule engines with the same table: rows `decision`. The crate decision/ does the work."""

import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import tomllib

from programs import HERE, run

CRATE = HERE / "decision"
ENGINES = {"zen": "zen-engine", "cel": "cel"}
LOADS = {"claim": "a claim of three items", "mix": "a thousand claims as clinics send them"}
MAX_NANOSECONDS = 300  # an item


def measure(plan, _):
    # Not built with the rest, because only these rows need the engines.
    print("building the engines, which takes long the first time", flush=True)
    subprocess.run(["cargo", "bench", "--quiet", "--locked", "--no-run"], cwd=CRATE, check=True)
    counted = json.loads(bench("allocations"))
    compared = counted["compared"]
    print(f"the same on all sides: {compared['items']:,} items of {compared['claims']:,} claims, by "
          f"{compared['rules']} rules, with {compared['findings']} kinds of findings", flush=True)
    runs = [times(plan.seconds) for _ in range(plan.repeats)]
    for load, what in LOADS.items():
        rows(plan, what, sides(counted["loads"][load], [run[load] for run in runs]))


def rows(plan, what, sides):
    named = [(engine, f"{name} {version(name)}") for engine, name in ENGINES.items()]
    for engine, name in named:
        row(plan, f"a whole decision, {what}", f"{name}, by the same table", "≥ 50", sides["decision"],
            sides[f"{engine}-decision"])
    ours, _ = sides["decision"]
    plan.row(f"a whole decision, {what}", f"{MAX_NANOSECONDS} ns an item", "≤ 1", [time / MAX_NANOSECONDS for time in ours],
             f"{statistics.median(ours):,.0f} ns an item")
    for side, does in (("decision", "a whole decision"), ("rules", "only the rule")):
        for engine, name in named:
            row(plan, f"{does}, {what}", f"{name}, only the rule", "—", sides[side], sides[f"{engine}-rules"])


def row(plan, what, against, goal, ours, theirs):
    """Adds a row: the ratio says how many times faster one side is than the other."""
    (our_times, our_allocations), (their_times, their_allocations) = ours, theirs
    plan.row(what, against, goal, [b / a for a, b in zip(our_times, their_times)],
             f"{statistics.median(our_times):,.0f} and {statistics.median(their_times):,.0f} ns, "
             f"{our_allocations:.1f} and {their_allocations:.1f} allocations an item")


def sides(counted, runs):
    """The times in ns and the allocations an item, by side."""
    items = counted["items"]
    return {side: ([run[side] / items for run in runs], blocks / items)
            for side, blocks in counted["allocations"].items()}


def times(seconds):
    """One run of criterion: the median time of all items in ns, by load and side."""
    with tempfile.TemporaryDirectory() as directory:
        bench("times", "--warm-up-time", "1", "--measurement-time", str(seconds),
              env=os.environ | {"CRITERION_HOME": directory})
        return {load: {estimates.parts[-3]: json.loads(estimates.read_text())["median"]["point_estimate"]
                       for estimates in pathlib.Path(directory, load).glob("*/new/estimates.json")}
                for load in LOADS}


def bench(name, *arguments, **options):
    return run("cargo", "bench", "--quiet", "--locked", "--bench", name, "--", *arguments, cwd=CRATE, **options)


def version(name):
    lock = tomllib.loads((CRATE / "Cargo.lock").read_text())
    return next(package["version"] for package in lock["package"] if package["name"] == name)
