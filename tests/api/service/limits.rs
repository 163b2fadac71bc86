//! The limits of batches and of bodies: lines, keys that are revoked, and clients that send half or do not read.

use std::{cell::Cell, io, net::SocketAddr, time::Duration};

use futures_util::{StreamExt, future::join_all, stream};
use procfs::net::{TcpNetEntry, TcpState};
use reqwest::{Body, header};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    join,
    net::TcpStream,
    sync::mpsc,
    time::{Instant, sleep, timeout},
};

use crate::support::{Backend, Claim, TestApp, on_both_databases, run_app};

on_both_databases!(
    a_batch_with_too_many_lines_ends_with_a_413_that_names_the_first_one_left_out,
    a_batch_ends_when_its_key_is_revoked,
    half_sent_bodies_are_bounded_in_sum,
    explanations_of_large_claims_leave_the_others_their_pace,
);

const SOON: Duration = Duration::from_secs(20);

async fn a_batch_with_too_many_lines_ends_with_a_413_that_names_the_first_one_left_out(
    app: &TestApp,
) {
    // The claim comes first, so that it is stored; the rest are short lines that are refused one by one.
    let lines = Claim::new("FIRST").text() + "\n" + &"7\n".repeat(150_000);
    let body = zstd::encode_all(lines.as_bytes(), 3).expect("bytes are compressed");
    let request = app.raw("/v1/claims/batch", "application/x-ndjson", body);
    let answer = app
        .send(request.header(header::CONTENT_ENCODING, "zstd"))
        .await;
    let results = answer.is(200).json_lines();
    assert_eq!(results.len(), 100_001);
    assert_eq!(results[0]["status"], 201);
    assert_eq!(results[99_999]["status"], 400);
    let last = &results[100_000];
    assert_eq!(
        (&last["status"], &last["index"]),
        (&413.into(), &100_000.into())
    );
    let detail = last["problem"]["detail"].as_str().expect("a detail");
    assert!(detail.contains("100,000 lines"), "{detail}");
}

async fn a_batch_ends_when_its_key_is_revoked(app: &TestApp) {
    let billing = app.new_key("billing").await;
    let (lines, waiting) = mpsc::channel::<String>(4);
    let body = stream::unfold(waiting, |mut waiting| async move {
        let line = waiting.recv().await?;
        Some((Ok::<_, io::Error>(line), waiting))
    });
    let request = billing.raw(
        "/v1/claims/batch",
        "application/x-ndjson",
        Body::wrap_stream(body),
    );
    let answer = tokio::spawn(request.send());
    let line = Claim::new("BEFORE").text() + "\n";
    lines.send(line).await.expect("the batch is open");
    let answer = timeout(SOON, answer)
        .await
        .expect("an answer")
        .expect("a task");
    let mut results = answer.expect("an answer").bytes_stream();
    let first = timeout(SOON, results.next()).await.expect("a result");
    let first = String::from_utf8(first.expect("a piece").expect("bytes").to_vec()).expect("text");
    assert!(first.contains("\"status\":201"), "{first}");

    let keys = app.all("/v1/api-keys", &[]).await;
    let key = keys
        .iter()
        .find(|key| key["roles"] == serde_json::json!(["billing"]));
    let id = key.expect("the key")["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    app.delete(&format!("/v1/api-keys/{id}")).await.is(204);
    let rest = async {
        let mut rest = Vec::new();
        while let Some(Ok(piece)) = results.next().await {
            rest.extend(piece);
        }
        rest
    };
    // Nobody sends a line: the end comes by itself.
    let rest = timeout(SOON, rest).await.expect("the batch ends");
    let last: Value = serde_json::from_slice(&rest).expect("one result");
    assert_eq!((&last["status"], &last["index"]), (&401.into(), &1.into()));
    drop(lines);
}

fn address(app: &TestApp) -> String {
    app.url("").trim_start_matches("http://").to_owned()
}

/// The head of a request with a body of so many bytes.
fn head(app: &TestApp, path: &str, content_type: &str, length: usize) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: payerline\r\nAuthorization: Bearer {}\r\nContent-Type: {content_type}\r\n\
         Content-Length: {length}\r\n\r\n",
        app.key()
    )
}

async fn half_sent_bodies_are_bounded_in_sum(app: &TestApp) {
    const BODY_BYTES: usize = 1 << 20;
    let send_half = async || {
        let mut connection = TcpStream::connect(address(app))
            .await
            .expect("a connection");
        let head = head(app, "/v1/claims", "application/json", BODY_BYTES);
        connection
            .write_all(head.as_bytes())
            .await
            .expect("the head is sent");
        // A connection that was refused may be closed before all is sent.
        let _ = connection.write_all(&vec![b' '; BODY_BYTES - 1]).await;
        connection
    };
    let mut open = join_all((0..200).map(|_| send_half())).await;
    // Ordinary claims are taken all the same.
    app.submit(&Claim::new("INV-1")).await.is(201);
    let mut refused = 0;
    for connection in &mut open {
        let mut start = [0; 12];
        let read = timeout(Duration::from_millis(20), connection.read_exact(&mut start)).await;
        if matches!(read, Ok(Ok(_))) {
            assert_eq!(&start, b"HTTP/1.1 503");
            refused += 1;
        }
    }
    // 128 MiB are held at most.
    assert!((60..=140).contains(&refused), "{refused}");
    drop(open);
    let large = Claim::new("INV-2").text() + &" ".repeat(1_000_000);
    let taken = async {
        while app.post_raw("/v1/claims", large.clone()).await.status() == 503 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(SOON, taken)
        .await
        .expect("the bytes are given back");
}

async fn explanations_of_large_claims_leave_the_others_their_pace(app: &TestApp) {
    let claim = Claim::example("mva-stem-cell-knee");
    let item = claim["items"][0].clone();
    let large = claim.with("/items", vec![item; 500]);
    let has_explained = Cell::new(false);
    let explain = async {
        join_all((0..24).map(|_| app.classify(&large))).await;
        has_explained.set(true);
    };
    let others = async {
        let mut meanwhile = 0;
        for number in 0..20 {
            app.submit(&Claim::new(&format!("INV-{number}")))
                .await
                .is(201);
            meanwhile += usize::from(!has_explained.get());
        }
        meanwhile
    };
    let ((), meanwhile) = join!(explain, others);
    // Explained where requests are processed, they would keep both workers, two at a time, until nearly the end, and the
    // first claim with them.
    assert!(meanwhile >= 8, "{meanwhile} of 20 meanwhile");
}

/// Slow by nature: the connections have 30 seconds to be read.
#[test]
fn clients_that_do_not_read_are_dropped() {
    run_app(Backend::Sqlite, async |app: &TestApp| {
        let (batch, pipeline) = join!(fill_the_disk(app), pipeline_without_reading(app));
        for took in [batch, pipeline] {
            assert!(took >= Duration::from_secs(20), "{took:?}");
        }
        app.submit(&Claim::new("INV-1")).await.is(201);
    });
}

/// Sends a batch of refused lines, whose results are a hundred times as long, until the connection ends.
async fn fill_the_disk(app: &TestApp) -> Duration {
    let mut connection = TcpStream::connect(address(app))
        .await
        .expect("a connection");
    let lines = "7\n".repeat(8 << 10);
    let head = head(app, "/v1/claims/batch", "application/x-ndjson", 1 << 40);
    connection
        .write_all(head.as_bytes())
        .await
        .expect("the head is sent");
    write_until_dropped(&mut connection, lines.as_bytes()).await
}

/// Sends requests, one behind the other, for large answers, until the connection ends.
async fn pipeline_without_reading(app: &TestApp) -> Duration {
    let mut connection = TcpStream::connect(address(app))
        .await
        .expect("a connection");
    let request = "GET /openapi.json HTTP/1.1\r\nHost: payerline\r\n\r\n".repeat(100);
    write_until_dropped(&mut connection, request.as_bytes()).await
}

/// Writes for as long as the server holds its end of a connection. The client's end may learn of it minutes later: it asks
/// a server that takes nothing ever less often.
async fn write_until_dropped(connection: &mut TcpStream, bytes: &[u8]) -> Duration {
    let began = Instant::now();
    let client = connection.local_addr().expect("an address");
    let write = async { while connection.write_all(bytes).await.is_ok() {} };
    let dropped = async {
        while is_held(client) {
            sleep(Duration::from_millis(200)).await;
        }
    };
    let ended = async {
        tokio::select! { () = write => {}, () = dropped => {} }
    };
    timeout(Duration::from_secs(200), ended)
        .await
        .expect("the server drops the connection");
    began.elapsed()
}

/// Whether the server has a connection of a client.
fn is_held(client: SocketAddr) -> bool {
    let sockets = procfs::net::tcp().expect("the sockets of this machine");
    let is_open = |it: &TcpNetEntry| it.state == TcpState::Established;
    let mut open = sockets.iter().filter(|it| is_open(it));
    open.any(|it| it.remote_address == client)
}
