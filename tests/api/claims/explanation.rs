//! `GET /v1/claims/{id}/explanation`, and the explanation in a dry run: why, and what would change it.

use reqwest::{Method, header};
use serde_json::{Value, json};

use crate::support::{Answer, Caller, Claim, TestApp, array, on_both_databases, strings};

on_both_databases!(
    an_approval_that_would_make_it_ready_does_so,
    a_stored_claim_is_explained_as_it_was_decided,
    a_dry_run_explains_without_repeating_the_trace,
    a_later_ledger_changes_no_explanation,
    an_explanation_can_be_read_aloud,
    only_the_clinic_is_told,
    a_decision_of_another_rulebook_is_not_explained,
);

async fn explain(caller: &Caller, id: &str) -> Answer {
    caller.get(&format!("/v1/claims/{id}/explanation")).await
}

async fn an_approval_that_would_make_it_ready_does_so(app: &TestApp) {
    let claim = Claim::example("mva-stem-cell-knee");
    let id = app.submit(&claim).await.is(201).id();
    let explanation = explain(app, &id).await.is(200).json();
    let counterfactual = &explanation["counterfactuals"][0];
    assert_eq!(
        counterfactual["change"], "approval_obtained",
        "{explanation}"
    );
    assert_eq!(counterfactual["pointer"], "/preauthorizations/-");
    assert_eq!(counterfactual["approval"]["approved_cents"], 525_000);
    assert_eq!(
        counterfactual["would"],
        json!({"payer": "mva", "disposition": "ready"})
    );

    app.preauthorize(&counterfactual["approval"]).await.is(201);
    let approved = claim.with("/preauthorizations", json!([counterfactual["value"]]));
    let answer = app.classify(&approved).await.is(200).json();
    assert_eq!(
        (&answer["payer"], &answer["disposition"]),
        (&json!("mva"), &json!("ready"))
    );
}

async fn a_stored_claim_is_explained_as_it_was_decided(app: &TestApp) {
    for name in [
        "private-physiotherapy",
        "mva-stem-cell-knee",
        "wsib-stem-cell-back",
        "review-minor-stem-cell",
        "review-accident-without-coverage",
    ] {
        let claim = Claim::example(name);
        let stored = app.submit(&claim).await.is(201).json();
        let id = stored["id"].as_str().expect("an id");
        let explanation = explain(app, id).await.is(200).json();
        for field in ["id", "external_id", "payer", "disposition"] {
            assert_eq!(explanation[field], stored[field], "{name} {field}");
        }
        assert_eq!(explanation["rulebook"], stored["decision"]["rulebook"]);
        let decided = array(&stored["decision"]["items"]);
        let explained = array(&explanation["items"]);
        let traces = array(&explanation["trace"]);
        assert_eq!(
            (explained.len(), traces.len()),
            (decided.len(), decided.len())
        );
        for (explained, decided) in explained.iter().zip(decided) {
            for field in [
                "sequence",
                "payer",
                "disposition",
                "rule",
                "because",
                "basis",
            ] {
                assert_eq!(explained[field], decided[field], "{name} {field}");
            }
        }
        let dry = app.classify(&claim).await.is(200).json();
        assert_eq!(explanation["trace"], dry["trace"], "{name}");
        for trace in traces {
            let fired = array(&trace["rules"]).last().expect("a rule");
            assert_eq!(fired["fired"], true);
        }
    }
}

async fn a_dry_run_explains_without_repeating_the_trace(app: &TestApp) {
    let claim = Claim::example("wsib-stem-cell-back");
    let dry = app.classify(&claim).await.is(200).json();
    let id = app.submit(&claim).await.is(201).id();
    let stored = explain(app, &id).await.is(200).json();
    let explanation = dry["explanation"].as_object().expect("an explanation");
    assert!(explanation.contains_key("items") && !explanation.contains_key("trace"));
    for (field, value) in explanation {
        assert_eq!(&stored[field], value, "{field}");
    }
}

async fn a_later_ledger_changes_no_explanation(app: &TestApp) {
    let entry = json!({
        "number": "OCF18-1", "kind": "ocf_18", "patient_id": "P-4411", "payer": "mva",
        "status": "approved", "approved_cents": 525_000, "categories": null,
        "valid_from": "2026-05-01", "valid_to": "2026-12-31",
    });
    let claim = Claim::example("mva-stem-cell-knee").with("/preauthorizations", json!(["OCF18-1"]));
    let before = app.submit(&claim).await.is(201).id();
    // So that the other one is no possible duplicate, and this one is not decided again.
    app.database().set_status(&before, "void");
    app.preauthorize(&entry).await.is(201);
    let after = claim.with("/external_id", "INV-2");
    let after = app.submit(&after).await.is(201).id();
    let before = explain(app, &before).await.is(200).json();
    assert_eq!(before["disposition"], "needs_review");
    let changes = strings(&before["counterfactuals"], "change");
    assert!(
        changes.contains(&"approval_entered".to_owned()),
        "{changes:?}"
    );
    // The stored entry reads back with all its fields.
    let after = explain(app, &after).await.is(200).json();
    assert_eq!(after["disposition"], "ready");
    assert_eq!(after["counterfactuals"], json!([]));
}

async fn an_explanation_can_be_read_aloud(app: &TestApp) {
    let claim = Claim::example("mva-stem-cell-knee");
    let id = app.submit(&claim).await.is(201).id();
    let path = format!("/v1/claims/{id}/explanation");
    let json = explain(app, &id).await.is(200).json();
    for (accept, plain) in [
        ("text/plain", true),
        ("text/plain;q=0.9, application/json;q=0.1", true),
        ("application/json, text/plain;q=0.5", false),
        ("*/*", false),
        ("text/plain;q=0, */*", false),
    ] {
        let request = app
            .request(Method::GET, &path)
            .header(header::ACCEPT, accept);
        let answer = app.send(request).await.is(200);
        let kind = answer.header("content-type");
        assert_eq!(
            kind.starts_with("text/plain; charset=utf-8"),
            plain,
            "{accept}"
        );
        if plain {
            assert_eq!(json["text"], Value::from(answer.text()));
        }
    }
    let text = json["text"].as_str().expect("a text");
    for said in [
        "The auto insurer is responsible for this claim of $5,250.00.",
        "the auto insurer may pay for stem cells case by case",
        "With an approved OCF-18 of at least $5,250.00",
    ] {
        assert!(text.contains(said), "{text}");
    }
}

async fn only_the_clinic_is_told(app: &TestApp) {
    let id = app.submit(&Claim::new("INV-1")).await.is(201).id();
    explain(app, &id).await.is(200);
    let other = app.new_clinic("other").await;
    explain(&other, &id).await.problem(404);
    for nobody in ["nobody", "batch", "01980a6e-2c4f-7d31-a5b0-6f3e5c1d2b7a"] {
        explain(app, nobody).await.problem(404);
    }
}

async fn a_decision_of_another_rulebook_is_not_explained(app: &TestApp) {
    let id = app.submit(&Claim::new("INV-1")).await.is(201).id();
    let stored = app.get(&format!("/v1/claims/{id}")).await.is(200).json();
    let rulebook = &stored["decision"]["rulebook"];
    let sha256 = rulebook["sha256"].as_str().expect("a digest");
    app.database().replace_in_decisions(sha256, &"0".repeat(64));
    let problem = explain(app, &id).await.problem(409);
    let kind = "urn:payerline:problem:not-reproducible";
    assert_eq!(problem.member("type"), kind);
    let detail = problem.member("detail").to_string();
    let version = rulebook["version"].as_str().expect("a version");
    assert!(detail.contains(&format!("ontario {version}")), "{detail}");

    // The same rulebook, but an item that it decides otherwise.
    let id = app.submit(&Claim::new("INV-2")).await.is(201).id();
    explain(app, &id).await.is(200);
    app.database()
        .replace_in_decisions(r#""payer":"uncovered""#, r#""payer":"private""#);
    let problem = explain(app, &id).await.problem(409);
    assert_eq!(problem.member("type"), kind);
}
