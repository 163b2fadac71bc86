//! The real binary killed in the middle of steps: what was answered is there, and nothing is half done.

use futures_util::future::join_all;
use reqwest::header::IF_MATCH;
use serde_json::{Value, json};
use tokio::time::{Duration, sleep};

use super::billable;
use crate::{
    claims::verification,
    support::{Caller, Database, on_both_databases, serve},
};

on_both_databases!(bare: kill_minus_nine_among_steps_leaves_nothing_half_done);

const ROUNDS: u64 = 4;
const CLAIMS: usize = 12;

/// Reviews, follows, sends and withdraws one claim until the service is gone; answers with the last claim it was answered.
async fn take_steps(caller: Caller, submitted: Value) -> Value {
    let path = format!("/v1/claims/{}", submitted["id"].as_str().expect("an id"));
    let mut last = submitted;
    for number in 0..60 {
        let (step, body) = match number {
            50 => ("sends", json!({"payer": "patient", "channel": "invoice"})),
            51 => ("void", json!({"reason": "Withdrawn."})),
            52.. => return last,
            _ if number % 2 == 0 => ("reviews", json!({"reason": format!("Look {number}.")})),
            _ => (
                "outcomes",
                json!({"day": "2026-07-13", "note": format!("Visit {number}.")}),
            ),
        };
        let request = caller
            .request(reqwest::Method::POST, &format!("{path}/{step}"))
            .header(IF_MATCH, format!("\"{}\"", last["version"]))
            .json(&body);
        match caller.try_send(request).await {
            Ok(answer) => last = answer.is(200).json(),
            Err(_) => return last,
        }
    }
    last
}

async fn kill_minus_nine_among_steps_leaves_nothing_half_done(database: &Database) {
    let mut process = serve(database);
    for round in 0..ROUNDS {
        let caller = process.caller();
        let mut walks = Vec::new();
        for number in 0..CLAIMS {
            let claim = billable(&format!("R{round}-{number}"))
                .with("/items/0/code", format!("R{round}-{number}"));
            let submitted = caller.submit(&claim).await.is(201).json();
            walks.push(tokio::spawn(take_steps(caller.clone(), submitted)));
        }
        sleep(Duration::from_millis(150 + 250 * round)).await;
        process.kill();
        let last = join_all(walks).await;
        process = serve(database);
        let caller = process.caller();
        for answered in last {
            let answered = answered.expect("a walk ends");
            let path = format!("/v1/claims/{}", answered["id"].as_str().expect("an id"));
            let stored = caller.get(&path).await.is(200).json();
            let ahead = stored["version"].as_i64().zip(answered["version"].as_i64());
            let (stored_version, answered_version) = ahead.expect("versions");
            // The step that was under way is there whole, or not at all.
            let ahead = stored_version - answered_version;
            assert!(
                (0..=1).contains(&ahead),
                "{answered_version} and {stored_version}"
            );
            if ahead == 0 {
                assert_eq!(stored, answered);
            }
        }
        let verified = verification::verify(database, &[]).await;
        assert_eq!(verified.status.code(), Some(0), "{verified:?}");
    }
}
