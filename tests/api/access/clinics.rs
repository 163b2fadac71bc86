//! `/v1/clinics`: the operator's part. New clinics with their first keys, and no patient data.

use serde_json::{Value, json};

use crate::support::{Claim, TestApp, array, on_both_databases, strings};

on_both_databases!(
    a_clinic_is_created_with_its_first_key,
    an_operator_makes_an_admin_key_for_a_clinic,
    clinics_are_listed_and_found,
    clinics_that_are_refused,
);

async fn a_clinic_is_created_with_its_first_key(app: &TestApp) {
    let answer = app
        .post("/v1/clinics", &json!({"name": "Harbour Clinic"}))
        .await
        .is(201);
    let clinic = answer.json();
    let key = clinic["admin_key"].as_str().expect("the key").to_owned();
    assert!(key.starts_with("pl_"));
    let expected = json!({
        "id": clinic["id"], "name": "Harbour Clinic", "created_at": clinic["created_at"],
        "admin_key": key,
    });
    assert_eq!(clinic, expected);

    // The key is an admin's: it makes keys for its staff and files claims.
    let admin = app.with_key(&key);
    let billing = admin.new_key("billing").await;
    billing.submit(&Claim::new("INV-1")).await.is(201);
    let list = admin.get("/v1/claims").await.is(200).json();
    assert_eq!(strings(&list["data"], "external_id"), ["INV-1"]);
}

async fn an_operator_makes_an_admin_key_for_a_clinic(app: &TestApp) {
    let clinic = json!({"name": "Harbour Clinic"});
    let clinic = app.post("/v1/clinics", &clinic).await.is(201).json();
    let path = format!(
        "/v1/clinics/{}/admin-keys",
        clinic["id"].as_str().expect("an id")
    );
    let body = json!({"name": "after a loss"});
    let created = app.post(&path, &body).await.is(201).json();
    let expected = json!({
        "id": created["id"], "name": "after a loss", "roles": ["admin"],
        "created_at": created["created_at"], "revoked_at": null, "key": created["key"],
    });
    assert_eq!(created, expected);

    // It is that clinic's: its admin sees it, and it takes the place of the first one.
    let first = app.with_key(clinic["admin_key"].as_str().expect("the key"));
    let listed = first.get("/v1/api-keys").await.is(200).json();
    let ids = strings(&listed["data"], "id");
    assert_eq!(
        (ids.len(), &*ids[0]),
        (2, created["id"].as_str().expect("an id"))
    );
    let second = app.with_key(created["key"].as_str().expect("the key"));
    second
        .delete(&format!("/v1/api-keys/{}", ids[1]))
        .await
        .is(204);
    second.submit(&Claim::new("INV-1")).await.is(201);

    // Nobody but an operator does it, and only for a clinic that is there.
    second.post(&path, &body).await.problem(403);
    let nobody = "/v1/clinics/01980a6e-2c4f-7d31-a5b0-6f3e5c1d2b7a/admin-keys";
    app.post(nobody, &body).await.problem(404);
    let problem = app.post(&path, &json!({"name": ""})).await.problem(422);
    problem.lists(&[("too_short", "/name")]);
}

async fn clinics_are_listed_and_found(app: &TestApp) {
    let clinic = app
        .post("/v1/clinics", &json!({"name": "Harbour Clinic"}))
        .await
        .is(201)
        .json();
    let mut shown = clinic.clone();
    shown
        .as_object_mut()
        .expect("an object")
        .remove("admin_key");
    let path = format!("/v1/clinics/{}", clinic["id"].as_str().expect("an id"));
    assert_eq!(app.get(&path).await.is(200).json(), shown);

    let list = app.get("/v1/clinics").await.is(200);
    assert!(
        !list
            .text()
            .contains(clinic["admin_key"].as_str().expect("the key"))
    );
    let list = list.json();
    let mut names = strings(&list["data"], "name");
    names.sort();
    assert_eq!(names, ["Harbour Clinic", "default"]);
    assert!(array(&list["data"]).contains(&shown), "{list}");
    assert_eq!((&list["next"], &list["prev"]), (&Value::Null, &Value::Null));

    for id in ["01980a6e-2c4f-7d31-a5b0-6f3e5c1d2b7a", "harbour"] {
        app.get(&format!("/v1/clinics/{id}")).await.problem(404);
    }
}

async fn clinics_that_are_refused(app: &TestApp) {
    let rows = [
        (json!({}), 400, "missing_field", "/name"),
        (json!({"name": null}), 400, "wrong_type", "/name"),
        (
            json!({"name": "c", "admin_key": "mine"}),
            400,
            "unknown_field",
            "/admin_key",
        ),
        (json!({"name": ""}), 422, "too_short", "/name"),
        (json!({"name": "a\nb"}), 422, "not_printable", "/name"),
        (json!({"name": "x".repeat(65)}), 422, "too_long", "/name"),
    ];
    for (body, status, code, pointer) in rows {
        let answer = app.post("/v1/clinics", &body).await;
        assert_eq!(answer.status(), status, "{body}: {}", answer.text());
        answer.problem(status).lists(&[(code, pointer)]);
    }
    let list = app.get("/v1/clinics").await.is(200).json();
    assert_eq!(strings(&list["data"], "name"), ["default"]);
}
