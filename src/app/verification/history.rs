//! What a claim's events say of it.

use payerline_domain::{
    claims::{
        claim::Status, outcome::PatientOutcome, remittances::remittance::Remittance,
        sends::SentClaim,
    },
    events::{ClaimReceived, Event, EventKind, RedecidedClaim},
    values::{digest::sha256_hex, time::Timestamp},
};
use serde::Deserialize;
use serde_json::value::RawValue;
use uuid::Uuid;

/// What a claim's events say of it.
pub struct History {
    pub received_at: Timestamp,
    pub submission_sha256: String,
    pub decision_sha256: String,
    /// Events of former builds do not have it.
    pub facts_sha256: Option<String>,
    /// `None` while it is the disposition of the claim as it stands.
    pub status: Option<Status>,
    pub replaced_by: Option<Uuid>,
    /// The review as JSON.
    pub review: Option<String>,
    pub sends: Vec<SentClaim>,
    pub outcomes: Vec<PatientOutcome>,
    pub remittances: Vec<Remittance>,
    /// Whose turn it is since the last answer, as JSON.
    pub next_dues: Option<String>,
    /// The event of the receipt has it, so this build or a later one received the claim.
    pub has_facts_digest: bool,
}

impl History {
    pub fn read(events: &[&Event], faults: &mut Vec<String>) -> Option<Self> {
        let (first, later) = events.split_first()?;
        let received: ClaimReceived<'_> = serde_json::from_str(&first.data).ok()?;
        let mut history = Self {
            received_at: first.at,
            submission_sha256: received.submission_sha256.to_owned(),
            decision_sha256: received.decision_sha256.to_owned(),
            facts_sha256: received.facts_sha256.map(ToOwned::to_owned),
            status: None,
            replaced_by: None,
            review: None,
            sends: Vec::new(),
            outcomes: Vec::new(),
            remittances: Vec::new(),
            next_dues: None,
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
            let RedecidedClaim {
                before,
                after,
                review,
            } = serde_json::from_str(&event.data).ok()?;
            self.review = review.map(|it| it.get().to_owned());
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
            return fits.then_some(());
        }
        self.follow_step(event)
    }

    fn follow_step(&mut self, event: &Event) -> Option<()> {
        match event.kind {
            EventKind::ClaimReplaced => {
                let replaced: ReplacedOutline = serde_json::from_str(&event.data).ok()?;
                self.replaced_by = Some(replaced.replaced_by);
                self.status = Some(Status::Replaced);
            }
            EventKind::ClaimReviewed => {
                let reviewed: ReviewedOutline<'_> = serde_json::from_str(&event.data).ok()?;
                self.review = Some(reviewed.review.get().to_owned());
            }
            EventKind::ClaimSent => {
                let sent: SentOutline = serde_json::from_str(&event.data).ok()?;
                self.sends.push(sent.sent);
                self.status = Some(Status::Submitted);
            }
            EventKind::ClaimOutcomeRecorded => {
                let recorded: OutcomeOutline = serde_json::from_str(&event.data).ok()?;
                self.outcomes.push(recorded.outcome);
            }
            EventKind::ClaimAnswered => {
                let answered: AnsweredOutline<'_> = serde_json::from_str(&event.data).ok()?;
                self.remittances.push(answered.remittance);
                self.next_dues = Some(answered.next_dues.get().to_owned());
                self.status = Some(answered.status);
            }
            EventKind::ClaimAppealed => self.status = Some(Status::Appealed),
            EventKind::ClaimVoided => self.status = Some(Status::Void),
            _ => {}
        }
        Some(())
    }
}

#[derive(Deserialize)]
struct ReviewedOutline<'a> {
    #[serde(borrow)]
    review: &'a RawValue,
}

#[derive(Deserialize)]
struct OutcomeOutline {
    outcome: PatientOutcome,
}

#[derive(Deserialize)]
struct AnsweredOutline<'a> {
    status: Status,
    remittance: Remittance,
    #[serde(borrow)]
    next_dues: &'a RawValue,
}

#[derive(Deserialize)]
struct SentOutline {
    sent: SentClaim,
}

#[derive(Deserialize)]
struct ReplacedOutline {
    replaced_by: Uuid,
}
