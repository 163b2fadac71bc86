//! What can go wrong in the store, in the four ways that callers tell apart.

use diesel::result::{DatabaseErrorKind as Kind, Error as DieselError};

/// Why the store did not do what it was asked. The text is for the log: it may name tables and
/// ids, never a patient.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The database is away, did not answer in time or lost the connection. Trying again later may help.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// More work waits than is taken on.
    #[error("more work waits than is taken on")]
    Busy,
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
    /// Anything else: a fault of the service or of its data.
    #[error("{0}")]
    Internal(String),
}

impl StoreError {
    /// Says what was being done when it happened.
    #[must_use]
    pub(crate) fn during(self, what: &str) -> Self {
        match self {
            Self::Unavailable(why) => Self::Unavailable(format!("{what}: {why}")),
            Self::Internal(why) => Self::Internal(format!("{what}: {why}")),
            Self::Busy | Self::Closed => self,
        }
    }

    /// A stored row that does not read back as what was written.
    pub(crate) fn corrupt(table: &str, id: impl std::fmt::Display, field: &str) -> Self {
        Self::Internal(format!("corrupt row in {table}: {field} of {id}"))
    }

    /// Whether a new connection and a second try may cure it.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

impl From<DieselError> for StoreError {
    fn from(error: DieselError) -> Self {
        let text = error.to_string();
        match error {
            DieselError::DatabaseError(
                Kind::ClosedConnection
                | Kind::UnableToSendCommand
                // A primary that became a standby: the next connection finds the new primary.
                | Kind::ReadOnlyTransaction
                | Kind::SerializationFailure,
                _,
            )
            | DieselError::BrokenTransactionManager
            | DieselError::RollbackErrorOnCommit { .. } => Self::Unavailable(text),
            DieselError::DatabaseError(Kind::Unknown, _) if passes(&text) => {
                Self::Unavailable(text)
            }
            _ => Self::Internal(text),
        }
    }
}

impl From<diesel::ConnectionError> for StoreError {
    fn from(error: diesel::ConnectionError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

/// What PostgreSQL says when a lock was waited for in vain.
pub const LOCK_TIMEOUT: &str = "due to lock timeout";

/// Conditions that diesel has no kind for and that pass by themselves. SQLite's texts are fixed;
/// PostgreSQL's follow the server's language, and one that is not recognized is only less polite: 500
/// instead of 503.
fn passes(text: &str) -> bool {
    [
        "database is locked",
        "database or disk is full",
        "disk I/O error",
        "deadlock detected",
        "due to statement timeout",
        LOCK_TIMEOUT,
        "the database system is",
        "terminating connection",
    ]
    .iter()
    .any(|known| text.contains(known))
}
