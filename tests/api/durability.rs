//! An answer of 201 survives: the real binary under load, killed in the middle, started again.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::{future::join_all, stream};
use reqwest::{Body, RequestBuilder};
use serde_json::{Value, json};
use tokio::{sync::mpsc, task::JoinHandle, time};

use crate::support::{Caller, Claim, Database, Process, array, on_both_databases};

on_both_databases!(bare:
    kill_minus_nine_loses_no_answered_claim,
    kill_minus_nine_in_a_batch_loses_no_answered_claim,
    a_polite_stop_finishes_what_is_in_flight,
    a_polite_stop_under_load_loses_nothing,
);

const ROUNDS: usize = 10;
const CLIENTS: usize = 8;

/// External ids and ids of claims that were answered 201.
type Answered = BTreeMap<String, String>;

/// Clients that submit claims one after the other until the service is gone.
struct Load {
    clients: Vec<JoinHandle<Answered>>,
    answered: Arc<AtomicUsize>,
}

impl Load {
    fn start(caller: &Caller, prefix: &str) -> Self {
        let answered = Arc::new(AtomicUsize::new(0));
        let clients = (0..CLIENTS).map(|client| {
            let (caller, count) = (caller.clone(), Arc::clone(&answered));
            let prefix = format!("{prefix}-{client}");
            tokio::spawn(submit_until_it_is_gone(caller, prefix, count))
        });
        Self {
            clients: clients.collect(),
            answered,
        }
    }

    /// Waits until so many claims were answered.
    async fn reaches(&self, count: usize) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while self.answered.load(Ordering::Relaxed) < count {
            assert!(
                Instant::now() < deadline,
                "{count} claims are answered in time"
            );
            time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Everything that was answered 201; returns once every client has lost the service.
    async fn all_answered(self) -> Answered {
        let answered = join_all(self.clients).await;
        answered
            .into_iter()
            .flat_map(|client| client.expect("a client ends"))
            .collect()
    }
}

async fn submit_until_it_is_gone(
    caller: Caller,
    prefix: String,
    count: Arc<AtomicUsize>,
) -> Answered {
    let mut answered = Answered::new();
    for number in 0.. {
        let external_id = format!("{prefix}-{number}");
        let claim = Claim::new(&external_id);
        let request = caller.raw("/v1/claims", "application/json", claim.text());
        match caller.try_send(request).await {
            Ok(answer) if answer.status() == 201 => {
                answered.insert(external_id, answer.id());
                count.fetch_add(1, Ordering::Relaxed);
            }
            // A service that is stopping may say so.
            Ok(answer) => assert_eq!(answer.status(), 503, "{}", answer.text()),
            Err(_) => break,
        }
    }
    answered
}

/// Ids of all stored claims by external id; no external id may stand there twice.
async fn stored(caller: &Caller, prefix: &str) -> BTreeMap<String, String> {
    let mut stored = BTreeMap::new();
    let mut cursor: Option<String> = None;
    loop {
        let mut parameters = vec![("q", prefix), ("limit", "200")];
        if let Some(cursor) = &cursor {
            parameters.push(("cursor", cursor.as_str()));
        }
        let page = caller.list(&parameters).await.is(200).json();
        for claim in array(&page["data"]) {
            let text = |member: &str| claim[member].as_str().expect("text").to_owned();
            let before = stored.insert(text("external_id"), text("id"));
            assert_eq!(before, None, "{} is stored once", claim["external_id"]);
        }
        match page["next"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return stored,
        }
    }
}

/// Asserts that every answered claim is there, once, under the id of its answer, and whole.
async fn assert_nothing_is_lost(caller: &Caller, prefix: &str, answered: &Answered) {
    let stored = stored(caller, prefix).await;
    for (external_id, id) in answered {
        assert_eq!(
            stored.get(external_id),
            Some(id),
            "{external_id} was answered 201"
        );
    }
    for (external_id, id) in answered.iter().take(20) {
        let claim = caller.get(&format!("/v1/claims/{id}")).await.is(200).json();
        assert_eq!(
            claim["submission"],
            *Claim::new(external_id),
            "{external_id}"
        );
        let again = caller.submit(&Claim::new(external_id)).await.is(200);
        assert_eq!(again.id(), *id);
    }
}

async fn kill_minus_nine_loses_no_answered_claim(database: &Database) {
    let mut process = Process::serve(database);
    for round in 0..ROUNDS {
        let caller = process.caller();
        let prefix = format!("R{round}");
        let load = Load::start(&caller, &prefix);
        load.reaches(40 + 25 * round).await;
        process.kill();
        let answered = load.all_answered().await;
        assert!(answered.len() >= 40 + 25 * round);
        process = Process::serve(database);
        assert_nothing_is_lost(&process.caller(), &prefix, &answered).await;
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
    let mut process = Process::serve(database);
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
            let line = Claim::new(&format!("{prefix}-{number}")).text() + "\n";
            sender.send(line).await.expect("the service takes lines");
        }
        process.kill();
        drop(sender);
        let results = results.await.expect("the client ends");
        let answered: Answered = results
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter(|result| result["status"] == 201)
            .filter_map(|result| {
                let text = |member: &str| Some(result[member].as_str()?.to_owned());
                Some((text("external_id")?, text("id")?))
            })
            .collect();
        assert!(answered.len() > 50, "{} results", answered.len());
        process = Process::serve(database);
        assert_nothing_is_lost(&process.caller(), &prefix, &answered).await;
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
    let mut process = Process::serve(database);
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

    let mut process = Process::serve(database);
    let stored = stored(&process.caller(), "INV-").await;
    assert_eq!(stored.len(), 20);
}

async fn a_polite_stop_under_load_loses_nothing(database: &Database) {
    let mut process = Process::serve(database);
    let caller = process.caller();
    let load = Load::start(&caller, "L");
    load.reaches(100).await;
    process.terminate();
    let status = process.ended_within(Duration::from_secs(10)).await;
    assert_eq!(status.code(), Some(0));
    let answered = load.all_answered().await;
    let mut process = Process::serve(database);
    assert_nothing_is_lost(&process.caller(), "L-", &answered).await;
}
