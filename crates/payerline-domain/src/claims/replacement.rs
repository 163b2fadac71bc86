//! Corrections: which claims a new claim may replace.

use super::claim::Status;
use crate::parse::fault::Fault;

/// Why a correction cannot replace the claim that it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotReplaceable {
    /// The clinic has no such claim.
    Unknown,
    OtherPatient,
    /// Another correction was first.
    AlreadyReplaced,
    Void,
    Paid,
    PartiallyPaid,
}

impl NotReplaceable {
    /// Refuses a claim that stands where no correction can replace it.
    pub fn check(status: Status) -> Result<(), Self> {
        match status {
            Status::NeedsReview
            | Status::NeedsPreauthorization
            | Status::Ready
            | Status::Submitted
            | Status::Denied
            | Status::Appealed => Ok(()),
            Status::Replaced => Err(Self::AlreadyReplaced),
            Status::Void => Err(Self::Void),
            Status::Paid => Err(Self::Paid),
            Status::PartiallyPaid => Err(Self::PartiallyPaid),
        }
    }

    /// The fault of the submission.
    pub fn fault(self) -> Fault {
        let (code, detail) = match self {
            Self::Unknown => (
                "unknown_claim",
                "there is no claim with this id; give the id of the claim that this one corrects",
            ),
            Self::OtherPatient => (
                "other_patient",
                "the claim with this id is of another patient; a correction is of the same patient: check both ids",
            ),
            Self::AlreadyReplaced => (
                "already_replaced",
                "another correction replaced this claim; to correct it again, give the id in its `replaced_by`",
            ),
            Self::Void => (
                "claim_void",
                "this claim was withdrawn; send the invoice without `replaces`",
            ),
            Self::Paid => (
                "claim_paid",
                "this claim was paid, so it cannot be replaced; settle the difference with the payer",
            ),
            Self::PartiallyPaid => (
                "claim_partially_paid",
                "this claim was paid in part, so it cannot be replaced; settle the rest with the payer",
            ),
        };
        Fault {
            code,
            pointer: "/replaces".to_owned(),
            detail: detail.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::closed_enum::ClosedEnum;

    #[test]
    fn a_claim_can_be_replaced_until_it_is_paid_or_closed() {
        let replaceable: Vec<&str> = Status::ALL
            .iter()
            .filter(|status| NotReplaceable::check(**status).is_ok())
            .map(|status| status.word())
            .collect();
        assert_eq!(
            replaceable,
            [
                "needs_review",
                "needs_preauthorization",
                "ready",
                "submitted",
                "denied",
                "appealed"
            ]
        );
    }
}
