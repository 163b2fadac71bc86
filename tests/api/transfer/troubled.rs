//! Imports into a service in trouble: what is not answered is sent again, and nothing else is.

use super::{
    stub::{Stub, chunked, plain},
    workplace::{Run, Workplace},
};
use crate::support::ADMIN_KEY;

pub const NDJSON: &str = "application/x-ndjson";

/// Imports three lines, `0`, `1` and `2`, into a service with these answers.
fn import_three(answers: Vec<String>, options: &[&str]) -> (Run, Vec<String>, Vec<String>) {
    Stub::run(answers, async |stub| {
        let work = Workplace::new(ADMIN_KEY);
        work.write("three.ndjson", "0\n1\n2\n");
        let url = stub.url();
        let order = [&["import", "three.ndjson", "--to", &url], options].concat();
        let run = work.run(&order).await;
        (run, stub.bodies(), work.files())
    })
}

pub fn results(statuses: &[u16]) -> String {
    let lines = statuses.iter().enumerate();
    lines
        .map(|(index, status)| {
            format!("{{\"index\":{index},\"external_id\":null,\"status\":{status}}}\n")
        })
        .collect()
}

#[test]
fn what_is_not_answered_is_sent_again() {
    let busy = plain("503 Service Unavailable", "Retry-After: 1\r\n", "");
    let whole = chunked(NDJSON, &[&results(&[201, 503, 503])]);
    let end = "0\r\n\r\n".len();
    let mut broken = chunked(NDJSON, &[&results(&[200])]);
    broken.truncate(broken.len() - end);
    let unreadable = "{\"index\":0,\"status\":400,\"problem\":{\"type\":\"urn:payerline:problem:unreadable-body\"}}\n";
    let answers = vec![
        busy,
        whole,
        broken,
        chunked(NDJSON, &[unreadable]),
        chunked(NDJSON, &[&results(&[201])]),
    ];
    let (run, bodies, files) = import_three(answers, &[]);
    let run = run.exits(0).counts(2, 1, 0);
    run.says("answers 503").says("trying again in 1.0 s");
    assert_eq!(bodies, ["0\n1\n2\n", "0\n1\n2\n", "1\n2\n", "2\n", "2\n"]);
    assert_eq!(files, ["three.ndjson"]);
}

#[test]
fn it_gives_up_and_goes_on_the_next_time() {
    let work = Workplace::new(ADMIN_KEY);
    work.write("three.ndjson", "0\n1\n2\n");
    let order =
        |url: &str| ["import", "three.ndjson", "--patience", "0", "--to", url].map(str::to_owned);
    let answer = chunked(NDJSON, &[&results(&[201, 422, 503])]);
    let url = Stub::run(vec![answer], async |stub| {
        let order = order(&stub.url());
        let run = work.run(&order.each_ref().map(String::as_str)).await;
        let run = run.exits(1).counts(1, 0, 1).says("given up");
        run.says("three.ndjson.progress");
        stub.url()
    });
    assert_eq!(
        work.files(),
        [
            "three.ndjson",
            "three.ndjson.progress",
            "three.ndjson.refused.ndjson"
        ]
    );
    // Another service knows nothing of what this one has.
    assert!(!url.is_empty());
    let answer = chunked(NDJSON, &[&results(&[201, 201, 201])]);
    Stub::run(vec![answer], async |stub| {
        let order = order(&stub.url());
        let run = work.run(&order.each_ref().map(String::as_str)).await;
        run.exits(0).counts(3, 0, 0).says("went to another service");
        assert_eq!(stub.bodies(), ["0\n1\n2\n"]);
    });
}

/// The file of refused lines gets larger than the import may write; with room again the same file is written anew.
#[test]
fn a_failed_write_of_refused_lines_starts_no_second_file() {
    let work = Workplace::new(ADMIN_KEY);
    let long = format!("\"{}\"\n", "x".repeat(60 << 10));
    work.write("three.ndjson", long.repeat(3));
    let refused = || vec![chunked(NDJSON, &[&results(&[422, 422, 422])])];
    let order = |url: &str| ["import", "three.ndjson", "--to", url].map(str::to_owned);
    Stub::run(refused(), async |stub| {
        let order = order(&stub.url());
        let child = work.start_limited(100, &order.each_ref().map(String::as_str));
        let run = Run::of(child).await.exits(1).says("cannot be written");
        run.says("three.ndjson.refused.ndjson");
    });
    Stub::run(refused(), async |stub| {
        let order = order(&stub.url());
        let run = work.run(&order.each_ref().map(String::as_str)).await;
        run.exits(3).counts(0, 0, 3);
    });
    assert_eq!(
        work.files(),
        ["three.ndjson", "three.ndjson.refused.ndjson"]
    );
    let lines = work.json_lines("three.ndjson.refused.ndjson");
    let numbers: Vec<_> = lines.iter().map(|line| line["line"].as_u64()).collect();
    assert_eq!(numbers, [Some(1), Some(2), Some(3)]);
}

#[test]
fn answers_that_help_nobody_end_it() {
    for (answer, says) in [
        (
            plain("404 Not Found", "", "no such page"),
            "is it Payerline's?",
        ),
        (
            plain(
                "308 Permanent Redirect",
                "Location: https://elsewhere.example/\r\n",
                "",
            ),
            "https://elsewhere.example/",
        ),
        (
            plain("200 OK", "Content-Type: text/html\r\n", "<html>"),
            "does not answer as Payerline does",
        ),
        (
            chunked(NDJSON, &["{\"index\":1,\"status\":201}\n"]),
            "out of order",
        ),
    ] {
        let (run, bodies, _) = import_three(vec![answer], &[]);
        run.exits(1).says(says);
        assert_eq!(bodies.len(), 1, "{says}");
    }
}
