//! What a back-test finds, of which claims, and who may see it.

use serde_json::{Value, json};

use super::{draft_stricter, ended, path, run};
use crate::rulebooks::SHIPPED;
use crate::support::{Claim, TestApp, on_both_databases, today};

on_both_databases!(
    what_a_draft_would_change_is_counted,
    the_version_in_force_changes_nothing,
    only_claims_received_in_the_period_are_compared,
    a_period_must_make_sense,
    a_claim_that_does_not_read_back_is_named_and_passed_over,
    two_clinics_have_back_tests_of_their_own,
);

/// Two consultations without insurance, and physiotherapy that a plan and WSIB pay.
async fn submit_four(app: &TestApp) -> i64 {
    for (external_id, patient) in [("INV-1", "P-1"), ("INV-2", "P-2")] {
        let claim = Claim::new(external_id).with("/patient/id", patient);
        app.submit(&claim).await.is(201);
    }
    let mut total = 0;
    for example in ["private-physiotherapy", "wsib-physiotherapy"] {
        let stored = app.submit(&Claim::example(example)).await.is(201).json();
        assert_eq!(stored["disposition"], "ready");
        if example == "private-physiotherapy" {
            assert_eq!(stored["payer"], "private");
            total = stored["total_cents"].as_i64().expect("a total");
        }
    }
    total
}

async fn what_a_draft_would_change_is_counted(app: &TestApp) {
    let total = submit_four(app).await;
    draft_stricter(app).await;
    let started = app.post(&path("stricter"), &json!({})).await.is(202);
    assert_eq!(started.json()["state"], "running");
    assert_eq!(started.json()["finished_at"], Value::Null);
    let location = started.header("location");
    assert_eq!(location, format!("{}/{}", path("stricter"), started.id()));
    let found = ended(app, location).await;
    assert_eq!(found["state"], "finished");
    assert_eq!(found["version"], "stricter");
    assert_eq!(found["sha256"], *super::stricter().version().sha256);
    assert_eq!(found["progress"], json!({"claims": 4, "percent": 100}));
    assert!(found["finished_at"].is_string());
    let is = |payer, disposition| json!({"payer": payer, "disposition": disposition});
    let result = &found["result"];
    let wsib = result["matrix"][0]["cents"].clone();
    assert_eq!(
        result["matrix"],
        json!([
            {"before": is("wsib", "ready"), "after": is("wsib", "ready"), "claims": 1, "cents": wsib},
            {"before": is("private", "ready"), "after": is("uncovered", "ready"), "claims": 1, "cents": total},
            {"before": is("uncovered", "ready"), "after": is("uncovered", "needs_review"),
                "claims": 2, "cents": 20_000},
        ])
    );
    for (member, value) in [("claims", 4), ("changed", 3), ("moved_cents", total)] {
        assert_eq!(result[member], value, "{member}");
    }
    assert_eq!(result["unreadable"], 0);
    assert_eq!(result["unreadable_ids"], json!([]));
    let listed = result["rules"][0]["items"].clone();
    assert_eq!(
        result["rules"],
        json!([
            {"before": "private-listed", "after": "private-listed", "items": listed, "cents": total},
            {"before": "uncovered", "after": "uncovered", "items": 2, "cents": 20_000},
        ])
    );
    let counts = result["decided_by"].as_array().expect("a list");
    let rules: Vec<&Value> = counts.iter().map(|it| &it["rule"]).collect();
    assert_eq!(rules, ["private-listed", "uncovered", "wsib-claim-number"]);
    // It is in the list of its version, and nowhere else; nothing happened to the claims.
    let list = app.get(&path("stricter")).await.is(200).json();
    assert_eq!(list["data"], json!([found]));
    app.get(&format!("{}/{}", path(SHIPPED), started.id()))
        .await
        .problem(404);
    let claims = app.all("/v1/claims", &[("disposition", "ready")]).await;
    assert_eq!(claims.len(), 4);
}

async fn the_version_in_force_changes_nothing(app: &TestApp) {
    submit_four(app).await;
    // Without a body.
    let request = app.request(reqwest::Method::POST, &path(SHIPPED));
    let started = app.send(request).await.is(202);
    let found = ended(app, started.header("location")).await;
    assert_eq!(found["result"]["claims"], 4);
    assert_eq!(found["result"]["changed"], 0);
    assert_eq!(found["result"]["moved_cents"], 0);
    assert_eq!(found["result"]["rules"], json!([]));
    let changes = format!("{}/changes", started.header("location"));
    assert_eq!(app.get(&changes).await.is(200).json()["data"], json!([]));
}

async fn only_claims_received_in_the_period_are_compared(app: &TestApp) {
    submit_four(app).await;
    let today = today();
    let (yesterday, tomorrow) = (today.yesterday().unwrap(), today.tomorrow().unwrap());
    // A day before and after, in case it is midnight.
    for (period, claims) in [
        (
            json!({"received_from": yesterday, "received_to": tomorrow}),
            4,
        ),
        (json!({"received_from": yesterday}), 4),
        (json!({"received_to": tomorrow}), 4),
        (json!({"received_from": tomorrow.tomorrow().unwrap()}), 0),
        (json!({"received_to": yesterday}), 0),
    ] {
        let found = run(app, SHIPPED, &period).await;
        assert_eq!(found["progress"], json!({"claims": claims, "percent": 100}));
        for day in ["received_from", "received_to"] {
            assert_eq!(found[day], period[day], "{period}");
        }
    }
    let all = app.all(&path(SHIPPED), &[]).await;
    assert_eq!(all.len(), 5);
    let first = app.get(&format!("{}?limit=2", path(SHIPPED))).await;
    assert_eq!(first.json()["data"], json!(all[..2]));
}

async fn a_period_must_make_sense(app: &TestApp) {
    let backwards = json!({"received_from": "2026-02-01", "received_to": "2026-01-31"});
    let problem = app.post(&path(SHIPPED), &backwards).await.problem(422);
    problem.lists(&[("before_the_start", "/received_to")]);
    for (body, status) in [
        (json!({"from": "2026-02-01"}), 400),
        (json!([]), 400),
        (json!({"received_from": "2026-02-30"}), 422),
    ] {
        app.post(&path(SHIPPED), &body).await.problem(status);
    }
    app.post(&path("unknown"), &json!({})).await.problem(404);
    app.get(&path("unknown")).await.problem(404);
    app.get(&format!("{}/unknown", path(SHIPPED)))
        .await
        .problem(404);
}

async fn a_claim_that_does_not_read_back_is_named_and_passed_over(app: &TestApp) {
    let id = app.submit(&Claim::new("INV-1")).await.is(201).id();
    let broken = app.database();
    broken.replace_in_decisions(r#""payer":"uncovered""#, r#""payer":"nobody""#);
    app.submit(&Claim::new("INV-2")).await.is(201);
    let found = run(app, SHIPPED, &json!({})).await;
    assert_eq!(found["state"], "finished");
    assert_eq!(found["progress"]["claims"], 2);
    let result = &found["result"];
    assert_eq!(result["claims"], 1);
    assert_eq!(result["unreadable"], 1);
    assert_eq!(result["unreadable_ids"], json!([id]));
}

async fn two_clinics_have_back_tests_of_their_own(app: &TestApp) {
    submit_four(app).await;
    let other = app.new_clinic("other").await;
    other.submit(&Claim::new("INV-1")).await.is(201);
    let own = app.post(&path(SHIPPED), &json!({})).await.is(202);
    let others = other.post(&path(SHIPPED), &json!({})).await.is(202);
    let (own, others) = (own.header("location"), others.header("location"));
    assert_eq!(ended(app, own).await["result"]["claims"], 4);
    assert_eq!(ended(&other, others).await["result"]["claims"], 1);
    for path in [own.to_owned(), format!("{own}/changes")] {
        other.get(&path).await.problem(404);
    }
    for action in ["cancel", "redecisions"] {
        let path = format!("{own}/{action}");
        other.post(&path, &json!({})).await.problem(404);
    }
    assert_eq!(other.all(&path(SHIPPED), &[]).await.len(), 1);
    // A clinic's draft is nobody else's.
    draft_stricter(app).await;
    other.post(&path("stricter"), &json!({})).await.problem(404);
}
