"""A day's work with the Python client that openapi-generator makes: an approval, a claim, a bad claim, a list, a batch
and a rulebook.

    working_day.py URL KEY
"""

import datetime
import sys

import payerline_client as payerline

url, key = sys.argv[1:]
client = payerline.ApiClient(payerline.Configuration(host=url, access_token=key))
claims = payerline.ClaimsApi(client)
today = datetime.date(2026, 6, 1)
passed = 0


def check(actual, expected):
    global passed
    if actual != expected:
        sys.exit(f"{actual!r} is not {expected!r}")
    passed += 1


def claim(external_id, **fields):
    """A claim for stem cells after a car accident, which relies on an OCF-18."""
    return payerline.Submission(
        external_id=external_id,
        patient=payerline.Patient(id="P-4411", birth_date=datetime.date(1984, 3, 9)),
        provider=payerline.Provider(id="D-7", profession="physician"),
        accident=payerline.Accident(cause="auto", var_date=datetime.date(2026, 5, 2)),
        coverages=[payerline.Coverage(kind="auto", insurer="Northern Mutual", claim_number="A-77120")],
        items=[payerline.Item(service_date=today, category="stem_cell_therapy", unit_price_cents=450_000)],
        procedure=payerline.Procedure(
            harvest_site="bone_marrow", guidance="ultrasound", aseptic_technique=True, antibiotic_prophylaxis=True
        ),
        preauthorizations=["OCF18-PYTHON"],
        **fields,
    )


# An approval.
approvals = payerline.PreauthorizationsApi(client)
entry = payerline.PreauthorizationEntry(
    number="OCF18-PYTHON", kind="ocf_18", patient_id="P-4411", payer="mva", status="approved", approved_cents=500_000
)
approval = approvals.create_preauthorization(entry)
check((approval.number, approval.version), ("OCF18-PYTHON", 1))
check(approvals.get_preauthorization(approval.id), approval)

# A claim that relies on it.
stored = claims.submit_claim(claim("PYTHON-1"))
check((stored.payer, stored.disposition, stored.total_cents), ("mva", "ready", 450_000))
check(claims.get_claim(stored.id), stored)
# What was answered can be sent again: it is the same claim.
check(claims.submit_claim(stored.submission).id, stored.id)

# A bad claim.
try:
    claims.submit_claim(claim("PYTHON-2", invoice_total_cents=1))
    sys.exit("a wrong total is taken")
except payerline.exceptions.UnprocessableEntityException as error:
    faults = [(fault.code, fault.pointer) for fault in error.data.errors]
    check(faults, [("total_mismatch", "/invoice_total_cents")])

# A list.
page = claims.list_claims(external_id="PYTHON-1", status=[payerline.Status.READY])
check([(summary.id, summary.patient_id) for summary in page.data], [(stored.id, "P-4411")])

# A batch, in which one line is bad.
lines = [claim("PYTHON-3"), claim("PYTHON-4", invoice_total_cents=1)]
text = "".join(line.to_json() + "\n" for line in lines)
# Of what is documented the client would accept a problem alone.
answered = claims.submit_claims(text.encode())
results = [payerline.BatchResult.from_json(line) for line in answered.splitlines()]
check([(result.external_id, result.status) for result in results], [("PYTHON-3", 201), ("PYTHON-4", 422)])
check(results[1].problem.errors[0].code, "total_mismatch")

# A rulebook, and a draft of another one.
rulebooks = payerline.RulebooksApi(client)
active = next(it for it in rulebooks.list_rulebooks().data if it.state == "active")
rulebook = rulebooks.get_rulebook(active.version)
check(rulebook.table.version, active.version)
check({rule.then.decide is None for rule in rulebook.table.rules}, {True, False})
rule = rulebook.table.rules[0]
rule.id = "python-first"
addition = payerline.RuleAddition(op="add", rule=rule, before=rulebook.table.rules[1].id)
copy = payerline.CopyDraft(
    based_on=active.version, version="2026-python", changes=[payerline.RuleChange(addition)]
)
draft = rulebooks.create_rulebook(payerline.Draft(copy))
check(len(draft.table.rules), len(rulebook.table.rules) + 1)

print(f"test result: ok. {passed} passed; 0 failed")
