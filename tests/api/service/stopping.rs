//! Stopping: what clients of open connections see, and how long it takes.

use std::time::Duration;

use futures_util::future::join_all;
use reqwest::Body;
use tokio::{sync::mpsc, task::JoinHandle, time::sleep};

use crate::support::{Caller, Claim, Database, Wire, on_both_databases, serve};

on_both_databases!(bare:
    a_hangup_does_not_end_it,
    each_connection_ends_with_an_answer_that_says_so,
    three_hundred_open_batches_do_not_delay_it,
);

/// What the contract promises.
const MAX_STOP: Duration = Duration::from_secs(10);

async fn a_hangup_does_not_end_it(database: &Database) {
    let mut process = serve(database);
    let caller = process.caller();
    for round in 0..2 {
        process.signal("HUP");
        caller
            .submit(&Claim::new(&format!("INV-{round}")))
            .await
            .is(201);
    }
    drop(caller);
    process.terminate();
    assert!(process.ended_within(MAX_STOP).await.success());
}

/// Sends a request every few milliseconds on one connection until an answer closes it, and returns their number.
async fn ask_until_closed(caller: Caller) -> usize {
    let mut wire = Wire::connect(&caller).await;
    for count in 1.. {
        wire.send("GET /docs/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .await;
        let answer = wire.read_answer().await;
        assert!(answer.head.starts_with("http/1.1 200 "), "{}", answer.head);
        if answer.closes() {
            assert_eq!(wire.read_to_end().await, b"");
            return count;
        }
        sleep(Duration::from_millis(20)).await;
    }
    unreachable!("the service stops");
}

async fn each_connection_ends_with_an_answer_that_says_so(database: &Database) {
    let mut process = serve(database);
    let caller = process.caller();
    let clients: Vec<JoinHandle<usize>> = (0..20)
        .map(|_| tokio::spawn(ask_until_closed(caller.clone())))
        .collect();
    let mut idle = Wire::connect(&caller).await;
    idle.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await;
    assert!(!idle.read_answer().await.closes());
    sleep(Duration::from_millis(500)).await;
    process.terminate();
    for count in join_all(clients).await {
        let count = count.expect("every request is answered until one says that it is the last");
        assert!(count > 1, "{count}");
    }
    assert_eq!(idle.read_to_end().await, b"");
    assert!(process.ended_within(MAX_STOP).await.success());
}

async fn three_hundred_open_batches_do_not_delay_it(database: &Database) {
    let mut process = serve(database);
    let caller = process.caller();
    let mut open = Vec::new();
    for number in 0..300 {
        let (lines, waiting) = mpsc::channel::<String>(4);
        let body = futures_util::stream::unfold(waiting, |mut waiting| async move {
            Some((Ok::<_, std::io::Error>(waiting.recv().await?), waiting))
        });
        let body = Body::wrap_stream(body);
        let request = caller.raw("/v1/claims/batch", "application/x-ndjson", body);
        let answer = tokio::spawn(request.send());
        let line = Claim::new(&format!("OPEN-{number}")).text() + "\n";
        lines.send(line).await.expect("it reads");
        open.push((lines, answer));
    }
    let mut answers = Vec::new();
    for (lines, answer) in open {
        let answer = answer.await.expect("a task").expect("an answer");
        assert_eq!(answer.status(), 200);
        answers.push((lines, answer));
    }
    process.terminate();
    assert!(process.ended_within(MAX_STOP).await.success());
    drop(answers);
}
