//! The files of a SQLite database: who may read them, and what happens when somebody moves them under the service.

use std::{
    fs::{self, File, Permissions},
    os::unix::fs::{MetadataExt, PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::support::{
    ADMIN_KEY, Backend, Caller, Claim, Database, Load, Process, binary_in, not_ready, ready,
    run_bare, serve,
};

const CLIENTS: usize = 8;
const A_SECOND: Duration = Duration::from_secs(1);

/// A running service on a file, its log, and a load of claims.
struct Service {
    directory: TempDir,
    process: Process,
    caller: Caller,
    load: Load,
}

impl Service {
    async fn start(database: &Database) -> Self {
        let directory = TempDir::new().expect("a directory");
        let mut command = binary_in(directory.path());
        let log = File::create(directory.path().join("log")).expect("a file");
        command.env("RUST_LOG", "payerline=info").stderr(log);
        let mut process = Process::serve(command, database.url(), ADMIN_KEY);
        let caller = process.caller();
        let load = Load::start(&caller, "L", CLIENTS);
        load.reaches(100).await;
        Self {
            directory,
            process,
            caller,
            load,
        }
    }

    /// Asserts that from now on no claim is taken, and that the probe says so within a second.
    async fn takes_no_claims(&self) {
        let problem = not_ready(&self.caller, A_SECOND).await;
        let detail = problem.member("detail").to_string();
        assert!(detail.contains("deleted, renamed or replaced"), "{detail}");
        let mut acknowledged = Vec::new();
        for number in 0..20 {
            let claim = Claim::new(&format!("LATE-{number}"));
            self.caller.submit(&claim).await.problem(503);
            acknowledged.push(self.load.acknowledged());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        // What was answered before may still have been on its way.
        assert_eq!(acknowledged[14], acknowledged[19]);
    }

    /// Waits until the file that the service has open is whole without its log.
    async fn holds_all(&self) {
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.logged("holds all that was acknowledged") == 0 {
            assert!(Instant::now() < deadline, "the log is emptied");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// How many lines of the log have a text.
    fn logged(&self, text: &str) -> usize {
        logged(&self.directory, text)
    }

    /// Waits until the log has a line with a text: it is written by a thread of its own.
    async fn logs_once(&self, text: &str) {
        let deadline = Instant::now() + Duration::from_secs(5);
        while self.logged(text) == 0 && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(self.logged(text), 1, "{text}");
    }
}

fn logged(directory: &TempDir, text: &str) -> usize {
    let log = fs::read_to_string(directory.path().join("log")).expect("the log");
    log.lines().filter(|line| line.contains(text)).count()
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    PathBuf::from(format!("{}{ending}", path.display()))
}

fn mode(path: &Path) -> u32 {
    let file = fs::metadata(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    file.permissions().mode() & 0o777
}

/// A database at a path, migrated by the binary.
fn migrated(path: &Path) {
    let mut migrate = binary_in(path.parent().expect("a directory"));
    migrate
        .arg("migrate")
        .env("DATABASE_URL", format!("sqlite://{}", path.display()));
    assert!(migrate.status().expect("the binary runs").success());
}

#[test]
fn a_renamed_file_takes_no_claims_until_it_is_back() {
    run_bare(Backend::Sqlite, async |database| {
        let service = Service::start(database).await;
        let away = beside(database.path(), ".away");
        fs::rename(database.path(), &away).expect("it is renamed");
        service.takes_no_claims().await;
        service.logs_once("no more claims are stored").await;
        assert_eq!(service.logged("are back"), 0);

        fs::rename(&away, database.path()).expect("it is renamed back");
        ready(&service.caller, A_SECOND).await;
        service.logs_once("are back").await;
        service.load.goes_on(100).await;
        let record = service.load.stop().await;
        record.has_only(&[200, 201, 503]);
        record.is_kept(&service.caller, "L-").await;
    });
}

/// What docs/operations.md says about a deleted file, with the number of the process and where to copy it to.
fn rescue_script() -> String {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/operations.md");
    let page = fs::read_to_string(page).expect("the page");
    let (_, rest) = page.split_once("```sh\n# rescue").expect("the script");
    let (script, _) = rest.split_once("```").expect("its end");
    format!("# rescue{script}")
}

#[test]
fn what_was_acknowledged_before_a_file_was_deleted_can_be_rescued() {
    run_bare(Backend::Sqlite, async |database| {
        let service = Service::start(database).await;
        for ending in ["", "-wal", "-shm"] {
            fs::remove_file(beside(database.path(), ending)).expect("it is deleted");
        }
        service.takes_no_claims().await;
        service.holds_all().await;
        assert!(!database.path().exists(), "none is made in its place");

        let saved = service.directory.path().join("rescued.db");
        let rescued = Command::new("sh")
            .args(["-eu", "-c", &rescue_script()])
            .current_dir(service.directory.path())
            .env("PID", service.process.id().to_string())
            .output()
            .expect("a shell");
        assert!(rescued.status.success(), "{rescued:?}");
        service.process.kill();
        let record = service.load.stop().await;
        let command = binary_in(service.directory.path());
        let url = format!("sqlite://{}", saved.display());
        let mut process = Process::serve(command, &url, ADMIN_KEY);
        record.is_kept(&process.caller(), "L-").await;
        let kept = record.kept(&process.caller(), "L-").await;
        assert!(kept.unacknowledged <= CLIENTS, "{kept:?}");
    });
}

#[test]
fn a_file_put_in_the_place_of_the_database_is_not_touched() {
    run_bare(Backend::Sqlite, async |database| {
        let mut service = Service::start(database).await;
        let other = beside(database.path(), ".other");
        migrated(&other);
        let content = fs::read(&other).expect("it is read");
        fs::rename(&other, database.path()).expect("it is moved there");
        service.takes_no_claims().await;
        service.holds_all().await;
        drop((service.load.stop().await, service.caller));
        service.process.terminate();
        service.process.ended_within(Duration::from_secs(10)).await;
        assert_eq!(fs::read(database.path()).expect("it is read"), content);

        // The log that was left is not copied into it.
        let mut process = serve(database);
        let caller = process.caller();
        assert!(caller.all("/v1/claims", &[]).await.is_empty());
        caller.submit(&Claim::new("INV-1")).await.is(201);
    });
}

#[test]
fn a_deleted_log_loses_nothing() {
    run_bare(Backend::Sqlite, async |database| {
        for ending in ["-wal", "-shm"] {
            let service = Service::start(database).await;
            fs::remove_file(beside(database.path(), ending)).expect("it is deleted");
            service.takes_no_claims().await;
            service.holds_all().await;
            service.process.kill();
            let record = service.load.stop().await;
            let mut process = serve(database);
            record.is_kept(&process.caller(), "L-").await;
        }
    });
}

#[test]
fn a_database_behind_a_symbolic_link_is_watched_too() {
    run_bare(Backend::Sqlite, async |database| {
        let directory = TempDir::new().expect("a directory");
        let [file, other] = ["file.db", "other.db"].map(|name| directory.path().join(name));
        symlink(&file, database.path()).expect("a link");
        let service = Service::start(database).await;
        assert_eq!(mode(&file), 0o600);
        migrated(&other);
        fs::remove_file(database.path()).expect("the link is removed");
        symlink(&other, database.path()).expect("a link elsewhere");
        service.takes_no_claims().await;
        let before = fs::metadata(&file).expect("it is there").ino();

        fs::remove_file(database.path()).expect("the link is removed");
        symlink(&file, database.path()).expect("a link");
        ready(&service.caller, A_SECOND).await;
        assert_eq!(fs::metadata(&file).expect("it is there").ino(), before);
        let record = service.load.stop().await;
        record.is_kept(&service.caller, "L-").await;
    });
}

#[test]
fn a_damaged_file_takes_no_more_claims() {
    run_bare(Backend::Sqlite, async |database| {
        let service = Service::start(database).await;
        let Service {
            directory,
            process: _running,
            caller,
            load,
        } = service;
        load.stop().await;
        let length = fs::metadata(database.path()).expect("a file").len();
        // In place, as `cp` and a broken disk do it.
        let garbage = vec![0x5a; usize::try_from(length).expect("a length")];
        fs::write(database.path(), garbage).expect("it is overwritten");
        let began = Instant::now();
        let problem = not_ready(&caller, Duration::from_secs(12)).await;
        let detail = problem.member("detail").to_string();
        assert!(
            detail.contains("damaged"),
            "{detail} after {:?}",
            began.elapsed()
        );
        caller.submit(&Claim::new("LATE")).await.problem(503);
        assert_eq!(logged(&directory, "no more claims are stored"), 1);
    });
}

#[test]
fn nobody_else_may_read_a_new_database() {
    run_bare(Backend::Sqlite, async |database| {
        let directory = TempDir::new().expect("a directory");
        let mut command = Process::command("sh", directory.path());
        let binary = env!("CARGO_BIN_EXE_payerline");
        command.args(["-c", &format!("umask 000; exec '{binary}' serve")]);
        let mut process = Process::serve(command, database.url(), ADMIN_KEY);
        process.caller().submit(&Claim::new("INV-1")).await.is(201);
        for ending in ["", "-wal", "-shm"] {
            assert_eq!(mode(&beside(database.path(), ending)), 0o600, "{ending}");
        }
    });
}

#[test]
fn a_file_that_others_may_read_keeps_its_mode_and_is_told_of() {
    run_bare(Backend::Sqlite, async |database| {
        migrated(database.path());
        let mut migrate = binary_in(&std::env::temp_dir());
        migrate
            .arg("migrate")
            .env("DATABASE_URL", database.url())
            .env("RUST_LOG", "warn");
        for (readable, told) in [(0o600, false), (0o640, true), (0o644, true)] {
            let permissions = Permissions::from_mode(readable);
            fs::set_permissions(database.path(), permissions).expect("the mode is set");
            let output = migrate.output().expect("the binary runs");
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(said.contains("chmod 600"), told, "{readable:o}: {said}");
            assert_eq!(mode(database.path()), readable);
        }
    });
}

#[test]
fn a_database_in_a_directory_that_is_missing_is_refused_plainly() {
    let directory = TempDir::new().expect("a directory");
    let mut serve = binary_in(directory.path());
    serve
        .env("PAYERLINE_LISTEN", "127.0.0.1:0")
        .env("DATABASE_URL", "sqlite://missing/a.db");
    let output = serve.output().expect("the binary runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(
        said.contains("missing/a.db") && said.contains("directory"),
        "{said}"
    );
}
