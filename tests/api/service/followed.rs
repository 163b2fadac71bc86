//! Readers who follow all changes while two replicas, bulk beside, make them.

use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{Caller, Claim, Database, Follower, Load, on_both_databases, serve};

on_both_databases!(bare: followers_miss_nothing_of_two_replicas);

const CLIENTS_OF_A_REPLICA: usize = 6;
const CLAIMS_OF_A_REPLICA: usize = 100;
const LINES_OF_A_BATCH: usize = 800;
const DECIDED_AGAIN: usize = 30;

async fn followers_miss_nothing_of_two_replicas(database: &Database) {
    let mut replicas = [serve(database), serve(database)];
    let [one, two] = replicas.each_mut().map(|replica| replica.caller());
    let (waiting, approval) = approved_claims(&one).await;

    let is_over = AtomicBool::new(false);
    let changes = async {
        let acknowledged = make_changes(&one, &two, &waiting, &approval).await;
        is_over.store(true, Ordering::Relaxed);
        acknowledged
    };
    let (acknowledged, claims, approvals) = tokio::join!(
        changes,
        follow(Follower::new("/v1/claims", 100), &two, &is_over),
        follow(Follower::new("/v1/preauthorizations", 5), &one, &is_over),
    );
    let missed = acknowledged
        .iter()
        .filter(|(id, version)| claims.seen.get(id) != Some(version))
        .count();
    assert_eq!(missed, 0, "of {}", acknowledged.len());
    assert_eq!(approvals.seen.len(), 1 + DECIDED_AGAIN);
    assert_eq!(approvals.seen[&approval], 1 + DECIDED_AGAIN as i64);
}

/// Follows a list while changes are made, and reads it to the end once more.
async fn follow(mut follower: Follower, caller: &Caller, is_over: &AtomicBool) -> Follower {
    let mut seen_meanwhile = 0;
    loop {
        let is_last = is_over.load(Ordering::Relaxed);
        follower.read_to_the_end(caller).await;
        if is_last {
            break;
        }
        seen_meanwhile = follower.seen.len();
    }
    assert!(seen_meanwhile > 0, "it reads while changes are made");
    follower
}

fn approval(number: &str, cents: usize) -> Value {
    json!({
        "number": number, "kind": "ocf_18", "patient_id": "P-4411", "payer": "mva",
        "status": "pending", "approved_cents": cents,
    })
}

/// Claims that wait for an approval, which was given meanwhile, and the id of another approval.
async fn approved_claims(caller: &Caller) -> (Vec<String>, String) {
    let mut given = approval("OCF18-1", 600_000);
    let entered = caller.preauthorize(&given).await.is(201);
    let mut waiting = Vec::new();
    for number in 0..DECIDED_AGAIN {
        let claim = Claim::example("mva-stem-cell-knee")
            .with("/external_id", format!("WAITS-{number}"))
            .with("/preauthorizations", json!(["OCF18-1"]));
        waiting.push(caller.submit(&claim).await.is(201).id());
    }
    given["status"] = json!("approved");
    let path = format!("/v1/preauthorizations/{}", entered.id());
    caller.put(&path, "\"1\"", &given).await.is(200);
    (waiting, entered.id())
}

/// Makes changes of all kinds through both replicas; returns ids and versions of the claims.
async fn make_changes(
    one: &Caller,
    two: &Caller,
    waiting: &[String],
    approval_id: &str,
) -> Vec<(String, i64)> {
    let loads = [
        Load::start(one, "ONE", CLIENTS_OF_A_REPLICA),
        Load::start(two, "TWO", CLIENTS_OF_A_REPLICA),
    ];
    let (batches, ()) = tokio::join!(
        join_all([(one, "B1"), (two, "B2")].map(async |(caller, prefix)| {
            let lines = (0..LINES_OF_A_BATCH).map(|n| Claim::new(&format!("{prefix}-{n}")).text());
            caller.batch(lines.collect::<Vec<_>>().join("\n")).await
        })),
        change_one_by_one(one, two, waiting, approval_id),
    );
    let mut acknowledged: Vec<(String, i64)> = waiting.iter().map(|id| (id.clone(), 2)).collect();
    for result in batches.iter().flatten() {
        assert_eq!(result["status"], 201, "{result}");
        acknowledged.push((result["id"].as_str().expect("an id").to_owned(), 1));
    }
    for load in loads {
        load.reaches(CLAIMS_OF_A_REPLICA).await;
        let record = load.stop().await;
        acknowledged.extend(record.acknowledged.into_values().map(|id| (id, 1)));
    }
    acknowledged
}

/// Decides claims again, changes an approval and enters others, by turns through one replica and the other.
async fn change_one_by_one(one: &Caller, two: &Caller, waiting: &[String], approval_id: &str) {
    let path = format!("/v1/preauthorizations/{approval_id}");
    for (number, id) in waiting.iter().enumerate() {
        let (caller, version) = (if number % 2 == 0 { one } else { two }, number + 2);
        let redecide = format!("/v1/claims/{id}/redecide");
        let decided = caller.post_if(&redecide, "\"1\"", &Value::Null).await;
        assert_eq!(decided.is(200).json()["version"], 2);
        if number + 1 < DECIDED_AGAIN {
            let mut changed = approval("OCF18-1", 600_000 + number);
            changed["status"] = json!("approved");
            let etag = format!("\"{version}\"");
            caller.put(&path, &etag, &changed).await.is(200);
        }
        let other = approval(&format!("OTHER-{number}"), 1);
        caller.preauthorize(&other).await.is(201);
    }
}
