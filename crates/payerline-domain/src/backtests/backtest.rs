//! A back-test: a rulebook tried on stored claims, and what it would have changed.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    claims::payer::{Disposition, Payer},
    parse::{fault_code::FaultCode, record::record},
    values::{
        closed_enum::string_enum,
        ids::{BacktestId, ClaimId, first_uuid_at},
        money::Cents,
        names::VersionName,
        time::{Day, Timestamp},
    },
};

string_enum! {
    /// Where a back-test stands.
    BacktestState {
        /// It goes on in the background.
        Running = "running",
        /// Every claim of its period was decided.
        Finished = "finished",
        /// Somebody ended it early; what it found until then is kept.
        Cancelled = "cancelled",
        /// It can never finish; `detail` says why.
        Failed = "failed",
    }
}

record! {
    /// The claims that a back-test is about. `{}` stands for all claims received until now.
    #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
    pub struct ReceivedPeriod {
        /// The first day of receipt, in Ontario. Left out: from the first claim on.
        #[schema(value_type = Option<String>, format = Date, example = "2026-01-01")]
        pub received_from: Option<Day>,
        /// The last day of receipt, in Ontario, itself included. Left out: until now.
        #[schema(value_type = Option<String>, format = Date, example = "2026-06-30")]
        pub received_to: Option<Day>,
    }
    check(_, at, faults) {
        if received_from.zip(received_to).is_some_and(|(from, to)| from > to) {
            let detail = "must not be before `received_from`";
            faults.rule(FaultCode::BeforeTheStart, &at.field("received_to"), detail);
        }
    }
}

impl ReceivedPeriod {
    /// The ids of claims received in it until `now`: the lowest, and the first beyond.
    pub fn ids(self, now: Timestamp) -> (Uuid, Uuid) {
        let first = self.received_from.and_then(Day::begins);
        let end = self.received_to.and_then(Day::next).and_then(Day::begins);
        (
            first.map_or(Uuid::nil(), first_uuid_at),
            first_uuid_at(end.map_or(now, |end| end.min(now))),
        )
    }
}

/// A back-test: how far it is, and what it found so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Backtest {
    /// Payerline's id of it.
    pub id: BacktestId,
    /// The version that is tried.
    #[schema(value_type = String, example = "2026.2-maple")]
    pub version: VersionName,
    /// SHA-256 of the table that is tried: a draft may have changed since.
    #[schema(
        min_length = 64,
        max_length = 64,
        pattern = "^[0-9a-f]{64}$",
        example = "5f2c8a0be1d34f6790ab12cd34ef56a7b8c9d0e1f2a3b4c5d6e7f8091a2b3c4d"
    )]
    pub sha256: String,
    /// Where it stands.
    pub state: BacktestState,
    /// The first day of receipt that was asked for, or null.
    #[schema(value_type = Option<String>, format = Date, example = "2026-01-01")]
    pub received_from: Option<Day>,
    /// The last day of receipt that was asked for, or null.
    #[schema(value_type = Option<String>, format = Date, example = "2026-06-30")]
    pub received_to: Option<Day>,
    /// How far it is.
    pub progress: Progress,
    /// What it found: all of it once it is finished, until then what it found so far.
    pub result: BacktestResult,
    /// Why it failed, or null.
    #[schema(
        example = "This version of Payerline does not understand the table; a newer one wrote it."
    )]
    pub detail: Option<String>,
    /// When it was started.
    pub created_at: Timestamp,
    /// When its progress was last written down.
    pub updated_at: Timestamp,
    /// When it ended, whichever way; null while it is running.
    pub finished_at: Option<Timestamp>,
}

/// How far a back-test is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Progress {
    /// Claims that were looked at.
    #[schema(example = 125_000)]
    pub claims: u64,
    /// How much of the period is done, judged by the days of receipt; 100 when all is.
    #[schema(minimum = 0, maximum = 100, example = 42)]
    pub percent: u8,
}

/// A payer, and what happens next.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
pub struct PayerAndDisposition {
    /// Who is responsible.
    pub payer: Payer,
    /// What happens next.
    pub disposition: Disposition,
}

/// What a rulebook would have changed. *Before* is what is stored, *after* what the tested version decides of the
/// same submission, by the approvals and the day that were kept with the claim.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct BacktestResult {
    /// Claims that were compared.
    #[schema(example = 125_000)]
    pub claims: u64,
    /// Claims that would be decided otherwise: another payer, another disposition or another billing order, of the claim or of
    /// any of its items.
    #[schema(example = 312)]
    pub changed: u64,
    /// The amounts of all items that would have another payer, added up.
    pub moved_cents: Cents,
    /// Claims that could not be compared, because what is stored of them does not read back.
    #[schema(example = 0)]
    pub unreadable: u64,
    /// The first of them.
    pub unreadable_ids: Vec<ClaimId>,
    /// Claims by what they are before and after, unchanged ones too.
    pub matrix: Vec<MatrixCell>,
    /// Items that another rule would decide, or the same rule otherwise, by the rules.
    pub rules: Vec<RuleShift>,
    /// What each rule of the tested version decides.
    pub decided_by: Vec<RuleCount>,
}

/// Claims that are one thing before and one after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MatrixCell {
    /// What is stored of them.
    pub before: PayerAndDisposition,
    /// What the tested version decides.
    pub after: PayerAndDisposition,
    /// How many there are.
    #[schema(example = 40)]
    pub claims: u64,
    /// Their totals added up.
    pub cents: Cents,
}

/// Items that one rule decided and another would, or the same one otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RuleShift {
    /// The rule that decided.
    #[schema(example = "private-unlisted")]
    pub before: String,
    /// The rule of the tested version.
    #[schema(example = "maple-covers-plasma")]
    pub after: String,
    /// How many items there are.
    #[schema(example = 40)]
    pub items: u64,
    /// Their amounts added up.
    pub cents: Cents,
}

/// Items that a rule of the tested version decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RuleCount {
    /// The rule.
    #[schema(example = "maple-covers-plasma")]
    pub rule: String,
    /// How many items there are.
    #[schema(example = 40)]
    pub items: u64,
    /// Their amounts added up.
    pub cents: Cents,
}

/// A claim that the tested version would decide otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedClaim {
    pub claim: ClaimId,
    pub external_id: String,
    /// What was stored when it was compared.
    pub before: PayerAndDisposition,
    /// What the tested version decides.
    pub after: PayerAndDisposition,
    /// The amounts of its items that would have another payer, added up.
    pub moved_cents: Cents,
    /// SHA-256 of the stored decision that was compared.
    pub decision_digest: [u8; 32],
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_a_range_of_ids_that_ends_now_at_the_latest() {
        let day = |text| Day::parse(text);
        let at = |text| first_uuid_at(Timestamp::parse(text).unwrap());
        let now = Timestamp::parse("2026-07-02T12:00:00Z").unwrap();
        let period = |from, to| {
            let period = ReceivedPeriod {
                received_from: from,
                received_to: to,
            };
            period.ids(now)
        };
        assert_eq!(period(None, None), (Uuid::nil(), first_uuid_at(now)));
        let june = period(day("2026-06-01"), day("2026-06-30"));
        let expected = (at("2026-06-01T04:00:00Z"), at("2026-07-01T04:00:00Z"));
        assert_eq!(june, expected);
        assert_eq!(period(None, day("2026-07-02")).1, first_uuid_at(now));
    }
}
