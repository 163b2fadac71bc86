//! API keys: shown once, revoked, and that no clinic sees another's rows. Roles are tested in `operations`.

use reqwest::{Method, header};
use serde_json::{Value, json};

use crate::support::{
    ADMIN_KEY, Caller, Claim, Database, TestApp, array, on_both_databases, serve, serve_with,
    strings,
};

on_both_databases!(
    without_a_known_key_nothing_is_answered,
    a_key_is_shown_once_and_stored_hashed,
    a_revoked_key_is_unknown,
    a_key_has_the_roles_that_it_is_given,
    keys_that_are_refused,
    a_refusal_names_the_roles_that_may_and_those_of_the_key,
    a_key_for_billing_reads_approvals,
    only_an_operator_makes_operators,
    the_last_admin_key_of_a_clinic_stays,
    the_last_operator_key_of_all_stays,
    of_two_revocations_at_once_one_admin_stays,
    another_clinics_rows_are_not_there,
    clinics_share_no_external_ids_and_no_ledger,
);
on_both_databases!(bare: the_first_admin_key_stays);

async fn without_a_known_key_nothing_is_answered(app: &TestApp) {
    let nobody = app.without_key();
    let request = || nobody.request(Method::GET, "/v1/claims");
    for request in [
        request().bearer_auth("pl_unknown_0123456789abcdefghijklmnop"),
        request().bearer_auth(""),
        request().bearer_auth(format!("{ADMIN_KEY}x")),
        request().header(header::AUTHORIZATION, ADMIN_KEY),
        request().header(header::AUTHORIZATION, format!("Basic {ADMIN_KEY}")),
    ] {
        let answer = nobody.send(request).await.is(401);
        let challenge = answer.header("www-authenticate");
        assert!(challenge.starts_with("Bearer"), "{challenge}");
    }
    for path in ["/openapi.json", "/docs/"] {
        nobody.get(path).await.is(200);
    }
}

async fn a_key_is_shown_once_and_stored_hashed(app: &TestApp) {
    let body = json!({"name": "front desk", "role": "billing"});
    let created = app.post("/v1/api-keys", &body).await.is(201).json();
    let key = created["key"].as_str().expect("the key").to_owned();
    assert!(
        key.starts_with("pl_") && key.len() >= 24,
        "{} characters",
        key.len()
    );
    let expected = json!({
        "id": created["id"], "name": "front desk", "roles": ["billing"],
        "created_at": created["created_at"], "revoked_at": null, "key": key,
    });
    assert_eq!(created, expected);
    app.with_key(&key).get("/v1/claims").await.is(200);

    let list = app.get("/v1/api-keys").await.is(200);
    assert!(!list.text().contains(&key));
    let list = list.json();
    let mut listed = expected;
    listed.as_object_mut().expect("an object").remove("key");
    assert!(array(&list["data"]).contains(&listed), "{list}");
    assert_eq!(
        array(&list["data"]).len(),
        2,
        "the first admin key is the other one"
    );
    assert_eq!((&list["next"], &list["prev"]), (&Value::Null, &Value::Null));

    let contents = app.database().contents();
    assert!(
        contents.contains("front desk"),
        "the look into the database can tell"
    );
    for secret in [key.as_str(), ADMIN_KEY] {
        assert!(!contents.contains(secret));
        let hexadecimal: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        assert!(!contents.to_lowercase().contains(&hexadecimal));
    }
    let another = app.new_key("billing").await;
    assert_ne!(another.key(), key);
}

async fn a_revoked_key_is_unknown(app: &TestApp) {
    let body = json!({"name": "lost", "role": "staff"});
    let created = app.post("/v1/api-keys", &body).await.is(201).json();
    let lost = app.with_key(created["key"].as_str().expect("the key"));
    lost.submit(&Claim::new("INV-1")).await.is(201);
    let path = format!("/v1/api-keys/{}", created["id"].as_str().expect("an id"));
    app.delete(&path).await.is(204);
    lost.get("/v1/claims").await.problem(401);
    lost.submit(&Claim::new("INV-2")).await.problem(401);

    let list = app.get("/v1/api-keys").await.is(200).json();
    let entry = array(&list["data"])
        .iter()
        .find(|key| key["id"] == created["id"]);
    let entry = entry.expect("a revoked key stays listed");
    assert!(entry["revoked_at"].is_string(), "{entry}");
    // What it filed stays.
    let claims = app.get("/v1/claims").await.is(200).json();
    assert_eq!(strings(&claims["data"], "external_id"), ["INV-1"]);
}

async fn a_key_has_the_roles_that_it_is_given(app: &TestApp) {
    let body = json!({"name": "desk", "roles": ["auditor", "billing"]});
    let created = app.post("/v1/api-keys", &body).await.is(201).json();
    assert_eq!(created["roles"], json!(["billing", "auditor"]));
    let caller = app.with_key(created["key"].as_str().expect("the key"));
    caller.submit(&Claim::new("INV-1")).await.is(201);
    caller.post("/v1/api-keys", &body).await.problem(403);
    // As it is answered, so it is taken.
    for roles in [json!(["staff"]), created["roles"].clone()] {
        let body = json!({"name": "again", "roles": roles, "role": null});
        let again = app.post("/v1/api-keys", &body).await.is(201).json();
        assert_eq!(again["roles"], roles);
    }
    let body = json!({"name": "operations", "roles": ["staff", "operator"]});
    let admin = app.new_key("admin").await;
    admin.post("/v1/api-keys", &body).await.problem(403);
    app.post("/v1/api-keys", &body).await.is(201);
}

/// The detail of the 403 that a request is answered with.
async fn refusal(caller: &Caller, path: &str, body: &Value) -> String {
    let problem = caller.post(path, body).await.problem(403);
    problem.member("detail").as_str().expect("text").to_owned()
}

async fn a_refusal_names_the_roles_that_may_and_those_of_the_key(app: &TestApp) {
    let body = json!({"name": "desk", "roles": ["auditor", "billing"]});
    let created = app.post("/v1/api-keys", &body).await.is(201).json();
    let desk = app.with_key(created["key"].as_str().expect("the key"));
    assert_eq!(
        refusal(&desk, "/v1/preauthorizations", &json!({})).await,
        "This needs a key that may write preauthorizations: one with the role `staff` or `admin`. Yours has `billing` and `auditor`."
    );
    let operator = app.new_key("operator").await;
    assert_eq!(
        refusal(&operator, "/v1/claims", &Claim::new("INV-1")).await,
        "This needs a key that may submit claims: one with the role `billing`, `staff` or `admin`. Yours has `operator`."
    );
    let admin = app.new_key("admin").await;
    let body = json!({"name": "operations", "role": "operator"});
    assert_eq!(
        refusal(&admin, "/v1/api-keys", &body).await,
        "Only a key with the role `operator` may create one with it. Yours has `admin`."
    );
}

async fn a_key_for_billing_reads_approvals(app: &TestApp) {
    let approval = json!({
        "number": "A-1", "kind": "ocf_18", "patient_id": "P-1", "payer": "mva", "status": "approved",
        "approved_cents": 10_000,
    });
    let entered = app.preauthorize(&approval).await.is(201);
    let path = format!("/v1/preauthorizations/{}", entered.id());
    let billing = app.new_key("billing").await;
    let listed = billing.get("/v1/preauthorizations").await.is(200).json();
    assert_eq!(strings(&listed["data"], "number"), ["A-1"]);
    let read = billing.get(&path).await.is(200);
    assert_eq!(read.text(), entered.text());
    billing.preauthorize(&approval).await.problem(403);
    let changed = billing.put(&path, entered.header("etag"), &approval).await;
    changed.problem(403);
}

async fn keys_that_are_refused(app: &TestApp) {
    let rows = [
        (
            json!({"name": "k", "role": "billing", "roles": ["billing"]}),
            400,
            "one_of",
            "/roles",
        ),
        (
            json!({"name": "k", "roles": "billing"}),
            400,
            "wrong_type",
            "/roles",
        ),
        (
            json!({"name": "k", "roles": ["billing", "root"]}),
            400,
            "unknown_value",
            "/roles/1",
        ),
        (json!({"name": "k", "roles": []}), 422, "too_few", "/roles"),
        (
            json!({"name": "k", "roles": ["staff", "staff"]}),
            422,
            "duplicate",
            "/roles/1",
        ),
        (
            json!({"name": "k", "role": null, "roles": null}),
            400,
            "missing_field",
            "/role",
        ),
        (json!({"role": "billing"}), 400, "missing_field", "/name"),
        (json!({"name": "k"}), 400, "missing_field", "/role"),
        (
            json!({"name": "k", "role": "root"}),
            400,
            "unknown_value",
            "/role",
        ),
        (
            json!({"name": "k", "role": ["billing"]}),
            400,
            "wrong_type",
            "/role",
        ),
        (
            json!({"name": 7, "role": "billing"}),
            400,
            "wrong_type",
            "/name",
        ),
        (
            json!({"name": "k", "role": "billing", "key": "pl_mine"}),
            400,
            "unknown_field",
            "/key",
        ),
        (
            json!({"name": "", "role": "billing"}),
            422,
            "too_short",
            "/name",
        ),
        (
            json!({"name": "k\u{0}", "role": "billing"}),
            422,
            "not_printable",
            "/name",
        ),
    ];
    for (body, status, code, pointer) in rows {
        let answer = app.post("/v1/api-keys", &body).await;
        assert_eq!(answer.status(), status, "{body}: {}", answer.text());
        answer.problem(status).lists(&[(code, pointer)]);
    }
}

async fn only_an_operator_makes_operators(app: &TestApp) {
    let body = json!({"name": "operations", "role": "operator"});
    let admin = app.new_key("admin").await;
    admin.post("/v1/api-keys", &body).await.problem(403);
    let other_clinic = app.new_clinic("Harbour Clinic").await;
    other_clinic.post("/v1/api-keys", &body).await.problem(403);
    other_clinic.get("/v1/clinics").await.problem(403);
    // The first admin key is an operator too.
    app.post("/v1/api-keys", &body).await.is(201);
}

/// The path of a new key, and a caller with it.
async fn new_key(caller: &Caller, role: &str) -> (String, Caller) {
    let body = json!({"name": "k", "role": role});
    let created = caller.post("/v1/api-keys", &body).await.is(201).json();
    let id = created["id"].as_str().expect("an id");
    let key = created["key"].as_str().expect("the key");
    (format!("/v1/api-keys/{id}"), caller.with_key(key))
}

/// The path of the first key that a caller's clinic got.
async fn first_key(caller: &Caller) -> String {
    let list = caller.get("/v1/api-keys").await.is(200).json();
    let ids = strings(&list["data"], "id");
    format!("/v1/api-keys/{}", ids.last().expect("a key"))
}

/// Fails unless a key is not revoked because it is the last of a role.
async fn stays(caller: &Caller, path: &str, role: &str) {
    let problem = caller.delete(path).await.problem(409);
    assert_eq!(problem.member("type"), "urn:payerline:problem:last-key");
    let detail = problem.member("detail").as_str().expect("a detail");
    assert!(detail.contains(&format!("`{role}`")), "{detail}");
    caller.get("/v1/api-keys").await.is(200);
}

async fn the_last_admin_key_of_a_clinic_stays(app: &TestApp) {
    let clinic = app.new_clinic("Harbour Clinic").await;
    let first = first_key(&clinic).await;
    // Keys of other roles and of other clinics do not count, nor do revoked ones.
    new_key(&clinic, "staff").await;
    stays(&clinic, &first, "admin").await;
    let (second, caller) = new_key(&clinic, "admin").await;
    clinic.delete(&second).await.is(204);
    stays(&clinic, &first, "admin").await;
    caller.get("/v1/api-keys").await.is(401);
    let (_, third) = new_key(&clinic, "admin").await;
    third.delete(&first).await.is(204);
    third.delete(&first).await.is(204);
    clinic.get("/v1/api-keys").await.is(401);
}

async fn the_last_operator_key_of_all_stays(app: &TestApp) {
    let first = first_key(app).await;
    let (_, admin) = new_key(app, "admin").await;
    stays(app, &first, "operator").await;
    let (second, operator) = new_key(app, "operator").await;
    admin.delete(&first).await.is(204);
    stays(&admin, &second, "operator").await;
    operator.get("/v1/clinics").await.is(200);
}

async fn of_two_revocations_at_once_one_admin_stays(app: &TestApp) {
    for round in 0..10 {
        let one = app.new_clinic(&format!("Clinic {round}")).await;
        let first = first_key(&one).await;
        let (second, other) = new_key(&one, "admin").await;
        let (revoked, also) = tokio::join!(one.delete(&second), other.delete(&first));
        let statuses = [revoked.status(), also.status()];
        // Who was revoked before it asked is unknown.
        assert!(
            matches!(statuses, [204, 401 | 409] | [401 | 409, 204]),
            "{statuses:?}"
        );
        let left = [
            one.get("/v1/api-keys").await,
            other.get("/v1/api-keys").await,
        ];
        assert!(left.iter().any(|answer| answer.status() == 200));
    }
}

async fn another_clinics_rows_are_not_there(app: &TestApp) {
    let theirs = app.new_clinic("Harbour Clinic").await;
    let claim = app.submit(&Claim::new("INV-1")).await.is(201).id();
    let approval = json!({
        "number": "A-1", "kind": "ocf_18", "patient_id": "P-1", "payer": "mva", "status": "approved",
        "approved_cents": 10_000,
    });
    let entered = app.preauthorize(&approval).await.is(201);
    let key = app
        .post("/v1/api-keys", &json!({"name": "k", "role": "billing"}))
        .await
        .is(201)
        .json();

    theirs
        .get(&format!("/v1/claims/{claim}"))
        .await
        .problem(404);
    let path = format!("/v1/preauthorizations/{}", entered.id());
    theirs.get(&path).await.problem(404);
    theirs
        .put(&path, entered.header("etag"), &approval)
        .await
        .problem(404);
    let path = format!("/v1/api-keys/{}", key["id"].as_str().expect("an id"));
    theirs.delete(&path).await.problem(404);
    app.with_key(key["key"].as_str().expect("the key"))
        .get("/v1/claims")
        .await
        .is(200);

    let correction = Claim::new("INV-2").with("/replaces", claim.as_str());
    let problem = theirs.submit(&correction).await.problem(422);
    problem.lists(&[("unknown_claim", "/replaces")]);
    for path in ["/v1/claims", "/v1/preauthorizations"] {
        let list = theirs.get(path).await.is(200).json();
        assert_eq!(list["data"], json!([]), "{path}");
    }
    for parameters in [
        [("external_id", "INV-1")],
        [("q", "INV")],
        [("patient_id", "P-1")],
    ] {
        let list = theirs.list(&parameters).await.is(200).json();
        assert_eq!(list["data"], json!([]), "{parameters:?}");
    }
    let keys = theirs.get("/v1/api-keys").await.is(200).json();
    assert_eq!(array(&keys["data"]).len(), 1, "its own first key");
    // A cursor of one clinic leads another to nothing of the first.
    app.submit(&Claim::new("INV-3")).await.is(201);
    let page = app.list(&[("limit", "1")]).await.is(200).json();
    let cursor = page["next"].as_str().expect("a cursor");
    let answer = theirs.list(&[("limit", "1"), ("cursor", cursor)]).await;
    assert_eq!(answer.is(200).json()["data"], json!([]));
}

async fn clinics_share_no_external_ids_and_no_ledger(app: &TestApp) {
    let theirs = app.new_clinic("Harbour Clinic").await;
    let claim = Claim::example("mva-stem-cell-knee").with("/preauthorizations", json!(["A-1"]));
    let approval = |status: &str| {
        json!({
            "number": "A-1", "kind": "ocf_18", "patient_id": "P-4411", "payer": "mva",
            "status": status, "approved_cents": 525_000,
        })
    };
    app.preauthorize(&approval("approved")).await.is(201);
    theirs.preauthorize(&approval("pending")).await.is(201);
    let decided = async |caller: &Caller| {
        let stored = caller.submit(&claim).await.is(201).json();
        (stored["id"].to_string(), stored["disposition"].clone())
    };
    let (our_id, ours) = decided(app).await;
    let (their_id, theirs) = decided(&theirs).await;
    assert_eq!(ours, "ready");
    assert_eq!(theirs, "needs_preauthorization");
    assert_ne!(our_id, their_id);
}

async fn the_first_admin_key_stays(database: &Database) {
    let mut first = serve(database);
    let caller = first.caller();
    let claim = caller.submit(&Claim::new("INV-1")).await.is(201).id();
    first.kill();

    // The same key again changes nothing.
    let mut same = serve(database);
    let caller = same.caller();
    caller.get(&format!("/v1/claims/{claim}")).await.is(200);
    let keys = caller.get("/v1/api-keys").await.is(200).json();
    assert_eq!(array(&keys["data"]).len(), 1);
    same.kill();

    // Another one is ignored.
    let mut other = serve_with(database, "another-key-of-24-characters");
    let caller = other.caller();
    let keys = caller.get("/v1/api-keys").await.is(200).json();
    assert_eq!(array(&keys["data"]).len(), 1);
    let stranger = caller.with_key("another-key-of-24-characters");
    stranger.get("/v1/claims").await.problem(401);
}
