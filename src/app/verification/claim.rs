//! A claim against its events and its evidence: the texts by their digests, the columns by what they follow from.

use std::collections::BTreeSet;

use uuid::Uuid;

use payerline_domain::{
    claims::{
        claim::Status,
        coverage::CoverageKind,
        decision::Decision,
        payers_due::{BilledParty, PayerDue, PayersDue, order_words},
        remittances::ledger::Ledger,
        remittances::remittance::Remittance,
        review::{Review, Standing},
        submission::Submission,
    },
    events::{Event, EventKind},
    values::{closed_enum::ClosedEnum, digest::sha256_hex, text::Label},
};

use super::{history::History, outline::DecisionOutline};

use crate::{
    app::claims::reproduction::read_submission,
    store::{
        ClaimColumns, RecordedClaim, RecordedItem, RecordedLedger, RecordedSubject, ServiceKey,
    },
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

fn compare_with_events(
    claim: &RecordedClaim,
    event_count: usize,
    events: &[&Event],
    faults: &mut Vec<String>,
) {
    let Some(history) = History::read(events, faults) else {
        faults.push("the event of its receipt was removed or changed".to_owned());
        return compare_with_evidence(claim, false, true, faults);
    };
    let is_stepped = history.status.is_some();
    let digest_is_current = history.has_facts_digest;
    let RecordedClaim {
        evidence,
        columns,
        ledger,
        ..
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
    if let Some(status) = history.status {
        expect(columns.status == status.word(), "status was changed");
    }
    expect(
        columns.review == history.review,
        "review was changed: it is not the one that was recorded",
    );
    let outcomes = columns.outcomes.as_deref().unwrap_or("[]");
    expect(
        serde_json::to_string(&history.outcomes).is_ok_and(|recorded| recorded == outcomes),
        "outcomes were changed: they are not those that were recorded",
    );
    let sends = columns.sends.as_deref().unwrap_or("[]");
    expect(
        serde_json::to_string(&history.sends).is_ok_and(|recorded| recorded == sends),
        "sends were changed: they are not those that were recorded",
    );
    let remittances = ledger.as_ref().map_or("[]", |it| &it.remittances);
    let next_dues = ledger.as_ref().map(|it| &it.next_dues);
    expect(
        serde_json::to_string(&history.remittances).is_ok_and(|recorded| recorded == remittances)
            && next_dues == history.next_dues.as_ref(),
        "remittances were changed: they are not those that were recorded",
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
    compare_with_evidence(claim, digest_is_current, !is_stepped, faults);
}

/// `digest_is_current`: former builds counted more as content, so their digests of the same content may differ.
/// `status_follows`: no step gave the claim another status than its disposition.
fn compare_with_evidence(
    claim: &RecordedClaim,
    digest_is_current: bool,
    status_follows: bool,
    faults: &mut Vec<String>,
) {
    let evidence = &claim.evidence;
    let Ok((submission, _)) = read_submission(evidence) else {
        faults.push("the submission or its facts cannot be read back".to_owned());
        return;
    };
    let decision = serde_json::from_str(&evidence.decision)
        .ok()
        .map(|outline: DecisionOutline| Decision::from(outline));
    let Some(decision) = decision else {
        faults.push("the decision cannot be read back".to_owned());
        return;
    };
    let review = claim.columns.review.as_deref().map(Review::from_stored);
    let Ok(review) = review.transpose() else {
        faults.push("the review cannot be read back".to_owned());
        return;
    };
    let Some(standing) = Standing::find(&submission, &decision, review.as_ref()) else {
        faults.push("the decision has no items".to_owned());
        return;
    };
    let has_exceptions = review.as_ref().is_some_and(|it| !it.exceptions.is_empty());
    if claim.columns.has_exceptions.unwrap_or_default() != has_exceptions {
        faults.push("has_exceptions was changed".to_owned());
    }
    if status_follows && claim.columns.status != Status::from(standing.disposition).word() {
        faults.push("status was changed".to_owned());
    }
    compare_columns(
        (&claim.columns, digest_is_current),
        &submission,
        &standing,
        faults,
    );
    compare_due(&claim.columns, &submission, &standing, faults);
    compare_balance(claim.ledger.as_ref(), &submission, faults);
    compare_items(&claim.items, &submission, (&decision, &standing), faults);
    let services = ServiceKey::all_of(&submission).into_iter();
    let services: BTreeSet<Uuid> = services.map(ServiceKey::uuid).collect();
    if claim.columns.has_services.is_some() && claim.services != services {
        faults.push("a row of its services was removed".to_owned());
    }
}

fn compare_columns(
    (columns, digest_is_current): (&ClaimColumns, bool),
    submission: &Submission,
    standing: &Standing,
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
        review: _,
        sends: _,
        outcomes: _,
        // Earlier builds left it out.
        has_services: _,
        // Compared by `compare_due`.
        payers_due: _,
        has_exceptions: _,
    } = columns;
    let digest = submission.content_digest();
    let holds = [
        (
            "external_id",
            submission.external_id.stored_forms().contains(external_id)
                && is_sent_form(external_id_sent, external_id, &submission.external_id),
        ),
        ("payer", payer == standing.payer.word()),
        ("disposition", disposition == standing.disposition.word()),
        (
            "billing_order",
            billing_order == standing.billing_order.0.word(),
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
        ("total_cents", *total_cents == submission.total().get()),
        (
            "content_digest",
            !digest_is_current
                || digest.is_ok_and(|digest| digest.as_slice() == content_digest.as_slice()),
        ),
        (
            "allocations",
            serde_json::to_string(&standing.allocations).is_ok_and(|text| text == *allocations),
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

/// Compares what is known of who is due without the rulebook: the words are those of the billing order, and each
/// insurance is of its payer's kind.
fn compare_due(
    columns: &ClaimColumns,
    submission: &Submission,
    standing: &Standing,
    faults: &mut Vec<String>,
) {
    let Some(stored) = &columns.payers_due else {
        return;
    };
    let holds = PayersDue::from_stored(stored).is_ok_and(|due| {
        let words: Vec<BilledParty> = due.in_turn().iter().map(|it| it.payer).collect();
        let mut words = words.as_slice();
        order_words(standing.billing_order).all(|expected| {
            let place = words.iter().position(|it| *it == expected.payer);
            words = place
                .and_then(|place| words.get(place..))
                .unwrap_or_default();
            place.is_some()
        }) && due.has_items_of(submission.items.len())
            && due
                .in_turn()
                .iter()
                .all(|it| is_of_its_kind(it, submission))
    });
    if !holds {
        faults.push("payers_due was changed: it does not follow from the decision".to_owned());
    }
}

/// Compares what is said to be paid with what the remittances come to.
fn compare_balance(
    stored: Option<&RecordedLedger>,
    submission: &Submission,
    faults: &mut Vec<String>,
) {
    let Some(stored) = stored else {
        return;
    };
    let remittances: Result<Vec<Remittance>, _> = serde_json::from_str(&stored.remittances);
    let holds = remittances.is_ok_and(|remittances| {
        let ledger = Ledger::of(submission, &remittances);
        let total = ledger.total();
        ledger.is_sound()
            && stored.total == total
            && stored.outstanding_cents == total.outstanding()
    });
    if !holds {
        faults.push("the balance was changed: it is not what the remittances come to".to_owned());
    }
}

fn is_of_its_kind(due: &PayerDue, submission: &Submission) -> bool {
    let Some(index) = due.coverage else {
        return true;
    };
    let kind = submission.coverages.get(index).map(|it| it.kind);
    kind.is_some_and(|kind| match due.payer {
        BilledParty::Wsib => kind == CoverageKind::Wsib,
        BilledParty::Mva => kind == CoverageKind::Auto,
        BilledParty::Private => matches!(kind, CoverageKind::Private | CoverageKind::Federal),
        BilledParty::Patient | BilledParty::ThirdParty | BilledParty::Ministry => false,
    })
}

fn compare_items(
    stored: &[RecordedItem],
    submission: &Submission,
    (decision, standing): (&Decision, &Standing),
    faults: &mut Vec<String>,
) {
    let expected = submission
        .items
        .iter()
        .zip(&decision.items)
        .zip(&standing.items)
        .map(|((item, decided), standing)| RecordedItem {
            sequence: decided.sequence.into(),
            service_date: item.service_date,
            category: item.category.word().to_owned(),
            code: item.code.as_ref().map(|code| code.as_str().to_owned()),
            amount_cents: item.amount().get(),
            payer: standing.payer.word().to_owned(),
            disposition: standing.disposition.word().to_owned(),
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
