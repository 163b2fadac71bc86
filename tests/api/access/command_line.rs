//! `payerline keys`: API keys without a running service.

use std::process::Output;

use tempfile::TempDir;

use crate::support::{Caller, Claim, Database, array, binary_in, on_both_databases, serve};

on_both_databases!(bare:
    a_lost_admin_key_is_replaced_on_the_command_line,
    the_last_keys_cannot_be_revoked_on_the_command_line,
    clinics_are_named_by_their_name_or_id,
);

/// Runs `payerline keys` on a database.
fn keys(database: &Database, arguments: &[&str]) -> Output {
    let directory = TempDir::new().expect("a directory");
    let mut command = binary_in(directory.path());
    command.arg("keys").args(arguments);
    command.args(["--database-url", database.url()]);
    command.output().expect("the binary runs")
}

/// What it printed, when it succeeded.
#[track_caller]
fn printed(database: &Database, arguments: &[&str]) -> String {
    let output = keys(database, arguments);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    String::from_utf8(output.stdout).expect("text")
}

/// What it complained of.
#[track_caller]
fn refused(database: &Database, arguments: &[&str], exit_status: i32) -> String {
    let output = keys(database, arguments);
    assert_eq!(output.status.code(), Some(exit_status), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    String::from_utf8(output.stderr).expect("text")
}

/// A line of what was printed, after its label.
#[track_caller]
fn line<'a>(printed: &'a str, label: &str) -> &'a str {
    let line = printed.lines().find_map(|line| line.strip_prefix(label));
    line.unwrap_or_else(|| panic!("no {label}: {printed}"))
        .trim()
}

/// The id of the first key that a caller's clinic lists.
async fn first_key(caller: &Caller) -> String {
    let list = caller.get("/v1/api-keys").await.is(200).json();
    let oldest = array(&list["data"]).last().expect("a key");
    oldest["id"].as_str().expect("an id").to_owned()
}

async fn a_lost_admin_key_is_replaced_on_the_command_line(database: &Database) {
    let mut process = serve(database);
    let lost = first_key(&process.caller()).await;
    process.kill();

    let created = printed(
        database,
        &[
            "create", "--role", "operator", "--role", "admin", "--name", "spare",
        ],
    );
    assert_eq!(line(&created, "Roles"), "admin operator");
    let key = line(&created, "Key").to_owned();
    assert!(key.starts_with("pl_"), "{created}");
    let revoked = printed(database, &["revoke", &lost]);
    assert!(revoked.contains("revoked"), "{revoked}");
    let listed = printed(database, &["list"]);
    assert!(
        listed.contains(line(&created, "Id")) && listed.contains(&lost),
        "{listed}"
    );
    assert!(
        listed.contains("default") && listed.contains("spare"),
        "{listed}"
    );
    assert!(!listed.contains(&key), "a key is shown once");
    let events = database.events();
    let of_keys = events.iter().filter(|event| event.kind.starts_with("key."));
    let of_keys: Vec<&str> = of_keys.map(|event| event.kind.as_str()).collect();
    assert_eq!(of_keys.len(), 3, "{of_keys:?}");

    let mut process = serve(database);
    let caller = process.caller();
    caller.get("/v1/claims").await.is(401);
    let spare = caller.with_key(&key);
    spare.submit(&Claim::new("INV-1")).await.is(201);
    spare.get("/v1/clinics").await.is(200);

    // Beside the running service, too.
    let created = printed(database, &["create", "--role", "billing"]);
    let billing = caller.with_key(line(&created, "Key"));
    billing.get("/v1/claims").await.is(200);
}

async fn the_last_keys_cannot_be_revoked_on_the_command_line(database: &Database) {
    let mut process = serve(database);
    let first = first_key(&process.caller()).await;
    process.kill();
    for role in ["admin", "operator"] {
        let said = refused(database, &["revoke", &first], 1);
        assert!(said.contains("last") && said.contains(role), "{said}");
        printed(database, &["create", "--role", role]);
    }
    printed(database, &["revoke", &first]);
    printed(database, &["revoke", &first]);
}

async fn clinics_are_named_by_their_name_or_id(database: &Database) {
    let said = refused(database, &["list"], 1);
    assert!(!said.is_empty());
    let mut process = serve(database);
    let caller = process.caller();
    let harbour = caller.new_clinic("Harbour Clinic").await;
    let created = printed(
        database,
        &["create", "--clinic", "Harbour Clinic", "--role", "admin"],
    );
    let (id, name) = line(&created, "Clinic")
        .split_once(' ')
        .expect("id and name");
    assert_eq!(name, "Harbour Clinic");
    let of_harbour = printed(database, &["list", "--clinic", id]);
    assert_eq!(of_harbour.lines().count(), 3, "{of_harbour}");
    let first = first_key(&harbour).await;
    // It is no key of the clinic `default`.
    let said = refused(database, &["revoke", &first], 1);
    assert!(said.contains("no such API key"), "{said}");
    printed(database, &["revoke", "--clinic", id, &first]);

    caller.new_clinic("Harbour Clinic").await;
    let said = refused(database, &["list", "--clinic", "Harbour Clinic"], 1);
    assert!(said.contains("several") && said.contains(id), "{said}");
    let said = refused(database, &["list", "--clinic", "Nowhere"], 1);
    assert!(said.contains("Nowhere"), "{said}");
    let said = refused(database, &["create", "--role", "root"], 2);
    assert!(said.contains("billing, staff, admin"), "{said}");
    refused(database, &["create"], 2);
    refused(database, &["revoke", "1"], 2);
}
