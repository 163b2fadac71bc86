"""The command line of the measurements: selects the rows and writes the figures.

Run by ../bench.sh, which starts PostgreSQL. Every figure is a ratio of two rates or times. Both are measured in turn,
several times, on the same machine and on the same server with the same durability. The median ratio is printed with
the range of all. Load comes from programs in processes of their own.
"""

import argparse
import importlib

import against
import report
from plan import Plan
from postgres import Postgres
from programs import machine

# The groups of rows in their order, and the module that measures each with `measure(plan, postgres)`.
MODULES = {"submit": "submissions", "batch": "bulk", "read": "reads", "search": "searches", "report": "reports",
           "sqlite": "sqlite",
           "overload": "overload", "backtest": "backtest", "decision": "decision", "growth": "growth"}
# Growth takes hours and much of the disk, so it must be named. It is last because it changes the server's settings.
DEFAULT = [name for name in MODULES if name != "growth"]


def main():
    parser = argparse.ArgumentParser(usage="bench.sh [--quick] [--write] [--claims N] [--against PROGRAM] [row …]")
    parser.add_argument("rows", nargs="*", metavar="row",
                        help=f"{', '.join(MODULES)}; all but growth if none is named")
    parser.add_argument("--quick", action="store_true", help="a few seconds a row and less data, for a trial")
    parser.add_argument("--write", action="store_true",
                        help="put the figures of the measured rows into docs/performance.md and .svg, those of growth into "
                             "docs/scaling.md")
    parser.add_argument("--claims", type=int, help="claims that growth loads; by default as many as half of the free disk holds")
    parser.add_argument("--against", metavar="PROGRAM",
                        help="compare with another build of the service in turn, instead of the rows")
    options = parser.parse_args()
    unknown = set(options.rows) - set(MODULES)
    if unknown:
        parser.error(f"no such row: {', '.join(unknown)}")
    if options.write and options.quick:
        parser.error("the figures of a trial are not written down")
    if options.against and (options.write or options.rows):
        parser.error("--against has rows of its own, and is not written down")
    plan = Plan(options.quick, options.claims)
    if options.against:
        print(f"new beside old: {machine()}", flush=True)
        return against.measure(plan, options.against)
    for name in MODULES:
        if name in (options.rows or DEFAULT):
            with Postgres() as postgres:
                print(f"{name}: {machine()}; {postgres.about()}", flush=True)
                rows = measure(name, plan, postgres)
                if options.write:
                    write(plan, name, rows, postgres.about())


def measure(name, plan, postgres):
    """Returns the rows of a module."""
    before = len(plan.rows)
    importlib.import_module(MODULES[name]).measure(plan, postgres)
    return plan.rows[before:]


def write(plan, name, rows, postgres):
    """Writes the figures of a module into the documents, where it has a place of its own."""
    runs = f"Medians of {plan.repeats} interleaved runs of {plan.seconds} s each"
    about = f"{machine()}. {runs}." if name == "decision" else \
        f"{machine()}; {postgres}. {runs}; client, service and database share the cores."
    if name == "growth":
        report.write_growth(plan, about)
    else:
        report.write_performance(name, rows, about)


if __name__ == "__main__":
    main()
