//! The claims that a version would decide otherwise: explained, and decided again once it is in force.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{draft_stricter, path, run};
use crate::support::{
    Caller, Claim, TestApp, activate, array, clinic_named, on_both_databases, store_of, strings,
};

on_both_databases!(
    a_changed_claim_has_both_explanations,
    changed_claims_come_in_pages,
    a_claim_decided_again_since_is_not_explained,
    changed_claims_are_decided_again_by_the_version_in_force,
);

/// Where the back-test of the stricter version is, once it is finished.
async fn tried(app: &TestApp) -> String {
    draft_stricter(app).await;
    let found = run(app, "stricter", &json!({})).await;
    let id = found["id"].as_str().expect("an id");
    format!("{}/{id}", path("stricter"))
}

async fn a_changed_claim_has_both_explanations(app: &TestApp) {
    let claim = Claim::example("private-physiotherapy");
    let stored = app.submit(&claim).await.is(201).json();
    app.submit(&Claim::example("wsib-physiotherapy"))
        .await
        .is(201);
    let location = tried(app).await;
    let page = app.get(&format!("{location}/changes")).await.is(200).json();
    assert_eq!((&page["next"], &page["prev"]), (&Value::Null, &Value::Null));
    let [change] = array(&page["data"]) else {
        panic!("one changed claim: {page:#}")
    };
    assert_eq!(change["claim_id"], stored["id"]);
    assert_eq!(change["external_id"], stored["external_id"]);
    let before = json!({"payer": "private", "disposition": "ready"});
    let after = json!({"payer": "uncovered", "disposition": "ready"});
    assert_eq!((&change["before"], &change["after"]), (&before, &after));
    assert_eq!(change["moved_cents"], stored["total_cents"]);
    assert_eq!(change["not_explained"], Value::Null);
    // The first is the claim's own explanation.
    let id = stored["id"].as_str().expect("an id");
    let own = app.get(&format!("/v1/claims/{id}/explanation")).await;
    let own = own.is(200).json();
    for member in ["payer", "items", "counterfactuals", "text"] {
        assert_eq!(
            change["before_explanation"][member], own[member],
            "{member}"
        );
    }
    let after = &change["after_explanation"];
    assert_eq!(after["payer"], "uncovered");
    assert_eq!(after["items"][0]["rule"], "private-listed");
    assert_ne!(after["text"], own["text"]);
}

async fn changed_claims_come_in_pages(app: &TestApp) {
    for number in 1..=5 {
        let claim = Claim::new(&format!("INV-{number}"));
        app.submit(&claim).await.is(201);
    }
    let location = tried(app).await;
    let mut cursor = String::new();
    let mut seen = Vec::new();
    loop {
        let page = app
            .get(&format!("{location}/changes?limit=2{cursor}"))
            .await;
        let page = page.is(200).json();
        seen.extend(strings(&page["data"], "external_id"));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, ["INV-5", "INV-4", "INV-3", "INV-2", "INV-1"]);
    for wrong in ["limit=0", "limit=201", "cursor=x", "payer=mva"] {
        app.get(&format!("{location}/changes?{wrong}"))
            .await
            .problem(400);
    }
}

async fn a_claim_decided_again_since_is_not_explained(app: &TestApp) {
    app.submit(&Claim::new("INV-1")).await.is(201);
    let location = tried(app).await;
    app.database()
        .replace_in_decisions(r#""rule":"uncovered""#, r#""rule":"another""#);
    let page = app.get(&format!("{location}/changes")).await.is(200).json();
    let change = &page["data"][0];
    assert_eq!(change["before_explanation"], Value::Null);
    assert_eq!(change["after_explanation"], Value::Null);
    let why = change["not_explained"].as_str().expect("a reason");
    assert!(why.contains("decided again since"), "{why}");
}

/// Decides page after page again; what became of each claim.
async fn redecide_all(caller: &Caller, location: &str) -> Vec<Value> {
    let mut cursor = String::new();
    let mut all = Vec::new();
    loop {
        let path = format!("{location}/redecisions?limit=2{cursor}");
        let page = caller.post(&path, &json!({})).await.is(200).json();
        all.extend_from_slice(array(&page["data"]));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
}

async fn changed_claims_are_decided_again_by_the_version_in_force(app: &TestApp) {
    let mut ids = Vec::new();
    for number in 1..=3 {
        let claim = Claim::new(&format!("INV-{number}"));
        let claim = claim.with("/patient/id", format!("P-{number}"));
        ids.push(app.submit(&claim).await.is(201).id());
    }
    let location = tried(app).await;
    // The version is no more than a draft: nothing changes.
    for result in redecide_all(app, &location).await {
        assert_eq!(result["status"], 200);
        assert_eq!(result["disposition"], "ready");
        assert_eq!(
            (&result["version"], &result["changed"]),
            (&json!(1), &json!(false))
        );
    }
    let clinic = clinic_named(app, "default").await;
    let store = store_of(app.database()).await;
    activate(&store, clinic, "stricter").await;
    store.close().await;
    decides_now(app, "stricter").await;
    app.database().set_status(&ids[0], "submitted");
    let results = redecide_all(app, &location).await;
    let expected = |id: &str, external_id: &str| {
        json!({"id": id, "external_id": external_id, "status": 200, "payer": "uncovered",
            "disposition": "needs_review", "version": 2, "changed": true})
    };
    assert_eq!(
        results[..2],
        [expected(&ids[2], "INV-3"), expected(&ids[1], "INV-2")]
    );
    assert_eq!(results[2]["status"], 409, "its payer has it");
    assert_eq!(results[2]["payer"], Value::Null);
    for result in &redecide_all(app, &location).await[..2] {
        assert_eq!(
            (&result["version"], &result["changed"]),
            (&json!(2), &json!(false))
        );
    }
    let found = app.get(&format!("/v1/claims/{}", ids[1])).await.json();
    assert_eq!(found["decision"]["rulebook"]["version"], "stricter");
}

/// Waits until the service has noticed which version decides.
async fn decides_now(app: &TestApp, version: &str) {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let answer = app.classify(&Claim::new("INV-9")).await.is(200).json();
        if answer["decision"]["rulebook"]["version"] == version {
            return;
        }
        assert!(Instant::now() < deadline, "{version} does not decide");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
