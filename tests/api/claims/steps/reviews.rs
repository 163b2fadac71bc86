//! Reviews: what they settle, what stands in their way, and how long they count.

use serde_json::{Value, json};

use super::{billable, step, submit, unclear};
use crate::{
    claims::redecisions::{approved_later, redecide, replay},
    support::{Claim, TestApp, on_both_databases, strings},
};

on_both_databases!(
    a_review_settles_what_a_claim_asks,
    a_finding_that_is_not_settled_stands_in_the_way,
    a_law_stands_in_the_way_unless_it_is_excepted,
    an_item_is_billed_to_another_payer,
    what_a_claim_does_not_have_is_not_reviewed,
    a_later_review_keeps_what_it_does_not_mention,
    a_review_stays_while_what_it_settled_stands,
    a_review_is_outdated_when_the_decision_changes,
    another_finding_of_a_settled_kind_is_not_settled,
    one_item_is_not_ready_while_the_whole_claim_asks,
);

async fn a_review_settles_what_a_claim_asks(app: &TestApp) {
    let (id, before) = submit(app, &unclear("INV-1")).await;
    assert_eq!(before["status"], "needs_review");
    assert_eq!(
        strings(&before["decision"]["findings"], "code"),
        ["ohip_insured_unknown"]
    );
    assert_eq!(before["payers_due"], json!([]));
    assert_eq!(before["review"], Value::Null);
    let unsettled = json!({"reason": "The card was seen.", "disposition": "ready"});
    let problem = step(app, &id, "reviews", "\"1\"", &unsettled)
        .await
        .problem(422);
    problem.lists(&[("breaks_law", "/disposition")]);
    let detail = problem.member("errors")[0]["detail"].to_string();
    assert!(detail.contains("`settles`"), "it says the way: {detail}");
    let body = json!({"reason": "The card was seen.", "settles": ["ohip_insured_unknown"]});
    let answer = step(app, &id, "reviews", "\"1\"", &body).await.is(200);
    assert_eq!(answer.header("etag"), "\"2\"");
    let after = answer.json();
    assert_eq!(after["status"], "ready");
    assert_eq!(after["disposition"], "ready");
    assert_eq!(after["payer"], "uncovered");
    assert_eq!(after["payers_due"], json!([{"payer": "patient"}]));
    assert_eq!(
        after["decision"], before["decision"],
        "it stays as it was made"
    );
    let review = &after["review"];
    assert_eq!(review["reason"], "The card was seen.");
    assert_eq!(review["settles"], json!(["ohip_insured_unknown"]));
    assert_eq!(review["items"][0]["disposition"], "ready");
    assert_eq!(review["items"][0]["bill_to"], "patient");
    assert_eq!(review["outdated"], false);
    assert_eq!(app.get(&format!("/v1/claims/{id}")).await.json(), after);
    let ready = app.list(&[("status", "ready")]).await.is(200).json();
    assert_eq!(ready["data"][0]["id"], id.as_str());
    assert_eq!(replay(app, &id).await.is(200).json()["identical"], true);
    app.get(&format!("/v1/claims/{id}/explanation"))
        .await
        .is(200);
    let event = app.database().last_event(&id);
    assert_eq!(event["request"], body);
    assert_eq!(event["status_before"], "needs_review");
    assert_eq!(event["review"], *review);
}

async fn a_finding_that_is_not_settled_stands_in_the_way(app: &TestApp) {
    // Twice the same service, for the second time by somebody who is no physician.
    submit(app, &billable("INV-1")).await;
    let (id, before) = submit(app, &billable("INV-2")).await;
    assert_eq!(
        strings(&before["decision"]["findings"], "code"),
        ["possible_duplicate"]
    );
    let ready = json!({"reason": "It is another visit.", "disposition": "ready"});
    let problem = step(app, &id, "reviews", "\"1\"", &ready)
        .await
        .problem(422);
    problem.lists(&[("findings_unsettled", "/disposition")]);
    let detail = problem.member("errors")[0]["detail"].to_string();
    assert!(detail.contains("possible_duplicate"), "{detail}");
    let items = json!([{"sequence": 1, "payer": "uncovered", "disposition": "ready"}]);
    let by_item = json!({"reason": "It is another visit.", "items": items});
    let problem = step(app, &id, "reviews", "\"1\"", &by_item)
        .await
        .problem(422);
    problem.lists(&[("findings_unsettled", "/items")]);
    let claim = app.get(&format!("/v1/claims/{id}")).await.is(200);
    assert_eq!(claim.json(), before);
    let settled = json!({
        "reason": "It is another visit.", "disposition": "ready", "settles": ["possible_duplicate"],
    });
    let after = step(app, &id, "reviews", "\"1\"", &settled).await.is(200);
    assert_eq!(after.json()["status"], "ready");
}

async fn a_law_stands_in_the_way_unless_it_is_excepted(app: &TestApp) {
    let insured = billable("INV-1")
        .with("/items/0/insured_by_ohip", "yes")
        .with("/items/0/category", "consultation");
    let (id, before) = submit(app, &insured).await;
    assert_eq!(before["status"], "needs_review");
    let ready = json!({"reason": "The patient asked for it.", "disposition": "ready"});
    let problem = step(app, &id, "reviews", "\"1\"", &ready)
        .await
        .problem(422);
    problem.lists(&[("breaks_law", "/disposition")]);
    let detail = problem.member("errors")[0]["detail"].to_string();
    assert!(detail.contains("ohip_insured_never_charged"), "{detail}");
    let mut excepted = ready;
    excepted["exceptions"] = json!([{
        "law": "ohip_insured_never_charged", "evidence": "The ministry's letter of 3 June 2026.",
    }]);
    let none = app.list(&[("has_exceptions", "true")]).await.is(200).json();
    assert_eq!(none["data"], json!([]));
    let after = step(app, &id, "reviews", "\"1\"", &excepted)
        .await
        .is(200)
        .json();
    assert_eq!(after["status"], "ready");
    assert_eq!(after["review"]["exceptions"], excepted["exceptions"]);
    assert_eq!(after["payers_due"], json!([{"payer": "ministry"}]));
    assert_eq!(after["review"]["items"][0]["bill_to"], Value::Null);
    let listed = app.list(&[("has_exceptions", "true")]).await.is(200).json();
    assert_eq!(strings(&listed["data"], "id"), [id.as_str()]);
    let others = app
        .list(&[("has_exceptions", "false")])
        .await
        .is(200)
        .json();
    assert_eq!(others["data"], json!([]));
}

async fn an_item_is_billed_to_another_payer(app: &TestApp) {
    let plan = json!([{"kind": "private", "insurer": "Maple Life", "covered_categories": ["massage_therapy"]}]);
    let (id, before) = submit(app, &Claim::new("INV-1").with("/coverages", plan)).await;
    assert_eq!(
        before["payer"], "uncovered",
        "the plan lists another service"
    );
    let body = json!({"reason": "The plan answered by telephone: it pays.", "payer": "private"});
    let after = step(app, &id, "reviews", "\"1\"", &body)
        .await
        .is(200)
        .json();
    assert_eq!(after["payer"], "private");
    assert_eq!(after["status"], "ready");
    assert_eq!(after["billing_order"], json!(["private"]));
    assert_eq!(
        after["payers_due"],
        json!([{"payer": "private", "coverage": 0}])
    );
    assert_eq!(after["allocations"][0]["payer"], "private");
    assert_eq!(
        after["allocations"][0]["amount_cents"],
        before["total_cents"]
    );
    let found = app.list(&[("payer", "private")]).await.is(200).json();
    assert_eq!(strings(&found["data"], "id"), [id.as_str()]);
}

async fn what_a_claim_does_not_have_is_not_reviewed(app: &TestApp) {
    let (id, _) = submit(app, &billable("INV-1")).await;
    let body = json!({
        "reason": "A slip.", "settles": ["possible_duplicates"],
        "items": [{"sequence": 2, "payer": "mva", "disposition": "ready"}],
    });
    let problem = step(app, &id, "reviews", "\"1\"", &body).await.problem(422);
    problem.lists(&[
        ("unknown_item", "/items/0/sequence"),
        ("unknown_settled", "/settles/0"),
    ]);
    let body = json!({"reason": " ", "settles": ["a", "a"]});
    let problem = step(app, &id, "reviews", "\"1\"", &body).await.problem(422);
    problem.lists(&[("blank", "/reason")]);
    let body = json!({"reason": "Why not", "law": "none"});
    step(app, &id, "reviews", "\"1\"", &body).await.problem(400);
    step(app, &id, "reviews", "\"1\"", &json!({}))
        .await
        .problem(400);
}

async fn a_later_review_keeps_what_it_does_not_mention(app: &TestApp) {
    submit(app, &unclear("INV-1")).await;
    let (id, before) = submit(app, &unclear("INV-2")).await;
    let mut codes = strings(&before["decision"]["findings"], "code");
    codes.sort_unstable();
    assert_eq!(codes, ["ohip_insured_unknown", "possible_duplicate"]);
    let first = json!({"reason": "Not insured.", "settles": ["ohip_insured_unknown"]});
    let after = step(app, &id, "reviews", "\"1\"", &first)
        .await
        .is(200)
        .json();
    assert_eq!(after["status"], "needs_review", "one finding is left");
    let second = json!({"reason": "Another visit.", "settles": ["possible_duplicate"]});
    let after = step(app, &id, "reviews", "\"2\"", &second)
        .await
        .is(200)
        .json();
    assert_eq!(after["status"], "ready");
    assert_eq!(
        after["review"]["settles"],
        json!(["ohip_insured_unknown", "possible_duplicate"])
    );
}

async fn a_review_stays_while_what_it_settled_stands(app: &TestApp) {
    let (id, _) = submit(app, &unclear("INV-1")).await;
    let body = json!({"reason": "Not insured.", "settles": ["ohip_insured_unknown"]});
    step(app, &id, "reviews", "\"1\"", &body).await.is(200);
    let again = redecide(app, &id, "\"2\"").await.is(200).json();
    assert_eq!(again["version"], 2, "nothing changed");
    assert_eq!(again["status"], "ready");
    // The same service a second time: a fact that the review did not know of.
    submit(app, &unclear("INV-2")).await;
    let after = redecide(app, &id, "\"2\"").await.is(200).json();
    assert_eq!(after["version"], 3);
    assert_eq!(after["status"], "needs_review");
    assert_eq!(after["review"]["outdated"], true);
}

async fn a_review_is_outdated_when_the_decision_changes(app: &TestApp) {
    let (id, _) = approved_later(app).await;
    let body = json!({"reason": "The insurer wants to see the X-ray first.", "disposition": "needs_review"});
    let held = step(app, &id, "reviews", "\"1\"", &body)
        .await
        .is(200)
        .json();
    assert_eq!(held["status"], "needs_review");
    let after = redecide(app, &id, "\"2\"").await.is(200).json();
    assert_eq!(after["status"], "needs_review");
    assert_eq!(after["review"]["outdated"], true);
    assert_eq!(after["review"]["reason"], body["reason"]);
    let codes = strings(&after["decision"]["findings"], "code");
    assert!(codes.contains(&"review_outdated".to_owned()), "{codes:?}");
    assert_eq!(replay(app, &id).await.is(200).json()["identical"], true);
    let again = json!({"reason": "The X-ray was sent.", "disposition": "ready"});
    let problem = step(app, &id, "reviews", "\"3\"", &again)
        .await
        .problem(422);
    problem.lists(&[("findings_unsettled", "/disposition")]);
    let again = json!({"reason": "The X-ray was sent.", "settles": ["review_outdated"]});
    let after = step(app, &id, "reviews", "\"3\"", &again)
        .await
        .is(200)
        .json();
    assert_eq!(after["status"], "ready");
    let same = redecide(app, &id, "\"4\"").await.is(200).json();
    assert_eq!(same["review"]["outdated"], false);
    assert_eq!(same["status"], "ready");
}

async fn another_finding_of_a_settled_kind_is_not_settled(app: &TestApp) {
    submit(app, &billable("INV-1")).await;
    let (id, _) = submit(app, &billable("INV-2").with("/items/-", json!({
        "service_date": "2026-06-02", "category": "consultation", "code": "VISIT", "unit_price_cents": 10_000,
    }))).await;
    let body = json!({"reason": "Another visit.", "settles": ["possible_duplicate"]});
    let settled = step(app, &id, "reviews", "\"1\"", &body)
        .await
        .is(200)
        .json();
    assert_eq!(settled["status"], "ready");
    assert_eq!(settled["review"]["findings"][0]["pointer"], "/items/0");
    // The second item is billed elsewhere, too.
    submit(
        app,
        &billable("INV-3").with("/items/0/service_date", "2026-06-02"),
    )
    .await;
    let after = redecide(app, &id, "\"2\"").await.is(200).json();
    assert_eq!(after["status"], "needs_review");
    assert_eq!(after["review"]["outdated"], true);
}

async fn one_item_is_not_ready_while_the_whole_claim_asks(app: &TestApp) {
    // A claim number without an accident is a question about the whole claim.
    let claim = billable("INV-1")
        .with("/coverages", json!([{"kind": "wsib", "claim_number": "12345678"}]))
        .with("/items/-", json!({
            "service_date": "2026-06-02", "category": "consultation", "unit_price_cents": 10_000,
        }));
    let (id, before) = submit(app, &claim).await;
    let codes = strings(&before["decision"]["findings"], "code");
    assert!(codes.contains(&"accident_missing".to_owned()), "{codes:?}");
    let items = json!([{"sequence": 1, "payer": "uncovered", "disposition": "ready"}]);
    let mut body = json!({"reason": "A number of an old accident.", "items": items});
    let problem = step(app, &id, "reviews", "\"1\"", &body).await.problem(422);
    problem.lists(&[("findings_unsettled", "/items/0/disposition")]);
    body["settles"] = json!(["accident_missing"]);
    let after = step(app, &id, "reviews", "\"1\"", &body)
        .await
        .is(200)
        .json();
    assert_eq!(after["status"], "ready");
}
