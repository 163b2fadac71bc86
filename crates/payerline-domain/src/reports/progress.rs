//! How far a claim has come: what reports know of it.

use super::{denials::ClaimDenials, outcomes::ClaimOutcomes, turnaround::TurnaroundSpan};
use crate::{
    claims::{
        claim::{Claim, Status},
        payers_due::BilledParty,
        remittances::remittance::{Remittance, standing},
        sends::SentClaim,
        submission::Submission,
    },
    values::time::{Day, Timestamp},
};

/// What reports know of a claim besides its columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimProgress {
    pub received_on: Day,
    /// Who was sent the claim last.
    pub sent_to: Option<BilledParty>,
    /// When.
    pub sent_on: Option<Day>,
    pub dates: ProgressDates,
    pub denials: Option<ClaimDenials>,
    pub outcomes: Option<ClaimOutcomes>,
}

/// The days on which a claim came a step further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProgressDates {
    pub received: Day,
    pub decided: Option<Day>,
    pub sent: Option<Day>,
    pub answered: Option<Day>,
    pub paid: Option<Day>,
}

impl ClaimProgress {
    /// Collects it from a claim that was last decided again or reviewed at `decided_again`.
    pub fn new(
        claim: &Claim,
        submission: Option<&Submission>,
        decided_again: Option<Timestamp>,
    ) -> Self {
        let received_on = Day::in_ontario(claim.received_at);
        let last_send = claim.sends.last();
        let denials = ClaimDenials::of(&claim.remittances);
        Self {
            received_on,
            sent_to: last_send.map(|it| it.payer),
            sent_on: last_send.map(|it| it.sent_on),
            dates: ProgressDates::new(claim, decided_again),
            denials: (!denials.is_empty()).then_some(denials),
            outcomes: submission.and_then(|it| ClaimOutcomes::find(it, &claim.outcomes)),
        }
    }
}

impl ProgressDates {
    fn new(claim: &Claim, decided_again: Option<Timestamp>) -> Self {
        let received = Day::in_ontario(claim.received_at);
        let decided = decided_again.map_or(received, Day::in_ontario);
        let answers = standing(&claim.remittances);
        let of_insurers = standing(&claim.remittances).filter(|it| !it.payer.is_last_resort());
        Self {
            received,
            decided: is_decided(claim).then_some(decided),
            sent: claim.sends.iter().map(|it: &SentClaim| it.sent_on).min(),
            answered: of_insurers.map(find_day).min(),
            paid: answers
                .map(find_day)
                .max()
                .filter(|_| claim.status == Status::Paid),
        }
    }

    /// How many days a span took. What is recorded as earlier than what comes before it took none.
    pub fn days(&self, span: TurnaroundSpan) -> Option<i64> {
        let received = Some(self.received);
        let (from, to) = match span {
            TurnaroundSpan::ReceivedToDecided => (received, self.decided),
            TurnaroundSpan::DecidedToSent => (self.decided, self.sent),
            TurnaroundSpan::SentToAnswered => (self.sent, self.answered),
            TurnaroundSpan::AnsweredToPaid => (self.answered, self.paid),
            TurnaroundSpan::ReceivedToPaid => (received, self.paid),
        };
        Some(from?.days_until(to?).max(0))
    }
}

/// Whether somebody could be billed for the claim.
fn is_decided(claim: &Claim) -> bool {
    match claim.status {
        Status::NeedsReview | Status::NeedsPreauthorization => false,
        // They may have been withdrawn or corrected before.
        Status::Void | Status::Replaced => !claim.sends.is_empty(),
        Status::Ready
        | Status::Submitted
        | Status::Paid
        | Status::PartiallyPaid
        | Status::Denied
        | Status::Appealed => true,
    }
}

/// The day of an answer: when it was paid, or else entered.
fn find_day(remittance: &Remittance) -> Day {
    let entered = || Day::in_ontario(remittance.received_at);
    remittance.paid_on.unwrap_or_else(entered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_takes_the_days_between_its_ends() {
        let day = |text: &str| Day::parse(text);
        let dates = ProgressDates {
            received: day("2026-06-01").unwrap(),
            decided: day("2026-06-03"),
            sent: day("2026-06-02"),
            answered: day("2026-07-02"),
            paid: None,
        };
        let days = |span| dates.days(span);
        assert_eq!(days(TurnaroundSpan::ReceivedToDecided), Some(2));
        assert_eq!(days(TurnaroundSpan::DecidedToSent), Some(0), "sent before");
        assert_eq!(days(TurnaroundSpan::SentToAnswered), Some(30));
        assert_eq!(days(TurnaroundSpan::AnsweredToPaid), None);
        assert_eq!(days(TurnaroundSpan::ReceivedToPaid), None);
    }
}
