//! Compressed batches: gzip and zstd, whole, broken off, of another kind, and a bomb.

use std::{io::Write, time::Duration};

use flate2::{Compression, write::GzEncoder};
use reqwest::header;
use serde_json::Value;

use crate::support::{Answer, Caller, Claim, Database, TestApp, on_both_databases, serve};

on_both_databases!(
    a_compressed_batch_is_a_batch,
    what_was_whole_before_it_broke_off_is_stored,
    other_encodings_are_refused_with_what_is_taken,
    a_small_body_of_many_lines_leaves_the_others_their_turn,
);
on_both_databases!(bare: kill_a_small_body_cannot_fill_the_memory);

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).expect("bytes are compressed");
    encoder.finish().expect("bytes are compressed")
}

fn zstd(text: &[u8]) -> Vec<u8> {
    zstd::encode_all(text, 3).expect("bytes are compressed")
}

async fn send(caller: &Caller, encoding: &str, body: Vec<u8>) -> Answer {
    let request = caller.raw("/v1/claims/batch", "application/x-ndjson", body);
    caller
        .send(request.header(header::CONTENT_ENCODING, encoding))
        .await
}

fn statuses(results: &[Value]) -> Vec<u64> {
    let status = |result: &Value| result["status"].as_u64().expect("a status");
    results.iter().map(status).collect()
}

fn claims(count: usize) -> String {
    let line = |number| Claim::new(&format!("INV-{number}")).text() + "\n";
    (0..count).map(line).collect()
}

async fn a_compressed_batch_is_a_batch(app: &TestApp) {
    let text = claims(1_000);
    let once = send(app, "gzip", gzip(text.as_bytes()))
        .await
        .is(200)
        .json_lines();
    assert_eq!(statuses(&once), vec![201; 1_000]);
    let again = send(app, "zstd", zstd(text.as_bytes()))
        .await
        .is(200)
        .json_lines();
    assert_eq!(statuses(&again), vec![200; 1_000]);
    // As `cat a.gz b.gz` and pigz make them.
    let (one, other) = text.split_at(text.len() / 2);
    for (encoding, compress) in [("GZIP", gzip as fn(&[u8]) -> Vec<u8>), ("zstd", zstd)] {
        let parts = [compress(one.as_bytes()), compress(other.as_bytes())].concat();
        let results = send(app, encoding, parts).await.is(200).json_lines();
        assert_eq!(statuses(&results), vec![200; 1_000], "{encoding}");
    }
    let plain = send(app, "identity", text.into_bytes())
        .await
        .is(200)
        .json_lines();
    assert_eq!(statuses(&plain), vec![200; 1_000]);
}

async fn what_was_whole_before_it_broke_off_is_stored(app: &TestApp) {
    let mut body = gzip(claims(5_000).as_bytes());
    body.truncate(body.len() / 2);
    let results = send(app, "gzip", body).await.is(200).json_lines();
    let (last, stored) = results.split_last().expect("results");
    assert!(stored.len() > 100 && stored.len() < 5_000);
    assert_eq!(statuses(stored), vec![201; stored.len()]);
    assert_eq!(last["status"], 400, "{last}");
    assert_eq!(
        last["problem"]["type"],
        "urn:payerline:problem:unreadable-body"
    );
    assert_eq!(app.stored("INV-").await.len(), stored.len());

    let results = send(app, "gzip", claims(1).into_bytes()).await.is(200);
    assert_eq!(
        statuses(&results.json_lines()),
        [400],
        "what is no gzip at all"
    );
}

async fn other_encodings_are_refused_with_what_is_taken(app: &TestApp) {
    for encoding in ["br", "gzip, zstd", "\u{e9}"] {
        let answer = send(app, encoding, gzip(claims(1).as_bytes())).await;
        assert_eq!(answer.header("accept-encoding"), "gzip, zstd");
        answer.problem(415);
    }
    let request = app.raw("/v1/claims", "application/json", gzip(claims(1).as_bytes()));
    let answer = app
        .send(request.header(header::CONTENT_ENCODING, "gzip"))
        .await;
    assert_eq!(answer.header("accept-encoding"), "identity");
    answer.problem(415);
}

/// Many megabytes of blank lines in a few bytes: whoever else asks is answered before they are read.
async fn a_small_body_of_many_lines_leaves_the_others_their_turn(app: &TestApp) {
    let body = zstd(&vec![b'\n'; 64 << 20]);
    assert!(body.len() < 10_000, "{} bytes", body.len());
    let batch = tokio::spawn({
        let caller = app.with_key(app.key());
        async move { send(&caller, "zstd", body).await.is(200).json_lines().len() }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    // Connections of their own, so that every worker of the service has one.
    for _ in 0..4 {
        let probe = reqwest::get(app.url("/healthz")).await.expect("an answer");
        assert_eq!(probe.status(), 200);
    }
    assert!(!batch.is_finished(), "they are answered meanwhile");
    assert_eq!(batch.await.expect("the batch is answered"), 0);
}

/// 300 MB of one line in some kilobytes, twice; and a frame that wants more memory than is granted.
async fn kill_a_small_body_cannot_fill_the_memory(database: &Database) {
    let mut process = serve(database);
    let caller = process.caller();
    caller.submit(&Claim::new("INV-0")).await.is(201);
    let before = process.peak_memory();
    let huge = vec![b'x'; 300 << 20];
    for (encoding, body) in [("gzip", gzip(&huge)), ("zstd", zstd(&huge))] {
        assert!(body.len() < 1 << 20, "{} bytes", body.len());
        let results = send(&caller, encoding, body).await.is(200).json_lines();
        assert_eq!(statuses(&results), [413], "{encoding}");
    }
    drop(huge);
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).expect("an encoder");
    encoder.window_log(27).expect("a window of 128 MiB");
    encoder
        .write_all(claims(1).as_bytes())
        .expect("bytes are compressed");
    let wide = encoder.finish().expect("bytes are compressed");
    let results = send(&caller, "zstd", wide).await.is(200).json_lines();
    assert_eq!(statuses(&results), [400]);
    let growth = process.peak_memory() - before;
    assert!(growth < 48 << 20, "memory grew by {} MiB", growth >> 20);
}
