//! Approvals of which many claims want to draw at once, and services that are killed meanwhile.

use futures_util::future::join_all;
use serde_json::Value;

use super::accounts::{approval, assert_account, claim, enter, findings};
use crate::{
    claims::verification::verify,
    support::{Answer, Database, on_both_databases, serve},
};

on_both_databases!(bare:
    two_replicas_overdraw_nothing,
    many_claims_are_decided_again_in_the_background,
    kill_minus_nine_among_draws_leaves_accounts_in_balance,
);

const CLAIMS: usize = 200;
const COVERED: usize = 37;

/// How many answers have each of the two statuses.
fn count(answers: &[Answer]) -> (usize, usize) {
    let with = |status: &str| {
        let has = |answer: &&Answer| answer.json()["status"] == status;
        answers.iter().filter(has).count()
    };
    (with("ready"), with("needs_review"))
}

async fn two_replicas_overdraw_nothing(database: &Database) {
    let mut replicas = [serve(database), serve(database)];
    let callers = replicas.each_mut().map(|replica| replica.caller());
    let [one, _] = &callers;
    let cents = 1_000;
    let covered = i64::try_from(COVERED).expect("few") * cents;
    let path = enter(one, &approval("OCF18-1", covered + cents - 1)).await;
    let sent = (0..CLAIMS).map(|number| {
        let claim = claim(&format!("INV-{number}"), "OCF18-1", cents);
        let [one, two] = &callers;
        let caller = if number % 2 == 0 { one } else { two };
        async move { caller.submit(&claim).await.is(201) }
    });
    let answers = join_all(sent).await;
    assert_eq!(count(&answers), (COVERED, CLAIMS - COVERED));
    assert_account(one, &path, covered, cents - 1).await;
    for answer in answers
        .iter()
        .filter(|it| it.json()["status"] == "needs_review")
    {
        assert_eq!(findings(&answer.json()), ["preauthorization_insufficient"]);
    }
    let verified = verify(database, &[]).await;
    assert_eq!(verified.status.code(), Some(0), "{verified:?}");
}

async fn many_claims_are_decided_again_in_the_background(database: &Database) {
    let mut process = serve(database);
    let caller = process.caller();
    let path = enter(&caller, &approval("OCF18-1", 0)).await;
    let lines: Vec<String> = (0..CLAIMS)
        .map(|number| claim(&format!("INV-{number:03}"), "OCF18-1", 1_000).text())
        .collect();
    let results = caller.batch(lines.join("\n")).await;
    assert!(
        results
            .iter()
            .all(|it| it["claim_status"] == "needs_review")
    );
    let raised = approval("OCF18-1", 37_000);
    let answer = caller.put(&path, "\"1\"", &raised).await.is(200).json();
    let counted = &answer["redecisions"];
    let decided = counted["decided"].as_i64().expect("a number");
    assert!((1..200).contains(&decided), "{counted}");
    assert_eq!(counted["waiting"], 200 - decided, "{counted}");
    // The rest goes on, also after a crash.
    process.kill();
    let mut process = serve(database);
    let caller = process.caller();
    let mut account = Value::Null;
    for _ in 0..1_200 {
        account = caller.get(&path).await.is(200).json();
        if account["redecisions"]["waiting"] == 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(account["redecisions"]["waiting"], 0, "{account}");
    let ready = caller.all("/v1/claims", &[("status", "ready")]).await;
    assert_eq!(ready.len(), 37);
    // Those that came first are the ones.
    assert!(
        ready
            .iter()
            .all(|it| it["external_id"].as_str() < Some("INV-037"))
    );
    assert_account(&caller, &path, 37_000, 0).await;
}

async fn kill_minus_nine_among_draws_leaves_accounts_in_balance(database: &Database) {
    let mut process = serve(database);
    let path = enter(&process.caller(), &approval("OCF18-1", 40_000)).await;
    for round in 0..3_u64 {
        let caller = process.caller();
        let sent = (0..60).map(|number| {
            let claim = claim(&format!("R{round}-{number}"), "OCF18-1", 1_000);
            let caller = caller.clone();
            tokio::spawn(async move {
                let request = caller
                    .request(reqwest::Method::POST, "/v1/claims")
                    .json(&*claim);
                caller.try_send(request).await.ok()
            })
        });
        let sent: Vec<_> = sent.collect();
        tokio::time::sleep(std::time::Duration::from_millis(20 + 30 * round)).await;
        process.kill();
        let answers = join_all(sent).await;
        process = serve(database);
        let caller = process.caller();
        let answers = answers
            .into_iter()
            .filter_map(|it| it.expect("a task ends"));
        for answer in answers.filter(|it| it.status() == 201) {
            let stored = caller
                .get(&format!("/v1/claims/{}", answer.is(201).id()))
                .await;
            stored.is(200);
        }
        let ready = caller.all("/v1/claims", &[("status", "ready")]).await;
        let reserved = i64::try_from(ready.len()).expect("few") * 1_000;
        assert_account(&caller, &path, reserved, 40_000 - reserved).await;
    }
}
