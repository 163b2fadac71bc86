//! Remittances of many clients for the same claims, over two replicas, and replicas that are killed meanwhile.

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::time::{Duration, sleep};

use super::batch::{line, remit_all};
use crate::{
    claims::verification::verify,
    support::{Caller, Claim, Database, on_both_databases, serve},
};

on_both_databases!(bare:
    two_replicas_book_nothing_twice_and_nothing_over_what_is_billed,
    kill_minus_nine_among_remittances_leaves_ledgers_in_balance,
);

const CLIENTS: usize = 64;
const CLAIMS: usize = 4;
/// What the first item of a claim is billed, and what a client pays of it: half of the clients come too late.
const BILLED: i64 = 6_400;
const PAID: i64 = 200;

/// Files claims and sends each to its private plan.
async fn file_claims(caller: &Caller, round: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for number in 0..CLAIMS {
        let name = format!("R{round}-{number}");
        let claim = Claim::new(&name)
            .with(
                "/coverages",
                json!([{"kind": "private", "insurer": "Maple Life", "covered_categories": ["report"]}]),
            )
            .with("/items/0/category", "report")
            .with("/items/0/code", name)
            .with("/items/0/unit_price_cents", BILLED);
        let id = caller.submit(&claim).await.is(201).id();
        let body = json!({"payer": "private", "channel": "eclaims"});
        let path = format!("/v1/claims/{id}/sends");
        caller.post_if(&path, "\"1\"", &body).await.is(200);
        ids.push(id);
    }
    ids
}

/// Asserts that a claim's balance adds up, also with its remittances. Returns what is paid.
fn check_ledger(claim: &Value) -> i64 {
    let cents = |field: &str| claim["balance"][field].as_i64().expect("cents");
    let parts = [
        "paid_cents",
        "adjusted_cents",
        "patient_cents",
        "outstanding_cents",
    ];
    let sum: i64 = parts.into_iter().map(cents).sum();
    assert_eq!(sum, cents("billed_cents"), "{claim}");
    assert!(cents("outstanding_cents") >= 0, "{claim}");
    let remittances = claim["remittances"].as_array().expect("a list");
    let items = remittances
        .iter()
        .filter_map(|it| it["items"].as_array())
        .flatten();
    let paid: i64 = items.filter_map(|it| it["paid_cents"].as_i64()).sum();
    assert_eq!(paid, cents("paid_cents"), "{claim}");
    paid
}

async fn two_replicas_book_nothing_twice_and_nothing_over_what_is_billed(database: &Database) {
    let mut replicas = [serve(database), serve(database)];
    let callers = replicas.each_mut().map(|replica| replica.caller());
    let [one, _] = &callers;
    let ids = file_claims(one, 0).await;
    let sent = (0..CLIENTS).map(|client| {
        let lines: Vec<Value> = ids
            .iter()
            .map(|id| line(("claim_id", id), &format!("EFT-{client}"), PAID))
            .collect();
        let [one, two] = &callers;
        let caller = if client % 2 == 0 { one } else { two };
        async move { remit_all(caller, &lines).await }
    });
    let results = join_all(sent).await.concat();
    let booked = results.iter().filter(|it| it["status"] == 200).count();
    // More than is left, or a claim that is paid by then.
    let is_refused = |it: &&Value| it["status"] == 422 || it["status"] == 409;
    let refused = results.iter().filter(is_refused).count();
    let covered = usize::try_from(BILLED / PAID).expect("few");
    assert_eq!(
        (booked, refused),
        (covered * CLAIMS, (CLIENTS - covered) * CLAIMS)
    );
    for id in &ids {
        let claim = one.get(&format!("/v1/claims/{id}")).await.is(200).json();
        assert_eq!(check_ledger(&claim), BILLED);
        assert_eq!(claim["status"], "paid");
    }
    let verified = verify(database, &[]).await;
    assert_eq!(verified.status.code(), Some(0), "{verified:?}");
}

/// Books small remittances one after the other until the service is gone. Returns how many were answered of each claim.
async fn pay_on(caller: Caller, ids: Vec<String>, client: usize) -> Vec<usize> {
    let mut answered = vec![0; ids.len()];
    for number in 0..200 {
        let claim = number % ids.len();
        let line = line(
            ("claim_id", &ids[claim]),
            &format!("EFT-{client}-{number}"),
            1,
        );
        let path = "/v1/remittances/batch";
        let request = caller.raw(path, "application/x-ndjson", line.to_string());
        let Ok(answer) = caller.try_send(request).await else {
            break;
        };
        let results = answer.is(200).json_lines();
        assert_eq!(results[0]["status"], 200, "{results:?}");
        answered[claim] += 1;
    }
    answered
}

async fn kill_minus_nine_among_remittances_leaves_ledgers_in_balance(database: &Database) {
    let mut process = serve(database);
    for round in 1..=3 {
        let caller = process.caller();
        let ids = file_claims(&caller, round).await;
        let clients =
            (0..8).map(|client| tokio::spawn(pay_on(caller.clone(), ids.clone(), client)));
        let clients: Vec<_> = clients.collect();
        sleep(Duration::from_millis(
            200 * u64::try_from(round).expect("few"),
        ))
        .await;
        process.kill();
        let answered = join_all(clients).await;
        let answered: Vec<Vec<usize>> = answered
            .into_iter()
            .map(|it| it.expect("it ends"))
            .collect();
        process = serve(database);
        let caller = process.caller();
        for (number, id) in ids.iter().enumerate() {
            let claim = caller.get(&format!("/v1/claims/{id}")).await.is(200).json();
            let paid = usize::try_from(check_ledger(&claim)).expect("cents");
            let known: usize = answered.iter().map(|of_client| of_client[number]).sum();
            // One that was under way is there whole, or not at all.
            assert!(
                (known..=known + 8).contains(&paid),
                "{known} answered, {paid} booked"
            );
        }
        let verified = verify(database, &[]).await;
        assert_eq!(verified.status.code(), Some(0), "{verified:?}");
    }
}
