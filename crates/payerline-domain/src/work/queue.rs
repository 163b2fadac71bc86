//! The work queue as it is answered.

use serde::Serialize;
use utoipa::ToSchema;

use super::entry::WorkTask;
use crate::{
    claims::payers_due::BilledParty,
    values::{ids::ClaimId, text::Label, time::Day},
};

/// What a person should do next with a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct QueuedWork {
    /// What is to be done.
    pub task: WorkTask,
    /// Payerline's id of the claim.
    pub claim_id: ClaimId,
    /// The billing system's id of the claim.
    pub external_id: Label,
    /// The clinic's id of the patient.
    pub patient_id: Label,
    /// The day by which it is to be done.
    pub due_on: Day,
    /// Who is billed, asked or has refused, or null.
    #[schema(required = true)]
    pub payer: Option<BilledParty>,
    /// Why, in plain words.
    #[schema(
        example = "OCF-23 OCF23-771 is unanswered. Counted from 2026-06-02, when it was entered, the insurer's notice is due by 2026-06-09, the 5th business day. Silence confirms nothing."
    )]
    pub because: String,
    /// The law or other source of the deadline; null where it is a working rule.
    #[schema(required = true, example = "SABS (O. Reg. 34/10) s.40(3)")]
    pub basis: Option<String>,
    /// The request to make next.
    #[schema(example = "POST /v1/claims/01980a6e-2c4f-7d31-a5b0-6f3e5c1d2b7a/reviews")]
    pub step: String,
}

/// How many entries of each task there are, by the other filters; 1000 stands for 1,000 and more.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct WorkCounts {
    /// Claims that a person has to decide.
    #[schema(maximum = 1000, example = 12)]
    pub review: u32,
    /// Claims whose payer is to be asked for its approval.
    #[schema(maximum = 1000, example = 3)]
    pub ask_approval: u32,
    /// Claims to send.
    #[schema(maximum = 1000, example = 41)]
    pub send: u32,
    /// Answers that are late.
    #[schema(maximum = 1000, example = 5)]
    pub chase: u32,
    /// Refusals to contest, or to bill somebody else.
    #[schema(maximum = 1000, example = 2)]
    pub appeal_or_rebill: u32,
    /// Outcomes to measure, and what ends soon.
    #[schema(maximum = 1000, example = 7)]
    pub follow_up: u32,
    /// Claims to correct.
    #[schema(maximum = 1000, example = 1)]
    pub correct: u32,
}

impl WorkCounts {
    pub fn new(count: impl Fn(WorkTask) -> u32) -> Self {
        Self {
            review: count(WorkTask::Review),
            ask_approval: count(WorkTask::AskApproval),
            send: count(WorkTask::Send),
            chase: count(WorkTask::Chase),
            appeal_or_rebill: count(WorkTask::AppealOrRebill),
            follow_up: count(WorkTask::FollowUp),
            correct: count(WorkTask::Correct),
        }
    }
}
