//! Batches while they are under way: slow ones, many at once, and lines that depend on each other.

use std::{collections::BTreeMap, time::Duration};

use futures_util::{StreamExt, future::join_all, stream};
use reqwest::Body;
use serde_json::{Value, json};
use tokio::{sync::mpsc, time::timeout};

use crate::support::{Claim, TestApp, on_both_databases};

on_both_databases!(
    a_line_is_stored_and_answered_before_the_next_one_comes,
    many_batches_at_once_refuse_no_line,
    of_two_lines_with_one_id_the_first_is_stored,
);

const SOON: Duration = Duration::from_secs(10);

async fn a_line_is_stored_and_answered_before_the_next_one_comes(app: &TestApp) {
    let (lines, waiting) = mpsc::channel::<String>(4);
    let body = stream::unfold(waiting, |mut waiting| async move {
        let line = waiting.recv().await?;
        Some((Ok::<_, std::io::Error>(line), waiting))
    });
    let request = app.raw(
        "/v1/claims/batch",
        "application/x-ndjson",
        Body::wrap_stream(body),
    );
    let answer = tokio::spawn(request.send());
    for number in 0..3 {
        let external_id = format!("SLOW-{number}");
        let line = Claim::new(&external_id).text() + "\n";
        lines.send(line).await.expect("the batch is open");
        let stored = async {
            while app.list(&[("external_id", &external_id)]).await.json()["data"] == json!([]) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(SOON, stored)
            .await
            .expect("stored while the batch is open");
    }
    let answer = timeout(SOON, answer)
        .await
        .expect("an answer")
        .expect("a task");
    let mut results = answer.expect("an answer").bytes_stream();
    let first = timeout(SOON, results.next())
        .await
        .expect("results while the batch is open");
    let first = first.expect("a piece").expect("bytes");
    let line = first.split(|byte| *byte == b'\n').next().expect("a line");
    let result: Value = serde_json::from_slice(line).expect("JSON");
    assert_eq!(
        (&result["index"], &result["status"]),
        (&json!(0), &json!(201))
    );
    drop(lines);
}

async fn many_batches_at_once_refuse_no_line(app: &TestApp) {
    const BATCHES: usize = 16;
    const LINES: usize = 300;
    let batches = (0..BATCHES).map(|batch| {
        let lines: String = (0..LINES)
            .map(|line| Claim::new(&format!("MANY-{batch}-{line}")).text() + "\n")
            .collect();
        app.batch(lines)
    });
    let mut statuses = BTreeMap::new();
    for result in join_all(batches).await.concat() {
        *statuses.entry(result["status"].to_string()).or_insert(0) += 1;
    }
    assert_eq!(
        statuses,
        BTreeMap::from([("201".to_owned(), BATCHES * LINES)])
    );
}

async fn of_two_lines_with_one_id_the_first_is_stored(app: &TestApp) {
    // The first takes longer: it names an approval that has to be looked up.
    let first = Claim::new("TWICE").with("/preauthorizations", json!(["OCF18-1"]));
    let second = Claim::new("TWICE").with("/items/0/unit_price_cents", json!(1));
    for round in 0..10 {
        let id = json!(format!("TWICE-{round}"));
        let lines = [&first, &second].map(|claim| {
            let line = claim.clone().with("/external_id", id.clone());
            line.text() + "\n"
        });
        let results = app.batch(lines.concat()).await;
        let statuses: Vec<&Value> = results.iter().map(|result| &result["status"]).collect();
        assert_eq!(statuses, [&json!(201), &json!(409)]);
    }
}
