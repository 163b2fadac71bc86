//! Corrections: which claims a new claim may replace.

use super::claim::Status;
use crate::parse::{fault::Fault, fault_code::FaultCode};

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
    /// Refuses a claim that stands where no correction can replace it, or of which something is paid.
    pub fn check(status: Status, is_paid: bool) -> Result<(), Self> {
        match status {
            Status::Replaced => Err(Self::AlreadyReplaced),
            Status::Void => Err(Self::Void),
            Status::PartiallyPaid => Err(Self::PartiallyPaid),
            Status::Paid => Err(Self::Paid),
            Status::NeedsReview
            | Status::NeedsPreauthorization
            | Status::Ready
            | Status::Submitted
            | Status::Denied
            | Status::Appealed => match is_paid {
                true => Err(Self::PartiallyPaid),
                false => Ok(()),
            },
        }
    }

    /// The fault of the submission.
    pub fn fault(self) -> Fault {
        let (code, detail) = match self {
            Self::Unknown => (
                FaultCode::UnknownClaim,
                "there is no claim with this id; give the id of the claim that this one corrects",
            ),
            Self::OtherPatient => (
                FaultCode::OtherPatient,
                "the claim with this id is of another patient; a correction is of the same patient: check both ids",
            ),
            Self::AlreadyReplaced => (
                FaultCode::AlreadyReplaced,
                "another correction replaced this claim; to correct it again, give the id in its `replaced_by`",
            ),
            Self::Void => (
                FaultCode::ClaimVoid,
                "this claim was withdrawn; send the invoice without `replaces`",
            ),
            Self::Paid => (
                FaultCode::ClaimPaid,
                "this claim was paid, so it cannot be replaced; settle the difference with the payer",
            ),
            Self::PartiallyPaid => (
                FaultCode::ClaimPartiallyPaid,
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
    use crate::{claims::lifecycle::Step, values::closed_enum::ClosedEnum};

    #[test]
    fn the_table_of_steps_says_the_same() {
        for status in Status::ALL {
            let is_legal = Step::Replace.is_legal(*status);
            assert_eq!(
                NotReplaceable::check(*status, false).is_ok(),
                is_legal,
                "{status:?}"
            );
        }
    }

    #[test]
    fn a_claim_can_be_replaced_until_it_is_paid_or_closed() {
        let replaceable: Vec<&str> = Status::ALL
            .iter()
            .filter(|status| NotReplaceable::check(**status, false).is_ok())
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
