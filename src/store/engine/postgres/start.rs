//! Which errors of a first connection pass by waiting: those of a server that is not up yet or not reachable for a
//! while. All others need a person, so that the start fails at once.

use crate::store::engine::{error::StoreError, url::DatabaseUrl};

/// Texts of libpq, which are never translated, and of PostgreSQL and poolers, which follow the server's language: one
/// that is not recognised ends the start early.
const PASSING: [&str; 20] = [
    "Connection refused",
    "Connection reset",
    "Connection timed out",
    "timeout expired",
    "No route to host",
    "Network is unreachable",
    "Host is down",
    "Temporary failure in name resolution",
    "server closed the connection unexpectedly",
    "could not receive data from server",
    // A socket's file, which the server makes when it starts.
    "Is the server running locally",
    // Starting, stopping, recovering.
    "the database system is",
    "terminating connection",
    // A failover: `target_session_attrs`.
    "session is read-only",
    "server is in hot standby mode",
    "server is not in hot standby mode",
    // `too many clients already`, `too many connections for role`, and slots that are reserved.
    "too many",
    "remaining connection slots",
    // PgBouncer.
    "no more connections allowed",
    "server login has been failing",
];

/// Returns true if connecting may succeed later, at one of the servers of the URL at least.
pub fn may_pass(url: &DatabaseUrl, error: &StoreError) -> bool {
    let text = match (url, error) {
        // A file that cannot be opened will not open by waiting.
        (DatabaseUrl::Sqlite(_), _) => return false,
        (DatabaseUrl::Postgres(_), StoreError::Interrupted(_)) => return true,
        (DatabaseUrl::Postgres(_), error) => error.to_string(),
    };
    PASSING.iter().any(|passing| text.contains(passing))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_is_away_is_waited_for_and_a_mistake_is_not() {
        let [refused, unknown, password, starting, sslmode] = [
            "connection to server at \"h1\" (10.0.0.1), port 5432 failed: Connection refused\n\tIs the server \
             running on that host and accepting TCP/IP connections?",
            "could not translate host name \"h2\" to address: Name or service not known",
            "connection to server at \"h1\" (10.0.0.1), port 5432 failed: FATAL:  password authentication failed for \
             user \"u\"",
            "connection to server at \"h1\" (10.0.0.1), port 5432 failed: FATAL:  the database system is starting up",
            "invalid sslmode value: \"requir\"",
        ];
        let url = DatabaseUrl::parse("postgres://h1,h2/db").unwrap();
        let waits = |text: &str| may_pass(&url, &StoreError::Unavailable(text.to_owned()));
        assert!(waits(refused) && waits(starting));
        assert!(!waits(unknown) && !waits(password) && !waits(sslmode));
        // One server of two may come.
        assert!(waits(&format!("{unknown}\n{refused}")));
        let file = DatabaseUrl::parse("sqlite://./payerline.db").unwrap();
        let error = StoreError::Unavailable("unable to open database file".to_owned());
        assert!(!may_pass(&file, &error));
    }
}
