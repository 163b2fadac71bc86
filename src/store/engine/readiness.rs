//! Whether claims can be stored: what `/readyz` says.
//!
//! The writers tell how their last group went. If they stored nothing for some seconds, whoever asks has a little
//! written, on a writer's thread. All who ask share the answer and one probe, so that asking often costs nothing.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use diesel::{
    QueryableByName, RunQueryDsl, connection::SimpleConnection, sql_query, sql_types::Integer,
};

use super::{
    connection::Connection, error::StoreError, migrate, sqlite::open::LOCK_WAIT_MILLISECONDS,
};

/// For how long the outcome of a write of claims counts, and a probe that could write.
const WRITTEN_COUNTS: Duration = Duration::from_secs(5);
/// For how long the failure of a probe counts.
const FAILURE_COUNTS: Duration = Duration::from_secs(1);
/// How long a probe waits for a lock, in milliseconds: less than those wait who ask.
const PROBE_LOCK_WAIT_MILLISECONDS: u32 = 1500;

/// Why no claims can be stored. The texts are for operators, and tell nobody else anything: no names, no SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotReady {
    #[error("the database's file was deleted, renamed or replaced while the service runs")]
    FileGone,
    #[error("the database's file is damaged")]
    Damaged,
    #[error("the disk is full")]
    DiskFull,
    #[error("the disk reports errors")]
    DiskFault,
    #[error("the database is read-only")]
    ReadOnly,
    #[error("another program keeps the database locked")]
    Locked,
    #[error("the database grants too few connections")]
    TooFewConnections,
    #[error("the database does not answer in time")]
    Slow,
    #[error("the database lacks what a migration makes")]
    NotMigrated,
    #[error("the database cannot be reached")]
    Unreachable,
}

impl NotReady {
    /// Texts that tell a cause, the first that fits. SQLite's are fixed; PostgreSQL's follow the server's language, and
    /// one that is not recognized counts as unreachable.
    const TEXTS: [(Self, &[&str]); 9] = [
        (
            Self::FileGone,
            &[
                "was deleted or renamed",
                "was replaced by",
                "cannot be reached any more",
            ],
        ),
        (Self::Damaged, &StoreError::DAMAGE),
        (Self::DiskFull, &["disk is full", "No space left on device"]),
        (Self::DiskFault, &["disk I/O error"]),
        (
            Self::ReadOnly,
            &["readonly database", "read-only", "hot standby"],
        ),
        (Self::Locked, &["database is locked", "due to lock timeout"]),
        (Self::TooFewConnections, &StoreError::TOO_MANY_CONNECTIONS),
        (
            Self::Slow,
            &["no answer within", "due to statement timeout"],
        ),
        (Self::NotMigrated, &["has not been run", "no such table"]),
    ];

    pub fn from_error(error: &StoreError) -> Self {
        let text = error.to_string();
        let fits = |known: &&[&str]| known.iter().any(|known| text.contains(known));
        let cause = Self::TEXTS.iter().find(|(_, texts)| fits(texts));
        match error {
            StoreError::Busy => Self::Slow,
            _ => cause.map_or(Self::Unreachable, |(cause, _)| *cause),
        }
    }
}

/// What is known, and who finds out more.
#[derive(Default)]
pub struct Readiness {
    known: Mutex<Known>,
    /// Held by whoever probes, so that the others take that answer.
    probing: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Known {
    answer: Option<(Result<(), NotReady>, Instant)>,
    logged: Option<NotReady>,
}

impl Readiness {
    /// Takes note of how a write of claims went. A fault of the claims themselves says nothing. That a file is gone is
    /// not remembered: whoever asks looks for the files anew, so that it is over as soon as they are back.
    pub fn note<T>(&self, written: &Result<T, StoreError>) {
        match written {
            Ok(_) => self.set(Ok(()), WRITTEN_COUNTS),
            Err(error) if NotReady::from_error(error) == NotReady::FileGone => {}
            Err(error @ (StoreError::Unavailable(_) | StoreError::Interrupted(_))) => {
                self.set(Err(error), WRITTEN_COUNTS);
            }
            Err(StoreError::Busy | StoreError::Closed | StoreError::Internal(_)) => {}
        }
    }

    /// Takes note that no connection can be opened. Too few connections are told and shared out by `scarcity`.
    pub fn note_no_connection(&self, error: &StoreError) {
        let cause = NotReady::from_error(error);
        if !matches!(cause, NotReady::FileGone | NotReady::TooFewConnections) {
            self.set(Err(error), FAILURE_COUNTS);
        }
    }

    /// Returns what is known, or else what a probe finds. The probe is not begun if it is not needed.
    pub async fn ask(
        &self,
        probe: impl Future<Output = Result<(), StoreError>>,
    ) -> Result<(), NotReady> {
        let _turn = self.probing.lock().await;
        if let Some(answer) = self.recent() {
            return answer;
        }
        match probe.await {
            Ok(()) => self.set(Ok(()), WRITTEN_COUNTS),
            Err(error) => self.set(Err(&error), FAILURE_COUNTS),
        }
        self.recent().unwrap_or(Ok(()))
    }

    fn recent(&self) -> Option<Result<(), NotReady>> {
        let known = self.lock();
        let (answer, until) = known.answer?;
        (Instant::now() < until).then_some(answer)
    }

    fn set(&self, result: Result<(), &StoreError>, counts: Duration) {
        let answer = result.map_err(NotReady::from_error);
        let mut known = self.lock();
        known.answer = Some((answer, Instant::now() + counts));
        if known.logged == answer.err() {
            return;
        }
        known.logged = answer.err();
        match result {
            Ok(()) => tracing::info!("claims can be stored again"),
            Err(error) => {
                let cause = NotReady::from_error(error);
                tracing::error!(%error, "claims cannot be stored: {cause}; see \"When /readyz answers 503\" in docs/operations.md");
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(QueryableByName)]
struct UserVersion {
    #[diesel(sql_type = Integer)]
    user_version: i32,
}

/// Writes a little and durably, without changing anything: a number in the header of a SQLite file to what it is, or a
/// lock of a row, which PostgreSQL writes down and refuses where it is read-only.
pub fn probe(connection: &mut Connection) -> Result<(), StoreError> {
    set_sqlite_lock_wait(connection, PROBE_LOCK_WAIT_MILLISECONDS)?;
    let written = connection.transaction(|connection| {
        migrate::check(connection)?;
        match connection {
            Connection::Sqlite(c) => {
                let UserVersion { user_version } = sql_query("PRAGMA user_version").get_result(c)?;
                c.batch_execute(&format!("PRAGMA user_version = {user_version}"))?;
            }
            Connection::Postgres(c) => c.batch_execute(&format!(
                "SET LOCAL statement_timeout = {PROBE_LOCK_WAIT_MILLISECONDS};
                 SELECT version FROM __diesel_schema_migrations LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED"
            ))?,
        }
        Ok(())
    });
    set_sqlite_lock_wait(connection, LOCK_WAIT_MILLISECONDS)?;
    written
}

fn set_sqlite_lock_wait(connection: &mut Connection, wait: u32) -> Result<(), StoreError> {
    match connection {
        Connection::Sqlite(c) => Ok(c.batch_execute(&format!("PRAGMA busy_timeout = {wait}"))?),
        Connection::Postgres(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unavailable(text: &str) -> StoreError {
        StoreError::Unavailable(text.to_owned())
    }

    #[test]
    fn every_text_tells_its_cause() {
        let texts = [
            (
                "./a.db-wal was deleted or renamed while the service runs",
                NotReady::FileGone,
            ),
            (
                "./a.db is damaged: file is not a database",
                NotReady::Damaged,
            ),
            ("database disk image is malformed", NotReady::Damaged),
            ("database or disk is full", NotReady::DiskFull),
            (
                "could not extend file \"base/1/2\": No space left on device",
                NotReady::DiskFull,
            ),
            ("disk I/O error", NotReady::DiskFault),
            ("attempt to write a readonly database", NotReady::ReadOnly),
            (
                "connection to server failed: session is read-only",
                NotReady::ReadOnly,
            ),
            ("server is in hot standby mode", NotReady::ReadOnly),
            ("database is locked", NotReady::Locked),
            (
                "FATAL:  sorry, too many clients already",
                NotReady::TooFewConnections,
            ),
            (
                "checking the database: no answer within 2 s",
                NotReady::Slow,
            ),
            (
                "migration 20260601000000 has not been run",
                NotReady::NotMigrated,
            ),
            ("Connection refused", NotReady::Unreachable),
        ];
        for (text, cause) in texts {
            assert_eq!(NotReady::from_error(&unavailable(text)), cause, "{text}");
        }
    }

    #[tokio::test]
    async fn what_the_writers_tell_counts_without_a_probe() {
        let readiness = Readiness::default();
        let never = async || panic!("no probe");
        readiness.note(&Ok(1));
        assert_eq!(readiness.ask(never()).await, Ok(()));
        readiness.note::<()>(&Err(unavailable("database or disk is full")));
        assert_eq!(readiness.ask(never()).await, Err(NotReady::DiskFull));
        readiness.note::<()>(&Err(StoreError::Internal("a bad claim".to_owned())));
        readiness.note::<()>(&Err(unavailable("./a.db was deleted or renamed")));
        assert_eq!(readiness.ask(never()).await, Err(NotReady::DiskFull));
    }

    #[tokio::test]
    async fn many_who_ask_share_one_probe() {
        let readiness = Readiness::default();
        let probes = Mutex::new(0);
        let ask = || {
            readiness.ask(async {
                *probes.lock().unwrap() += 1;
                tokio::time::sleep(Duration::from_millis(50)).await;
                Err(unavailable("database is locked"))
            })
        };
        let answers = futures_util::future::join_all((0..100).map(|_| ask())).await;
        assert!(answers.iter().all(|it| *it == Err(NotReady::Locked)));
        assert_eq!(*probes.lock().unwrap(), 1);
    }
}
