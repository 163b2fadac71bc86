"""Back-tests over stored claims, submissions beside one, the replay of all decisions, and the proof of many rules: rows
`backtest`."""

import datetime
import json
import time

from plan import each
from programs import PROGRAMS, ROOT, run
from reads import fill
from service import Service

GOAL_CLAIMS_PER_SECOND = 50_000
CLIENTS = 64


def measure(plan, postgres):
    with Service(postgres.url) as service:
        clinic, key = fill(postgres, service, plan.claims)
        path = f"/v1/rulebooks/{version(service, key)}/backtests"
        rates = []
        for _ in range(plan.repeats):
            postgres.checkpoint()
            rates.append(rate_of(finished(service, start(service, path, key), key), plan.claims))
        plan.row(f"back-test of {plan.claims:,} claims, nothing else to do", f"{GOAL_CLAIMS_PER_SECOND:,} claims a second", "≥ 1",
                 [rate / GOAL_CLAIMS_PER_SECOND for rate in rates],
                 f"{sorted(rates)[len(rates) // 2]:,.0f} claims a second")
        beside(plan, postgres, service, path, key)
        proof(plan, service, key)
    replay(plan, postgres, clinic)


def beside(plan, postgres, service, path, key):
    """Measures submissions of another clinic beside a back-test and without one."""
    _, other = service.new_clinic("beside")

    def alone(turn):
        return service.submit(CLIENTS, plan.seconds, other, f"A{turn}-")

    def together(turn):
        location = start(service, path, key)
        figures = service.submit(CLIENTS, plan.seconds, other, f"T{turn}-")
        state = service.request(location, key=key)
        if state["state"] != "running":
            raise SystemExit("the back-test was done before the submissions were: more claims are needed")
        figures["claims"] = state["progress"]["claims"]
        service.request(f"{location}/cancel", b"", key)
        # A worker notices within about a second.
        time.sleep(2)
        return figures

    ours, theirs = plan.turns(postgres.checkpoint, together, alone)
    plan.row(f"POST /v1/claims, {CLIENTS} clients, beside a back-test", "the same without one", "≥ 0.8",
             [a / b for a, b in zip(each(ours, "rate"), each(theirs, "rate"))],
             f"{middle(ours, 'rate'):,.0f} and {middle(theirs, 'rate'):,.0f} a second; the back-test meanwhile "
             f"{middle(ours, 'claims') / plan.seconds:,.0f} claims a second")


def proof(plan, service, key):
    """Proves the shipped rules, most of them split in four by age and pregnancy, and a rule for each of thirty insurers."""
    shipped = service.request(f"/v1/rulebooks/{version(service, key)}", key=key)["table"]
    rules = [part for rule in shipped["rules"] for part in parts(rule)]
    plasma = next(index for index, rule in enumerate(rules) if rule["id"].startswith("private-plasma-approved"))
    rules[plasma:plasma] = [insurers_rule(number) for number in range(30)]
    times = []
    for turn in range(plan.repeats):
        table = {**shipped, "version": f"bench-{turn}", "rules": rules}
        service.request("/v1/rulebooks", json.dumps({"table": table}).encode(), key)
        began = time.monotonic()
        report = service.request(f"/v1/rulebooks/bench-{turn}/check", b"", key)
        times.append(time.monotonic() - began)
        if not report["proof"] or report["proof"]["holes"]:
            raise SystemExit(f"these rules have a proof, and no hole: {report}")
    plan.row(f"check of a rulebook of {len(rules)} rules", "2 s", "≤ 1", [it / 2 for it in times],
             f"{sorted(times)[len(times) // 2] * 1000:,.0f} ms")


def parts(rule):
    if not {"age", "pregnant"}.isdisjoint(rule["when"]):
        return [rule]
    return [{**rule, "id": f"{rule['id']}-{age}-{pregnant}", "when": {**rule["when"], "age": [age], "pregnant": [pregnant]}}
            for age in ("minor", "adult") for pregnant in ("yes", "no")]


def insurers_rule(number):
    return {
        "id": f"private-plasma-insurer-{number}",
        "when": {"cause": ["none", "other"], "private": ["active"], "service": ["plasma"],
                 "private_insurer": [f"Insurer {number}"]},
        "then": {"decide": {"payer": "private", "disposition": "ready"}},
        "because": "Your plan covers platelet-rich plasma, so it is billed.",
        "basis": "The insurer's letter to the clinic",
    }


def replay(plan, postgres, clinic):
    out = run(PROGRAMS / "payerline", "replay", "--database-url", postgres.url, "--clinic", clinic)
    said = dict(line.rsplit(None, 1) for line in out.strip().splitlines())
    if said["Decisions"] != str(plan.claims):
        raise SystemExit(f"not all decisions were made again: {out}")
    identical = plan.claims - int(said["Differences"]) - int(said["Unreadable"])
    plan.row(f"payerline replay of {plan.claims:,} decisions, identical ones", "all of them", "≥ 1",
             [identical / plan.claims], f"{int(said['Decisions/s']):,} decisions a second")


def version(service, key):
    claim = (ROOT / "examples/private-physiotherapy.json").read_bytes()
    return service.request("/v1/classifications", claim, key)["decision"]["rulebook"]["version"]


def start(service, path, key):
    return f"{path}/{service.request(path, json.dumps({}).encode(), key)['id']}"


def finished(service, location, key):
    while True:
        backtest = service.request(location, key=key)
        if backtest["state"] != "running":
            return backtest
        time.sleep(0.5)


def rate_of(backtest, claims):
    if (backtest["state"], backtest["result"]["claims"], backtest["result"]["changed"]) != ("finished", claims, 0):
        raise SystemExit(f"this is not what a back-test of the version in force should be: {backtest}")
    began, ended = (datetime.datetime.fromisoformat(backtest[name]) for name in ("created_at", "finished_at"))
    return claims / (ended - began).total_seconds()


def middle(figures, name):
    return sorted(each(figures, name))[len(figures) // 2]
