"""Lets Schemathesis send NDJSON and hold each line of NDJSON answers to `x-itemSchema`."""
import json
import os
import re
import schemathesis
import jsonschema_rs

def to_bytes(value):
    if isinstance(value, bytes):
        return value
    data = getattr(value, "data", None)  # schemathesis' Binary
    if isinstance(data, bytes):
        return data
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    if isinstance(value, list):
        return b"".join(json.dumps(v).encode() + b"\n" for v in value)
    return json.dumps(value).encode()

@schemathesis.serializer("application/x-ndjson")
def ndjson(ctx, value):
    return to_bytes(value)

@schemathesis.deserializer("application/x-ndjson")
def read_ndjson(ctx, response):
    return response.text

VALIDATORS = {}
LOG = os.environ.get("REFUSALS_LOG")

@schemathesis.hook
def before_load_schema(ctx, schema):
    for path, item in schema["paths"].items():
        for method, op in item.items():
            if not isinstance(op, dict) or "responses" not in op:
                continue
            c = op["responses"].get("200", {}).get("content", {}).get("application/x-ndjson")
            if c and "x-itemSchema" in c:
                s = dict(c["x-itemSchema"], components=schema["components"])
                VALIDATORS[op["operationId"]] = jsonschema_rs.Draft202012Validator(s)
    batch = schema["paths"]["/v1/claims/batch"]["post"]["requestBody"]["content"]
    nd = batch["application/x-ndjson"]
    nd["schema"] = {"anyOf": [nd["schema"], {"type": "array", "maxItems": 4, "items": nd["x-itemSchema"]}]}


OWN_KEY = os.environ.get("PAYERLINE_OWN_KEY_ID")  # `key.id` of GET /v1/me


@schemathesis.hook
def before_call(ctx, case, kwargs):
    """Leaves the key in use alone: stateful tests take ids from lists, and revoke it."""
    if OWN_KEY and case.method.upper() == "DELETE" and case.path_parameters and case.path_parameters.get("id") == OWN_KEY:
        case.path_parameters["id"] = "01980a6e-2c4f-7d31-a5b0-6f3e5c1d2b7a"


def lines_of(response):
    types = response.headers.get("content-type") or [""]
    if not types[0].startswith("application/x-ndjson"):
        return []
    # not splitlines(): a string in JSON may have U+2028 and the like
    return [json.loads(line) for line in response.content.decode().split("\n") if line.strip()]


@schemathesis.check
def lines_conform(ctx, response, case):
    """Each line of an NDJSON answer fits `x-itemSchema`, and none reports a fault of the service."""
    validator = VALIDATORS.get(case.operation.definition.raw.get("operationId"))
    for value in lines_of(response):
        if validator:
            errors = [e.message for e in validator.iter_errors(value)]
            assert not errors, f"a line breaks x-itemSchema: {errors[:2]}: {str(value)[:300]}"
        if "problem" in value:
            assert value["problem"] is None or value["problem"]["status"] != 500, f"a line of 500: {str(value)[:300]}"
    return None


@schemathesis.check
def bad_lines_are_refused(ctx, response, case):
    """One result for each line that is not blank; a line that is no JSON object is 400."""
    if case.operation.definition.raw.get("operationId") != "submit_claims" or response.status_code != 200:
        return None
    sent = response.request.body
    if not isinstance(sent, (bytes, str)) or "content-encoding" in {k.lower() for k in response.request.headers}:
        return None
    sent = sent if isinstance(sent, bytes) else sent.encode()
    lines = [l for l in sent.removeprefix(b"\xef\xbb\xbf").split(b"\n") if l.strip(b" \t\r")]
    results = lines_of(response)
    if not (response.headers.get("content-type") or [""])[0].startswith("application/x-ndjson"):
        return None
    assert len(results) == len(lines), f"{len(lines)} lines, {len(results)} results"
    for line, result in zip(lines, results):
        try:
            ok = isinstance(json.loads(line), dict)
        except ValueError:
            ok = False
        assert ok or result["status"] == 400, f"not refused: {line[:100]!r}: {result}"
    return None


@schemathesis.check
def changes_need_if_match(ctx, response, case):
    """Without a required `If-Match` nothing is changed: 200 is a replay only, said by `Idempotency-Replayed`."""
    required = any(p.name == "If-Match" and p.is_required for p in case.operation.headers)
    if not required or "if-match" in {k.lower() for k in response.request.headers} or not 200 <= response.status_code < 300:
        return None
    replayed = response.headers.get("idempotency-replayed") or []
    assert response.status_code == 200 and replayed == ["true"], f"{response.status_code} without If-Match, no replay"
    return None


# A 400 for a request that fits the document: (code, pointer, why the document does not say it).
KNOWN_400 = [
    ("invalid_cursor", r"/cursor", "a cursor is opaque: only the service knows which it made"),
    ("unknown_parameter", r"/(byte_order_mark|neutralize_formulas|limit|cursor)", "depends on `Accept`: of CSV, or not of exports"),
    ("one_of", r"/.*", "fields that exclude each other, where null counts as left out"),
    ("blank", r"/(number|external_id|patient_id|q)", "a filter of spaces alone; the pattern is kept simple"),
    ("missing_field", r"/role", "one of `role` and `roles` must be given"),
    ("unknown_value", r"(/golden_cases/\d+/claim)?/accident/country", "two capitals that are no country: the document does not list all 249"),
    ("invalid_time", r"/(received|updated)_(from|to)", "digits of a day or a time that no calendar has"),
]


@schemathesis.check
def known_refusals(ctx, response, case):
    """A 400 to a request that fits the document: only for a known reason."""
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code not in (400, 412, 422):
        return None
    problem = response.json()
    codes = [(e["code"], e["pointer"]) for e in problem.get("errors", [])]
    if LOG:
        with open(LOG, "a") as f:
            for code, pointer in codes or [(problem["type"].split(":")[-1], "")]:
                f.write(json.dumps([case.operation.label, response.status_code, code, re.sub(r"/\d+", "/*", pointer)]) + "\n")
    if response.status_code != 400:
        return None
    unknown = sorted({(c, re.sub(r"/\d+", "/*", p)) for c, p in codes
                      if not any(c == known and re.fullmatch(at, p) for known, at, _ in KNOWN_400)})
    assert codes and not unknown, f"a request that fits the document is answered 400: {unknown or problem}"
    return None
