//! What is to be done with claims: by task, by clock, and over random claims.

mod clocks;
mod follow_ups;
mod joining;
mod properties;
mod tasks;

use serde_json::{Value, json};
use uuid::Uuid;

use super::{NamedApproval, WorkEntry, WorkSubject, WorkTask, find_work};
use crate::{
    claims::{
        billing::{BillingOrder, BillingSequence},
        claim::{Claim, Evidence, Status},
        outcome::PatientOutcome,
        payer::{Disposition, Payer},
        payers_due::{BilledParty, PayerDue, PayersDue},
        remittances::{
            balance::Balance,
            ledger::Ledger,
            remittance::{BookedItem, Remittance},
        },
        sends::{Channel, SentClaim},
        submission::Submission,
    },
    preauthorizations::{PreauthorizationEntry, PreauthorizationKind, PreauthorizationStatus},
    values::{
        ids::{ClaimId, KeyId},
        money::Cents,
        text::Label,
        time::{Day, Timestamp},
    },
};

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

/// Noon in Ontario, near enough.
fn noon(text: &str) -> Timestamp {
    Timestamp::parse(&format!("{text}T17:00:00Z")).unwrap()
}

fn someone() -> KeyId {
    KeyId::from(Uuid::nil())
}

const AUTO: PayerDue = PayerDue {
    payer: BilledParty::Mva,
    coverage: Some(0),
};
const PLAN: PayerDue = PayerDue {
    payer: BilledParty::Private,
    coverage: Some(1),
};
const PATIENT: PayerDue = PayerDue {
    payer: BilledParty::Patient,
    coverage: None,
};

/// A stored claim in the making.
#[derive(Debug, Clone)]
struct Case {
    body: Value,
    decision: Value,
    approvals: Vec<NamedApproval>,
    claim: Claim,
}

/// A claim after a car accident, received on 2026-06-02, for a physiotherapy of the day before at $150.
fn case(status: Status) -> Case {
    let body = json!({
        "external_id": "INV-1",
        "patient": {"id": "P-1", "birth_date": "1984-03-09"},
        "provider": {"id": "D-7", "profession": "physiotherapist"},
        "coverages": [{"kind": "auto"}, {"kind": "private"}],
        "items": [{"service_date": "2026-06-01", "category": "physiotherapy", "unit_price_cents": 15_000, "insured_by_ohip": "no"}],
    });
    let decision = json!({
        "items": [{"sequence": 1, "payer": "mva", "disposition": "ready", "rule": "a-rule", "basis": "A source"}],
        "findings": [],
    });
    let received = noon("2026-06-02");
    let mut payers_due = PayersDue::default();
    payers_due.add(1, &[AUTO, PLAN]);
    let claim = Claim {
        id: ClaimId::from(Uuid::from_u128(7)),
        external_id: Label::parse("INV-1").unwrap(),
        status,
        payer: Payer::Mva,
        disposition: Disposition::Ready,
        billing_order: BillingOrder(BillingSequence::MvaThenPrivate),
        payers_due: Some(payers_due),
        total_cents: Cents::from_stored(15_000),
        allocations: Vec::new(),
        received_at: received,
        updated_at: received,
        version: 1,
        decision: Evidence::new(String::new()),
        review: None,
        sends: Vec::new(),
        remittances: Vec::new(),
        balance: Balance::default(),
        next_dues: Vec::new(),
        outcomes: Vec::new(),
        replaces: None,
        replaced_by: None,
        submission: Evidence::new(String::new()),
    };
    Case {
        body,
        decision,
        approvals: Vec::new(),
        claim,
    }
}

impl Case {
    /// Puts a value at a JSON Pointer of the submission.
    fn put(mut self, pointer: &str, value: Value) -> Self {
        let (parent, last) = pointer.rsplit_once('/').unwrap();
        let parent = self.body.pointer_mut(parent).unwrap();
        match parent {
            Value::Array(list) => list[last.parse::<usize>().unwrap()] = value,
            parent => parent[last] = value,
        }
        self
    }

    /// The decision about the only item.
    fn decided(mut self, payer: &str, disposition: &str, documents: &[&str]) -> Self {
        let item = &mut self.decision["items"][0];
        item["payer"] = json!(payer);
        item["disposition"] = json!(disposition);
        item["required_documents"] = json!(documents);
        self
    }

    fn finding(mut self, code: &str, severity: &str, pointer: &str) -> Self {
        let findings = self.decision["findings"].as_array_mut().unwrap();
        findings
            .push(json!({"code": code, "severity": severity, "detail": "…", "pointer": pointer}));
        self
    }

    fn due(mut self, payers: &[PayerDue]) -> Self {
        let mut due = PayersDue::default();
        due.add(1, payers);
        self.claim.payers_due = Some(due);
        self
    }

    fn received(mut self, on: &str) -> Self {
        self.claim.received_at = noon(on);
        self
    }

    fn sent(mut self, due: PayerDue, on: &str) -> Self {
        self.claim.sends.push(SentClaim {
            payer: due.payer,
            coverage: due.coverage,
            channel: Channel::Hcai,
            reference: None,
            sent_on: day(on),
        });
        self
    }

    /// An answer about the only item: what is paid and denied in cents.
    fn answered(mut self, due: PayerDue, on: &str, (paid, denied): (i64, i64)) -> Self {
        self.claim.remittances.push(Remittance {
            number: format!("R-{}", self.claim.remittances.len() + 1),
            payer: due.payer,
            coverage: due.coverage,
            paid_on: None,
            items: vec![BookedItem {
                sequence: 1,
                paid_cents: paid,
                denied_cents: denied,
                ..BookedItem::default()
            }],
            reverses: None,
            received_at: noon(on),
            received_by: someone(),
        });
        self
    }

    fn approval(
        mut self,
        kind: PreauthorizationKind,
        status: PreauthorizationStatus,
        entered_on: &str,
    ) -> Self {
        let number = Label::parse(&format!("A-{}", self.approvals.len() + 1)).unwrap();
        self.approvals.push(NamedApproval {
            entry: PreauthorizationEntry {
                number,
                kind,
                patient_id: Label::parse("P-1").unwrap(),
                payer: kind.payer(),
                status,
                approved_cents: Cents::default(),
                categories: None,
                valid_from: None,
                valid_to: None,
            },
            created_at: noon(entered_on),
        });
        self
    }

    /// The last day of the approval that was added last.
    fn valid_to(mut self, last: &str) -> Self {
        self.approvals.last_mut().unwrap().entry.valid_to = Some(day(last));
        self
    }

    fn outcome(mut self, on: &str) -> Self {
        self.claim.outcomes.push(PatientOutcome {
            day: day(on),
            pain: None,
            function: None,
            range_of_motion: Vec::new(),
            note: Some("Better.".to_owned()),
            recorded_at: noon(on),
            recorded_by: someone(),
        });
        self
    }

    /// All entries of the claim as it is stored.
    fn work(&self) -> Vec<WorkEntry> {
        let body = self.body.to_string();
        let submission = Submission::read_stored(body.as_bytes()).unwrap();
        let mut claim = self.claim.clone();
        claim.decision = Evidence::new(self.decision.to_string());
        let ledger = Ledger::of(&submission, &claim.remittances);
        claim.balance = Balance::new(ledger.total());
        if !claim.remittances.is_empty() {
            let due = claim.payers_due.clone().unwrap_or_default();
            claim.next_dues = ledger.next_dues(&due, &claim.remittances);
        }
        find_work(&WorkSubject {
            claim: &claim,
            submission: &submission,
            approvals: &self.approvals,
            appealed_on: None,
        })
    }

    fn entries(&self, task: WorkTask) -> Vec<WorkEntry> {
        let all = self.work().into_iter();
        all.filter(|it| it.task == task).collect()
    }

    #[track_caller]
    fn entry(&self, task: WorkTask) -> WorkEntry {
        let mut found = self.entries(task);
        assert_eq!(found.len(), 1, "{found:#?}");
        found.pop().unwrap()
    }

    fn tasks(&self) -> Vec<WorkTask> {
        self.work().into_iter().map(|it| it.task).collect()
    }
}
