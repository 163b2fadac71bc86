//! A database that a later version of Payerline made is left alone, and the version is named.

use std::{env, process::Output};

use crate::support::{Claim, Database, binary_in, on_both_databases, ready, serve};

on_both_databases!(bare:
    a_binary_older_than_the_database_refuses_it_and_names_the_version,
    each_migration_is_kept_with_the_version_that_ran_it,
);

const LATER: &str = "29990101000000";

/// Runs a subcommand on a database.
fn run(database: &Database, subcommand: &str) -> (bool, String) {
    let mut command = binary_in(&env::temp_dir());
    command
        .arg(subcommand)
        .env("DATABASE_URL", database.url())
        .env("PAYERLINE_LISTEN", "127.0.0.1:0");
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().expect("the binary runs");
    let said = [stdout, stderr].concat();
    (
        status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

async fn a_binary_older_than_the_database_refuses_it_and_names_the_version(database: &Database) {
    let mut running = serve(database);
    let caller = running.caller();
    caller.submit(&Claim::new("INV-1")).await.is(201);
    database.execute(&format!(
        "INSERT INTO __diesel_schema_migrations (version) VALUES ('{LATER}');
         INSERT INTO schema_versions VALUES ('{LATER}', '9.8.7')"
    ));
    for subcommand in ["serve", "migrate", "replay"] {
        let (success, said) = run(database, subcommand);
        assert!(!success, "{subcommand}: {said}");
        for words in [
            "Payerline 9.8.7",
            LATER,
            env!("CARGO_PKG_VERSION"),
            "Nothing was changed",
        ] {
            assert!(said.contains(words), "{subcommand}: {words} in {said}");
        }
    }
    // Replicas are replaced one after the other: those of before go on meanwhile.
    ready(&caller, std::time::Duration::from_secs(10)).await;
    caller.submit(&Claim::new("INV-2")).await.is(201);
    running.kill();

    database.execute("DELETE FROM schema_versions");
    let (success, said) = run(database, "migrate");
    assert!(
        !success && said.contains("a later version of Payerline"),
        "{said}"
    );
    assert!(said.contains(LATER), "{said}");
}

async fn each_migration_is_kept_with_the_version_that_ran_it(database: &Database) {
    let made =
        || database.lines("SELECT payerline AS line FROM schema_versions ORDER BY migration");
    let run_count = || {
        database
            .lines("SELECT version AS line FROM __diesel_schema_migrations")
            .len()
    };
    // What an earlier build ran before, nobody knows any more.
    database.restore_fixture();
    let before = run_count();
    assert!(run(database, "migrate").0);
    let own = env!("CARGO_PKG_VERSION").to_owned();
    assert_eq!(made(), vec![own; run_count() - before]);
    let kept = made();
    database.execute("UPDATE schema_versions SET payerline = 'as it was'");
    assert!(run(database, "migrate").0);
    assert_eq!(
        made(),
        vec!["as it was".to_owned(); kept.len()],
        "it is written once"
    );
}
