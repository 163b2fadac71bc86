//! Imports that are ended in the middle, from either side: nothing is lost, nothing is there twice.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::workplace::{Run, Workplace, signal};
use crate::support::{ADMIN_KEY, Caller, Claim, Database, on_both_databases, serve, serve_at};

on_both_databases!(bare:
    after_ctrl_c_the_next_import_goes_on,
    kill_minus_nine_of_an_import_loses_nothing,
    kill_minus_nine_of_the_service_is_waited_out,
    what_has_changed_is_imported_from_its_beginning,
);

/// So many that the import is under way for longer than it takes until it writes down how far it came.
const CLAIMS: usize = 20_000;
/// Every so many lines one is refused.
const BAD: usize = 500;

/// A file of many claims; some of its lines are refused. Returns how many are good, and the bad lines.
fn write_many(work: &Workplace) -> (usize, BTreeSet<u64>) {
    let mut bad = BTreeSet::new();
    let mut text = String::new();
    for number in 1..=CLAIMS {
        let mut claim = Claim::new(&format!("MANY-{number}"));
        if number % BAD == 0 {
            claim = claim.with("/patient/birth_date", "2999-01-01");
            bad.insert(u64::try_from(number).expect("a small number"));
        }
        text.push_str(&claim.text());
        text.push('\n');
    }
    work.write("many.ndjson", text);
    (CLAIMS - bad.len(), bad)
}

/// What the import keeps of how far it came, once it came anywhere.
async fn begun(work: &Workplace) -> Value {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let kept = work.find("many.ndjson.progress");
        let progress: Value = serde_json::from_str(&kept.unwrap_or_default()).unwrap_or_default();
        if progress["settled"]["line"].as_u64() > Some(0) {
            return progress;
        }
        assert!(Instant::now() < deadline, "claims are stored");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// All is stored once and every bad line is kept once, whatever happened.
async fn is_complete(
    caller: &Caller,
    work: &Workplace,
    run: &Run,
    good: usize,
    bad: &BTreeSet<u64>,
) {
    let stored = caller.stored("MANY-").await;
    let ids: BTreeSet<&String> = stored.iter().map(|(external_id, _)| external_id).collect();
    assert_eq!((stored.len(), ids.len()), (good, good));
    let refused = work.json_lines("many.ndjson.refused.ndjson");
    let lines: BTreeSet<u64> = refused
        .iter()
        .map(|line| line["line"].as_u64().expect("a line"))
        .collect();
    assert_eq!(refused.len(), bad.len());
    assert_eq!(lines, *bad);
    let counted = run.count("stored") + run.count("already there");
    assert_eq!(counted, u64::try_from(good).expect("a small number"));
    assert_eq!(work.files(), ["many.ndjson", "many.ndjson.refused.ndjson"]);
}

async fn after_ctrl_c_the_next_import_goes_on(database: &Database) {
    let mut process = serve(database);
    let caller = process.caller();
    let work = Workplace::new(ADMIN_KEY);
    let (good, bad) = write_many(&work);
    let url = caller.url("");
    let order = ["import", "many.ndjson", "--to", &url];
    let import = work.start(&order);
    begun(&work).await;
    signal(&import, "-INT");
    let run = Run::of(import).await.exits(130);
    let run = run
        .says("give the same command again")
        .says("many.ndjson.progress");
    let first = run.count("stored") + run.count("refused");
    assert!(
        0 < first && first < CLAIMS.try_into().expect("a small number"),
        "{run:?}"
    );
    let progress: Value = serde_json::from_str(&work.read("many.ndjson.progress")).expect("JSON");
    assert_eq!(progress["settled"]["line"], first);
    let run = work.run(&order).await.exits(3);
    let run = run.says(&format!("goes on after line {first}"));
    is_complete(&caller, &work, &run, good, &bad).await;
}

async fn kill_minus_nine_of_an_import_loses_nothing(database: &Database) {
    let mut process = serve(database);
    let caller = process.caller();
    let work = Workplace::new(ADMIN_KEY);
    let (good, bad) = write_many(&work);
    let url = caller.url("");
    let order = ["import", "many.ndjson", "--to", &url];
    for _ in 0..2 {
        let mut import = work.start(&order);
        begun(&work).await;
        import.kill().await.expect("it is killed");
    }
    let run = work.run(&order).await.exits(3);
    is_complete(&caller, &work, &run, good, &bad).await;
}

async fn kill_minus_nine_of_the_service_is_waited_out(database: &Database) {
    let mut process = serve(database);
    let caller = process.caller();
    let work = Workplace::new(ADMIN_KEY);
    let (good, bad) = write_many(&work);
    let url = caller.url("");
    let address = url.trim_start_matches("http://").to_owned();
    let import = work.start(&["import", "many.ndjson", "--to", &url]);
    begun(&work).await;
    process.kill();
    tokio::time::sleep(Duration::from_millis(1200)).await;
    let mut process = serve_at(database, &address);
    let caller = process.caller();
    let run = Run::of(import).await.exits(3).says("trying again in");
    is_complete(&caller, &work, &run, good, &bad).await;
}

async fn what_has_changed_is_imported_from_its_beginning(database: &Database) {
    let mut process = serve(database);
    let caller = process.caller();
    let work = Workplace::new(ADMIN_KEY);
    let (good, _) = write_many(&work);
    let url = caller.url("");
    let order = ["import", "many.ndjson", "--to", &url];
    let import = work.start(&order);
    begun(&work).await;
    signal(&import, "-TERM");
    Run::of(import).await.exits(143);
    let text = Claim::new("NEW").text() + "\n" + &work.read("many.ndjson");
    work.write("many.ndjson", text);
    let run = work.run(&order).await.exits(3).says("begins anew");
    assert!(run.count("already there") > 0, "{run:?}");
    let all = run.count("stored") + run.count("already there");
    assert_eq!(all, u64::try_from(good + 1).expect("a small number"));
    assert_eq!(caller.stored("NEW").await.len(), 1);
}
