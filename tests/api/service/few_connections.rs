//! PostgreSQL grants the service fewer connections than it would like: claims are stored first.

use std::{
    fs::File,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use tempfile::TempDir;

use crate::support::{
    ADMIN_KEY, Backend, Caller, Claim, Database, Load, Process, binary_in, ready, run_bare,
};

const CLIENTS: usize = 8;

/// A role of its own that owns everything in the database; it goes with the database.
struct Role<'d> {
    database: &'d Database,
    name: String,
}

impl<'d> Role<'d> {
    fn create(database: &'d Database) -> Self {
        let name = format!("role_of_{}", database.name());
        database.execute(&format!(
            "CREATE ROLE {name} LOGIN; ALTER DATABASE {} OWNER TO {name}; ALTER SCHEMA public OWNER TO {name}",
            database.name()
        ));
        Self { database, name }
    }

    fn limit(&self, connections: i32) {
        let sql = format!("ALTER ROLE {} CONNECTION LIMIT {connections}", self.name);
        self.database.execute(&sql);
    }

    fn cut_connections(&self) {
        self.database.execute(&format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{}'",
            self.name
        ));
    }

    fn connections(&self) -> usize {
        let query = format!(
            "SELECT pid::text AS line FROM pg_stat_activity WHERE usename = '{}'",
            self.name
        );
        self.database.lines(&query).len()
    }

    /// The service as this role, with its log in a directory.
    fn serve(&self, directory: &TempDir) -> Process {
        let mut command = binary_in(directory.path());
        let log = File::create(directory.path().join("log")).expect("a file");
        command.env("RUST_LOG", "payerline=info").stderr(log);
        Process::serve(command, &self.url(), ADMIN_KEY)
    }

    fn url(&self) -> String {
        let (scheme, rest) = self.database.url().split_once("://").expect("a URL");
        let (_, place) = rest.split_once('@').expect("a user");
        format!("{scheme}://{}@{place}", self.name)
    }
}

impl Drop for Role<'_> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let name = &self.name;
            self.cut_connections();
            self.database.execute(&format!(
                "REASSIGN OWNED BY {name} TO CURRENT_USER; DROP OWNED BY {name}; DROP ROLE {name}"
            ));
        }
    }
}

fn log(directory: &TempDir) -> String {
    std::fs::read_to_string(directory.path().join("log")).expect("the log")
}

/// Claims, lists and lookups at once, all of which must be answered.
async fn everything_works(caller: &Caller, prefix: &str) {
    let load = Load::start(caller, prefix, CLIENTS);
    let lists = join_all((0..CLIENTS).map(|_| async {
        for _ in 0..10 {
            caller.get("/v1/claims").await.is(200);
        }
    }));
    lists.await;
    load.goes_on(100).await;
    let record = load.stop().await;
    record.has_only(&[200, 201]);
    record.is_kept(caller, &format!("{prefix}-")).await;
}

#[test]
fn with_four_connections_claims_are_stored_and_the_log_says_what_is_missing() {
    run_bare(Backend::Postgres, async |database| {
        let role = Role::create(database);
        let directory = TempDir::new().expect("a directory");
        role.limit(4);
        let mut process = role.serve(&directory);
        let caller = process.caller();
        everything_works(&caller, "F").await;
        assert_eq!(role.connections(), 4);
        ready(&caller, Duration::ZERO).await;
        let log = log(&directory);
        assert!(log.contains("allows this role 4 connections"), "{log}");
        assert!(log.contains("up to 8"), "{log}");
    });
}

#[test]
fn when_connections_become_few_claims_go_before_lists() {
    run_bare(Backend::Postgres, async |database| {
        let role = Role::create(database);
        let directory = TempDir::new().expect("a directory");
        let mut process = role.serve(&directory);
        let caller = process.caller();
        everything_works(&caller, "F").await;
        // As many as are left for claims alone: the key is looked up, the approvals are read, the claim is stored.
        role.limit(3);
        role.cut_connections();
        let lists = async {
            let deadline = Instant::now() + Duration::from_secs(20);
            while Instant::now() < deadline {
                let status = caller.get("/v1/claims").await.status();
                assert!(matches!(status, 200 | 503), "{status}");
            }
        };
        let claims = async {
            let load = Load::start(&caller, "S", CLIENTS);
            load.reaches(500).await;
            load.stop().await
        };
        let (record, ()) = tokio::join!(claims, lists);
        record.has_only(&[200, 201, 503]);
        assert!(log(&directory).contains("grants too few connections"));

        role.limit(-1);
        let deadline = Instant::now() + Duration::from_secs(30);
        let mut round = 0;
        while !log(&directory).contains("grants enough connections again") {
            assert!(Instant::now() < deadline, "the others are connected again");
            everything_works(&caller, &format!("T{round}")).await;
            round += 1;
        }
        record.is_kept(&caller, "S-").await;
    });
}

#[test]
fn with_fewer_than_it_needs_it_refuses_to_start_and_says_how_many() {
    run_bare(Backend::Postgres, async |database| {
        let role = Role::create(database);
        let directory = TempDir::new().expect("a directory");
        role.serve(&directory).line("API");
        role.limit(2);
        let mut serve = binary_in(directory.path());
        serve
            .arg("serve")
            .env("DATABASE_URL", role.url())
            .env("PAYERLINE_LISTEN", "127.0.0.1:0");
        let output = serve.output().expect("the binary runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success());
        for words in [
            "only 2 connections",
            "up to 8",
            "4 that it must have",
            "CONNECTION LIMIT",
        ] {
            assert!(said.contains(words), "{words} in {said}");
        }
        role.limit(4);
        let mut process = role.serve(&directory);
        process.caller().submit(&Claim::new("INV-1")).await.is(201);
    });
}
