//! The finding `possible_duplicate`: another claim has a service of this one.

use serde_json::{Value, json};

use super::redecisions::{redecide, replay};
use crate::{
    backtests,
    rulebooks::{SHIPPED, activation::activate},
    support::{Caller, Claim, Database, TestApp, array, on_both_databases, serve},
};

on_both_databases!(
    a_service_under_a_second_external_id_names_the_first_claim,
    a_table_that_does_not_ask_keeps_no_such_fact,
    what_differs_is_another_service,
    ids_and_codes_are_the_same_in_every_form,
    items_of_one_claim_are_no_duplicates_of_each_other,
    each_item_names_the_earliest_claim_that_has_it,
    another_clinics_claim_does_not_count,
    a_claim_sent_again_is_the_stored_one,
    a_correction_is_no_duplicate_of_the_claim_that_it_replaces,
    a_claim_that_is_void_does_not_count,
    deciding_again_looks_anew,
    a_dry_run_looks_too,
    replays_and_back_tests_take_what_was_kept,
    a_later_line_of_a_batch_finds_an_earlier_one,
    a_line_that_is_refused_is_no_claim,
    a_correction_in_a_batch_counts_for_the_lines_behind_it,
);

on_both_databases!(bare:
    claims_that_an_earlier_build_stored_are_found,
);

/// Claims of an earlier build that are read at once, and some more.
const MANY: usize = 40;

/// The findings of a decision: pointer and claim.
fn found(claim: &Value) -> Vec<(String, String)> {
    let findings = array(&claim["decision"]["findings"]).iter();
    let findings = findings.filter(|it| it["code"] == "possible_duplicate");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    findings
        .map(|finding| {
            assert_eq!(finding["severity"], "review", "{finding}");
            assert_eq!(claim["disposition"], "needs_review");
            (text(&finding["pointer"]), text(&finding["related_claim"]))
        })
        .collect()
}

/// A claim for a service that every such claim bills.
fn same_service(external_id: &str) -> Claim {
    Claim::new(external_id).with("/items/0/code", "CONSULT")
}

fn first_item(claim: &str) -> Vec<(String, String)> {
    vec![("/items/0".to_owned(), claim.to_owned())]
}

const NONE: Vec<(String, String)> = Vec::new();

/// Stores a claim, and returns its id and what was found.
async fn stored(caller: &Caller, claim: &Claim) -> (String, Vec<(String, String)>) {
    let answer = caller.submit(claim).await.is(201);
    (answer.id(), found(&answer.json()))
}

async fn store(caller: &Caller, claim: &Claim) -> String {
    stored(caller, claim).await.0
}

async fn read(caller: &Caller, id: &str) -> Value {
    caller.get(&format!("/v1/claims/{id}")).await.is(200).json()
}

/// The facts that are kept with a claim.
fn kept(app: &TestApp, id: &str) -> Value {
    let database = app.database();
    let cast = match database.backend() {
        crate::support::Backend::Sqlite => "",
        crate::support::Backend::Postgres => "::text",
    };
    let id = database.id(id);
    let lines = database.lines(&format!(
        "SELECT facts{cast} AS line FROM claims WHERE id = {id}"
    ));
    serde_json::from_str(&lines[0]).expect("JSON")
}

async fn a_service_under_a_second_external_id_names_the_first_claim(app: &TestApp) {
    let (first, nothing) = stored(app, &same_service("INV-1")).await;
    assert_eq!(nothing, NONE);
    assert_eq!(kept(app, &first).get("possible_duplicates"), None);
    for external_id in ["INV-2", "INV-3"] {
        // Neither these nor the amount make it another service.
        let claim = same_service(external_id)
            .with("/provider/id", "D-8")
            .with("/items/0/quantity", 2)
            .with("/items/0/tax_cents", 1_300)
            .with("/items/0/description", "again");
        let (id, duplicates) = stored(app, &claim).await;
        assert_eq!(duplicates, first_item(&first), "the earliest");
        let expected = json!([{"item": 0, "claim": first}]);
        assert_eq!(kept(app, &id)["possible_duplicates"], expected);
    }
}

/// The shipped table without its check and finding of duplicates, as another version.
async fn without_duplicates(caller: &Caller) -> Value {
    let shipped = caller.get(&format!("/v1/rulebooks/{SHIPPED}")).await;
    let mut table = shipped.is(200).json()["table"].take();
    table["version"] = json!("without-duplicates");
    for (part, asks) in [
        ("checks", "/when/possible_duplicate"),
        ("findings", "/code"),
    ] {
        let rows = table[part].as_array_mut().expect("a list");
        let before = rows.len();
        rows.retain(|row| match row.pointer(asks) {
            Some(Value::String(code)) => code != "possible_duplicate",
            asked => asked.is_none(),
        });
        assert_eq!(rows.len(), before - 1, "{part}");
    }
    table
}

async fn a_table_that_does_not_ask_keeps_no_such_fact(app: &TestApp) {
    let draft = json!({"table": without_duplicates(app).await, "golden_cases": []});
    app.post("/v1/rulebooks", &draft).await.is(201);
    activate(app, "without-duplicates", "1900-01-01")
        .await
        .is(200);
    store(app, &same_service("INV-1")).await;
    let (id, duplicates) = stored(app, &same_service("INV-2")).await;
    assert_eq!(duplicates, NONE);
    assert_eq!(kept(app, &id).get("possible_duplicates"), None);
}

async fn what_differs_is_another_service(app: &TestApp) {
    let usual = same_service("INV-0")
        .with("/items/0/code", "AS-1")
        .with("/items/0/system", "clinic");
    store(app, &usual).await;
    for (number, (pointer, value)) in [
        ("/patient/id", json!("P-2")),
        ("/items/0/service_date", json!("2026-06-02")),
        ("/items/0/category", json!("assessment")),
        ("/items/0/code", json!("AS-2")),
        ("/items/0/code", Value::Null),
        ("/items/0/system", json!("ohip")),
        ("/items/0/system", Value::Null),
        ("/items/0/unit_price_cents", json!(10_001)),
    ]
    .into_iter()
    .enumerate()
    {
        let claim = usual.clone().with(pointer, value);
        let claim = claim.with("/external_id", format!("OTHER-{number}"));
        assert_eq!(stored(app, &claim).await.1, NONE, "{pointer}");
        // It is the same as itself, what is absent too.
        let again = claim.with("/external_id", format!("AGAIN-{number}"));
        assert_eq!(stored(app, &again).await.1.len(), 1, "{pointer}");
    }
}

async fn ids_and_codes_are_the_same_in_every_form(app: &TestApp) {
    let claim = |external_id: &str, patient: &str, code: &str| {
        same_service(external_id)
            .with("/patient/id", patient)
            .with("/items/0/code", code)
    };
    let (nfc, nfd) = ("\u{c9}T\u{c9}", "E\u{301}TE\u{301}");
    let first = store(app, &claim("INV-1", nfd, nfc)).await;
    let second = claim("INV-2", nfc, nfd);
    assert_eq!(stored(app, &second).await.1, first_item(&first));
    let other = claim("INV-3", "ETE", nfc);
    assert_eq!(stored(app, &other).await.1, NONE);
}

async fn items_of_one_claim_are_no_duplicates_of_each_other(app: &TestApp) {
    let item = same_service("INV-1")["items"][0].clone();
    let claim = same_service("INV-1").with("/items", vec![item; 8]);
    let (first, nothing) = stored(app, &claim).await;
    assert_eq!(nothing, NONE);
    let (_, duplicates) = stored(app, &claim.clone().with("/external_id", "INV-2")).await;
    let expected: Vec<_> = (0..8)
        .map(|index| (format!("/items/{index}"), first.clone()))
        .collect();
    assert_eq!(duplicates, expected);
    // The items of the claim itself do not hide another one.
    let again = app.classify(&claim).await.is(200).json();
    let related: Vec<_> = found(&again).into_iter().map(|(_, claim)| claim).collect();
    assert_eq!(related.len(), 8);
    assert!(!related.contains(&first));
}

async fn each_item_names_the_earliest_claim_that_has_it(app: &TestApp) {
    let item = |price: u32| json!({"service_date": "2026-06-01", "category": "other", "unit_price_cents": price});
    let claim = |external_id: &str, prices: &[u32]| {
        let items: Vec<Value> = prices.iter().copied().map(item).collect();
        same_service(external_id).with("/items", items)
    };
    let first = store(app, &claim("INV-1", &[1, 2])).await;
    let second = store(app, &claim("INV-2", &[2, 3])).await;
    let (_, duplicates) = stored(app, &claim("INV-3", &[3, 4, 2, 1])).await;
    let pairs = [
        ("/items/0", &second),
        ("/items/2", &first),
        ("/items/3", &first),
    ];
    let expected = pairs.map(|(pointer, id)| (pointer.to_owned(), id.clone()));
    assert_eq!(duplicates, expected);
}

async fn another_clinics_claim_does_not_count(app: &TestApp) {
    let other = app.new_clinic("Harbour Clinic").await;
    let theirs = store(&other, &same_service("INV-1")).await;
    assert_eq!(stored(app, &same_service("INV-1")).await.1, NONE);
    let (_, duplicates) = stored(&other, &same_service("INV-2")).await;
    assert_eq!(duplicates, first_item(&theirs));
}

async fn a_claim_sent_again_is_the_stored_one(app: &TestApp) {
    let first = app.submit(&same_service("INV-1")).await.is(201);
    let second = app.submit(&same_service("INV-2")).await.is(201);
    for (external_id, sent) in [("INV-1", &first), ("INV-2", &second)] {
        let again = app.submit(&same_service(external_id)).await.is(200);
        assert_eq!(again.text(), sent.text());
        assert_eq!(again.header("idempotency-replayed"), "true");
        let other = same_service(external_id).with("/items/0/unit_price_cents", 1);
        let conflict = app.submit(&other).await.problem(409);
        assert_eq!(conflict.member("id"), &sent.id());
        conflict.lists(&[("differs", "/items/0/unit_price_cents")]);
    }
}

async fn a_correction_is_no_duplicate_of_the_claim_that_it_replaces(app: &TestApp) {
    let first = store(app, &same_service("INV-1")).await;
    let correction = same_service("INV-1-B").with("/replaces", first.as_str());
    let dry = app.classify(&correction).await.is(200).json();
    assert_eq!(found(&dry), NONE);
    let (second, nothing) = stored(app, &correction).await;
    assert_eq!(nothing, NONE);
    // The replaced claim does not count any more, its correction does.
    let (third, duplicates) = stored(app, &same_service("INV-2")).await;
    assert_eq!(duplicates, first_item(&second));
    // A correction may be a duplicate of a claim that it does not replace.
    let correction = same_service("INV-1-C").with("/replaces", second.as_str());
    assert_eq!(stored(app, &correction).await.1, first_item(&third));
    // Sent again it is the stored one, whose services are its own.
    let again = app.submit(&correction).await.is(200).json();
    assert_eq!(found(&again), first_item(&third));
}

async fn a_claim_that_is_void_does_not_count(app: &TestApp) {
    let first = store(app, &same_service("INV-1")).await;
    app.database().set_status(&first, "void");
    let (second, nothing) = stored(app, &same_service("INV-2")).await;
    assert_eq!(nothing, NONE);
    // What its payer has, paid or refused counts.
    for status in ["submitted", "paid", "partially_paid", "denied", "appealed"] {
        app.database().set_status(&second, status);
        let (_, duplicates) = stored(app, &same_service(status)).await;
        assert_eq!(duplicates, first_item(&second), "{status}");
    }
}

async fn deciding_again_looks_anew(app: &TestApp) {
    let first = store(app, &same_service("INV-1")).await;
    let second = store(app, &same_service("INV-2")).await;
    // The claim itself is none, and of the others the earliest counts, also one that came later.
    let again = redecide(app, &first, "\"1\"").await.is(200).json();
    assert_eq!(found(&again), first_item(&second));
    assert_eq!(again["version"], 2);
    let again = redecide(app, &second, "\"1\"").await.is(200).json();
    assert_eq!(
        (found(&again), &again["version"]),
        (first_item(&first), &json!(1))
    );
    app.database().set_status(&first, "void");
    let again = redecide(app, &second, "\"1\"").await.is(200).json();
    assert_eq!((found(&again), &again["version"]), (NONE, &json!(2)));
    assert_eq!(again["disposition"], "ready");
    assert_eq!(kept(app, &second).get("possible_duplicates"), None);
    let event = app.database().last_event(&second);
    let before = &event["before"]["facts"]["possible_duplicates"];
    assert_eq!(*before, json!([{"item": 0, "claim": first}]));
    assert_eq!(replay(app, &second).await.is(200).json()["identical"], true);
}

async fn a_dry_run_looks_too(app: &TestApp) {
    let first = store(app, &same_service("INV-1")).await;
    let classified = app.classify(&same_service("INV-2")).await.is(200).json();
    assert_eq!(found(&classified), first_item(&first));
    let (second, duplicates) = stored(app, &same_service("INV-2")).await;
    assert_eq!(duplicates, first_item(&first), "the dry run stored nothing");
    // Of a stored claim it says what deciding it again would say.
    for (external_id, other) in [("INV-1", &second), ("INV-2", &first)] {
        let classified = app
            .classify(&same_service(external_id))
            .await
            .is(200)
            .json();
        assert_eq!(found(&classified), first_item(other));
    }
}

async fn replays_and_back_tests_take_what_was_kept(app: &TestApp) {
    let first = store(app, &same_service("INV-1")).await;
    let second = store(app, &same_service("INV-2")).await;
    app.database().set_status(&first, "void");
    store(app, &same_service("INV-3").with("/patient/id", "P-2")).await;
    assert_eq!(replay(app, &second).await.is(200).json()["identical"], true);
    let path = format!("/v1/claims/{second}/explanation");
    let explained = app.get(&path).await.is(200).json();
    assert_eq!(explained["disposition"], "needs_review");
    let backtest = backtests::run(app, SHIPPED, &json!({})).await;
    assert_eq!(backtest["state"], "finished");
    assert_eq!(backtest["result"]["changed"], 0, "{backtest}");
}

fn lines(claims: &[Claim]) -> String {
    claims.iter().map(|claim| claim.text() + "\n").collect()
}

/// Sends a batch; what was found of each line that was stored.
async fn batch(caller: &Caller, claims: &[Claim]) -> Vec<(String, Vec<(String, String)>)> {
    let mut stored = Vec::new();
    for result in caller.batch(lines(claims)).await {
        if let Some(id) = result["id"].as_str() {
            stored.push((id.to_owned(), found(&read(caller, id).await)));
        }
    }
    stored
}

async fn a_later_line_of_a_batch_finds_an_earlier_one(app: &TestApp) {
    let two = |number: usize| {
        same_service(&format!("INV-{number}")).with(
            "/items/-",
            json!({"service_date": "2026-06-02", "category": "report", "unit_price_cents": number / 2}),
        )
    };
    let claims: Vec<Claim> = (0..100).map(two).collect();
    let stored = batch(app, &claims).await;
    assert_eq!(stored.len(), claims.len());
    let (first, nothing) = &stored[0];
    assert_eq!(*nothing, NONE);
    for (number, (_, duplicates)) in stored.iter().enumerate().skip(1) {
        let mut expected = first_item(first);
        if number % 2 == 1 {
            expected.push(("/items/1".to_owned(), stored[number - 1].0.clone()));
        }
        assert_eq!(*duplicates, expected, "{number}");
    }
    let again = app.batch(lines(&claims)).await;
    assert!(again.iter().all(|result| result["status"] == 200));
}

async fn a_line_that_is_refused_is_no_claim(app: &TestApp) {
    let taken = same_service("TAKEN").with("/patient/id", "P-2");
    store(app, &taken).await;
    let refused = same_service("REFUSED").with("/replaces", "01980a6e-2c4f-7d31-a5b0-6f3e5c1d2b7a");
    let conflict = same_service("TAKEN");
    let claims = [
        refused,
        conflict,
        same_service("A"),
        same_service("B"),
        same_service("C"),
    ];
    let stored = batch(app, &claims).await;
    let duplicates: Vec<_> = stored.iter().map(|(_, found)| found.clone()).collect();
    let first = first_item(&stored[0].0);
    assert_eq!(duplicates, [NONE, first.clone(), first]);
}

async fn a_correction_in_a_batch_counts_for_the_lines_behind_it(app: &TestApp) {
    for round in 0..5 {
        let claim = |name: &str| {
            same_service(&format!("{name}-{round}")).with("/patient/id", format!("P-{round}"))
        };
        let first = store(app, &claim("FIRST")).await;
        let correction = claim("CORRECTION")
            .with("/replaces", first.as_str())
            .with("/items/0/unit_price_cents", 1);
        let claims = [
            claim("BEFORE"),
            correction,
            claim("BEHIND"),
            claim("BEHIND-CORRECTION").with("/items/0/unit_price_cents", 1),
        ];
        let stored = batch(app, &claims).await;
        let duplicates: Vec<_> = stored.iter().map(|(_, found)| found.clone()).collect();
        let (before, correction) = (first_item(&stored[0].0), first_item(&stored[1].0));
        assert_eq!(duplicates, [first_item(&first), NONE, before, correction]);
    }
}

async fn claims_that_an_earlier_build_stored_are_found(database: &Database) {
    let mut process = serve(database);
    let caller = process.caller();
    let claim = |number: usize| {
        same_service(&format!("OLD-{number}"))
            .with("/items/0/unit_price_cents", number)
            .with("/items/0/code", "E\u{301}")
    };
    let mut old = Vec::new();
    for number in 0..MANY {
        old.push(store(&caller, &claim(number)).await);
    }
    let again = store(&caller, &claim(0).with("/external_id", "OLD-AGAIN")).await;
    let other_day = claim(0)
        .with("/external_id", "OTHER-DAY")
        .with("/items/0/service_date", "2026-05-31");
    store(&caller, &other_day).await;
    // As an earlier build stored them.
    database.execute("DELETE FROM claim_services; UPDATE claims SET has_services = NULL");

    let new = |name: &str, number: usize| {
        let code = json!("\u{c9}");
        let claim = claim(number).with("/external_id", name);
        claim.with("/items/0/code", code)
    };
    for number in [0, 1, MANY - 1] {
        let (_, duplicates) = stored(&caller, &new(&format!("NEW-{number}"), number)).await;
        assert_eq!(duplicates, first_item(&old[number]), "{number}");
    }
    assert_eq!(stored(&caller, &new("NEW", MANY)).await.1, NONE);
    // Both kinds are compared: here a claim of the new build is the earliest.
    let late = new("LATE", MANY);
    assert_eq!(stored(&caller, &late).await.1.len(), 1);
    // A claim of the earlier build sent again is itself.
    assert_eq!(caller.submit(&claim(0)).await.is(200).id(), old[0]);
    let dry = caller.classify(&claim(1)).await.is(200).json();
    assert_ne!(found(&dry), first_item(&old[1]));
    let correction = new("CORRECTION", 2).with("/replaces", old[2].as_str());
    let (corrected, nothing) = stored(&caller, &correction).await;
    assert_eq!(nothing, NONE);
    let (_, duplicates) = stored(&caller, &new("BEHIND", 2)).await;
    assert_eq!(duplicates, first_item(&corrected));
    database.set_status(&old[0], "void");
    let (_, duplicates) = stored(&caller, &new("AFTER-VOID", 0)).await;
    assert_eq!(duplicates, first_item(&again));
    // One that is decided again has the same services as before.
    let decided = redecide(&caller, &old[3], "\"1\"").await.is(200).json();
    assert_eq!(found(&decided), NONE);
    let two = new("TWO", 3).with(
        "/items/-",
        json!({"service_date": "2026-05-31", "category": "consultation", "code": "\u{c9}", "unit_price_cents": 0}),
    );
    let other_day = caller.list(&[("external_id", "OTHER-DAY")]).await.json();
    let other_day = other_day["data"][0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let mut expected = first_item(&old[3]);
    expected.push(("/items/1".to_owned(), other_day));
    assert_eq!(stored(&caller, &two).await.1, expected);
}
