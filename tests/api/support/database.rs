//! A database for one test: created empty, dropped at the end, whatever happened in between.

use std::{
    env, fs,
    path::Path,
    sync::atomic::{AtomicU32, Ordering},
};

use diesel::{
    Connection, PgConnection, QueryResult, QueryableByName, RunQueryDsl, SqliteConnection,
    connection::SimpleConnection, sql_query, sql_types,
};
use serde_json::Value;
use tempfile::TempDir;

/// Which database system a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

impl Backend {
    /// Unpacks a file of `tests/fixtures/2026.2`, named by its ending.
    pub fn fixture(self, ending: &str) -> Vec<u8> {
        let name = match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        };
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/2026.2");
        let path = format!("{folder}/{name}.{ending}.zst");
        let packed = fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        zstd::decode_all(packed.as_slice()).expect("a file that zstd wrote")
    }
}

/// A stored event.
#[derive(Debug, QueryableByName)]
pub struct Event {
    #[diesel(sql_type = sql_types::Binary)]
    pub clinic: Vec<u8>,
    #[diesel(sql_type = sql_types::Binary)]
    pub subject: Vec<u8>,
    #[diesel(sql_type = sql_types::BigInt)]
    pub number: i64,
    #[diesel(sql_type = sql_types::Text)]
    pub kind: String,
    /// Microseconds since 1970.
    #[diesel(sql_type = sql_types::BigInt)]
    pub at: i64,
    /// Empty for the service itself.
    #[diesel(sql_type = sql_types::Binary)]
    pub actor: Vec<u8>,
    #[diesel(sql_type = sql_types::Text)]
    pub data: String,
    /// Empty for the first event of a subject.
    #[diesel(sql_type = sql_types::Binary)]
    pub previous: Vec<u8>,
    #[diesel(sql_type = sql_types::Binary)]
    pub hash: Vec<u8>,
}

/// An empty database of one's own.
pub struct Database {
    url: String,
    place: Place,
}

enum Place {
    /// SQLite: the file lies in here.
    Directory(TempDir),
    /// PostgreSQL: the server's URL, and the database's name.
    Server { server: String, name: String },
}

/// One column of text, for looking behind the service's back.
#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = sql_types::Text)]
    line: String,
}

impl Database {
    pub fn create(backend: Backend) -> Self {
        match backend {
            Backend::Sqlite => Self::in_a_file(),
            Backend::Postgres => Self::on_the_server(),
        }
    }

    fn in_a_file() -> Self {
        let directory = TempDir::new().expect("a directory for the database");
        let url = format!("sqlite://{}", directory.path().join("test.db").display());
        Self {
            url,
            place: Place::Directory(directory),
        }
    }

    fn on_the_server() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let server = env::var("PAYERLINE_TEST_POSTGRES").expect(
            "PAYERLINE_TEST_POSTGRES must be the URL of a PostgreSQL server where databases may be \
             created, such as postgres://postgres@127.0.0.1:5432/postgres; ./test.sh sets it",
        );
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("payerline_test_{}_{number}", std::process::id());
        let mut connection = connect(&server);
        connection
            .batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
            .expect("an old database is dropped");
        connection
            .batch_execute(&format!("CREATE DATABASE {name}"))
            .expect("a database is created");
        let url = with_name(&server, &name);
        Self {
            url,
            place: Place::Server { server, name },
        }
    }

    /// The URL, as in `DATABASE_URL`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The file; SQLite only.
    pub fn path(&self) -> &Path {
        Path::new(self.url.trim_start_matches("sqlite://"))
    }

    /// The name of the database on its server; PostgreSQL only.
    pub fn name(&self) -> &str {
        match &self.place {
            Place::Server { name, .. } => name,
            Place::Directory(_) => panic!("a file has no such name"),
        }
    }

    /// Runs SQL text on the server, outside the database; PostgreSQL only.
    pub fn administer(&self, sql: &str) {
        match &self.place {
            Place::Server { server, .. } => connect(server)
                .batch_execute(sql)
                .unwrap_or_else(|error| panic!("{sql}: {error}")),
            Place::Directory(_) => panic!("a file has no server"),
        }
    }

    /// Reads a column of text that is called `line`.
    pub fn lines(&self, query: &str) -> Vec<String> {
        match self.backend() {
            Backend::Sqlite => lines(sql_query(query).load(&mut self.file())),
            Backend::Postgres => lines(sql_query(query).load(&mut connect(&self.url))),
        }
    }

    pub fn backend(&self) -> Backend {
        match self.place {
            Place::Directory(_) => Backend::Sqlite,
            Place::Server { .. } => Backend::Postgres,
        }
    }

    /// Fills the empty database with the data of an earlier build.
    pub fn restore_fixture(&self) {
        match self.backend() {
            Backend::Sqlite => {
                let path = self.url.trim_start_matches("sqlite://");
                fs::write(path, Backend::Sqlite.fixture("db")).expect("the file is written");
            }
            Backend::Postgres => {
                let dump = String::from_utf8(Backend::Postgres.fixture("sql")).expect("text");
                let restored = connect(&self.url).batch_execute(&dump);
                restored.expect("the dump is restored");
            }
        }
    }

    /// Reads all events, ordered by subject and number.
    pub fn events(&self) -> Vec<Event> {
        let order = "FROM events ORDER BY clinic_id, subject_id, number";
        let events = match self.backend() {
            Backend::Sqlite => sql_query(format!(
                "SELECT clinic_id AS clinic, subject_id AS subject, number, kind, at, \
                 coalesce(actor, x'') AS actor, data, coalesce(prev_hash, x'') AS previous, hash {order}"
            ))
            .load(&mut self.file()),
            Backend::Postgres => sql_query(format!(
                "SELECT uuid_send(clinic_id) AS clinic, uuid_send(subject_id) AS subject, number, kind, \
                 (extract(epoch FROM at) * 1000000)::bigint AS at, coalesce(uuid_send(actor), '') AS actor, \
                 data::text AS data, coalesce(prev_hash, '') AS previous, hash {order}"
            ))
            .load(&mut connect(&self.url)),
        };
        events.expect("events are read")
    }

    /// Takes the tables away while the service runs: PostgreSQL drops the whole database and cuts
    /// its connections, SQLite every table in the file.
    pub fn vanish(&self) {
        match &self.place {
            Place::Server { server, name } => connect(server)
                .batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)"))
                .expect("the database is dropped"),
            Place::Directory(_) => {
                let mut connection = self.file();
                let query = "SELECT name AS line FROM sqlite_master \
                             WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
                let tables = lines(sql_query(query).load(&mut connection));
                assert!(!tables.is_empty(), "there are tables to drop");
                connection
                    .batch_execute("PRAGMA foreign_keys = OFF; PRAGMA busy_timeout = 10000;")
                    .expect("the connection is set up");
                for table in tables {
                    connection
                        .batch_execute(&format!("DROP TABLE \"{table}\""))
                        .expect("the table is dropped");
                }
            }
        }
    }

    /// Alters the stored decisions: as if another version had made them.
    pub fn replace_in_decisions(&self, from: &str, to: &str) {
        match &self.place {
            Place::Directory(_) => {
                let query =
                    format!("UPDATE claims SET decision = replace(decision, '{from}', '{to}')");
                let mut connection = self.file();
                connection
                    .batch_execute(&format!("PRAGMA busy_timeout = 10000; {query}"))
                    .expect("the decisions are altered");
            }
            Place::Server { .. } => {
                let query = format!(
                    "UPDATE claims SET decision = replace(decision::text, '{from}', '{to}')::json"
                );
                connect(&self.url)
                    .batch_execute(&query)
                    .expect("the decisions are altered");
            }
        }
    }

    /// Gives a claim another external id and replaces texts of its submission, as if it had been sent so. This is for
    /// the tables of an earlier build. The submission begins with the id and has one patient.
    pub fn alter_claim(&self, external_id: &str, new_id: &str, texts: &[(&str, &str)]) {
        let (cast, json) = self.json_casts();
        let submission = texts
            .iter()
            .fold(format!("submission{cast}"), |text, (from, to)| {
                format!("replace({text}, '{from}', '{to}')")
            });
        let patient = texts
            .iter()
            .fold("patient_id".to_owned(), |text, (from, to)| {
                format!("replace({text}, '{from}', '{to}')")
            });
        self.execute_once(&format!(
            "UPDATE claims SET external_id = '{new_id}', patient_id = {patient}, submission = {submission}{json} \
             WHERE external_id = '{external_id}'"
        ));
    }

    /// Gives an approval of an earlier build another number, as if it had been entered so.
    pub fn alter_approval(&self, number: &str, new_number: &str) {
        self.execute_once(&format!(
            "UPDATE preauthorizations SET number = '{new_number}' WHERE number = '{number}'"
        ));
    }

    /// The casts from JSON to text and back.
    fn json_casts(&self) -> (&'static str, &'static str) {
        match self.backend() {
            Backend::Sqlite => ("", ""),
            Backend::Postgres => ("::text", "::json"),
        }
    }

    /// Runs a statement that changes one row.
    fn execute_once(&self, statement: &str) {
        let changed = match self.backend() {
            Backend::Sqlite => sql_query(statement).execute(&mut self.file()),
            Backend::Postgres => sql_query(statement).execute(&mut connect(&self.url)),
        };
        assert_eq!(changed, Ok(1), "{statement}");
    }

    /// Gives a claim a status that no operation gives it yet.
    pub fn set_status(&self, claim: &str, status: &str) {
        let id = self.id(claim);
        self.execute(&format!(
            "UPDATE claims SET status = '{status}' WHERE id = {id}"
        ));
    }

    /// Runs SQL behind the service's back. A `{json}` becomes what makes text JSON again in the database, and a
    /// `{text}` what makes JSON text.
    pub fn execute(&self, sql: &str) {
        let (json, text) = match self.backend() {
            Backend::Sqlite => ("", ""),
            Backend::Postgres => ("::json", "::text"),
        };
        let sql = sql.replace("{json}", json).replace("{text}", text);
        match self.backend() {
            Backend::Sqlite => self
                .file()
                .batch_execute(&format!("PRAGMA busy_timeout = 10000; {sql}")),
            Backend::Postgres => connect(&self.url).batch_execute(&sql),
        }
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// Removes what keeps events from being changed, as somebody does who owns the database.
    pub fn allow_changes_of_events(&self) {
        self.execute(match self.backend() {
            Backend::Sqlite => {
                "DROP TRIGGER events_refuse_update; DROP TRIGGER events_refuse_delete"
            }
            Backend::Postgres => "ALTER TABLE events DISABLE TRIGGER USER",
        });
    }

    /// Ends the leases of all back-tests, as if the time of their workers had run out.
    pub fn expire_leases(&self) {
        match self.backend() {
            Backend::Sqlite => self
                .file()
                .batch_execute("PRAGMA busy_timeout = 10000; UPDATE backtests SET leased_until = 0 WHERE worker IS NOT NULL"),
            Backend::Postgres => connect(&self.url)
                .batch_execute("UPDATE backtests SET leased_until = 'epoch' WHERE worker IS NOT NULL"),
        }
        .expect("the leases are ended");
    }

    /// Makes a stored claim the newest correction of another, as builds stored it that left the other as it was.
    pub fn corrected_before(&self, correction: &str, corrected: &str) {
        let (correction, corrected) = (self.id(correction), self.id(corrected));
        self.execute(&format!(
            "UPDATE claims SET replaces = {corrected} WHERE id = {correction};
             UPDATE claims SET status = disposition, replaced_by = NULL WHERE id = {corrected};"
        ));
    }

    /// Keeps everybody else from the claims while `during` runs; PostgreSQL only, since SQLite's readers wait for
    /// nobody.
    pub async fn lock_claims<T>(&self, during: impl Future<Output = T>) -> T {
        let mut connection = connect(&self.url);
        connection
            .batch_execute("BEGIN; LOCK TABLE claims")
            .expect("the table is locked");
        let result = during.await;
        connection
            .batch_execute("COMMIT")
            .expect("the table is free");
        result
    }

    /// Keeps everybody else from writing while `during` runs; SQLite only.
    pub async fn lock_file<T>(&self, during: impl Future<Output = T>) -> T {
        let mut connection = self.file();
        connection
            .batch_execute("PRAGMA busy_timeout = 10000; BEGIN IMMEDIATE")
            .expect("the file is locked");
        let result = during.await;
        connection.batch_execute("COMMIT").expect("it is free");
        result
    }

    /// The data of the last event of a claim or rulebook.
    pub fn last_event(&self, subject: &str) -> Value {
        let id = self.id(subject);
        let from = format!("FROM events WHERE subject_id = {id} ORDER BY number DESC LIMIT 1");
        let query = match &self.place {
            Place::Directory(_) => format!("SELECT data AS line {from}"),
            Place::Server { .. } => format!("SELECT data::text AS line {from}"),
        };
        let data = match &self.place {
            Place::Directory(_) => lines(sql_query(query).load(&mut self.file())),
            Place::Server { .. } => lines(sql_query(query).load(&mut connect(&self.url))),
        };
        serde_json::from_str(data.first().expect("an event")).expect("its data is JSON")
    }

    /// An id as the database writes it in SQL.
    pub fn id(&self, id: &str) -> String {
        match &self.place {
            Place::Directory(_) => format!("x'{}'", id.replace('-', "")),
            Place::Server { .. } => format!("'{id}'"),
        }
    }

    /// Everything that is stored, as text: to show that something is there, or that it is not.
    pub fn contents(&self) -> String {
        match &self.place {
            Place::Directory(directory) => {
                let mut bytes = Vec::new();
                for entry in fs::read_dir(directory.path()).expect("the directory is read") {
                    bytes.extend(fs::read(entry.expect("an entry").path()).expect("a file"));
                }
                String::from_utf8_lossy(&bytes).into_owned()
            }
            Place::Server { .. } => {
                let mut connection = connect(&self.url);
                let query =
                    "SELECT tablename::text AS line FROM pg_tables WHERE schemaname = 'public'";
                let tables = lines(sql_query(query).load(&mut connection));
                let rows = tables.iter().flat_map(|table| {
                    let query = format!("SELECT t::text AS line FROM \"{table}\" t");
                    lines(sql_query(query).load(&mut connection))
                });
                rows.collect::<Vec<String>>().join("\n")
            }
        }
    }

    fn file(&self) -> SqliteConnection {
        let path = self.url.trim_start_matches("sqlite://");
        SqliteConnection::establish(path).expect("the file opens")
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Place::Server { server, name } = &self.place {
            let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
            // In a test that failed a second panic would hide the first.
            if let Ok(mut connection) = PgConnection::establish(server) {
                let _ = connection.batch_execute(&drop);
            }
        }
    }
}

fn connect(url: &str) -> PgConnection {
    PgConnection::establish(url)
        .unwrap_or_else(|error| panic!("no connection to the PostgreSQL server: {error}"))
}

fn lines(rows: QueryResult<Vec<Line>>) -> Vec<String> {
    let rows = rows.expect("rows are read");
    rows.into_iter().map(|row| row.line).collect()
}

/// The URL of another database on the same server.
fn with_name(server: &str, name: &str) -> String {
    let (address, options) = match server.split_once('?') {
        Some((address, options)) => (address, format!("?{options}")),
        None => (server, String::new()),
    };
    let (host, _) = address
        .rsplit_once('/')
        .expect("PAYERLINE_TEST_POSTGRES ends with a database's name");
    format!("{host}/{name}{options}")
}
