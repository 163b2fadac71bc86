//! A claim against its events and its evidence: the texts by their digests, the columns by what they follow from.

use std::sync::Arc;

use serde::Deserialize;
use uuid::Uuid;

use payerline_domain::{
    claims::{
        claim::Status,
        decision::{
            Assessment, BillingOrder, BillingSequence, Decision, Finding, Grounds, ItemDecision,
            RulebookVersion, Severity,
        },
        payer::{Disposition, Payer},
        submission::Submission,
    },
    events::{ClaimReceived, Event, EventKind, RedecidedClaim},
    values::{closed_enum::ClosedEnum, digest::sha256_hex, text::Label, time::Timestamp},
};

use crate::{
    app::claims::reproduction::read_submission,
    store::{ClaimColumns, RecordedClaim, RecordedItem, RecordedSubject},
};

pub fn find_faults(subject: &RecordedSubject, faults: &mut Vec<String>) {
    let events: Vec<&Event> = subject
        .events
        .iter()
        .filter_map(|event| event.as_ref().ok())
        .map(|(event, _)| event)
        .collect();
    let is_claim = events
        .first()
        .is_some_and(|event| event.kind == EventKind::ClaimReceived);
    match &subject.claim {
        Some(claim) => compare_with_events(claim, subject.events.len(), &events, faults),
        None if is_claim => {
            faults.push("the claim was removed: only its events are left".to_owned())
        }
        None => {}
    }
}

/// What a claim's events say of it.
struct History {
    received_at: Timestamp,
    submission_sha256: String,
    decision_sha256: String,
    /// Events of former builds do not have it.
    facts_sha256: Option<String>,
    payer: Payer,
    disposition: Disposition,
    status: Status,
    replaced_by: Option<Uuid>,
    /// The event of the receipt has it, so this build or a later one received the claim.
    has_facts_digest: bool,
}

impl History {
    fn read(events: &[&Event], faults: &mut Vec<String>) -> Option<Self> {
        let (first, later) = events.split_first()?;
        let received: ClaimReceived<'_> = serde_json::from_str(&first.data).ok()?;
        let mut history = Self {
            received_at: first.at,
            submission_sha256: received.submission_sha256.to_owned(),
            decision_sha256: received.decision_sha256.to_owned(),
            facts_sha256: received.facts_sha256.map(ToOwned::to_owned),
            payer: received.payer,
            disposition: received.disposition,
            status: received.disposition.into(),
            replaced_by: None,
            has_facts_digest: received.facts_sha256.is_some(),
        };
        for event in later {
            if history.follow(event).is_none() {
                faults.push(format!(
                    "event {} does not fit the events before it",
                    event.number
                ));
            }
        }
        Some(history)
    }

    /// Goes on to what the claim is after an event; `None` if the event does not fit.
    fn follow(&mut self, event: &Event) -> Option<()> {
        if event.kind == EventKind::ClaimRedecided {
            let RedecidedClaim { before, after } = serde_json::from_str(&event.data).ok()?;
            let facts_before = sha256_hex(before.facts.get());
            let fits = before.decision_sha256 == self.decision_sha256
                && before.decision_sha256 == sha256_hex(before.decision.get())
                && self
                    .facts_sha256
                    .as_ref()
                    .is_none_or(|facts| *facts == facts_before)
                && after.decision_sha256 == sha256_hex(after.decision.get());
            self.facts_sha256 = Some(sha256_hex(after.facts.get()));
            self.decision_sha256 = after.decision_sha256;
            self.payer = after.payer;
            self.disposition = after.disposition;
            self.status = after.disposition.into();
            return fits.then_some(());
        }
        if event.kind == EventKind::ClaimReplaced {
            let replaced: ReplacedOutline = serde_json::from_str(&event.data).ok()?;
            self.replaced_by = Some(replaced.replaced_by);
            self.status = Status::Replaced;
        }
        Some(())
    }
}

fn compare_with_events(
    claim: &RecordedClaim,
    event_count: usize,
    events: &[&Event],
    faults: &mut Vec<String>,
) {
    let Some(history) = History::read(events, faults) else {
        faults.push("the event of its receipt was removed or changed".to_owned());
        return compare_with_evidence(claim, false, faults);
    };
    let digest_is_current = history.has_facts_digest;
    let RecordedClaim {
        evidence, columns, ..
    } = claim;
    let mut expect = |holds: bool, what: &str| {
        if !holds {
            faults.push(what.to_owned());
        }
    };
    expect(
        sha256_hex(&evidence.submission) == history.submission_sha256,
        "the submission was changed: it is not the one that was received",
    );
    expect(
        sha256_hex(&evidence.decision) == history.decision_sha256,
        "the decision was changed: it is not the one that was recorded",
    );
    expect(
        history
            .facts_sha256
            .is_none_or(|facts| facts == sha256_hex(&evidence.facts)),
        "the facts of the decision were changed: they are not those that were recorded",
    );
    expect(
        columns.status == history.status.word(),
        "status was changed",
    );
    expect(
        columns.replaced_by == history.replaced_by,
        "replaced_by was changed",
    );
    expect(
        columns.received_at == history.received_at,
        "received_at was changed",
    );
    // Each event of a claim is one version of it, so this also finds that the last event was removed.
    expect(
        usize::try_from(columns.version).is_ok_and(|version| version == event_count),
        "version is not the number of its events: one was removed or added, or version was changed",
    );
    compare_with_evidence(claim, digest_is_current, faults);
}

/// `digest_is_current`: former builds counted more as content, so their digests of the same content may differ.
fn compare_with_evidence(claim: &RecordedClaim, digest_is_current: bool, faults: &mut Vec<String>) {
    let evidence = &claim.evidence;
    let Ok((submission, _)) = read_submission(evidence) else {
        faults.push("the submission or its facts cannot be read back".to_owned());
        return;
    };
    let assessment = serde_json::from_str(&evidence.decision)
        .ok()
        .and_then(|outline: DecisionOutline| Assessment::roll_up(&submission, outline.into()));
    let Some(assessment) = assessment else {
        faults.push("the decision cannot be read back".to_owned());
        return;
    };
    compare_columns(
        (&claim.columns, digest_is_current),
        &submission,
        &assessment,
        faults,
    );
    compare_items(&claim.items, &submission, &assessment.decision, faults);
}

fn compare_columns(
    (columns, digest_is_current): (&ClaimColumns, bool),
    submission: &Submission,
    assessment: &Assessment,
    faults: &mut Vec<String>,
) {
    let ClaimColumns {
        external_id,
        external_id_sent,
        payer,
        disposition,
        billing_order,
        patient_id,
        patient_id_sent,
        service_from,
        service_to,
        total_cents,
        content_digest,
        allocations,
        replaces,
        // These follow from the events.
        status: _,
        received_at: _,
        version: _,
        replaced_by: _,
    } = columns;
    let digest = submission.content_digest();
    let holds = [
        (
            "external_id",
            submission.external_id.stored_forms().contains(external_id)
                && is_sent_form(external_id_sent, external_id, &submission.external_id),
        ),
        ("payer", payer == assessment.payer.word()),
        ("disposition", disposition == assessment.disposition.word()),
        (
            "billing_order",
            billing_order == assessment.billing_order.0.word(),
        ),
        (
            "patient_id",
            *patient_id == submission.patient.id.normal_form()
                && is_sent_form(patient_id_sent, patient_id, &submission.patient.id),
        ),
        (
            "service_from or service_to",
            submission.service_period() == Some((*service_from, *service_to)),
        ),
        ("total_cents", *total_cents == assessment.total_cents.get()),
        (
            "content_digest",
            !digest_is_current
                || digest.is_ok_and(|digest| digest.as_slice() == content_digest.as_slice()),
        ),
        (
            "allocations",
            serde_json::to_string(&assessment.allocations).is_ok_and(|text| text == *allocations),
        ),
        (
            "replaces",
            *replaces == submission.replaces.map(|id| id.uuid()),
        ),
    ];
    let changed = holds.iter().filter(|(_, holds)| !holds);
    faults.extend(changed.map(|(column, _)| {
        format!("{column} was changed: it does not follow from the submission and the decision")
    }));
}

/// Returns true if the columns show a text as it was sent: the normal form is shown where no other form is stored.
fn is_sent_form(sent: &Option<String>, stored: &str, label: &Label) -> bool {
    sent.as_deref().unwrap_or(stored) == label.as_str()
}

fn compare_items(
    stored: &[RecordedItem],
    submission: &Submission,
    decision: &Decision,
    faults: &mut Vec<String>,
) {
    let expected = submission
        .items
        .iter()
        .zip(&decision.items)
        .map(|(item, decided)| RecordedItem {
            sequence: decided.sequence.into(),
            service_date: item.service_date,
            category: item.category.word().to_owned(),
            code: item.code.as_ref().map(|code| code.as_str().to_owned()),
            amount_cents: item.amount().get(),
            payer: decided.payer.word().to_owned(),
            disposition: decided.disposition.word().to_owned(),
            rule: decided.grounds.rule.to_string(),
        });
    if stored.len() != submission.items.len() || decision.items.len() != submission.items.len() {
        faults.push("a row of its items was added or removed".to_owned());
        return;
    }
    let pairs = stored.iter().zip(expected);
    faults.extend(
        pairs
            .filter(|(stored, expected)| *stored != expected)
            .map(|(_, expected)| format!("the row of item {} was changed", expected.sequence)),
    );
}

#[derive(Deserialize)]
struct ReplacedOutline {
    replaced_by: Uuid,
}

/// The parts of a stored decision from which columns follow.
#[derive(Deserialize)]
struct DecisionOutline {
    rulebook: RulebookOutline,
    items: Vec<ItemOutline>,
    findings: Vec<FindingOutline>,
}

#[derive(Deserialize)]
struct RulebookOutline {
    name: Arc<str>,
    version: Arc<str>,
    sha256: Arc<str>,
}

#[derive(Deserialize)]
struct ItemOutline {
    sequence: u16,
    payer: Payer,
    disposition: Disposition,
    rule: Arc<str>,
    billing_order: Vec<Payer>,
}

#[derive(Deserialize)]
struct FindingOutline {
    code: Arc<str>,
    severity: Severity,
    pointer: String,
}

impl From<DecisionOutline> for Decision {
    fn from(outline: DecisionOutline) -> Self {
        let RulebookOutline {
            name,
            version,
            sha256,
        } = outline.rulebook;
        Self {
            rulebook: Arc::new(RulebookVersion {
                name,
                version,
                sha256,
            }),
            items: outline.items.into_iter().map(ItemDecision::from).collect(),
            findings: outline.findings.into_iter().map(Finding::from).collect(),
        }
    }
}

impl From<ItemOutline> for ItemDecision {
    fn from(item: ItemOutline) -> Self {
        let known = |sequence: &&BillingSequence| {
            BillingOrder(**sequence).payers() == item.billing_order.as_slice()
        };
        let order = BillingSequence::ALL.iter().find(known);
        Self {
            sequence: item.sequence,
            payer: item.payer,
            disposition: item.disposition,
            grounds: Arc::new(Grounds {
                rule: item.rule,
                because: Arc::default(),
                basis: Arc::default(),
                required_documents: Vec::new(),
            }),
            coverage: None,
            billing_order: BillingOrder(*order.unwrap_or(&BillingSequence::Nobody)),
        }
    }
}

impl From<FindingOutline> for Finding {
    fn from(finding: FindingOutline) -> Self {
        Self {
            code: finding.code,
            severity: finding.severity,
            detail: Arc::default(),
            pointer: finding.pointer,
        }
    }
}
