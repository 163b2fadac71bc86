//! What can go wrong in the store, in the ways that callers tell apart.

use diesel::result::{DatabaseErrorKind as Kind, Error as DieselError};

/// Why the store did not do what it was asked. Any of its methods may fail in any of these ways, so none of
/// them lists its errors. The text is for the log: it may name tables and ids, never a patient.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, or a statement, a lock or the store itself took too long. Trying again
    /// later may help; trying again at once would double the load of a database that is slow.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// The connection was lost, or PostgreSQL gave a transaction up in favour of another. The store tries such
    /// work once more by itself (`Link::with`); callers see this error if that failed too.
    #[error("the database is not available: {0}")]
    Interrupted(String),
    /// Too much work waits already.
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
            Self::Interrupted(why) => Self::Interrupted(format!("{what}: {why}")),
            Self::Internal(why) => Self::Internal(format!("{what}: {why}")),
            Self::Busy | Self::Closed => self,
        }
    }

    /// A stored row that does not read back as what was written.
    pub(crate) fn corrupt(table: &str, id: impl std::fmt::Display, field: &str) -> Self {
        Self::Internal(format!("corrupt row in {table}: {field} of {id}"))
    }

    pub(crate) fn is_interruption(&self) -> bool {
        matches!(self, Self::Interrupted(_))
    }

    /// SQLite's texts for a file that is not what SQLite wrote.
    pub(crate) const DAMAGE: [&str; 2] = ["image is malformed", "file is not a database"];

    pub(crate) fn is_damage(&self) -> bool {
        self.contains_any(&Self::DAMAGE)
    }

    /// PostgreSQL's texts, and those of poolers, for a connection beyond a limit.
    pub(crate) const TOO_MANY_CONNECTIONS: [&str; 4] = [
        "too many connections",
        "too many clients",
        "remaining connection slots",
        "no more connections allowed",
    ];

    pub(crate) fn is_too_many_connections(&self) -> bool {
        self.contains_any(&Self::TOO_MANY_CONNECTIONS)
    }

    fn contains_any(&self, known: &[&str]) -> bool {
        let text = self.to_string();
        known.iter().any(|known| text.contains(known))
    }
}

impl From<DieselError> for StoreError {
    fn from(error: DieselError) -> Self {
        let text = join_lines(&error.to_string());
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
            | DieselError::RollbackErrorOnCommit { .. } => Self::Interrupted(text),
            DieselError::DatabaseError(Kind::Unknown, _) => classify(text),
            _ => Self::Internal(text),
        }
    }
}

impl From<diesel::ConnectionError> for StoreError {
    fn from(error: diesel::ConnectionError) -> Self {
        Self::Unavailable(join_lines(&error.to_string()))
    }
}

/// Joins the lines of a text. libpq's have several, and the log has a line for each warning.
pub fn join_lines(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("; ")
}

/// PostgreSQL's text for a lock that was not granted in time.
pub const LOCK_TIMEOUT: &str = "due to lock timeout";

/// Errors that a new connection or a second attempt may cure.
const INTERRUPTIONS: [&str; 4] = [
    "deadlock detected",
    "the database system is",
    "terminating connection",
    "disk I/O error",
];

/// Errors that pass by themselves or by what an operator does, but not at once. The claim has no part in them.
const SHORTAGES: [&str; 5] = [
    "due to statement timeout",
    LOCK_TIMEOUT,
    "database is locked",
    "database or disk is full",
    "No space left on device",
];

/// SQLite's text for a file that this process may only read.
const ONLY_READABLE: &str = "attempt to write a readonly database";

/// Tells apart errors that diesel has no kind for. SQLite's texts are fixed; PostgreSQL's follow the server's
/// language, and one that is not recognized is only less polite: 500 instead of 503.
fn classify(text: String) -> StoreError {
    let contains_any = |known: &[&str]| known.iter().any(|known| text.contains(known));
    if text.contains(ONLY_READABLE) {
        StoreError::Unavailable(format!(
            "{text}: the file and its directory must be writable for the service"
        ))
    } else if contains_any(&INTERRUPTIONS) {
        StoreError::Interrupted(text)
    } else if contains_any(&SHORTAGES) || contains_any(&StoreError::DAMAGE) {
        StoreError::Unavailable(text)
    } else {
        StoreError::Internal(text)
    }
}
