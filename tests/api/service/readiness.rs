//! `/readyz` tells whether claims can be stored, and why not: real faults of the database beside the service.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use tempfile::TempDir;

use crate::support::{
    ADMIN_KEY, Backend, Caller, Claim, Database, Load, Process, TestApp, binary_in, not_ready,
    on_both_databases, ready, run_app, run_bare, serve,
};

on_both_databases!(a_database_that_others_keep_locked_is_not_ready);
on_both_databases!(bare: a_read_only_database_is_not_ready);

/// What is found out counts for five seconds, and a probe gives up after two.
const NOTICED: Duration = Duration::from_secs(12);

async fn is_not_ready_for(caller: &Caller, why: &str) {
    let problem = not_ready(caller, NOTICED).await;
    let detail = problem.member("detail").to_string();
    assert!(detail.contains(why), "{why} in {detail}");
    for word in ["sql", "select", "/tmp", "payerline_test"] {
        assert!(!detail.to_lowercase().contains(word), "{word} in {detail}");
    }
}

/// Runs work while nobody else can write.
async fn while_locked<T>(database: &Database, work: impl Future<Output = T>) -> T {
    match database.backend() {
        Backend::Sqlite => database.lock_file(work).await,
        Backend::Postgres => database.lock_claims(work).await,
    }
}

async fn a_database_that_others_keep_locked_is_not_ready(app: &TestApp) {
    app.submit(&Claim::new("INV-1")).await.is(201);
    while_locked(app.database(), async {
        // On PostgreSQL other tables are not locked, so it is the claims that tell.
        app.submit(&Claim::new("INV-2")).await.problem(503);
        is_not_ready_for(app, "locked").await;
    })
    .await;
    ready(app, NOTICED).await;
    app.submit(&Claim::new("INV-2")).await.is(201);
}

#[test]
fn many_who_ask_a_locked_database_share_one_answer() {
    run_app(Backend::Sqlite, async |app| {
        let asking = async {
            // The service asked at its start, and that answer counts for five seconds.
            not_ready(app, NOTICED).await;
            let began = Instant::now();
            let answers = join_all((0..50).map(|_| app.get("/readyz"))).await;
            let took = began.elapsed();
            assert!(took < Duration::from_secs(4), "{took:?}");
            for answer in answers {
                answer.problem(503);
            }
        };
        app.database().lock_file(asking).await;
        ready(app, NOTICED).await;
    });
}

async fn a_read_only_database_is_not_ready(database: &Database) {
    match database.backend() {
        Backend::Postgres => {
            let mut process = serve(database);
            let caller = process.caller();
            ready(&caller, NOTICED).await;
            let set = |value: &str| {
                let name = database.name();
                database.administer(&format!(
                    "ALTER DATABASE {name} SET default_transaction_read_only = {value}"
                ));
                database.administer(&format!(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
                ));
            };
            set("on");
            is_not_ready_for(&caller, "read-only").await;
            caller.submit(&Claim::new("INV-1")).await.problem(503);
            set("off");
            ready(&caller, NOTICED).await;
            caller.submit(&Claim::new("INV-1")).await.is(201);
        }
        // SQLite keeps what it opened for writing, so a file that became read-only is refused at the next start.
        Backend::Sqlite => {
            serve(database).line("API");
            let mut permissions = fs::metadata(database.path()).expect("a file").permissions();
            permissions.set_readonly(true);
            fs::set_permissions(database.path(), permissions).expect("the mode is set");
            let directory = TempDir::new().expect("a directory");
            let output = as_ordinary_user(directory.path())
                .arg("serve")
                .env("DATABASE_URL", database.url())
                .env("PAYERLINE_LISTEN", "127.0.0.1:0")
                .output()
                .expect("the binary runs");
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(!output.status.success());
            assert!(said.contains("must be writable"), "{said}");
        }
    }
}

/// The binary without the right of root to write where its mode does not allow it.
fn as_ordinary_user(directory: &Path) -> Command {
    let is_root = Command::new("id").arg("-u").stderr(Stdio::null()).output();
    if is_root.expect("id").stdout != b"0\n" {
        return binary_in(directory);
    }
    let mut command = Process::command("setpriv", directory);
    command.args([
        "--bounding-set=-dac_override",
        "--",
        env!("CARGO_BIN_EXE_payerline"),
    ]);
    command
}

/// Sets the size that a file of a process may have at most; more is refused as on a full disk.
fn limit_file_size(process: &Process, limit: &str) {
    let status = Command::new("prlimit")
        .args([
            "--pid",
            &process.id().to_string(),
            &format!("--fsize={limit}"),
        ])
        .stdout(Stdio::null())
        .status();
    assert!(status.expect("prlimit").success());
}

#[test]
fn a_sqlite_file_that_may_not_grow_loses_nothing_and_is_not_ready() {
    run_bare(Backend::Sqlite, async |database| {
        let directory = TempDir::new().expect("a directory");
        // By its default the signal at the limit would end the process.
        let mut command = Process::command("sh", directory.path());
        let binary = env!("CARGO_BIN_EXE_payerline");
        command.args(["-c", &format!("trap '' XFSZ; exec '{binary}' serve")]);
        let mut process = Process::serve(command, database.url(), ADMIN_KEY);
        let caller = process.caller();
        let load = Load::start(&caller, "F", 4);
        load.reaches(100).await;
        limit_file_size(&process, "1024:unlimited");
        is_not_ready_for(&caller, "disk").await;
        caller.submit(&Claim::new("LATE")).await.problem(503);
        limit_file_size(&process, "unlimited:unlimited");
        ready(&caller, NOTICED).await;
        load.goes_on(50).await;
        let record = load.stop().await;
        record.has_only(&[200, 201, 503]);
        record.is_kept(&caller, "F-").await;
    });
}

/// What PostgreSQL says when its disk is full, said by a trigger.
const FULL: &str = "
    CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE EXCEPTION 'could not extend file \"base/1/2\": No space left on device' USING ERRCODE = '53100';
    END $$;
    CREATE TRIGGER full_disk BEFORE INSERT ON claims EXECUTE FUNCTION fill()";

#[test]
fn a_full_disk_of_postgres_is_told_by_the_claims_that_fail() {
    run_bare(Backend::Postgres, async |database| {
        let mut process = serve(database);
        let caller = process.caller();
        caller.submit(&Claim::new("INV-1")).await.is(201);
        database.execute(FULL);
        caller.submit(&Claim::new("INV-2")).await.problem(503);
        is_not_ready_for(&caller, "the disk is full").await;
        database.execute("DROP TRIGGER full_disk ON claims");
        caller.submit(&Claim::new("INV-2")).await.is(201);
        ready(&caller, Duration::ZERO).await;
    });
}
