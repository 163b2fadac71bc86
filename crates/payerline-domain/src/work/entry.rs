//! An entry of the work queue.

use crate::{
    claims::payers_due::BilledParty,
    values::{
        closed_enum::{ClosedEnum, string_enum},
        ids::ClaimId,
        time::Day,
    },
};

string_enum! {
    /// What a person should do next with a claim.
    WorkTask {
        /// Decide what the rules leave to a person.
        Review = "review",
        /// Ask the payer for its prior approval.
        AskApproval = "ask_approval",
        /// Send the claim to whoever is due.
        Send = "send",
        /// Ask for an answer that is late.
        Chase = "chase",
        /// Contest a refusal, or bill somebody else.
        AppealOrRebill = "appeal_or_rebill",
        /// Measure how the patient fares, or act before something ends.
        FollowUp = "follow_up",
        /// Send a corrected claim.
        Correct = "correct",
    }
}

string_enum! {
    /// The request to make next; `{id}` stands for the id of the claim.
    WorkStep {
        /// Record a review.
        Review = "POST /v1/claims/{id}/reviews",
        /// Enter an approval that was asked for.
        EnterApproval = "POST /v1/preauthorizations",
        /// Record that the claim was sent.
        Send = "POST /v1/claims/{id}/sends",
        /// Enter what a payer answers.
        EnterAnswer = "POST /v1/claims/{id}/remittances",
        /// Contest a refusal.
        Appeal = "POST /v1/claims/{id}/appeals",
        /// Record how the patient fares.
        RecordOutcome = "POST /v1/claims/{id}/outcomes",
        /// Send a corrected claim that names this one in `replaces`.
        Correct = "POST /v1/claims",
        /// Find an approval whose answer is to be entered.
        FindApproval = "GET /v1/preauthorizations",
        /// Look at the claim: nothing is to be recorded.
        Look = "GET /v1/claims/{id}",
    }
}

impl WorkStep {
    /// The request with the claim's id filled in.
    pub fn for_claim(self, id: ClaimId) -> String {
        self.word().replace("{id}", &id.uuid().to_string())
    }
}

/// What a person should do next with a claim.
///
/// On each day at most one entry of a task is shown for a claim. A task has several entries if reasons for it begin or end by
/// themselves, such as a plan that ends; they are then shown one after the other, never on the same day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkEntry {
    pub task: WorkTask,
    /// The nearest deadline of its reasons. It may lie before the day from which the entry is shown only where an earlier
    /// entry of the task had the same reason.
    pub due_on: Day,
    /// The first day on which it is shown.
    pub shown_from: Day,
    /// The last day on which it is shown; `None`: until the claim or an approval changes.
    pub shown_until: Option<Day>,
    /// Who is billed, asked or has refused, by the reason with the nearest deadline.
    pub payer: Option<BilledParty>,
    /// Why, in plain words for a clerk, nearest deadline first.
    pub because: String,
    /// The laws and other sources of the deadlines; `None` for working rules.
    pub basis: Option<String>,
    /// What to call next, by the reason with the nearest deadline.
    pub step: WorkStep,
}
