//! The life of a claim after its decision, as one table: which step leads from which status to which, who may take it, and
//! what it needs. Whatever else knows of steps reads this table: refusals, the store's conditions, the OpenAPI document and
//! ARCHITECTURE.md.

use super::claim::Status;
use crate::{access::Permission, values::closed_enum::string_enum};

string_enum! {
    /// A step in the life of a claim.
    Step {
        /// Decide it again by today's rulebook and approvals.
        DecideAgain = "decide_again",
        /// A person confirms or overrides the decision.
        Review = "review",
        /// Send it to a payer who is due.
        Send = "send",
        /// Book what a payer answers.
        Answer = "answer",
        /// Book what changes once a claim is answered: what was paid is taken back, the next payer answers, or the patient pays
        /// the share that payers left.
        Adjust = "adjust",
        /// Contest a payer's refusal.
        Appeal = "appeal",
        /// Withdraw it.
        Void = "void",
        /// Correct it by another claim.
        Replace = "replace",
    }
}

/// Where a step leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// To the disposition that is decided.
    Decided,
    /// To the disposition of the reviewed items.
    Reviewed,
    /// To `paid`, `partially_paid` or `denied`, by what is paid.
    Answered,
    Status(Status),
}

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub struct StepRule {
    pub step: Step,
    pub from: &'static [Status],
    pub to: Target,
    pub permission: Permission,
    /// The request that takes it.
    pub operation: &'static str,
    /// What the request must have.
    pub needs: &'static str,
    /// What else it changes.
    pub changes: &'static str,
}

/// The statuses of a claim that no payer has.
const UNSENT: &[Status] = &[
    Status::NeedsReview,
    Status::NeedsPreauthorization,
    Status::Ready,
];

/// The statuses of a claim that can be withdrawn or corrected: nothing is paid, and it is not closed.
const UNPAID: &[Status] = &[
    Status::NeedsReview,
    Status::NeedsPreauthorization,
    Status::Ready,
    Status::Submitted,
    Status::Denied,
    Status::Appealed,
];

/// The statuses of a claim whose patient is followed: all but those of a claim that is withdrawn or corrected.
pub const FOLLOWED: &[Status] = &[
    Status::NeedsReview,
    Status::NeedsPreauthorization,
    Status::Ready,
    Status::Submitted,
    Status::Paid,
    Status::PartiallyPaid,
    Status::Denied,
    Status::Appealed,
];

/// The table, in the order of [`Step::ALL`](crate::values::closed_enum::ClosedEnum::ALL).
pub const STEPS: [StepRule; 8] = [
    StepRule {
        step: Step::DecideAgain,
        from: UNSENT,
        to: Target::Decided,
        permission: Permission::RedecideClaims,
        operation: "POST /v1/claims/{id}/redecide",
        needs: "nothing",
        changes: "the decision; a review stays while what it settled stands",
    },
    StepRule {
        step: Step::Review,
        from: UNSENT,
        to: Target::Reviewed,
        permission: Permission::ReviewClaims,
        operation: "POST /v1/claims/{id}/reviews",
        needs: "a reason",
        changes: "payer, disposition, allocations and billing order",
    },
    StepRule {
        step: Step::Send,
        from: &[Status::Ready, Status::PartiallyPaid, Status::Denied],
        to: Target::Status(Status::Submitted),
        permission: Permission::SendClaims,
        operation: "POST /v1/claims/{id}/sends",
        needs: "a payer who is due, and the channel",
        changes: "the list of sends",
    },
    StepRule {
        step: Step::Answer,
        from: &[Status::Submitted, Status::Appealed, Status::PartiallyPaid],
        to: Target::Answered,
        permission: Permission::EnterRemittances,
        operation: "POST /v1/claims/{id}/remittances",
        needs: "a remittance",
        changes: "the list of remittances, the balance, and what the claim has drawn of approvals",
    },
    StepRule {
        step: Step::Adjust,
        from: &[Status::Paid, Status::Denied],
        to: Target::Answered,
        permission: Permission::EnterRemittances,
        operation: "POST /v1/claims/{id}/remittances",
        needs: "a remittance that reverses another; one of a payer who has not answered about an item; or one for the patient's share",
        changes: "the same",
    },
    StepRule {
        step: Step::Appeal,
        from: &[Status::Denied, Status::PartiallyPaid],
        to: Target::Status(Status::Appealed),
        permission: Permission::ReviewClaims,
        operation: "POST /v1/claims/{id}/appeals",
        needs: "a reason",
        changes: "nothing else",
    },
    StepRule {
        step: Step::Void,
        from: UNPAID,
        to: Target::Status(Status::Void),
        permission: Permission::ReviewClaims,
        operation: "POST /v1/claims/{id}/void",
        needs: "a reason",
        changes: "nothing else",
    },
    StepRule {
        step: Step::Replace,
        from: UNPAID,
        to: Target::Status(Status::Replaced),
        permission: Permission::SubmitClaims,
        operation: "POST /v1/claims",
        needs: "a new claim of the same patient that names this one in `replaces`",
        changes: "`replaced_by`",
    },
];

impl Step {
    pub fn rule(self) -> &'static StepRule {
        let [
            decide_again,
            review,
            send,
            answer,
            adjust,
            appeal,
            void,
            replace,
        ] = &STEPS;
        match self {
            Self::DecideAgain => decide_again,
            Self::Review => review,
            Self::Send => send,
            Self::Answer => answer,
            Self::Adjust => adjust,
            Self::Appeal => appeal,
            Self::Void => void,
            Self::Replace => replace,
        }
    }

    /// True if a claim with this status can take the step.
    pub fn is_legal(self, status: Status) -> bool {
        self.rule().from.contains(&status)
    }
}

/// The steps that a claim with this status can take.
pub fn legal_steps(status: Status) -> impl Iterator<Item = &'static StepRule> {
    STEPS.iter().filter(move |rule| rule.from.contains(&status))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::closed_enum::ClosedEnum;

    #[test]
    fn each_step_has_its_row() {
        for (step, rule) in Step::ALL.iter().zip(&STEPS) {
            assert_eq!(step.rule().step, *step);
            assert_eq!(rule.step, *step);
        }
        assert_eq!(Step::ALL.len(), STEPS.len());
    }

    #[test]
    fn the_table_is_the_contracts() {
        let words = |status: Status| -> Vec<&str> {
            legal_steps(status).map(|rule| rule.step.word()).collect()
        };
        let undecided = ["decide_again", "review", "void", "replace"];
        for (status, steps) in [
            (Status::NeedsReview, &undecided[..]),
            (Status::NeedsPreauthorization, &undecided),
            (
                Status::Ready,
                &["decide_again", "review", "send", "void", "replace"],
            ),
            (Status::Submitted, &["answer", "void", "replace"]),
            (Status::Paid, &["adjust"]),
            (Status::PartiallyPaid, &["send", "answer", "appeal"]),
            (
                Status::Denied,
                &["send", "adjust", "appeal", "void", "replace"],
            ),
            (Status::Appealed, &["answer", "void", "replace"]),
            (Status::Void, &[]),
            (Status::Replaced, &[]),
        ] {
            assert_eq!(words(status), steps, "{status:?}");
        }
    }
}
