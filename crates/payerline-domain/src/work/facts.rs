//! What the work queue is derived from: a claim as it stands, and the approvals that it names.

use super::{
    days::next_business_day,
    decided::{DecisionText, FindingText, ItemText},
};
use crate::{
    claims::{
        claim::Claim,
        decision::{Document, Severity},
        item::Item,
        payer::{Disposition, Payer},
        payers_due::{PayerDue, PayersDue},
        remittances::ledger::Ledger,
        review::{Review, SettledFinding},
        sends::SentClaim,
        submission::Submission,
    },
    preauthorizations::PreauthorizationEntry,
    values::{
        closed_enum::ClosedEnum,
        money::Cents,
        time::{Day, Timestamp},
    },
};

/// A claim whose work is to be found.
#[derive(Debug, Clone, Copy)]
pub struct WorkSubject<'s> {
    pub claim: &'s Claim,
    /// The claim's submission, parsed.
    pub submission: &'s Submission,
    /// The approvals that the claim names, as the ledger has them now.
    pub approvals: &'s [NamedApproval],
    /// The day in Ontario on which a refusal was last contested.
    pub appealed_on: Option<Day>,
}

/// An approval that a claim names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedApproval {
    pub entry: PreauthorizationEntry,
    /// When it was entered in the ledger. The ledger does not say when a form was sent.
    pub created_at: Timestamp,
}

impl NamedApproval {
    /// The day in Ontario on which it was entered.
    pub fn entered_on(&self) -> Day {
        Day::in_ontario(self.created_at)
    }
}

/// A subject with what the tasks ask about it.
pub struct WorkFacts<'s> {
    pub claim: &'s Claim,
    pub submission: &'s Submission,
    /// The approvals that are the patient's.
    pub approvals: Vec<&'s NamedApproval>,
    /// The day in Ontario.
    pub received_on: Day,
    pub appealed_on: Option<Day>,
    pub items: Vec<StandingItem<'s>>,
    /// The findings that nobody has settled.
    pub open_findings: Vec<FindingText<'s>>,
    /// The review, if it still counts.
    pub review: Option<&'s Review>,
    pub payers_due: PayersDue,
}

/// An item as it stands by the decision, or by the review of it.
pub struct StandingItem<'s> {
    /// From 1.
    pub sequence: u16,
    pub billed: &'s Item,
    pub payer: Payer,
    pub disposition: Disposition,
    /// What the decision says of it; `None` if that cannot be read.
    pub decided: Option<ItemText<'s>>,
}

impl<'s> WorkFacts<'s> {
    pub fn gather(subject: &WorkSubject<'s>) -> Self {
        let WorkSubject {
            claim,
            submission,
            approvals,
            appealed_on,
        } = *subject;
        let patient = &submission.patient.id;
        let is_patients = |it: &&NamedApproval| it.entry.patient_id.has_same_normal_form(patient);
        let review = claim.review.as_ref().filter(|it| !it.outdated);
        let DecisionText { items, findings } = DecisionText::read(claim.decision.as_str());
        let open = findings.into_iter().filter(|it| !is_settled(it, review));
        let payers_due = find_payers_due(claim, submission, &items);
        Self {
            claim,
            submission,
            approvals: approvals.iter().filter(is_patients).collect(),
            received_on: Day::in_ontario(claim.received_at),
            appealed_on,
            open_findings: open.collect(),
            items: stand(claim, submission, review, items),
            review,
            payers_due,
        }
    }

    /// The last day of service.
    pub fn last_service(&self) -> Day {
        let period = self.submission.service_period();
        period.map_or(self.received_on, |(_, last)| last)
    }

    /// The day on which the last answer was entered; the day of receipt if there is none.
    pub fn last_answer_on(&self) -> Day {
        let last = self.claim.remittances.last();
        last.map_or(self.received_on, |it| Day::in_ontario(it.received_at))
    }

    /// The next business day after the claim came in: a working rule.
    pub fn first_look_on(&self) -> Day {
        next_business_day(self.received_on)
    }

    pub fn ledger(&self) -> Ledger {
        Ledger::of(self.submission, &self.claim.remittances)
    }

    /// When the claim was last sent to a payer.
    pub fn last_send_to(&self, payer: PayerDue) -> Option<&'s SentClaim> {
        let mut sends = self.claim.sends.iter();
        sends.rfind(|it| it.payer_due().is_same(payer))
    }
}

impl StandingItem<'_> {
    pub fn documents(&self) -> impl Iterator<Item = Document> {
        self.decided.iter().flat_map(ItemText::documents)
    }

    pub fn needs(&self, document: Document) -> bool {
        self.documents().any(|it| it == document)
    }
}

/// What is outstanding of some items, by their numbers.
pub fn add_outstanding(ledger: &Ledger, items: &[u16]) -> Cents {
    let accounts = items.iter().filter_map(|item| ledger.account(*item));
    let outstanding: i64 = accounts.map(|it| it.outstanding().max(0)).sum();
    Cents::from_stored(outstanding)
}

/// What a person settled stays settled only while the review counts.
fn is_settled(finding: &FindingText<'_>, review: Option<&Review>) -> bool {
    let Some(review) = review.filter(|it| !it.findings.is_empty()) else {
        return false;
    };
    review.findings.contains(&SettledFinding {
        code: finding.code.to_string(),
        pointer: finding.pointer.to_string(),
        related_claim: finding.related_claim,
    })
}

impl FindingText<'_> {
    /// Whether it makes a person look at the claim.
    pub fn asks_for_review(&self) -> bool {
        self.severity == Severity::Review.word()
    }
}

fn stand<'s>(
    claim: &Claim,
    submission: &'s Submission,
    review: Option<&Review>,
    decided: Vec<ItemText<'s>>,
) -> Vec<StandingItem<'s>> {
    // A decision has its items in the order of the claim's.
    let mut decided = decided.into_iter().peekable();
    let numbered = (1_u16..).zip(&submission.items);
    let stand = numbered.map(|(sequence, billed)| {
        let decided = decided.next_if(|it| it.sequence == sequence);
        let reviewed = review.and_then(|it| it.items.iter().find(|it| it.sequence == sequence));
        let (payer, disposition) = match (reviewed, &decided) {
            (Some(it), _) => (Some(it.payer), Some(it.disposition)),
            (None, Some(it)) => (
                Payer::from_word(&it.payer),
                Disposition::from_word(&it.disposition),
            ),
            (None, None) => (None, None),
        };
        // What the rule asks for is asked of the payer that it decided.
        let is_decided = |it: &ItemText<'_>| payer.is_none_or(|payer| payer.word() == it.payer);
        let decided = decided.filter(is_decided);
        StandingItem {
            sequence,
            billed,
            payer: payer.unwrap_or(claim.payer),
            disposition: disposition.unwrap_or(claim.disposition),
            decided,
        }
    });
    stand.collect()
}

/// Claims that earlier builds stored have none: then the decision says of each item who is billed.
fn find_payers_due(claim: &Claim, submission: &Submission, items: &[ItemText<'_>]) -> PayersDue {
    if let Some(due) = &claim.payers_due {
        return due.clone();
    }
    if items.is_empty() {
        let count = u16::try_from(submission.items.len()).unwrap_or(u16::MAX);
        let decided = (claim.payer, claim.disposition);
        return PayersDue::from_claim(claim.billing_order, decided, count);
    }
    let mut due = PayersDue::default();
    for item in items {
        due.add(item.sequence, &item.payers_due());
    }
    due
}
