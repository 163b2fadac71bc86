//! An answer of 201 survives: the real binary under load, killed in the middle, started again.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::stream;
use reqwest::{Body, RequestBuilder};
use serde_json::{Value, json};
use tokio::{sync::mpsc, time};

use crate::support::{Claim, Database, Load, Record, load_claim, on_both_databases, serve};

on_both_databases!(bare:
    kill_minus_nine_loses_no_answered_claim,
    kill_minus_nine_in_a_batch_loses_no_answered_claim,
    a_polite_stop_finishes_what_is_in_flight,
    a_polite_stop_under_load_loses_nothing,
);

const ROUNDS: usize = 10;
const CLIENTS: usize = 8;

async fn kill_minus_nine_loses_no_answered_claim(database: &Database) {
    let mut process = serve(database);
    for round in 0..ROUNDS {
        let caller = process.caller();
        let prefix = format!("R{round}");
        let load = Load::start(&caller, &prefix, CLIENTS);
        load.reaches(40 + 25 * round).await;
        process.kill();
        let record = load.stop().await;
        record.has_only(&[201]);
        process = serve(database);
        record.is_kept(&process.caller(), &prefix).await;
    }
}

/// The body of a batch whose lines are sent one by one.
fn streamed() -> (mpsc::Sender<String>, Body) {
    let (sender, receiver) = mpsc::channel(1);
    let lines = stream::unfold(
        receiver,
        |mut receiver: mpsc::Receiver<String>| async move {
            let line = receiver.recv().await?;
            Some((Ok::<String, std::io::Error>(line), receiver))
        },
    );
    (sender, Body::wrap_stream(lines))
}

/// One batch that goes on until the service is gone; its results are read as they come.
async fn kill_minus_nine_in_a_batch_loses_no_answered_claim(database: &Database) {
    let mut process = serve(database);
    for round in 0..3 {
        let caller = process.caller();
        let prefix = format!("B{round}");
        let (sender, body) = streamed();
        let request = caller.raw("/v1/claims/batch", "application/x-ndjson", body);
        let received = Arc::new(AtomicUsize::new(0));
        let results = tokio::spawn(read_until_it_is_gone(request, Arc::clone(&received)));
        let deadline = Instant::now() + Duration::from_secs(60);
        for number in 0.. {
            if received.load(Ordering::Relaxed) > 20_000 * (round + 1) {
                break;
            }
            assert!(
                Instant::now() < deadline,
                "results come while lines are still sent"
            );
            let line = load_claim(&format!("{prefix}-{number}")).text() + "\n";
            sender.send(line).await.expect("the service takes lines");
        }
        process.kill();
        drop(sender);
        let results = results.await.expect("the client ends");
        let acknowledged: BTreeMap<String, String> = results
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter(|result| result["status"] == 201)
            .filter_map(|result| {
                let text = |member: &str| Some(result[member].as_str()?.to_owned());
                Some((text("external_id")?, text("id")?))
            })
            .collect();
        assert!(acknowledged.len() > 50, "{} results", acknowledged.len());
        let record = Record {
            acknowledged,
            ..Record::default()
        };
        process = serve(database);
        record.is_kept(&process.caller(), &prefix).await;
    }
}

/// Reads an answer as far as it comes; `received` counts its bytes.
async fn read_until_it_is_gone(request: RequestBuilder, received: Arc<AtomicUsize>) -> String {
    let mut bytes = Vec::new();
    if let Ok(mut response) = request.send().await {
        while let Ok(Some(chunk)) = response.chunk().await {
            received.fetch_add(chunk.len(), Ordering::Relaxed);
            bytes.extend(chunk);
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

async fn a_polite_stop_finishes_what_is_in_flight(database: &Database) {
    let mut process = serve(database);
    let caller = process.caller();
    let (sender, body) = streamed();
    let batch = tokio::spawn({
        let caller = caller.clone();
        async move { caller.batch(body).await }
    });
    let line = |number: u32| Claim::new(&format!("INV-{number}")).text() + "\n";
    for number in 0..10 {
        sender
            .send(line(number))
            .await
            .expect("the service takes lines");
    }
    // Long enough for the service to be in the middle of the batch.
    time::sleep(Duration::from_millis(300)).await;
    let stopped = Instant::now();
    process.terminate();
    time::sleep(Duration::from_millis(500)).await;
    for number in 10..20 {
        sender
            .send(line(number))
            .await
            .expect("the service still takes lines");
    }
    drop(sender);
    let results = batch.await.expect("the batch is answered");
    let statuses: Vec<Value> = results
        .iter()
        .map(|result| result["status"].clone())
        .collect();
    assert_eq!(statuses, vec![json!(201); 20]);
    drop(caller);
    let status = process.ended_within(Duration::from_secs(10)).await;
    assert!(stopped.elapsed() < Duration::from_secs(10));
    assert_eq!(status.code(), Some(0));

    let mut process = serve(database);
    let stored = process.caller().stored("INV-").await;
    assert_eq!(stored.len(), 20);
}

async fn a_polite_stop_under_load_loses_nothing(database: &Database) {
    let mut process = serve(database);
    let caller = process.caller();
    let load = Load::start(&caller, "L", CLIENTS);
    load.reaches(100).await;
    process.terminate();
    let status = process.ended_within(Duration::from_secs(10)).await;
    assert_eq!(status.code(), Some(0));
    let record = load.stop().await;
    // A service that is stopping may say so.
    record.has_only(&[201, 503]);
    let mut process = serve(database);
    record.is_kept(&process.caller(), "L-").await;
}
