//! `/v1/preauthorizations`: the clinic's ledger of prior approvals.

pub mod accounts;
mod accounts_at_once;
mod updates;

use serde_json::{Value, json};

use crate::support::{Claim, Filtered, TestApp, on_both_databases, query, strings};

on_both_databases!(
    an_approval_is_entered_and_found_again,
    what_may_be_left_out,
    only_an_ocf_23_is_confirmed,
    the_same_entry_again_is_a_replay,
    entries_that_are_refused,
    lists_and_filters,
    parameters_that_are_refused,
);

fn entry(number: &str) -> Value {
    json!({
        "number": number, "kind": "ocf_18", "patient_id": "P-1", "payer": "mva", "status": "pending",
        "approved_cents": 500_000, "categories": ["stem_cell_therapy", "tissue_harvest"],
        "valid_from": "2026-05-15", "valid_to": "2026-11-15",
    })
}

fn entry_with(number: &str, field: &str, value: impl Into<Value>) -> Value {
    let mut entry = entry(number);
    entry[field] = value.into();
    entry
}

fn entry_without(number: &str, field: &str) -> Value {
    let mut entry = entry(number);
    entry
        .as_object_mut()
        .expect("an object")
        .remove(field)
        .expect("it was there");
    entry
}

/// Adds the account of an approval of which nothing is drawn.
fn add_account(approval: &mut Value) {
    approval["reserved_cents"] = json!(0);
    approval["consumed_cents"] = json!(0);
    approval["left_cents"] = approval["approved_cents"].clone();
    approval["redecisions"] = json!({"decided": 0, "changed": 0, "waiting": 0});
    approval["draws"] = json!([]);
}

/// An approval as lists show it.
fn in_list(mut approval: Value) -> Value {
    let members = approval.as_object_mut().expect("an object");
    members.remove("draws").expect("it was there");
    approval
}

async fn an_approval_is_entered_and_found_again(app: &TestApp) {
    let answer = app.preauthorize(&entry("OCF18-88123")).await.is(201);
    assert_eq!(answer.find_header("idempotency-replayed"), None);
    let stored = answer.json();
    let mut expected = entry("OCF18-88123");
    for field in ["id", "created_at", "updated_at"] {
        assert!(stored[field].is_string(), "{field} in {stored}");
        expected[field] = stored[field].clone();
    }
    expected["version"] = json!(1);
    add_account(&mut expected);
    assert_eq!(stored, expected);
    let id = uuid::Uuid::try_parse(&answer.id()).expect("a UUID");
    assert_eq!(id.get_version_num(), 7);

    let path = format!("/v1/preauthorizations/{id}");
    assert!(answer.header("location").ends_with(&path));
    let found = app.get(&path).await.is(200);
    assert_eq!(found.text(), answer.text());
    assert_eq!(found.header("etag"), answer.header("etag"));
}

async fn what_may_be_left_out(app: &TestApp) {
    let stored = json!({
        "number": "PD-1", "kind": "predetermination", "patient_id": "P-1", "payer": "private",
        "status": "approved", "approved_cents": 0,
    });
    let stored = app.preauthorize(&stored).await.is(201).json();
    for field in ["categories", "valid_from", "valid_to"] {
        assert_eq!(stored[field], Value::Null, "{field}");
    }
    for (number, kind, payer) in [("1", "ocf_23", "mva"), ("2", "wsib_approval", "wsib")] {
        for status in ["pending", "approved", "denied", "expired"] {
            let mut entry = entry(&format!("{number}-{status}"));
            entry["kind"] = json!(kind);
            entry["payer"] = json!(payer);
            entry["status"] = json!(status);
            app.preauthorize(&entry).await.is(201);
        }
    }
}

async fn only_an_ocf_23_is_confirmed(app: &TestApp) {
    let mut confirmed = entry_with("OCF23-1", "status", "confirmed");
    confirmed["kind"] = json!("ocf_23");
    let stored = app.preauthorize(&confirmed).await.is(201);
    assert_eq!(stored.json()["status"], "confirmed");
    let path = format!("/v1/preauthorizations/{}", stored.id());
    let listed = app
        .all("/v1/preauthorizations", &[("status", "confirmed")])
        .await;
    assert_eq!(listed, [in_list(stored.json())]);
    for (kind, payer) in [
        ("ocf_18", "mva"),
        ("wsib_approval", "wsib"),
        ("predetermination", "private"),
    ] {
        let mut other = confirmed.clone();
        other["kind"] = json!(kind);
        other["payer"] = json!(payer);
        let changed = app.put(&path, "\"1\"", &other).await;
        changed
            .problem(422)
            .lists(&[("status_of_another_kind", "/status")]);
        other["number"] = json!(kind);
        let entered = app.preauthorize(&other).await;
        entered
            .problem(422)
            .lists(&[("status_of_another_kind", "/status")]);
    }
    confirmed["status"] = json!("approved");
    app.put(&path, "\"1\"", &confirmed).await.is(200);
}

async fn the_same_entry_again_is_a_replay(app: &TestApp) {
    let first = app.preauthorize(&entry("A-1")).await.is(201);
    let again = app.preauthorize(&entry("A-1")).await.is(200);
    assert_eq!(again.text(), first.text());
    assert_eq!(again.header("idempotency-replayed"), "true");
    let other = app
        .preauthorize(&entry_with("A-1", "approved_cents", 1))
        .await;
    let problem = other.problem(409);
    assert_eq!(*problem.member("id"), first.id());
    problem.names("/approved_cents");
    let mut other = entry_with(
        "A-1",
        "categories",
        json!(["stem_cell_therapy", "other", "report"]),
    );
    other["valid_to"] = Value::Null;
    app.preauthorize(&other).await.problem(409).lists(&[
        ("differs", "/categories/1"),
        ("differs", "/categories/2"),
        ("differs", "/valid_to"),
    ]);
}

async fn entries_that_are_refused(app: &TestApp) {
    let mut rows: Vec<(Value, u16, &str, &str)> = vec![
        (entry_with("A", "number", ""), 422, "too_short", "/number"),
        (
            entry_with("A", "number", "x".repeat(65)),
            422,
            "too_long",
            "/number",
        ),
        (
            entry_with("A", "number", "a\u{0}"),
            422,
            "not_printable",
            "/number",
        ),
        (
            entry_with("A", "number", "OCF18-1 "),
            422,
            "surrounding_blank",
            "/number",
        ),
        (
            entry_with("A", "patient_id", "P\u{a0}1"),
            422,
            "not_printable",
            "/patient_id",
        ),
        (
            entry_with("A", "patient_id", ""),
            422,
            "too_short",
            "/patient_id",
        ),
        (
            entry_with("A", "approved_cents", -1),
            422,
            "out_of_range",
            "/approved_cents",
        ),
        (
            entry_with("A", "approved_cents", 10_000_000_001_u64),
            422,
            "out_of_range",
            "/approved_cents",
        ),
        (
            entry_with("A", "valid_from", "2026-02-30"),
            422,
            "invalid_date",
            "/valid_from",
        ),
        (
            entry_with("A", "valid_to", "soon"),
            422,
            "invalid_date",
            "/valid_to",
        ),
        (
            entry_with("A", "kind", "ocf_21"),
            400,
            "unknown_value",
            "/kind",
        ),
        (
            entry_with("A", "status", "open"),
            400,
            "unknown_value",
            "/status",
        ),
        (
            entry_with("A", "payer", "ohip"),
            400,
            "unknown_value",
            "/payer",
        ),
        (
            entry_with("A", "categories", json!(["surgery"])),
            400,
            "unknown_value",
            "/categories/0",
        ),
        (
            entry_with("A", "categories", "injection"),
            400,
            "wrong_type",
            "/categories",
        ),
        (
            entry_with("A", "approved_cents", "100"),
            400,
            "wrong_type",
            "/approved_cents",
        ),
        (
            entry_with("A", "approved_cents", 1.5),
            400,
            "wrong_type",
            "/approved_cents",
        ),
        (entry_with("A", "note", "x"), 400, "unknown_field", "/note"),
    ];
    for field in [
        "number",
        "kind",
        "patient_id",
        "payer",
        "status",
        "approved_cents",
    ] {
        let pointer = format!("/{field}");
        let body = entry_without("A", field);
        let problem = app.preauthorize(&body).await.problem(400);
        problem.lists(&[("missing_field", pointer.as_str())]);
    }
    // Each kind is given by one payer only.
    for (kind, own) in [
        ("ocf_18", "mva"),
        ("ocf_23", "mva"),
        ("wsib_approval", "wsib"),
        ("predetermination", "private"),
    ] {
        for payer in ["mva", "wsib", "private", "uncovered"] {
            if payer != own {
                let mut entry = entry_with("A", "kind", kind);
                entry["payer"] = json!(payer);
                rows.push((entry, 422, "payer_of_another_kind", "/payer"));
            }
        }
    }
    for (body, status, code, pointer) in rows {
        let answer = app.preauthorize(&body).await;
        assert_eq!(answer.status(), status, "{body}: {}", answer.text());
        answer.problem(status).lists(&[(code, pointer)]);
    }
    let all_at_once = json!({
        "number": "", "kind": "ocf_18", "patient_id": "\u{0}", "payer": "wsib", "status": "approved",
        "approved_cents": -1, "valid_from": "today",
    });
    app.preauthorize(&all_at_once).await.problem(422).lists(&[
        ("too_short", "/number"),
        ("not_printable", "/patient_id"),
        ("payer_of_another_kind", "/payer"),
        ("out_of_range", "/approved_cents"),
        ("invalid_date", "/valid_from"),
    ]);
    let list = app.get("/v1/preauthorizations").await.is(200).json();
    assert_eq!(list, json!({"data": [], "next": null, "prev": null}));
}

async fn lists_and_filters(app: &TestApp) {
    let approvals = [
        ("A-1", "P-1", "ocf_18", "mva", "pending"),
        ("A-2", "P-2", "ocf_18", "mva", "approved"),
        ("A-3", "P-1", "wsib_approval", "wsib", "approved"),
        ("A-4", "P-1", "predetermination", "private", "denied"),
    ];
    let mut last = Value::Null;
    for (number, patient, kind, payer, status) in approvals {
        let mut entry = entry(number);
        entry["patient_id"] = json!(patient);
        entry["kind"] = json!(kind);
        entry["payer"] = json!(payer);
        entry["status"] = json!(status);
        last = app.preauthorize(&entry).await.is(201).json();
    }
    let list = async |parameters: &[(&str, &str)]| {
        app.get(&query("/v1/preauthorizations", parameters))
            .await
            .is(200)
            .json()
    };
    let all = list(&[]).await;
    assert_eq!(all["data"][0], in_list(last), "the newest first, whole");
    let rows: [Filtered<'_>; 8] = [
        (&[], &["A-4", "A-3", "A-2", "A-1"]),
        (&[("patient_id", "P-1")], &["A-4", "A-3", "A-1"]),
        (&[("status", "approved")], &["A-3", "A-2"]),
        (&[("kind", "ocf_18")], &["A-2", "A-1"]),
        (&[("number", "A-2")], &["A-2"]),
        (&[("number", "A-")], &[]),
        (&[("kind", "ocf_18"), ("status", "approved")], &["A-2"]),
        (&[("kind", "ocf_23")], &[]),
    ];
    for (parameters, expected) in rows {
        let found = list(parameters).await;
        assert_eq!(
            strings(&found["data"], "number"),
            expected,
            "{parameters:?}"
        );
    }
    let first = list(&[("limit", "3")]).await;
    assert_eq!(strings(&first["data"], "number"), ["A-4", "A-3", "A-2"]);
    assert_eq!(first["prev"], Value::Null);
    let cursor = first["next"].as_str().expect("a cursor");
    let second = list(&[("limit", "3"), ("cursor", cursor)]).await;
    assert_eq!(strings(&second["data"], "number"), ["A-1"]);
    assert_eq!(second["next"], Value::Null);
    let cursor = second["prev"].as_str().expect("a cursor");
    let back = list(&[("limit", "3"), ("cursor", cursor)]).await;
    assert_eq!(back["data"], first["data"]);
}

async fn parameters_that_are_refused(app: &TestApp) {
    let rows: [(&str, &[(&str, &str)]); 9] = [
        ("/limit", &[("limit", "0")]),
        ("/limit", &[("limit", "201")]),
        ("/kind", &[("kind", "ocf_21")]),
        ("/status", &[("status", "open")]),
        ("/patient_id", &[("patient_id", "")]),
        ("/number", &[("number", "a\u{0}")]),
        ("/payer", &[("payer", "mva")]),
        ("/number", &[("number", "A-1"), ("number", "A-1")]),
        ("/cursor", &[("cursor", "abc")]),
    ];
    for (pointer, parameters) in rows {
        let answer = app.get(&query("/v1/preauthorizations", parameters)).await;
        assert_eq!(answer.status(), 400, "{parameters:?}: {}", answer.text());
        answer.problem(400).names(pointer);
    }
    // A cursor of another list is none of this one.
    for external_id in ["INV-1", "INV-2"] {
        app.submit(&Claim::new(external_id)).await.is(201);
    }
    let claims = app.list(&[("limit", "1")]).await.is(200).json();
    let cursor = claims["next"].as_str().expect("a cursor");
    let path = query(
        "/v1/preauthorizations",
        &[("limit", "1"), ("cursor", cursor)],
    );
    app.get(&path).await.problem(400).names("/cursor");
}
