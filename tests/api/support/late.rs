//! Commits that are late, and a clock that was set back.

use std::time::{Duration, Instant};

use diesel::{
    Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection,
    connection::SimpleConnection, sql_query, sql_types,
};
use jiff::Timestamp;

use super::{Backend, Database};

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = sql_types::BigInt)]
    count: i64,
}

impl Database {
    /// Makes it as if a change had been made at this time, before the system's clock was set back.
    pub fn set_change_clock(&self, at: Timestamp) {
        let at = at.as_microsecond();
        match self.backend() {
            Backend::Sqlite => {
                let path = self.url().trim_start_matches("sqlite://");
                let mut file = SqliteConnection::establish(path).expect("the file opens");
                file.batch_execute(&format!(
                    "PRAGMA busy_timeout = 10000; UPDATE change_clock SET at = {at}"
                ))
            }
            Backend::Postgres => self
                .session()
                .batch_execute(&format!("SELECT setval('change_clock', {at})")),
        }
        .expect("the clock is set");
    }

    /// Holds up whoever stores a claim with this external id: `begin` is to send it, `during` runs while its transaction
    /// waits, and then it commits. PostgreSQL only.
    pub async fn hold_up<B, D>(
        &self,
        external_id: &str,
        begin: impl FnOnce() -> B,
        during: impl Future<Output = D>,
    ) -> (B, D) {
        let mut holder = self.session();
        holder
            .batch_execute(&format!(
                "BEGIN; CREATE TEMP TABLE held ON COMMIT DROP AS SELECT * FROM claims LIMIT 1;
                 UPDATE held SET id = gen_random_uuid(), external_id = '{external_id}';
                 INSERT INTO claims SELECT * FROM held"
            ))
            .expect("the external id is taken for now");
        let begun = begin();
        self.somebody_waits().await;
        let done = during.await;
        holder.batch_execute("ROLLBACK").expect("it is free");
        (begun, done)
    }

    /// Waits until a transaction on the database waits for another.
    async fn somebody_waits(&self) {
        let mut observer = self.session();
        let deadline = Instant::now() + Duration::from_secs(4);
        let query = "SELECT count(*) AS count FROM pg_stat_activity
                     WHERE datname = current_database() AND wait_event_type = 'Lock'";
        loop {
            let waiting: Count = sql_query(query).get_result(&mut observer).expect("a count");
            if waiting.count > 0 {
                return;
            }
            assert!(Instant::now() < deadline, "nobody waits");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    fn session(&self) -> PgConnection {
        PgConnection::establish(self.url()).expect("a connection")
    }
}
