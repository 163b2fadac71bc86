//! What became of a change, in one form for all changes that may be refused.

use uuid::Uuid;

use payerline_domain::{
    access::Role, claims::replacement::NotReplaceable, parse::fault::Fault, values::ids::BacktestId,
};

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Changed<T> {
    /// The change was made, by this try or by an earlier one whose answer was lost.
    Made(T),
    /// The same content was entered before under this number or name: nothing was changed.
    Replayed(T),
    /// The number or name is taken by other content.
    Conflict {
        /// The id of what has it.
        id: Uuid,
        /// The places of the sent content that differ.
        differences: Vec<Fault>,
    },
    /// It was changed since the version that the caller saw.
    Stale,
    NotFound,
    /// It cannot be changed in this way, whatever its version is.
    Refused(ChangeRefused),
}

/// Why something cannot be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeRefused {
    /// A rulebook that was activated or shipped never changes.
    Immutable,
    /// A preauthorization keeps its number.
    NumberChanged,
    /// A preauthorization is not lowered below what claims have drawn, unless that is confirmed.
    LoweredBelowDraws,
    /// Approvals on which a claim's decision rests have changed, or do not suffice any more.
    ApprovalsChanged,
    /// The claim that a correction names cannot be replaced by it.
    NotReplaceable(NotReplaceable),
    /// The clinic has a back-test that is running.
    BacktestRunning(BacktestId),
    /// The key is the last with this role: of its clinic, or, for `operator`, of all.
    LastKey(Role),
}
