//! The outcomes of changes, of which some are errors.

use payerline_domain::parse::{
    fault::{Fault, Refusal},
    fault_code::FaultCode,
};

use super::error::AppError;
use crate::store::{ChangeRefused, Changed};

/// A record that this request entered, or an earlier one with the same content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entered<T> {
    New(T),
    Replayed(T),
}

impl<T> Entered<T> {
    pub fn stored(&self) -> &T {
        match self {
            Self::New(stored) | Self::Replayed(stored) => stored,
        }
    }
}

/// The names of a kind of record, for errors.
#[derive(Debug, Clone, Copy)]
pub struct Resource {
    pub name: &'static str,
    /// The field that is unique in the clinic.
    pub unique_field: &'static str,
}

impl Resource {
    pub const fn not_found(&self) -> AppError {
        AppError::NotFound(self.name)
    }

    /// Returns the record that a change stored.
    pub fn resolve<T>(&self, changed: Changed<T>) -> Result<T, AppError> {
        match self.resolve_entered(changed)? {
            Entered::New(stored) | Entered::Replayed(stored) => Ok(stored),
        }
    }

    /// Returns the record that was entered, now or by an earlier request.
    pub fn resolve_entered<T>(&self, changed: Changed<T>) -> Result<Entered<T>, AppError> {
        match changed {
            Changed::Made(stored) => Ok(Entered::New(stored)),
            Changed::Replayed(stored) => Ok(Entered::Replayed(stored)),
            Changed::Conflict { id, differences } => Err(AppError::Conflict {
                what: self.unique_field,
                id: id.to_string(),
                differences,
            }),
            Changed::Stale => Err(AppError::Stale),
            Changed::NotFound => Err(self.not_found()),
            Changed::Refused(why) => Err(why.into()),
        }
    }
}

impl From<ChangeRefused> for AppError {
    fn from(why: ChangeRefused) -> Self {
        match why {
            ChangeRefused::Immutable => Self::Immutable,
            ChangeRefused::ApprovalsChanged => Self::ApprovalsChanged,
            ChangeRefused::LoweredBelowDraws => Self::LoweredBelowDraws,
            ChangeRefused::NotReplaceable(why) => Self::Refused(Refusal::Rules(vec![why.fault()])),
            ChangeRefused::BacktestRunning(id) => Self::BacktestRunning(id),
            ChangeRefused::LastKey(role) => Self::LastKey(role),
            ChangeRefused::NumberChanged => Self::Refused(Refusal::Rules(vec![Fault {
                code: FaultCode::NumberChanged,
                pointer: "/number".to_owned(),
                detail: "the number cannot change; enter another preauthorization instead"
                    .to_owned(),
            }])),
        }
    }
}
