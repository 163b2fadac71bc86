//! `GET /v1/me`: whose key it is, for keys of every role.

use serde_json::json;

use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_key_says_whose_it_is,
    a_key_of_a_new_clinic_says_so,
    without_a_key_nobody_is_told,
);

async fn a_key_says_whose_it_is(app: &TestApp) {
    for role in ["billing", "staff", "admin", "auditor", "operator"] {
        let body = json!({"name": format!("desk of {role}"), "role": role});
        let created = app.post("/v1/api-keys", &body).await.is(201).json();
        let caller = app.with_key(created["key"].as_str().expect("the key"));
        let me = caller.get("/v1/me").await.is(200).json();
        assert_eq!(me["clinic"]["name"], "default");
        assert!(me["clinic"]["id"].is_string(), "{me}");
        assert_eq!(
            me["key"],
            json!({"id": created["id"], "name": created["name"]})
        );
        assert_eq!(me["roles"], json!([role]));
        assert_eq!(me.as_object().expect("an object").len(), 3, "{me}");
    }
    let first = app.get("/v1/me").await.is(200).json();
    assert_eq!(first["roles"], json!(["admin", "operator"]));
}

async fn a_key_of_a_new_clinic_says_so(app: &TestApp) {
    let body = json!({"name": "Harbour Clinic"});
    let clinic = app.post("/v1/clinics", &body).await.is(201).json();
    let caller = app.with_key(clinic["admin_key"].as_str().expect("the key"));
    let me = caller.get("/v1/me").await.is(200).json();
    assert_eq!(
        me["clinic"],
        json!({"id": clinic["id"], "name": "Harbour Clinic", "created_at": clinic["created_at"]})
    );
    assert_eq!(me["roles"], json!(["admin"]));
}

async fn without_a_key_nobody_is_told(app: &TestApp) {
    app.without_key().get("/v1/me").await.problem(401);
    let body = json!({"name": "lost", "role": "auditor"});
    let created = app.post("/v1/api-keys", &body).await.is(201).json();
    let path = format!("/v1/api-keys/{}", created["id"].as_str().expect("an id"));
    app.delete(&path).await.is(204);
    let lost = app.with_key(created["key"].as_str().expect("the key"));
    lost.get("/v1/me").await.problem(401);
}
