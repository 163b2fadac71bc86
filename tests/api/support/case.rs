//! One row of a decision table: a situation, and what must be decided in it.
//!
//! Beside what a row expects, every row checks what the contract says of all claims: the roll-up
//! from items to claim, the allocations, and that findings have known codes and real pointers.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Caller, Claim, array, strings};

/// Findings that make a claim `needs_review`, all of them.
const REVIEW: [&str; 11] = [
    "not_recommended_minor",
    "not_recommended_pregnant",
    "procedure_incomplete",
    "coverage_missing",
    "accident_missing",
    "preauthorization_unknown",
    "preauthorization_expired",
    "preauthorization_denied",
    "preauthorization_other_patient",
    "preauthorization_wrong_kind",
    "preauthorization_insufficient",
];
/// The other findings whose codes the contract names.
const NAMED: [&str; 2] = ["predetermination_possible", "coverage_not_in_force"];
/// Payers in the order in which a claim takes its items'.
const PAYERS: [&str; 4] = ["wsib", "mva", "private", "uncovered"];
/// Dispositions from the mildest to the strictest.
const DISPOSITIONS: [&str; 3] = ["ready", "needs_preauthorization", "needs_review"];

/// A situation and what is expected in it. Built like a sentence:
/// `case("…").service("rehabilitation").coverage(wsib).gets("wsib", "ready").on(0)`.
pub struct Case {
    name: &'static str,
    claim: Claim,
    approvals: Vec<Value>,
    /// The claim as it is, without names of approvals.
    names_approvals: bool,
    items: Vec<Expected>,
    findings: BTreeSet<&'static str>,
}

struct Expected {
    payer: &'static str,
    disposition: &'static str,
    billing_order: Vec<&'static str>,
    /// Which coverage is billed first; not looked at when `None`.
    coverage: Option<Value>,
    rule: Option<&'static str>,
}

/// Starts a row: a claim with no item, no coverage and no accident for a patient born in 1984.
pub fn case(name: &'static str) -> Case {
    Case {
        name,
        claim: Claim::new("set for each row").with("/items", json!([])),
        approvals: Vec::new(),
        names_approvals: true,
        items: Vec::new(),
        findings: BTreeSet::new(),
    }
}

impl Case {
    /// Gives the row another name.
    pub fn called(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    /// Adds a service of 100 dollars on 1 June 2026.
    pub fn service(self, category: &str) -> Self {
        self.item(json!({
            "service_date": "2026-06-01", "category": category, "unit_price_cents": 10_000,
        }))
    }

    /// Adds stem cells for 4,500 dollars on 1 June 2026, with a complete procedure.
    pub fn stem_cells(self) -> Self {
        self.set("/procedure", json!({
            "guidance": "ultrasound", "aseptic_technique": true, "antibiotic_prophylaxis": true,
        }))
        .item(json!({
            "service_date": "2026-06-01", "category": "stem_cell_therapy", "unit_price_cents": 450_000,
        }))
    }

    /// Adds an item as it is.
    pub fn item(self, item: Value) -> Self {
        self.set("/items/-", item)
    }

    /// Adds a coverage as it is.
    pub fn coverage(self, coverage: Value) -> Self {
        self.set("/coverages/-", coverage)
    }

    /// Adds an active private plan that does not say what it covers.
    pub fn private(self) -> Self {
        self.coverage(json!({"kind": "private"}))
    }

    /// Adds an active private plan that lists what it covers.
    pub fn private_listing(self, categories: &[&str]) -> Self {
        self.coverage(json!({"kind": "private", "covered_categories": categories}))
    }

    /// Adds an active auto coverage.
    pub fn auto(self) -> Self {
        self.coverage(json!({"kind": "auto", "claim_number": "CLM-1"}))
    }

    /// Adds an active WSIB coverage.
    pub fn wsib(self) -> Self {
        self.coverage(json!({"kind": "wsib", "claim_number": "31857264"}))
    }

    /// Adds OHIP.
    pub fn ohip(self) -> Self {
        self.coverage(json!({"kind": "ohip"}))
    }

    /// Sets the accident, in Ontario on 2 May 2026.
    pub fn accident(self, cause: &str) -> Self {
        self.set("/accident", json!({"cause": cause, "date": "2026-05-02"}))
    }

    /// Sets any other field.
    pub fn set(mut self, pointer: &str, value: impl Into<Value>) -> Self {
        self.claim = self.claim.with(pointer, value);
        self
    }

    /// Enters an approval for the patient in the ledger, and names it in the claim.
    pub fn approval(self, kind: &str, status: &str, approved_cents: u64) -> Self {
        self.approval_with(json!({
            "kind": kind, "status": status, "approved_cents": approved_cents,
        }))
    }

    /// The same with more fields; number, patient and payer are filled in.
    pub fn approval_with(mut self, approval: Value) -> Self {
        self.approvals.push(approval);
        self
    }

    /// Approvals stay in the ledger: the claim does not name them.
    pub fn not_named(mut self) -> Self {
        self.names_approvals = false;
        self
    }

    /// Expects this of the next item. Unless told otherwise its payer alone is billed, or nobody.
    pub fn gets(mut self, payer: &'static str, disposition: &'static str) -> Self {
        let nobody = payer == "uncovered";
        self.items.push(Expected {
            payer,
            disposition,
            billing_order: if nobody { Vec::new() } else { vec![payer] },
            coverage: nobody.then_some(Value::Null),
            rule: None,
        });
        self
    }

    /// The last expected item is billed in this order.
    pub fn billed(mut self, order: &[&'static str]) -> Self {
        self.last().billing_order = order.to_vec();
        self
    }

    /// The last expected item is billed first to the coverage of this index.
    pub fn on(mut self, coverage: usize) -> Self {
        self.last().coverage = Some(json!(coverage));
        self
    }

    /// The last expected item names no coverage: the one to bill is not given.
    pub fn on_none(mut self) -> Self {
        self.last().coverage = Some(Value::Null);
        self
    }

    /// The last expected item was decided by this rule.
    pub fn by(mut self, rule: &'static str) -> Self {
        self.last().rule = Some(rule);
        self
    }

    /// Expects a finding. Those named by the contract and not expected must not be there.
    pub fn finds(mut self, code: &'static str) -> Self {
        assert!(REVIEW.contains(&code) || NAMED.contains(&code), "{code}");
        self.findings.insert(code);
        self
    }

    fn last(&mut self) -> &mut Expected {
        self.items.last_mut().expect("gets() comes first")
    }

    /// The claim and the ledger's entries of the row of a number.
    fn prepare(&self, number: usize) -> (Claim, Vec<Value>) {
        let patient = format!("P-{number}");
        let mut claim = self
            .claim
            .clone()
            .with("/external_id", format!("CASE-{number}"))
            .with("/patient/id", patient.as_str());
        let mut entries = Vec::new();
        let mut names = Vec::new();
        for (index, approval) in self.approvals.iter().enumerate() {
            let payer = match approval["kind"].as_str() {
                Some("ocf_18" | "ocf_23") => "mva",
                Some("wsib_approval") => "wsib",
                _ => "private",
            };
            let name = format!("A-{number}-{index}");
            let mut entry = json!({"number": name, "patient_id": patient, "payer": payer});
            for (field, value) in approval.as_object().expect("an object") {
                entry[field] = value.clone();
            }
            entries.push(entry);
            names.push(name);
        }
        if self.names_approvals && !names.is_empty() {
            claim = claim.with("/preauthorizations", names);
        }
        (claim, entries)
    }

    /// What is wrong with a stored claim, line by line.
    fn compare(&self, claim: &Value) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut expect = |what: String, expected: Value, found: &Value| {
            if expected != *found {
                wrong.push(format!("{what}: expected {expected}, found {found}"));
            }
        };
        let decision = &claim["decision"];
        let decided = array(&decision["items"]);
        expect(
            "items".into(),
            json!(self.items.len()),
            &json!(decided.len()),
        );
        for (index, (item, decided)) in self.items.iter().zip(decided).enumerate() {
            let at = |field: &str| format!("item {} {field}", index + 1);
            expect(at("sequence"), json!(index + 1), &decided["sequence"]);
            expect(at("payer"), json!(item.payer), &decided["payer"]);
            expect(
                at("disposition"),
                json!(item.disposition),
                &decided["disposition"],
            );
            expect(
                at("billing_order"),
                json!(item.billing_order),
                &decided["billing_order"],
            );
            if let Some(coverage) = &item.coverage {
                expect(at("coverage"), coverage.clone(), &decided["coverage"]);
            }
            if let Some(rule) = item.rule {
                expect(at("rule"), json!(rule), &decided["rule"]);
            }
            for text in ["rule", "because", "basis"] {
                let given = decided[text].as_str().is_some_and(|text| !text.is_empty());
                expect(
                    at(text),
                    json!("a text"),
                    &json!(if given { "a text" } else { "" }),
                );
            }
        }
        let named: BTreeSet<String> = strings(&decision["findings"], "code")
            .into_iter()
            .filter(|code| REVIEW.contains(&code.as_str()) || NAMED.contains(&code.as_str()))
            .collect();
        expect("findings".into(), json!(self.findings), &json!(named));
        for (what, expected) in roll_up(claim) {
            expect(what.to_owned(), expected, &claim[what]);
        }
        wrong.extend(check_findings(claim));
        wrong
    }
}

/// What the contract's roll-up makes of the items' decisions.
fn roll_up(claim: &Value) -> Vec<(&'static str, Value)> {
    let decided = array(&claim["decision"]["items"]);
    let amounts: Vec<u64> = array(&claim["submission"]["items"])
        .iter()
        .map(|item| {
            let number = |field: &str, default| item[field].as_u64().unwrap_or(default);
            number("quantity", 1) * number("unit_price_cents", 0) + number("tax_cents", 0)
        })
        .collect();
    let first_of = |payer: &str| decided.iter().find(|item| item["payer"] == *payer);
    let first = PAYERS.iter().find_map(|payer| first_of(payer));
    let first = first.expect("every item has a payer");
    let review = strings(&claim["decision"]["findings"], "severity").contains(&"review".to_owned());
    let strictest = DISPOSITIONS.iter().rfind(|disposition| {
        (review && **disposition == "needs_review")
            || decided
                .iter()
                .any(|item| item["disposition"] == **disposition)
    });
    let allocations: BTreeSet<String> = PAYERS
        .iter()
        .filter(|payer| first_of(payer).is_some())
        .map(|payer| {
            let items = decided.iter().zip(&amounts);
            let own = items.filter(|(item, _)| item["payer"] == *payer);
            let sum: u64 = own.map(|(_, amount)| amount).sum();
            json!({"payer": payer, "amount_cents": sum}).to_string()
        })
        .collect();
    let found: BTreeSet<String> = array(&claim["allocations"])
        .iter()
        .map(|part| {
            json!({"payer": part["payer"], "amount_cents": part["amount_cents"]}).to_string()
        })
        .collect();
    // The contract gives allocations no order: equal as a set means equal.
    let allocations = if allocations == found {
        claim["allocations"].clone()
    } else {
        json!(allocations)
    };
    vec![
        ("payer", first["payer"].clone()),
        ("disposition", json!(strictest)),
        ("status", json!(strictest)),
        ("billing_order", first["billing_order"].clone()),
        ("total_cents", json!(amounts.iter().sum::<u64>())),
        ("allocations", allocations),
    ]
}

/// Findings have the severity that the contract gives them, and point into the submission.
fn check_findings(claim: &Value) -> Vec<String> {
    let findings = array(&claim["decision"]["findings"]).iter();
    findings
        .filter(|finding| {
            let code = finding["code"].as_str().unwrap_or_default();
            let severity = finding["severity"].as_str().unwrap_or_default();
            let pointer = finding["pointer"].as_str().unwrap_or_default();
            let severity_is_right = match severity {
                "review" => REVIEW.contains(&code),
                "info" => !REVIEW.contains(&code),
                "warning" => !REVIEW.contains(&code) && code != "predetermination_possible",
                _ => false,
            };
            let (parent, _) = pointer.rsplit_once('/').unwrap_or(("?", ""));
            let points = claim["submission"].pointer(parent).is_some();
            let detail = finding["detail"]
                .as_str()
                .is_some_and(|text| !text.is_empty());
            !(severity_is_right && points && detail)
        })
        .map(|finding| format!("a finding that should not be so: {finding}"))
        .collect()
}

/// Submits the claim of every row, with its approvals in the ledger, and fails with all rows that
/// were decided otherwise than expected.
pub async fn decide_all(caller: &Caller, cases: Vec<Case>) {
    let mut failures = Vec::new();
    for (number, case) in cases.iter().enumerate() {
        let (claim, entries) = case.prepare(number);
        for entry in &entries {
            caller.preauthorize(entry).await.is(201);
        }
        let answer = caller.submit(&claim).await;
        let wrong = match answer.status() {
            201 => case.compare(&answer.json()),
            _ => vec![answer.text()],
        };
        if !wrong.is_empty() {
            failures.push(format!("{}\n    {}", case.name, wrong.join("\n    ")));
        }
    }
    let (failed, all) = (failures.len(), cases.len());
    assert!(
        failures.is_empty(),
        "{failed} of {all} rows:\n{}",
        failures.join("\n")
    );
}
