//! Approvals as accounts: claims that are ready draw, others release, and what is decided again when one changes.

use serde_json::{Value, json};

use crate::{
    claims::{redecisions::redecide, steps::step},
    support::{Caller, Claim, TestApp, array, on_both_databases, strings},
};

on_both_databases!(
    a_ready_claim_draws_and_says_of_what,
    what_is_drawn_is_left_for_nobody_else,
    whoever_is_withdrawn_or_replaced_releases,
    a_review_draws_and_releases,
    a_review_draws_what_is_left_of_an_approval_that_does_not_suffice,
    claims_that_name_an_approval_are_decided_again,
    a_lowered_approval_keeps_those_who_were_there_first,
    what_was_drawn_is_lowered_only_knowingly,
    the_claims_of_an_approval_are_listed,
    the_cap_of_the_guideline_holds_for_all_claims,
    a_dry_run_draws_nothing,
);

pub fn approval(number: &str, cents: i64) -> Value {
    json!({
        "number": number, "kind": "ocf_18", "patient_id": "P-1", "payer": "mva", "status": "approved",
        "approved_cents": cents,
    })
}

/// A claim after a car accident that relies on an OCF-18.
pub fn claim(external_id: &str, number: &str, cents: i64) -> Claim {
    Claim::new(external_id)
        .with("/accident", json!({"cause": "auto", "date": "2026-05-02"}))
        .with("/coverages", json!([{"kind": "auto"}]))
        .with("/preauthorizations", json!([number]))
        .with("/items/0/category", "physiotherapy")
        .with("/items/0/unit_price_cents", cents)
}

/// Enters an approval, and returns its path.
pub async fn enter(caller: &Caller, approval: &Value) -> String {
    let entered = caller.preauthorize(approval).await.is(201);
    format!("/v1/preauthorizations/{}", entered.id())
}

async fn submit(caller: &Caller, claim: &Claim, status: &str) -> String {
    let answer = caller.submit(claim).await.is(201);
    assert_eq!(answer.json()["status"], status, "{}", answer.text());
    answer.id()
}

pub async fn assert_account(caller: &Caller, path: &str, reserved: i64, left: i64) -> Value {
    let account = caller.get(path).await.is(200).json();
    assert_eq!(account["reserved_cents"], reserved, "{account}");
    assert_eq!(account["consumed_cents"], 0);
    assert_eq!(account["left_cents"], left, "{account}");
    let drawn = array(&account["draws"]).iter();
    let drawn: i64 = drawn.filter_map(|it| it["reserved_cents"].as_i64()).sum();
    assert_eq!(drawn, reserved, "{account}");
    account
}

pub fn findings(claim: &Value) -> Vec<String> {
    strings(&claim["decision"]["findings"], "code")
}

async fn a_ready_claim_draws_and_says_of_what(app: &TestApp) {
    let path = enter(app, &approval("OCF18-1", 150_000)).await;
    assert_account(app, &path, 0, 150_000).await;
    let stored = app.submit(&claim("INV-1", "OCF18-1", 90_000)).await.is(201);
    let item = &stored.json()["decision"]["items"][0];
    assert_eq!(item["preauthorization"], "OCF18-1");
    let account = assert_account(app, &path, 90_000, 60_000).await;
    let draw = json!({
        "claim_id": stored.id(), "external_id": "INV-1", "sequence": 1, "reserved_cents": 90_000, "consumed_cents": 0,
    });
    assert_eq!(account["draws"], json!([draw]));
    assert_eq!(
        account["version"], 1,
        "drawing is no change of the approval"
    );
    // The same claim again draws once.
    app.submit(&claim("INV-1", "OCF18-1", 90_000)).await.is(200);
    assert_account(app, &path, 90_000, 60_000).await;
    // What stands in lists is the account without its draws.
    let listed = app.get("/v1/preauthorizations").await.is(200).json();
    assert_eq!(listed["data"][0]["left_cents"], 60_000);
    assert_eq!(listed["data"][0].get("draws"), None);
}

async fn what_is_drawn_is_left_for_nobody_else(app: &TestApp) {
    let path = enter(app, &approval("OCF18-1", 150_000)).await;
    submit(app, &claim("INV-1", "OCF18-1", 90_000), "ready").await;
    let second = app.submit(&claim("INV-2", "OCF18-1", 90_000)).await.is(201);
    assert_eq!(second.json()["status"], "needs_review");
    assert_eq!(findings(&second.json()), ["preauthorization_insufficient"]);
    submit(app, &claim("INV-3", "OCF18-1", 60_000), "ready").await;
    assert_account(app, &path, 150_000, 0).await;
    // Both decisions come out again as they were made.
    for id in [&second.id()] {
        let replayed = app.get(&format!("/v1/claims/{id}/replay")).await.is(200);
        assert_eq!(replayed.json()["identical"], true);
    }
    let explained = app
        .get(&format!("/v1/claims/{}/explanation", second.id()))
        .await
        .is(200);
    let enough = explained.text();
    assert!(enough.contains("$1,800.00"), "{enough}");
}

async fn whoever_is_withdrawn_or_replaced_releases(app: &TestApp) {
    let path = enter(app, &approval("OCF18-1", 100_000)).await;
    let first = submit(app, &claim("INV-1", "OCF18-1", 90_000), "ready").await;
    let waiting = submit(app, &claim("INV-2", "OCF18-1", 90_000), "needs_review").await;
    // A correction draws in the place of what it replaces.
    let correction = claim("INV-3", "OCF18-1", 95_000).with("/replaces", first.as_str());
    let second = submit(app, &correction, "ready").await;
    assert_account(app, &path, 95_000, 5_000).await;
    let reason = json!({"reason": "The patient cancelled."});
    step(app, &second, "void", "\"1\"", &reason).await.is(200);
    assert_account(app, &path, 0, 100_000).await;
    // A release decides nobody again; staff can.
    let stored = app.get(&format!("/v1/claims/{waiting}")).await.json();
    assert_eq!(stored["status"], "needs_review");
    let again = redecide(app, &waiting, "\"1\"").await.is(200).json();
    assert_eq!(again["status"], "ready");
    assert_account(app, &path, 90_000, 10_000).await;
    // What was sent stays drawn.
    let send = json!({"payer": "mva", "channel": "hcai"});
    step(app, &waiting, "sends", "\"2\"", &send).await.is(200);
    assert_account(app, &path, 90_000, 10_000).await;
}

async fn a_review_draws_and_releases(app: &TestApp) {
    let path = enter(app, &approval("OCF18-1", 100_000)).await;
    let id = submit(app, &claim("INV-1", "OCF18-1", 60_000), "ready").await;
    let hold = json!({"reason": "Ask the insurer first.", "disposition": "needs_review"});
    let held = step(app, &id, "reviews", "\"1\"", &hold).await.is(200);
    assert_eq!(held.json()["status"], "needs_review");
    assert_account(app, &path, 0, 100_000).await;
    let release = json!({"reason": "The insurer agreed.", "disposition": "ready"});
    let ready = step(app, &id, "reviews", "\"2\"", &release).await.is(200);
    assert_eq!(ready.json()["status"], "ready");
    assert_account(app, &path, 60_000, 40_000).await;
    // Held again, another claim takes its place: what was decided does not suffice any more.
    step(app, &id, "reviews", "\"3\"", &hold).await.is(200);
    submit(app, &claim("INV-2", "OCF18-1", 60_000), "ready").await;
    let refused = step(app, &id, "reviews", "\"4\"", &release).await;
    let problem = refused.problem(409);
    assert_eq!(
        problem.member("type"),
        "urn:payerline:problem:approvals-changed"
    );
    assert_account(app, &path, 60_000, 40_000).await;
}

async fn a_review_draws_what_is_left_of_an_approval_that_does_not_suffice(app: &TestApp) {
    let path = enter(app, &approval("OCF18-1", 100_000)).await;
    submit(app, &claim("INV-1", "OCF18-1", 60_000), "ready").await;
    let id = submit(app, &claim("INV-2", "OCF18-1", 60_000), "needs_review").await;
    let settle = json!({
        "reason": "The insurer raised it by telephone.", "disposition": "ready",
        "settles": ["preauthorization_insufficient"],
    });
    // It is raised and still does not suffice: the decision stays, and can be settled.
    let raised = app.put(&path, "\"1\"", &approval("OCF18-1", 110_000)).await;
    let counted = json!({"decided": 2, "changed": 0, "waiting": 0});
    assert_eq!(raised.is(200).json()["redecisions"], counted);
    let ready = step(app, &id, "reviews", "\"1\"", &settle).await.is(200);
    assert_eq!(ready.json()["status"], "ready");
    assert_account(app, &path, 110_000, 0).await;
    // Raised further, it draws more; lowered, those who were there first keep theirs.
    app.put(&path, "\"2\"", &approval("OCF18-1", 115_000))
        .await
        .is(200);
    assert_account(app, &path, 115_000, 0).await;
    let lowered = app
        .put(
            &format!("{path}?confirm=true"),
            "\"3\"",
            &approval("OCF18-1", 80_000),
        )
        .await;
    lowered.is(200);
    let account = assert_account(app, &path, 80_000, 0).await;
    assert_eq!(account["draws"][0]["reserved_cents"], 60_000);
}

async fn claims_that_name_an_approval_are_decided_again(app: &TestApp) {
    // Nobody has entered it yet.
    let early = submit(app, &claim("INV-0", "OCF18-1", 30_000), "needs_review").await;
    let entered = app.preauthorize(&approval("OCF18-1", 50_000)).await.is(201);
    let counted = json!({"decided": 1, "changed": 1, "waiting": 0});
    assert_eq!(entered.json()["redecisions"], counted);
    let stored = app.get(&format!("/v1/claims/{early}")).await.json();
    assert_eq!(stored["status"], "ready");
    let path = format!("/v1/preauthorizations/{}", entered.id());
    let waiting = submit(app, &claim("INV-1", "OCF18-1", 30_000), "needs_review").await;
    let raised = app.put(&path, "\"1\"", &approval("OCF18-1", 60_000)).await;
    let raised = raised.is(200).json();
    assert_eq!(
        raised["redecisions"],
        json!({"decided": 2, "changed": 1, "waiting": 0})
    );
    let stored = app.get(&format!("/v1/claims/{waiting}")).await.json();
    assert_eq!(stored["status"], "ready");
    let event = app.database().last_event(&waiting);
    assert_eq!(event["after"]["disposition"], "ready");
    assert_account(app, &path, 60_000, 0).await;
    // The whole answer of GET can be sent back.
    let account = app.get(&path).await.json();
    app.put(&path, "\"2\"", &account).await.is(200);
    let verified = crate::claims::verification::verify(app.database(), &[]).await;
    assert_eq!(verified.status.code(), Some(0), "{verified:?}");
}

async fn a_lowered_approval_keeps_those_who_were_there_first(app: &TestApp) {
    let path = enter(app, &approval("OCF18-1", 90_000)).await;
    let mut ids = Vec::new();
    for number in 1..=3 {
        let claim = claim(&format!("INV-{number}"), "OCF18-1", 30_000);
        ids.push(submit(app, &claim, "ready").await);
    }
    let lowered = approval("OCF18-1", 65_000);
    let confirmed = app
        .put(&format!("{path}?confirm=true"), "\"1\"", &lowered)
        .await;
    let counted = json!({"decided": 3, "changed": 1, "waiting": 0});
    assert_eq!(confirmed.is(200).json()["redecisions"], counted);
    let mut statuses = Vec::new();
    for id in &ids {
        let stored = app.get(&format!("/v1/claims/{id}")).await.json();
        statuses.push(stored["status"].as_str().expect("a status").to_owned());
    }
    assert_eq!(statuses, ["ready", "ready", "needs_review"]);
    assert_account(app, &path, 60_000, 5_000).await;
    // A refusal takes all of them back.
    let mut denied = lowered.clone();
    denied["status"] = json!("denied");
    app.put(&path, "\"2\"", &denied).await.is(200);
    assert_account(app, &path, 0, 65_000).await;
}

async fn what_was_drawn_is_lowered_only_knowingly(app: &TestApp) {
    let path = enter(app, &approval("OCF18-1", 90_000)).await;
    let id = submit(app, &claim("INV-1", "OCF18-1", 60_000), "ready").await;
    let send = json!({"payer": "mva", "channel": "hcai"});
    step(app, &id, "sends", "\"1\"", &send).await.is(200);
    let lowered = approval("OCF18-1", 50_000);
    let problem = app.put(&path, "\"1\"", &lowered).await.problem(409);
    assert_eq!(problem.member("type"), "urn:payerline:problem:below-draws");
    let unsure = app
        .put(&format!("{path}?confirm=false"), "\"1\"", &lowered)
        .await;
    unsure.problem(409);
    app.put(&format!("{path}?confirm=perhaps"), "\"1\"", &lowered)
        .await
        .problem(400);
    assert_account(app, &path, 60_000, 30_000).await;
    let confirmed = app
        .put(&format!("{path}?confirm=true"), "\"1\"", &lowered)
        .await;
    confirmed.is(200);
    // What was sent stays drawn, and makes nothing more ready.
    assert_account(app, &path, 60_000, -10_000).await;
    submit(app, &claim("INV-2", "OCF18-1", 1), "needs_review").await;
    // It is lowered no further, so it needs no confirmation.
    app.put(&path, "\"2\"", &lowered).await.is(200);
    app.put(&path, "\"3\"", &approval("OCF18-1", 55_000))
        .await
        .is(200);
}

async fn the_claims_of_an_approval_are_listed(app: &TestApp) {
    let path = enter(app, &approval("caf\u{e9}", 90_000)).await;
    submit(app, &claim("INV-1", "cafe\u{301}", 30_000), "ready").await;
    submit(app, &claim("INV-2", "caf\u{e9}", 80_000), "needs_review").await;
    submit(app, &claim("INV-3", "OCF18-2", 30_000), "needs_review").await;
    let (_, id) = path.rsplit_once('/').expect("a path");
    for named in ["caf\u{e9}", "cafe\u{301}", id] {
        let listed = app
            .list(&[("preauthorization", named)])
            .await
            .is(200)
            .json();
        assert_eq!(
            strings(&listed["data"], "external_id"),
            ["INV-2", "INV-1"],
            "{named}"
        );
    }
    let both = [("preauthorization", id), ("status", "ready")];
    let listed = app.list(&both).await.is(200).json();
    assert_eq!(strings(&listed["data"], "external_id"), ["INV-1"]);
    let nobody = app.list(&[("preauthorization", "OCF18-9")]).await.is(200);
    assert_eq!(nobody.json()["data"], json!([]));
    app.list(&[("preauthorization", "")]).await.problem(400);
}

async fn the_cap_of_the_guideline_holds_for_all_claims(app: &TestApp) {
    let mut ocf_23 = approval("OCF23-1", 10_000_000);
    ocf_23["kind"] = json!("ocf_23");
    ocf_23["status"] = json!("confirmed");
    enter(app, &ocf_23).await;
    let guideline = |external_id: &str, cents| {
        claim(external_id, "OCF23-1", cents).with("/coverages/0/minor_injury_guideline", true)
    };
    let first = app.submit(&guideline("INV-1", 200_000)).await.is(201);
    assert_eq!(findings(&first.json()), [""; 0]);
    let second = app.submit(&guideline("INV-2", 150_000)).await.is(201);
    assert_eq!(findings(&second.json()), [""; 0], "just the cap");
    let third = app.submit(&guideline("INV-3", 1)).await.is(201).json();
    assert_eq!(findings(&third), ["minor_injury_cap"]);
    assert_eq!(third["status"], "ready");
    // After another accident it begins anew, and what was withdrawn does not count.
    let other = guideline("INV-4", 1).with("/accident/date", "2026-05-03");
    assert_eq!(findings(&app.submit(&other).await.json()), [""; 0]);
    let reason = json!({"reason": "Entered twice."});
    step(app, &first.id(), "void", "\"1\"", &reason)
        .await
        .is(200);
    let after = app.submit(&guideline("INV-5", 1)).await.json();
    assert_eq!(findings(&after), [""; 0]);
    // Of lines that are decided at once, one sees the others.
    let lines: Vec<String> = (0..4)
        .map(|number| {
            let claim = guideline(&format!("B-{number}"), 100_000);
            claim.with("/accident/date", "2026-05-04").text()
        })
        .collect();
    app.batch(lines.join("\n")).await;
    let mut capped = 0;
    for (_, id) in app.stored("B-").await {
        let stored = app.get(&format!("/v1/claims/{id}")).await.json();
        capped += usize::from(findings(&stored) == ["minor_injury_cap"]);
    }
    assert_eq!(capped, 1, "the one that goes over it");
}

async fn a_dry_run_draws_nothing(app: &TestApp) {
    let path = enter(app, &approval("OCF18-1", 50_000)).await;
    for _ in 0..2 {
        let tried = app
            .classify(&claim("INV-1", "OCF18-1", 40_000))
            .await
            .is(200);
        assert_eq!(tried.json()["disposition"], "ready");
    }
    assert_account(app, &path, 0, 50_000).await;
    // A stored claim that is tried again does not stand in its own way.
    submit(app, &claim("INV-1", "OCF18-1", 40_000), "ready").await;
    let tried = app
        .classify(&claim("INV-1", "OCF18-1", 40_000))
        .await
        .is(200);
    assert_eq!(tried.json()["disposition"], "ready");
    let other = app
        .classify(&claim("INV-2", "OCF18-1", 40_000))
        .await
        .is(200);
    assert_eq!(other.json()["disposition"], "needs_review");
}
