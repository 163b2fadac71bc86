//! External ids that come again, in one file or in several, in one run or in two.

use serde_json::Value;

use super::{
    stub::{Stub, chunked},
    tables::stored_totals,
    troubled::{NDJSON, results},
    workplace::Workplace,
};
use crate::support::{ADMIN_KEY, Claim, TestApp, on_both_databases};

on_both_databases!(
    ids_that_stand_in_two_files_are_refused_at_both_places,
    a_repeated_line_is_refused_only_with_other_content,
    standard_input_is_read_twice_too,
);

const NAMES: &str = "external_id,patient.id,patient.birth_date,provider.id,provider.profession,\
    items.service_date,items.category,items.unit_price_cents\n";

fn row(external_id: &str) -> String {
    format!("{external_id},P-1,1970-01-01,T-1,physiotherapist,2026-09-08,rehabilitation,9500\n")
}

async fn ids_that_stand_in_two_files_are_refused_at_both_places(app: &TestApp) {
    let work = Workplace::new(ADMIN_KEY);
    work.write("a.csv", NAMES.to_owned() + &row("A") + &row("B"));
    work.write("b.csv", NAMES.to_owned() + &row("C") + &row("A"));
    let other = Claim::new("A").text() + "\n" + &Claim::new("D").text();
    work.write("c.ndjson", other);
    let files = ["a.csv", "b.csv", "c.ndjson"];
    let run = work.import(&files, app).await.exits(3);
    run.counts(3, 0, 3);
    let ids: Vec<String> = stored_totals(app)
        .await
        .into_iter()
        .map(|(id, _)| id)
        .collect();
    assert_eq!(ids, ["B", "C", "D"]);
    let places = "line 2 of a.csv, line 3 of b.csv and line 1 of c.ndjson";
    // Rows under the same columns stand side by side.
    let rows = work.refused_rows("a.csv.refused.csv");
    assert_eq!(rows.len(), 2);
    assert!(
        rows.iter().all(|(reason, _)| reason.contains(places)),
        "{rows:?}"
    );
    let lines = work.json_lines("c.ndjson.refused.ndjson");
    assert_eq!(lines.len(), 1);
    let reason = lines[0]["problem"]["detail"].as_str().expect("a reason");
    assert!(reason.contains(places), "{reason}");
    assert!(work.find("b.csv.refused.csv").is_none());
}

async fn a_repeated_line_is_refused_only_with_other_content(app: &TestApp) {
    let work = Workplace::new(ADMIN_KEY);
    let lines = [
        Claim::new("A").text(),
        Claim::new("B").text(),
        Claim::new("A").text(),
        Claim::new("C").text(),
        Claim::new("B").with("/patient/id", "P-9").text(),
    ];
    work.write("claims.ndjson", lines.join("\n"));
    let run = work.import(&["claims.ndjson"], app).await.exits(3);
    run.counts(2, 1, 2);
    let refused = work.json_lines("claims.ndjson.refused.ndjson");
    let found: Vec<&Value> = refused.iter().map(|line| &line["line"]).collect();
    assert_eq!(found, [2, 5]);
    for line in &refused {
        let reason = line["problem"]["detail"].as_str().expect("a reason");
        assert!(
            reason.contains("line 2 and line 5 with different content"),
            "{reason}"
        );
    }
    let stored = stored_totals(app).await;
    assert_eq!(stored.len(), 2, "{stored:?}");
}

async fn standard_input_is_read_twice_too(app: &TestApp) {
    let work = Workplace::new(ADMIN_KEY);
    let text = NAMES.to_owned() + &row("A") + &row("B") + &row("A");
    let url = app.url("");
    let run = work.feed(&["import", "-", "--to", &url], &text).await;
    run.exits(3).counts(1, 0, 2);
    assert_eq!(work.refused_rows("stdin.refused.csv").len(), 2);
}

/// Imports `files`, gives up within the second batch, and imports `then`. Returns the claims of each request.
fn import_twice(answers: Vec<String>, files: &[&str], then: &[&str], says: &str) -> Vec<String> {
    let work = Workplace::new(ADMIN_KEY);
    work.write(
        "a.csv",
        NAMES.to_owned() + &row("A") + &row("B") + &row("A") + &row("C"),
    );
    work.write("b.csv", NAMES.to_owned() + &row("C"));
    Stub::run(answers, async |stub| {
        let url = stub.url();
        let options = ["--patience", "0", "--to", &url];
        let run = work.run(&[&["import"], files, &options].concat()).await;
        run.exits(1).counts(1, 0, 2).says("given up");
        assert_eq!(work.refused_rows("a.csv.refused.csv").len(), 2);
        let run = work.run(&[&["import"], then, &options].concat()).await;
        run.exits(3).says(says);
        assert_eq!(work.refused_rows("a.csv.refused.csv").len(), 2);
        let ids = |body: String| -> String {
            let ids = body.lines().map(|line| {
                let claim: Value = serde_json::from_str(line).expect("JSON");
                claim["external_id"].as_str().expect("an id").to_owned()
            });
            ids.collect()
        };
        stub.bodies().into_iter().map(ids).collect()
    })
}

#[test]
fn an_import_that_goes_on_passes_over_what_was_refused_before() {
    let answers = vec![
        chunked(NDJSON, &[&results(&[201, 503])]),
        chunked(NDJSON, &[&results(&[201])]),
    ];
    let sent = import_twice(answers, &["a.csv"], &["a.csv"], "goes on after line 3");
    assert_eq!(sent, ["BC", "C"]);
}

#[test]
fn an_import_with_another_file_begins_anew() {
    let answers = vec![
        chunked(NDJSON, &[&results(&[201, 503])]),
        chunked(NDJSON, &[&results(&[200])]),
    ];
    let says = "imported together with other files then";
    let sent = import_twice(answers, &["a.csv"], &["a.csv", "b.csv"], says);
    assert_eq!(sent, ["BC", "B"], "C stands in both files now");
}
