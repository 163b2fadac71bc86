"""A decision alone, without database and HTTP: rows `decision`."""

import json
import statistics

from programs import PROGRAMS, run

LOADS = {"claim": "a claim of three items", "mix": "a thousand claims as clinics send them"}
MAX_NANOSECONDS = 400  # an item


def measure(plan, _):
    runs = [json.loads(run(PROGRAMS / "decide", "--seconds", str(plan.seconds))) for _ in range(plan.repeats)]
    for load, what in LOADS.items():
        times = [figures[load] for figures in runs]
        plan.row(f"a whole decision, {what}", f"{MAX_NANOSECONDS} ns an item", "≤ 1",
                 [time / MAX_NANOSECONDS for time in times], f"{statistics.median(times):,.0f} ns an item")
