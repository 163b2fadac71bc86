//! How the errors of what is below become the API's: which are the client's, which pass, which are ours.

use super::problem::ApiError;
use crate::{
    app::{
        claims::intake::IntakeError,
        clock::NoRandomness,
        rulebooks::{in_force::RulebooksError, service::OfficeError},
    },
    store::StoreError,
};
use payerline_domain::parse::fault::Refusal;

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Internal(_) => Self::Internal(Box::new(error)),
            _ => Self::Unavailable(error),
        }
    }
}

impl From<IntakeError> for ApiError {
    fn from(error: IntakeError) -> Self {
        match error {
            IntakeError::Refused(refusal) => Self::Refused(refusal),
            IntakeError::Store(error) => error.into(),
            IntakeError::Rulebooks(error) => error.into(),
            IntakeError::AlreadySubmitted(status) => Self::AlreadySubmitted(status),
            IntakeError::NotReproducible { decided_by } => Self::NotReproducible { decided_by },
            error => Self::Internal(Box::new(error)),
        }
    }
}

impl From<OfficeError> for ApiError {
    fn from(error: OfficeError) -> Self {
        match error {
            OfficeError::Refused(refusal) => Self::Refused(refusal),
            OfficeError::NotFound => Self::NotFound("version of a rulebook"),
            OfficeError::Stale => Self::Stale,
            OfficeError::Immutable => Self::Immutable,
            OfficeError::Unsound(faults) => Self::Unsound(faults),
            OfficeError::Beyond(faults) => Self::BeyondLimits(faults),
            OfficeError::Rulebooks(error) => error.into(),
            error @ OfficeError::Internal(_) => Self::Internal(Box::new(error)),
        }
    }
}

impl From<RulebooksError> for ApiError {
    fn from(error: RulebooksError) -> Self {
        match error {
            RulebooksError::Store(error) => error.into(),
            error => Self::Internal(Box::new(error)),
        }
    }
}

impl From<NoRandomness> for ApiError {
    fn from(error: NoRandomness) -> Self {
        Self::Internal(Box::new(error))
    }
}

impl From<serde_json::Error> for ApiError {
    fn from(error: serde_json::Error) -> Self {
        Self::Internal(Box::new(error))
    }
}
