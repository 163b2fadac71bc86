//! `payerline backup` and `payerline restore`: of a service that goes on, into an empty database, verified.

use std::{
    env,
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Output,
    sync::atomic::{AtomicBool, Ordering},
};

use tempfile::TempDir;
use tokio::{join, process::Command};

use crate::support::{
    Backend, Claim, Database, TestApp, binary_in, on_both_databases, run_app, serve,
};

#[test]
fn a_backup_of_sqlite_is_restored_into_postgres() {
    run_app(Backend::Sqlite, async |app| {
        let claims = [
            "mva-stem-cell-knee",
            "wsib-physiotherapy",
            "private-physiotherapy",
        ];
        let mut ids = Vec::new();
        for name in claims {
            ids.push(app.submit(&Claim::example(name)).await.is(201).id());
        }
        let odd = Claim::new("ODD-1").with(
            "/items/0/description",
            "\"quoted\" \\ line\nbreak, caf\u{e9}",
        );
        ids.push(app.submit(&odd).await.is(201).id());
        let last_change =
            app.get(&format!("/v1/claims/{}", ids[3])).await.json()["updated_at"].clone();
        let directory = TempDir::new().expect("a directory");
        let file = back_up(app, &directory).await;
        let kept = fs::read(&file).expect("the backup");
        let mut before = Vec::new();
        for id in &ids {
            before.push(app.get(&format!("/v1/claims/{id}")).await.is(200).text());
        }

        let target = Database::create(Backend::Postgres);
        let output = run(&target, "restore", &file).await;
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(text.contains("Altered   0\n"), "{text}");
        assert_eq!(
            fs::read(&file).expect("the backup"),
            kept,
            "the backup stays as it is"
        );
        let mut replay = Command::from(binary_in(&env::temp_dir()));
        replay.arg("replay").env("DATABASE_URL", target.url());
        let replayed = replay.output().await.expect("the binary runs");
        assert!(replayed.status.success(), "{replayed:?}");

        // The same key opens it, each claim is answered as before, and everything goes on.
        let mut service = serve(&target);
        let caller = service.caller();
        for (id, before) in ids.iter().zip(before) {
            let after = caller.get(&format!("/v1/claims/{id}")).await.is(200).text();
            assert_eq!(after, before);
        }
        caller.submit(&odd).await.is(200);
        caller.submit(&Claim::new("AFTER-1")).await.is(201);
        let since = last_change.as_str().expect("a time");
        let changed = caller.all("/v1/claims", &[("updated_from", since)]).await;
        let names: Vec<_> = changed
            .iter()
            .map(|claim| claim["external_id"].clone())
            .collect();
        assert_eq!(names, ["ODD-1", "AFTER-1"]);

        // Into a database that is not empty nothing is restored.
        let output = run(&target, "restore", &file).await;
        assert_eq!(output.status.code(), Some(1));
        assert!(
            errors(&output).contains("restore into an empty one"),
            "{output:?}"
        );
    });
}

on_both_databases!(
    a_backup_of_a_busy_service_restores_all_that_was_acknowledged,
    nothing_is_overwritten,
    a_file_that_is_no_backup_is_refused,
);

async fn run(database: &Database, command: &str, file: &Path) -> Output {
    let mut program = Command::from(binary_in(&env::temp_dir()));
    program.arg(command).arg(file).kill_on_drop(true);
    program.env("DATABASE_URL", database.url());
    program.output().await.expect("the binary runs")
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

async fn back_up(app: &TestApp, directory: &TempDir) -> PathBuf {
    let file = directory.path().join("backup");
    let output = run(app.database(), "backup", &file).await;
    assert!(output.status.success(), "{output:?}");
    file
}

async fn a_backup_of_a_busy_service_restores_all_that_was_acknowledged(app: &TestApp) {
    let directory = TempDir::new().expect("a directory");
    let (mut before, mut last_change) = (Vec::new(), String::new());
    for number in 0..20 {
        let stored = app
            .submit(&Claim::new(&format!("BEFORE-{number}")))
            .await
            .is(201);
        last_change = stored.json()["updated_at"]
            .as_str()
            .expect("a time")
            .to_owned();
        before.push(stored.id());
    }
    let done = AtomicBool::new(false);
    let keep_busy = async {
        for number in 0.. {
            if done.load(Ordering::Relaxed) {
                break;
            }
            app.submit(&Claim::new(&format!("DURING-{number}")))
                .await
                .is(201);
        }
    };
    let back_up = async {
        let file = back_up(app, &directory).await;
        done.store(true, Ordering::Relaxed);
        file
    };
    let ((), file) = join!(keep_busy, back_up);
    let mode = fs::metadata(&file)
        .expect("the backup")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);

    // As a copy from another machine may be.
    fs::set_permissions(&file, Permissions::from_mode(0o644)).expect("a mode");
    let empty = Database::create(app.database().backend());
    let output = run(&empty, "restore", &file).await;
    if let Some(path) = empty.url().strip_prefix("sqlite://") {
        let mode = fs::metadata(path)
            .expect("the database")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("Altered   0\n"), "{text}");

    // The restored service takes the same key, has the claims, and goes on.
    let mut service = serve(&empty);
    let caller = service.caller();
    for id in &before {
        caller.get(&format!("/v1/claims/{id}")).await.is(200);
    }
    caller.submit(&Claim::new("BEFORE-1")).await.is(200);
    caller.submit(&Claim::new("AFTER-1")).await.is(201);
    // The order of changes goes on where it was: it rests on a clock in the database, not on a cluster's transaction ids.
    let changed = caller
        .all("/v1/claims", &[("updated_from", &last_change)])
        .await;
    assert_eq!(changed[0]["updated_at"], last_change);
    let newest = changed.last().expect("claims");
    assert_eq!(newest["external_id"], "AFTER-1");
}

async fn nothing_is_overwritten(app: &TestApp) {
    let directory = TempDir::new().expect("a directory");
    let file = back_up(app, &directory).await;
    let kept = fs::read(&file).expect("the backup");
    let output = run(app.database(), "backup", &file).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(errors(&output).contains("exists already"), "{output:?}");
    assert_eq!(fs::read(&file).expect("the backup"), kept);
    // A database with claims is not an empty one.
    let output = run(app.database(), "restore", &file).await;
    assert_eq!(output.status.code(), Some(1));
    let why = errors(&output);
    assert!(
        why.contains("exists already") || why.contains("restore into an empty one"),
        "{why}"
    );
    app.submit(&Claim::new("INV-1")).await.is(201);
}

async fn a_file_that_is_no_backup_is_refused(app: &TestApp) {
    let directory = TempDir::new().expect("a directory");
    let empty = Database::create(app.database().backend());
    for content in ["", "id,name\n1,2\n"] {
        let file = directory.path().join("other");
        fs::write(&file, content).expect("a file");
        let output = run(&empty, "restore", &file).await;
        assert_eq!(output.status.code(), Some(1));
        assert!(errors(&output).contains("is no backup of"), "{output:?}");
    }
    // Half of a backup leaves nothing behind, so that the whole one can be restored.
    let whole = back_up(app, &directory).await;
    let content = fs::read(&whole).expect("the backup");
    let half = directory.path().join("half");
    fs::write(&half, &content[..content.len() / 2]).expect("a file");
    let output = run(&empty, "restore", &half).await;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let output = run(&empty, "restore", &whole).await;
    assert!(output.status.success(), "{output:?}");

    let nowhere = directory.path().join("nowhere");
    let output = run(&empty, "restore", &nowhere).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(errors(&output).contains("nowhere"), "{output:?}");
    let output = run(app.database(), "backup", &nowhere.join("deeper")).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(errors(&output).contains("nowhere"), "{output:?}");
}
