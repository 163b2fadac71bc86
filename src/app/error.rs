//! Every way in which a use case can fail. `http/boundary/problem.rs` maps each to a status.

use payerline_domain::{
    access::Permission,
    claims::claim::Status,
    parse::fault::{Fault, Refusal},
    values::{closed_enum::ClosedEnum, ids::BacktestId},
};

use super::{clock::NoRandomness, rulebooks::in_force::RulebooksError};
use crate::store::StoreError;

/// Why a use case did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// What was sent is of the wrong shape, or breaks a rule.
    #[error("it was refused")]
    Refused(Refusal),
    #[error("the actor may not do this: {0:?}")]
    Forbidden(Permission),
    #[error("only an operator may create an operator")]
    OperatorOnly,
    /// There is no such thing, or it belongs to another clinic.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The id or number is taken by other content.
    #[error("this {what} is taken")]
    Conflict { what: &'static str, id: String },
    /// It was changed since the caller saw it.
    #[error("it was changed since")]
    Stale,
    /// This build, or the rulebook that decided, does not come to the stored decision.
    #[error("{decided_by} decided the claim, and does not come to this decision here")]
    NotReproducible { decided_by: String },
    /// A claim that its payer has: its decision stands.
    #[error("the claim is {}", .0.word())]
    AlreadySubmitted(Status),
    /// A version of a rulebook that was activated or shipped.
    #[error("it never changes")]
    Immutable,
    /// A version that may not decide, with what stands in the way.
    #[error("it is not sound")]
    Unsound(Vec<Fault>),
    /// A version whose back-test found more than the activation allows.
    #[error("its back-test does not allow it")]
    BeyondLimits(Vec<Fault>),
    /// The clinic has a running back-test, with this id.
    #[error("a back-test is running")]
    BacktestRunning(BacktestId),
    /// Too much load, or the database is away: the same request may succeed later.
    #[error(transparent)]
    Unavailable(StoreError),
    /// A fault of the service.
    #[error("{0}")]
    Internal(Box<dyn std::error::Error + Send + Sync>),
}

impl AppError {
    /// A fault of the service that no type describes.
    pub fn internal(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Internal(Box::new(error))
    }

    /// Is it worth sending the same again, unchanged?
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_))
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
