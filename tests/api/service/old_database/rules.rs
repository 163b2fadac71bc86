//! Claims and approvals that earlier rules took and today's refuse, or that have two forms of one text: they are still
//! found, explained, tried and decided as before.
//!
//! The database of the earlier build is altered before this build opens it, as if such texts had been sent.

use serde_json::{Value, json};

use super::{Record, run};
use crate::{
    backtests,
    rulebooks::{SHIPPED, activation::activate},
    support::{Caller, Database, array, on_both_databases, query, serve, strings},
};

on_both_databases!(bare:
    claims_of_earlier_rules_are_found_and_decided_as_before,
    two_forms_of_one_id_stay_two_claims,
    approvals_of_earlier_rules_can_be_changed,
);

/// With a blank at the end, as ids were taken once.
const PADDED: &str = "I-1 ";
/// `Zoë-8` with an accent of its own (NFD).
const DECOMPOSED: &str = "Zoe\u{308}-8";
const COMPOSED: &str = "Zo\u{eb}-8";
/// The fixture has a claim with the composed form of this id.
const TWICE: &str = "E\u{301}TE\u{301}-1";
const TWICE_COMPOSED: &str = "\u{c9}T\u{c9}-1";

/// Restores the database and alters it: each claim has texts of its submission replaced, and by that its ids.
fn restore_altered(database: &Database) {
    database.restore_fixture();
    database.alter_claim("no-coverage", PADDED, &[("no-coverage", PADDED)]);
    database.alter_claim(
        "private-silent",
        DECOMPOSED,
        &[("private-silent", DECOMPOSED), ("P-4411", DECOMPOSED)],
    );
    database.alter_claim(
        "private-lists",
        "private-lists",
        &[("1984-03-09", "1899-03-09")],
    );
    database.alter_claim("MISSED-OWN", TWICE, &[("MISSED-OWN", TWICE)]);
    database.alter_claim(
        "plasma-private",
        "plasma-private",
        &[(
            r#""kind": "private""#,
            r#""kind": "private", "insurer": """#,
        )],
    );
}

/// The one claim that a filter finds.
async fn find(caller: &Caller, parameter: &str, value: &str) -> Value {
    let list = caller.list(&[(parameter, value)]).await.is(200).json();
    assert_eq!(array(&list["data"]).len(), 1, "{value:?}: {list}");
    let id = list["data"][0]["id"].as_str().expect("an id");
    let claim = caller.get(&format!("/v1/claims/{id}")).await.is(200).json();
    assert_eq!(claim["external_id"], list["data"][0]["external_id"]);
    claim
}

async fn claims_of_earlier_rules_are_found_and_decided_as_before(database: &Database) {
    restore_altered(database);
    let record = Record::read(database);
    run("migrate", database).await;
    record.is_replayed(database).await;
    let mut process = serve(database);
    let caller = process.caller();
    let version = caller.get("/v1/rulebooks?limit=200").await.is(200).json();
    let version = strings(&version["data"], "version");
    let shipped = version.iter().find(|it| *it == "2026.2").expect("it ships");
    let before = backtests::run(&caller, shipped, &json!({})).await;
    assert_eq!(before["result"]["unreadable"], 0, "{before}");
    // The version that ships now decides from here on, unless the clinic stays with the one before.
    let after = backtests::run(&caller, SHIPPED, &json!({})).await;
    assert_eq!(after["result"]["unreadable"], 0, "{after}");
    assert_ne!(after["result"]["changed"], 0, "{after}");
    let check = caller
        .post("/v1/rulebooks/2026.2/check", &Value::Null)
        .await;
    let check = check.is(200).json();
    assert_eq!(check["new_in_shipped"]["version"], SHIPPED);
    let facts = array(&check["new_in_shipped"]["facts"]);
    assert!(facts.contains(&json!("requested_by")), "{check}");
    assert_eq!(check["sound"], false, "it breaks laws that came later");
    activate(&caller, "2026.2", "1900-01-01").await.is(200);

    let found = [
        (find(&caller, "external_id", PADDED).await, PADDED),
        (find(&caller, "q", "I-1 ").await, PADDED),
        (find(&caller, "external_id", DECOMPOSED).await, DECOMPOSED),
        (find(&caller, "external_id", COMPOSED).await, DECOMPOSED),
        (find(&caller, "q", "Zo\u{eb}").await, DECOMPOSED),
        (find(&caller, "patient_id", COMPOSED).await, DECOMPOSED),
        (find(&caller, "patient_id", DECOMPOSED).await, DECOMPOSED),
        (
            find(&caller, "external_id", "private-lists").await,
            "private-lists",
        ),
    ];
    for (claim, external_id) in found {
        assert_eq!(claim["external_id"], external_id);
        assert_eq!(claim["submission"]["external_id"], external_id);
        let path = format!("/v1/claims/{}", claim["id"].as_str().expect("an id"));
        let replay = caller.get(&format!("{path}/replay")).await.is(200).json();
        assert_eq!(replay["identical"], true, "{replay}");
        let explanation = caller.get(&format!("{path}/explanation")).await.is(200);
        assert_eq!(explanation.json()["external_id"], external_id);
        let again = caller
            .post_if(&format!("{path}/redecide"), "*", &Value::Null)
            .await;
        let again = again.is(200).json();
        for member in ["payer", "disposition", "external_id"] {
            assert_eq!(again[member], claim[member], "{external_id:?}");
        }
        for item in array(&again["decision"]["items"]) {
            assert!(item["rule"].is_string(), "{item}");
        }
    }

    // What comes in again has to keep today's rules.
    let padded = find(&caller, "external_id", PADDED).await;
    let refused = caller.submit(&padded["submission"]).await.problem(422);
    refused.lists(&[("surrounding_blank", "/external_id")]);
    let early = find(&caller, "external_id", "private-lists").await;
    let refused = caller.submit(&early["submission"]).await.problem(422);
    refused.lists(&[("too_early", "/patient/birth_date")]);
    // The digests of the altered claims are those of other content, so their content is compared.
    let decomposed = find(&caller, "external_id", COMPOSED).await;
    let mut composed = decomposed["submission"].clone();
    for pointer in ["/external_id", "/patient/id"] {
        *composed.pointer_mut(pointer).expect("an id") = json!(COMPOSED);
    }
    for submission in [&decomposed["submission"], &composed] {
        let again = caller.submit(submission).await.is(200);
        assert_eq!(again.json(), decomposed);
    }
    let empty = find(&caller, "external_id", "plasma-private").await;
    let again = caller.submit(&empty["submission"]).await.is(200);
    assert_eq!(again.json(), empty);
    let mut null = empty["submission"].clone();
    null["coverages"][0]["insurer"] = Value::Null;
    assert_eq!(caller.submit(&null).await.is(200).json(), empty);
    null["coverages"][0]["insurer"] = json!("Maple Life");
    caller
        .submit(&null)
        .await
        .problem(409)
        .names("/coverages/0/insurer");
}

async fn two_forms_of_one_id_stay_two_claims(database: &Database) {
    restore_altered(database);
    let mut process = serve(database);
    let caller = process.caller();
    for form in [TWICE, TWICE_COMPOSED] {
        for parameter in ["external_id", "q"] {
            let list = caller.list(&[(parameter, form)]).await.is(200).json();
            let mut found = strings(&list["data"], "external_id");
            found.sort();
            assert_eq!(found, [TWICE, TWICE_COMPOSED], "{parameter}={form:?}");
        }
    }
    let list = caller.list(&[("external_id", TWICE)]).await.is(200).json();
    for summary in array(&list["data"]) {
        let path = format!("/v1/claims/{}", summary["id"].as_str().expect("an id"));
        let claim = caller.get(&path).await.is(200);
        let again = caller.submit(&claim.json()["submission"]).await.is(200);
        assert_eq!(again.text(), claim.text());
    }
    // In a third form it is the claim that has the normal one.
    let composed = array(&list["data"])
        .iter()
        .find(|it| it["external_id"] == TWICE_COMPOSED)
        .expect("it is listed");
    let path = format!("/v1/claims/{}", composed["id"].as_str().expect("an id"));
    let mut third = caller.get(&path).await.is(200).json()["submission"].clone();
    third["external_id"] = json!("E\u{301}T\u{c9}-1");
    assert_eq!(caller.submit(&third).await.is(200).id(), composed["id"]);
    third["items"][0]["quantity"] = json!(2);
    let conflict = caller.submit(&third).await.problem(409);
    assert_eq!(conflict.member("id"), &composed["id"]);
    conflict.names("/items/0/quantity");
}

async fn approvals_of_earlier_rules_can_be_changed(database: &Database) {
    database.restore_fixture();
    database.alter_approval("0-billing-no-plan-0", "OCF 1 ");
    database.alter_approval("0-billing-abroad-0", DECOMPOSED);
    let mut process = serve(database);
    let caller = process.caller();
    for (sought, number) in [
        ("OCF 1 ", "OCF 1 "),
        (DECOMPOSED, DECOMPOSED),
        (COMPOSED, DECOMPOSED),
    ] {
        let list = query("/v1/preauthorizations", &[("number", sought)]);
        let list = caller.get(&list).await.is(200).json();
        assert_eq!(strings(&list["data"], "number"), [number]);
        let mut entry = list["data"][0].clone();
        let path = format!(
            "/v1/preauthorizations/{}",
            entry["id"].as_str().expect("an id")
        );
        for member in ["id", "created_at", "updated_at", "version"] {
            entry.as_object_mut().expect("an object").remove(member);
        }
        entry["approved_cents"] = json!(7);
        entry["number"] = json!(sought);
        let changed = caller.put(&path, "*", &entry).await.is(200).json();
        assert_eq!(changed["number"], number);
        assert_eq!(changed["approved_cents"], 7);
        // Another text has to keep today's rules.
        entry["patient_id"] = json!("P-1 ");
        let refused = caller.put(&path, "*", &entry).await.problem(422);
        let places = array(refused.member("errors"));
        assert!(places.iter().any(|it| it["pointer"] == "/patient_id"));
    }
}
