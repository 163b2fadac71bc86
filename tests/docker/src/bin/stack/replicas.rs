//! Two replicas and a proxy are one service: retries at once, revoked keys, and what stays inside.

use std::{collections::BTreeSet, time::Duration};

use futures_util::future::join_all;
use serde_json::json;
use test_support::{Answer, Caller, Claim};
use tokio::time::sleep;

use crate::clinic::Clinic;

/// Claims that are sent at the same time, half of them to each replica.
const AT_ONCE: usize = 32;

async fn submit_at_once(clinic: &Clinic, claim: impl Fn(usize) -> Claim) -> Vec<Answer> {
    let replicas = clinic.replicas.iter().cycle().take(AT_ONCE).enumerate();
    let submissions = replicas.map(|(number, replica)| {
        let claim = claim(number);
        async move { replica.submit(&claim).await }
    });
    join_all(submissions).await
}

fn count(answers: &[Answer], status: u16) -> usize {
    answers
        .iter()
        .filter(|answer| answer.status() == status)
        .count()
}

pub async fn identical_retries_over_both_replicas_store_one_claim() {
    let clinic = Clinic::new().await;
    for round in 0..10 {
        let external_id = format!("R-{round}");
        let answers = submit_at_once(&clinic, |_| Claim::new(&external_id)).await;
        assert_eq!(count(&answers, 201), 1, "one of them stores it");
        assert_eq!(count(&answers, 200), AT_ONCE - 1);
        let ids: BTreeSet<String> = answers.iter().map(Answer::id).collect();
        assert_eq!(ids.len(), 1, "{ids:?}");
        for answer in answers.iter().filter(|answer| answer.status() == 200) {
            assert_eq!(answer.header("idempotency-replayed"), "true");
        }
    }
    assert_eq!(clinic.proxy.stored("R-").await.len(), 10);
}

pub async fn differing_claims_of_one_id_are_refused_but_one() {
    let clinic = Clinic::new().await;
    let differing = |number: usize| Claim::new("D-1").with("/items/0/unit_price_cents", number);
    let answers = submit_at_once(&clinic, differing).await;
    assert_eq!(count(&answers, 201), 1);
    assert_eq!(count(&answers, 409), AT_ONCE - 1);
    let ids: BTreeSet<String> = answers.iter().map(Answer::id).collect();
    assert_eq!(ids.len(), 1, "a conflict names the stored claim: {ids:?}");
}

pub async fn a_key_revoked_on_one_replica_stops_on_the_other() {
    let clinic = Clinic::new().await;
    let [one, other] = &clinic.replicas;
    let body = json!({"name": "lost on a train", "role": "billing"});
    let made = one.post("/v1/api-keys", &body).await.is(201).json();
    let key = made["key"].as_str().expect("the key is shown");
    let [at_one, at_other] = [one, other].map(|replica: &Caller| replica.with_key(key));
    at_other.get("/v1/claims").await.is(200);
    let id = made["id"].as_str().expect("an id");
    one.delete(&format!("/v1/api-keys/{id}")).await.is(204);
    at_one.get("/v1/claims").await.problem(401);
    // A replica remembers a key for a second.
    sleep(Duration::from_millis(1100)).await;
    at_other.get("/v1/claims").await.problem(401);
}

pub async fn probes_and_metrics_stay_inside() {
    let clinic = Clinic::new().await;
    for path in [
        "/healthz",
        "/readyz",
        "/metrics",
        "/metrics/",
        "//metrics",
        "/%6detrics",
    ] {
        clinic.proxy.get(path).await.problem(404);
    }
    for path in ["/healthz", "/readyz", "/metrics"] {
        clinic.replicas[0].without_key().get(path).await.is(200);
    }
}
