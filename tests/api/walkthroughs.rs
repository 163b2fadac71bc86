//! The commands of the documents: each works as pasted, in order, and prints what a person can read.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
    process::{Command, Output},
};

use tempfile::TempDir;

use crate::support::{ADMIN_KEY, Database, Process, binary_in, on_both_databases};

on_both_databases!(bare:
    the_readme_files_a_claim_and_explains_it,
    the_api_page_shows_retries_batches_and_changes,
    the_rulebooks_page_leads_from_a_draft_to_a_decision,
    the_page_of_imports_brings_claims_in_and_out,
    the_page_of_examples_files_one,
    the_page_of_a_day_leads_from_a_question_to_an_outcome,
);

const SOURCES: &str = env!("CARGO_MANIFEST_DIR");
/// What the documents call the service.
const DOCUMENTED_ADDRESS: &str = "127.0.0.1:8080";
/// What builds and starts the service, and what tests it: the test does that in another way.
const NOT_RUN: [&str; 3] = ["cargo run --release -- serve\n", "./test.sh\n", "docker"];
/// A line that is longer is for programs.
const READABLE_CHARACTERS: usize = 1_500;

/// The commands of a document, block by block.
fn commands(document: &str) -> Vec<String> {
    let text = fs::read_to_string(Path::new(SOURCES).join(document)).expect("the document");
    let blocks = text.split("\n```sh\n").skip(1);
    let blocks: Vec<String> = blocks
        .map(|rest| rest.split("```").next().expect("a block").to_owned())
        .collect();
    assert!(!blocks.is_empty(), "{document} has no commands");
    let is_run = |block: &&String| !NOT_RUN.iter().any(|start| block.starts_with(start));
    blocks.iter().filter(is_run).cloned().collect()
}

/// A directory as it is after the sources were checked out and built, with a running service.
struct Desk {
    directory: TempDir,
    service: Process,
    database_url: String,
}

impl Desk {
    fn new(database: &Database) -> Self {
        let directory = TempDir::new().expect("a directory");
        let path = directory.path();
        copy_examples(path);
        fs::create_dir_all(path.join("target/release")).expect("a directory");
        let binary = path.join("target/release/payerline");
        symlink(env!("CARGO_BIN_EXE_payerline"), binary).expect("a link");
        // As the shell's curl, but a refusal fails the command.
        let curl = path.join("bin/curl");
        fs::create_dir(path.join("bin")).expect("a directory");
        let script = r#"#!/bin/sh
case $1 in -f*) exec "$REAL_CURL" "$@" ;; esac
exec "$REAL_CURL" --fail-with-body "$@"
"#;
        fs::write(&curl, script).expect("a script");
        fs::set_permissions(&curl, fs::Permissions::from_mode(0o755)).expect("its mode");
        Self {
            service: Process::serve(binary_in(path), database.url(), ADMIN_KEY),
            directory,
            database_url: database.url().to_owned(),
        }
    }

    /// Runs the commands of a document as one script that ends at the first failure, and returns what they print.
    fn follow(&mut self, document: &str) -> String {
        let address = self.service.line("API");
        let address = address.strip_prefix("http://").expect("an address");
        let script = commands(document).concat();
        let script = script.replace(DOCUMENTED_ADDRESS, address);
        let path = self.directory.path();
        let output = Command::new("bash")
            .args(["-euo", "pipefail", "-c", &script])
            .current_dir(path)
            .env("PATH", with_first(&path.join("bin")))
            .env("REAL_CURL", find("curl"))
            .env("DATABASE_URL", &self.database_url)
            .env("RUST_LOG", "error")
            .env_remove("PAYERLINE_KEY")
            .output()
            .expect("bash runs");
        check(document, &output)
    }
}

/// Copies the examples: an import locks its file, and these tests run beside each other.
fn copy_examples(into: &Path) {
    let examples = Path::new(SOURCES).join("examples");
    let copied = Command::new("cp")
        .arg("-r")
        .arg(examples)
        .arg(into)
        .status();
    assert!(copied.expect("cp runs").success(), "the examples");
}

/// The directories of programs, with one more that goes before.
fn with_first(directory: &Path) -> String {
    let others = std::env::var("PATH").expect("PATH");
    format!("{}:{others}", directory.display())
}

/// Where a program is.
fn find(program: &str) -> String {
    let script = format!("command -v {program}");
    let found = Command::new("sh").args(["-c", &script]).output();
    let found = String::from_utf8(found.expect("a shell").stdout).expect("text");
    assert!(
        !found.is_empty(),
        "the documents use {program}, which is not installed"
    );
    found.trim().to_owned()
}

/// What was printed, if the commands succeeded and people can read it.
fn check(document: &str, output: &Output) -> String {
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{document}: {}\n{printed}\n{said}",
        output.status
    );
    for line in printed.lines() {
        let length = line.chars().count();
        let start: String = line.chars().take(100).collect();
        assert!(
            length <= READABLE_CHARACTERS,
            "{document}: {length} characters: {start}…"
        );
    }
    printed
}

/// Fails unless each text stands in what was printed, after the one before.
fn assert_in_order(printed: &str, texts: &[&str]) {
    let mut rest = printed;
    for text in texts {
        match rest.split_once(text) {
            Some((_, after)) => rest = after,
            None => panic!("no {text:?} in {rest}\n\n--- all of it:\n{printed}"),
        }
    }
}

async fn the_readme_files_a_claim_and_explains_it(database: &Database) {
    find("jq");
    let printed = Desk::new(database).follow("README.md");
    let texts = [
        // Asked first.
        "\"payer\": \"mva\"",
        "\"because\"",
        // Submitted, and sent again.
        "\"status\": \"needs_preauthorization\"",
        "200\n",
        // Explained, and found.
        "OCF-18",
        "\"external_id\":\"INV-2026-000123\"",
    ];
    assert_in_order(&printed, &texts);
}

async fn the_api_page_shows_retries_batches_and_changes(database: &Database) {
    let mut desk = Desk::new(database);
    let printed = desk.follow("docs/api.md");
    let texts = [
        "\"payer\": \"mva\"",
        // The pages of a list, and the changes.
        "INV-2026-000123\n",
        "\"updated_at\"",
        // A batch, and the same again.
        "\"status\":201",
        "\"claim_status\"",
        " 200\n",
        // The approval under its version.
        "\"status\": \"approved\"",
        "\"version\": 2",
        "OCF18-90210",
    ];
    assert_in_order(&printed, &texts);
    let export = fs::read_to_string(desk.directory.path().join("november.csv"));
    assert!(export.expect("a file").contains("external_id"));
}

async fn the_rulebooks_page_leads_from_a_draft_to_a_decision(database: &Database) {
    let printed = Desk::new(database).follow("docs/rulebooks.md");
    let texts = [
        "\"origin\":\"shipped\"",
        "# ontario",
        "\"state\": \"draft\"",
        "\"sound\": true",
        "\"situation\"",
        // The claim that the rule is for waits, and would be ready.
        "\"status\": \"needs_preauthorization\"",
        "\"changed\": 1",
        "\"external_id\": \"INV-MAPLE-1\"",
        "Maple Life covers platelet-rich plasma",
        "\"state\": \"active\"",
        "\"status\": \"ready\"",
        "\"rule\": \"private-plasma-maple\"",
        "\"identical\": true",
        "Differences  0",
    ];
    assert_in_order(&printed, &texts);
}

async fn the_page_of_imports_brings_claims_in_and_out(database: &Database) {
    let mut desk = Desk::new(database);
    desk.follow("docs/import-export.md");
    let export = fs::read_to_string(desk.directory.path().join("november.csv"));
    let lines = export.expect("a file").lines().count();
    assert!(lines > 10, "{lines} lines");
}

async fn the_page_of_examples_files_one(database: &Database) {
    let printed = Desk::new(database).follow("examples/README.md");
    assert_in_order(
        &printed,
        &["\"payer\": \"private\"", "\"disposition\": \"ready\""],
    );
}

async fn the_page_of_a_day_leads_from_a_question_to_an_outcome(database: &Database) {
    let printed = Desk::new(database).follow("docs/a-day.md");
    let texts = [
        // Would this be covered?
        "\"disposition\":\"needs_preauthorization\"",
        "\"status\":\"needs_preauthorization\"",
        // The insurer approves, and the claim is decided again.
        "\"redecisions\":{\"decided\":1,\"changed\":1,\"waiting\":0}",
        "\"status\":\"ready\"",
        "\"reserved_cents\":24000",
        "It is ready to bill.",
        // What is left does not suffice; a person decides.
        "preauthorization_insufficient",
        "\"status\":\"ready\"",
        // Sent, and corrected.
        "\"status\":\"submitted\"",
        "\"replaces\"",
        "\"status\":\"replaced\"",
        // The queue says what is next.
        "\"task\":\"review\"",
        // The patient calls.
        "\"external_id\":\"INV-2026-001101-B\"",
        "\"family_name\":\"Ferreira\"",
        "\"amount_cents\":45000",
        // The patient fares better.
        "\"pain\":3",
        // The insurer pays a part, and after an appeal the rest.
        "\"status\":\"partially_paid\"",
        "\"consumed_cents\":12000",
        "\"status\":\"appealed\"",
        "\"status\":\"paid\"",
        "\"consumed_cents\":21000",
        // What a plan leaves falls to the next, and then to the patient.
        "\"status\":\"submitted\"",
        "\"due_from\":{\"payer\":\"private\"",
        "\"due_from\":{\"payer\":\"patient\"}",
        // One transfer for many claims.
        "\"replayed\":false,\"claim_status\":\"partially_paid\",\"outstanding_cents\":12000",
        "\"replayed\":false,\"claim_status\":\"paid\",\"outstanding_cents\":0",
        // Six months later.
        "\"outstanding_cents\":110000",
        "\"pain\":1",
        // What it came to.
        "\"payer\":\"mva\"",
        "0-30",
    ];
    assert_in_order(&printed, &texts);
}
