//! The error of all use cases. `http/boundary/app_problems.rs` maps each variant to a status.

use payerline_domain::{
    access::{Permission, Role, Roles},
    claims::claim::Status,
    parse::fault::{Fault, Refusal},
    search::Topic,
    values::{
        closed_enum::ClosedEnum,
        ids::{BacktestId, ClaimId},
    },
};

use super::{clock::NoRandomness, rulebooks::in_force::RulebooksError};
use crate::store::{NotReady, StoreError};

#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The body has the wrong shape or breaks a rule.
    #[error("it was refused")]
    Refused(Refusal),
    #[error("the actor may not do this: {missing:?}")]
    Forbidden {
        missing: Permission,
        /// The roles that may.
        needed: Vec<Role>,
        /// The roles of the actor.
        given: Roles,
    },
    /// Holds the roles of the actor.
    #[error("only an operator may create an operator")]
    OperatorOnly(Roles),
    /// The record does not exist or belongs to another clinic.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// Other content has the id or number.
    #[error("this {what} is taken")]
    Conflict {
        what: &'static str,
        id: String,
        /// Where the content differs, if that is known.
        differences: Vec<Fault>,
    },
    /// The record was changed since the client read it.
    #[error("it was changed since")]
    Stale,
    /// The stored decision does not come out again, or its rulebook is not kept.
    #[error("{decided_by} decided the claim, and does not come to this decision here")]
    NotReproducible { decided_by: String },
    /// A claim with this status cannot take the step.
    #[error("the claim is {}", .0.word())]
    IllegalStep(Status),
    /// All of the claim is answered, and the remittance changes nothing of that.
    #[error("the claim is {}, and this is no adjustment", .0.word())]
    NoAdjustment(Status),
    /// Something of the claim is paid, so it is not withdrawn.
    #[error("something of the claim is paid")]
    SomethingPaid,
    /// The request does not say which version of the record it changes.
    #[error("the version is missing")]
    VersionMissing,
    /// Another claim replaced the claim, and is decided in its place.
    #[error("the claim was replaced")]
    Replaced(ClaimId),
    /// Approvals that the items of a claim rely on have changed since it was decided, or do not suffice any more.
    #[error("approvals have changed")]
    ApprovalsChanged,
    /// Claims have drawn more of the approval than it would be lowered to.
    #[error("it would be lowered below what claims have drawn")]
    LoweredBelowDraws,
    /// The version of a rulebook was activated or shipped.
    #[error("it never changes")]
    Immutable,
    /// The version is not sound, so it cannot be activated.
    #[error("it is not sound")]
    Unsound(Vec<Fault>),
    /// The version's back-test found more than the activation allows.
    #[error("its back-test does not allow it")]
    BeyondLimits(Vec<Fault>),
    /// The clinic has this back-test, which is running.
    #[error("a back-test is running")]
    BacktestRunning(BacktestId),
    /// The key is the last with this role, so it stays valid.
    #[error("it is the last key with the role `{}`, without which nobody could make another", .0.word())]
    LastKey(Role),
    /// The service is overloaded or the database away; the same request may succeed later.
    #[error(transparent)]
    Unavailable(StoreError),
    /// The terms of many claims are not written yet; the same search or report succeeds later.
    #[error("the search has to wait for the terms of claims")]
    SearchBehind,
    /// More different words about the topic begin as the search asks for than it reads.
    #[error("too many names begin so")]
    SearchTooWide(Topic),
    /// A probe found that no claims can be stored. Logged when it begins and ends, not for each probe.
    #[error(transparent)]
    NotReady(NotReady),
    /// A fault of the service.
    #[error("{0}")]
    Internal(Box<dyn std::error::Error + Send + Sync>),
}

impl AppError {
    /// Wraps an error that is a fault of the service.
    pub fn internal(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Internal(Box::new(error))
    }

    /// Too much is under way already.
    pub fn busy() -> Self {
        Self::Unavailable(StoreError::Busy)
    }

    /// Returns true if the same request may succeed later.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::SearchBehind)
    }
}

impl From<Refusal> for AppError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Internal(_) => Self::internal(error),
            _ => Self::Unavailable(error),
        }
    }
}

impl From<RulebooksError> for AppError {
    fn from(error: RulebooksError) -> Self {
        match error {
            RulebooksError::Store(error) => error.into(),
            error => Self::internal(error),
        }
    }
}

impl From<NoRandomness> for AppError {
    fn from(error: NoRandomness) -> Self {
        Self::internal(error)
    }
}

impl From<serde_json::Error> for AppError {
    fn from(error: serde_json::Error) -> Self {
        Self::internal(error)
    }
}
