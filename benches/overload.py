"""More claims than the service can store: the admitted, the refused, and the service right after: rows `overload`."""

import statistics

from plan import each
from service import Service

HALF, OVERLOAD = 0.5, 4  # times capacity


def measure(plan, postgres):
    with Service(postgres.url) as service:
        clinic, key = service.new_clinic("overload")
        turns = [measure_turn(plan, postgres, service, key, turn) for turn in range(plan.repeats)]
        count = postgres.count(clinic)
    # Every 201 is a row. What was under way when wrk stopped, or was answered to a connection that broke, may be one.
    stored = sum(turn["capacity"]["requests"] + sum(answers(turn[name], 201)["count"] for name in ("half", "over", "again"))
                 for turn in turns)
    unknown = sum(64 + sum(turn[name]["broken"] + turn[name]["unanswered"] for name in ("half", "over", "again"))
                  for turn in turns)
    if not stored <= count <= stored + unknown:
        raise SystemExit(f"{stored} claims were answered 201 and {count} are stored")
    report(plan, turns)


def measure_turn(plan, postgres, service, key, turn):
    postgres.checkpoint()
    capacity = service.submit(64, plan.seconds, key, f"C{turn}-")
    offer = lambda share, name: service.offer(capacity["rate"] * share, plan.seconds, key, f"{name}{turn}-")
    postgres.checkpoint()
    return {"capacity": capacity, "half": offer(HALF, "H"), "over": offer(OVERLOAD, "O"), "again": offer(HALF, "A")}


def answers(figures, status):
    """The figures of a status; zeros if it was never answered."""
    return figures["answers"].get(str(status), {"count": 0, "p99": 0, "p99_since_sent": 0, "without_retry_after": 0})


def report(plan, turns):
    half, over, again = (each(turns, name) for name in ("half", "over", "again"))
    p99 = {name: [answers(turn, 201)["p99"] for turn in each(turns, name)] for name in ("half", "over", "again")}
    before = p99["half"]
    sent = {name: [answers(turn, 201)["p99_since_sent"] for turn in each(turns, name)] for name in ("half", "over")}
    plan.row(f"POST /v1/claims at {OVERLOAD} times capacity, p99 of the admitted since they were sent",
             "p99 at half of capacity", "≤ 2", ratios(sent["over"], sent["half"]),
             f"{ms(sent['over'])} and {ms(sent['half'])} ms")
    plan.row("the same since they arrived, the wait for a connection included", "p99 at half of capacity", "—",
             ratios(p99["over"], before), f"{ms(p99['over'])} and {ms(before)} ms")

    refused = [answers(turn, 503) for turn in over]
    count, silent = (sum(each(refused, name)) for name in ("count", "without_retry_after"))
    if count:
        plan.row("p99 of the 503s", "p99 of the admitted at half of capacity", "—", ratios(each(refused, "p99"), before),
                 f"{ms(each(refused, 'p99'))} and {ms(before)} ms; {ms(each(refused, 'p99_since_sent'))} ms without the "
                 f"wait for a connection; {count:,} of them, {silent or 'none'} without Retry-After")
    else:
        print("nothing was answered 503", flush=True)

    capacity = [turn["capacity"]["rate"] for turn in turns]
    admitted = [answers(turn, 201)["count"] / plan.seconds for turn in over]
    offered = statistics.median(turn["arrivals"] / plan.seconds for turn in over)
    unsent = statistics.median(turn["unsent"] / turn["arrivals"] for turn in over)
    others = sum(turn["broken"] + turn["unanswered"] for turn in half + over + again)
    plan.row(f"admitted at {OVERLOAD} times capacity", "capacity", "—", ratios(admitted, capacity),
             f"{statistics.median(admitted):,.0f} and {statistics.median(capacity):,.0f} a second of {offered:,.0f} "
             f"that arrived; {unsent:.0%} found no connection, {others} were not answered")

    plan.row("p99 at half of capacity right after", "before", "—", ratios(p99["again"], before),
             f"{ms(p99['again'])} and {ms(before)} ms; "
             f"{sum(answers(turn, 503)['count'] for turn in again)} answered 503")


def ratios(ours, theirs):
    return [a / b for a, b in zip(ours, theirs)]


def ms(times):
    return f"{statistics.median(times) / 1000:.1f}"
