//! Approvals of which more claims want to draw at once than they cover, while a replica is killed.

use futures_util::future::{join, join_all};
use reqwest::Method;
use serde_json::{Value, json};
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};
use test_support::{Caller, Claim};
use tokio::time::sleep;

use crate::{docker::Container, figures};
use docker_tests::operator;

const APPROVALS: usize = 5;
/// Claims that name each of them, all at once.
const CLAIMS: usize = 200;
/// So many of them it covers.
const COVERED: usize = 37;
const CENTS: i64 = 1_000;
/// A request that a dying replica leaves unanswered is sent again after this time.
const PAUSE: Duration = Duration::from_millis(100);

fn claim(approval: usize, number: usize) -> Claim {
    Claim::new(&format!("A{approval}-{number}"))
        .with("/accident", json!({"cause": "auto", "date": "2026-05-02"}))
        .with("/coverages", json!([{"kind": "auto"}]))
        .with("/preauthorizations", json!([format!("OCF18-{approval}")]))
        .with("/items/0/category", "physiotherapy")
        .with("/items/0/unit_price_cents", CENTS)
}

/// Sends a claim until it is answered with itself, as a billing system does.
async fn submit(caller: &Caller, claim: &Claim) -> Value {
    loop {
        let request = caller.request(Method::POST, "/v1/claims").json(&**claim);
        match caller.try_send(request).await {
            Ok(answer) if matches!(answer.status(), 200 | 201) => return answer.json(),
            Ok(answer) if matches!(answer.status(), 502..=504) => {}
            Ok(answer) => panic!("{}", answer.text()),
            Err(_) => {}
        }
        sleep(PAUSE).await;
    }
}

pub async fn approvals_are_not_overdrawn_while_a_replica_is_killed() {
    let caller = operator().new_clinic("approvals").await;
    let covered = i64::try_from(COVERED).expect("few") * CENTS;
    let mut paths = Vec::new();
    for approval in 0..APPROVALS {
        let entry = json!({
            "number": format!("OCF18-{approval}"), "kind": "ocf_18", "patient_id": "P-1", "payer": "mva",
            "status": "approved", "approved_cents": covered,
        });
        let id = caller.preauthorize(&entry).await.is(201).id();
        paths.push(format!("/v1/preauthorizations/{id}"));
    }
    let answered = AtomicUsize::new(0);
    let sent = (0..APPROVALS * CLAIMS).map(|number| {
        let claim = claim(number % APPROVALS, number);
        let (caller, answered) = (&caller, &answered);
        async move {
            let stored = submit(caller, &claim).await;
            answered.fetch_add(1, Ordering::Relaxed);
            stored
        }
    });
    let replica = Container::of("payerline-1");
    let crash = async {
        while answered.load(Ordering::Relaxed) < APPROVALS * CLAIMS / 10 {
            sleep(Duration::from_millis(1)).await;
        }
        let before = answered.load(Ordering::Relaxed);
        replica.crash().await;
        before
    };
    let (stored, before) = join(join_all(sent), crash).await;
    assert!(before < APPROVALS * CLAIMS, "it is killed in the middle");
    let has = |status: &str| stored.iter().filter(|it| it["status"] == status).count();
    let counts = (has("ready"), has("needs_review"));
    figures::note(format!(
        "{} claims at once on {APPROVALS} approvals that cover {COVERED} of {CLAIMS} each, a replica killed after {before} answers: {} ready, {} needs_review",
        stored.len(),
        counts.0,
        counts.1,
    ));
    assert_eq!(
        counts,
        (APPROVALS * COVERED, APPROVALS * (CLAIMS - COVERED))
    );
    for path in paths {
        let account = caller.get(&path).await.is(200).json();
        assert_eq!(account["reserved_cents"], covered, "{account}");
        assert_eq!(account["left_cents"], 0);
        let draws = account["draws"].as_array().map(Vec::len);
        assert_eq!(draws, Some(COVERED));
    }
    replica.is_healthy().await;
}
