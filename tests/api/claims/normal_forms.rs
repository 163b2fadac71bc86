//! Ids and numbers in several forms of Unicode: each is kept and answered as it was sent, and all are one text.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{Claim, TestApp, array, on_both_databases, query, strings};

on_both_databases!(
    an_id_in_two_forms_is_one_claim,
    forms_of_one_id_at_once_are_one_claim,
    filters_find_every_form,
    a_claim_names_an_approval_in_any_form,
);

/// `ÉTÉ-1` with accents of their own, as some systems write it (NFD); composed (NFC); and a mixture.
const FORMS: [&str; 3] = [
    "E\u{301}TE\u{301}-1",
    "\u{c9}T\u{c9}-1",
    "\u{c9}TE\u{301}-1",
];
/// `Zoë-7` in the same forms.
const PATIENTS: [&str; 2] = ["Zoe\u{308}-7", "Zo\u{eb}-7"];

async fn an_id_in_two_forms_is_one_claim(app: &TestApp) {
    for (number, kept) in FORMS.into_iter().enumerate() {
        let in_form = |form: &str| Claim::new(&format!("{number}-{form}"));
        let first = app.submit(&in_form(kept)).await.is(201);
        let claim = first.json();
        assert_eq!(claim["external_id"], format!("{number}-{kept}"));
        assert_eq!(claim["submission"], *in_form(kept));
        let read = app.get(&format!("/v1/claims/{}", first.id())).await.is(200);
        assert_eq!(read.text(), first.text());
        for form in FORMS {
            let again = app.submit(&in_form(form)).await.is(200);
            assert_eq!(again.text(), first.text());
            let other = in_form(form).with("/items/0/unit_price_cents", 1);
            let conflict = app.submit(&other).await.problem(409);
            assert_eq!(*conflict.member("id"), first.id());
            conflict.names("/items/0/unit_price_cents");
        }
    }
    // Every text of up to 64 characters is compared so, and no other.
    let diagnosed = |id: &str, name: &str| {
        Claim::new("INV-1")
            .with("/patient/id", id)
            .with("/patient/given_name", name)
    };
    let [nfd, nfc] = PATIENTS;
    app.submit(&diagnosed(nfd, nfd)).await.is(201);
    app.submit(&diagnosed(nfc, nfd)).await.is(200);
    let other = app.submit(&diagnosed(nfc, nfc)).await;
    other.problem(409).names("/patient/given_name");
}

async fn forms_of_one_id_at_once_are_one_claim(app: &TestApp) {
    let claims: Vec<Claim> = (0..32).map(|at| Claim::new(FORMS[at % 3])).collect();
    let answers = join_all(claims.iter().map(|claim| app.submit(claim))).await;
    let stored = answers.iter().filter(|it| it.status() == 201).count();
    let replayed = answers.iter().filter(|it| it.status() == 200).count();
    assert_eq!((stored, replayed), (1, 31));
    assert!(answers.iter().all(|it| it.id() == answers[0].id()));

    let lines: String = ["A", "A"]
        .into_iter()
        .flat_map(|prefix| FORMS.map(|form| format!("{prefix}{form}")))
        .map(|id| Claim::new(&id).text() + "\n")
        .collect();
    let results = app.batch(lines).await;
    let statuses: Vec<&Value> = results.iter().map(|it| &it["status"]).collect();
    assert_eq!(statuses, [201, 200, 200, 200, 200, 200]);
    let ids: Vec<&Value> = results.iter().map(|it| &it["external_id"]).collect();
    assert_eq!(*ids[1], format!("A{}", FORMS[1]), "as the line has it");
    assert!(results.iter().all(|it| it["id"] == results[0]["id"]));
}

async fn filters_find_every_form(app: &TestApp) {
    let [nfd, nfc] = PATIENTS;
    app.submit(&Claim::new(FORMS[0]).with("/patient/id", nfc))
        .await
        .is(201);
    app.submit(&Claim::new("INV-2").with("/patient/id", nfd))
        .await
        .is(201);
    app.submit(&Claim::new("ETE-1")).await.is(201);
    for form in FORMS {
        let list = app.list(&[("external_id", form)]).await.is(200).json();
        assert_eq!(strings(&list["data"], "external_id"), [FORMS[0]]);
    }
    for prefix in ["\u{c9}", "E\u{301}", "\u{c9}TE\u{301}"] {
        let list = app.list(&[("q", prefix)]).await.is(200).json();
        assert_eq!(strings(&list["data"], "external_id"), [FORMS[0]]);
    }
    for patient in PATIENTS {
        let list = app.list(&[("patient_id", patient)]).await.is(200).json();
        assert_eq!(strings(&list["data"], "patient_id"), [nfd, nfc], "as sent");
    }
    let export = app
        .request(
            reqwest::Method::GET,
            &query("/v1/claims", &[("patient_id", nfc)]),
        )
        .header("accept", "text/csv");
    let export = app.send(export).await.is(200).text();
    assert!(
        export.contains(FORMS[0]) && export.contains(nfd),
        "{export}"
    );
}

async fn a_claim_names_an_approval_in_any_form(app: &TestApp) {
    let [nfd, nfc] = PATIENTS;
    let approval = |number: &str, patient: &str| {
        json!({
            "number": number, "kind": "ocf_18", "patient_id": patient, "payer": "mva", "status": "approved",
            "approved_cents": 6_000_000,
        })
    };
    let first = app.preauthorize(&approval(FORMS[0], nfd)).await.is(201);
    assert_eq!(first.json()["number"], FORMS[0]);
    assert_eq!(first.json()["patient_id"], nfd);
    let again = app.preauthorize(&approval(FORMS[1], nfc)).await.is(200);
    assert_eq!(again.text(), first.text());
    let list = |name, value| query("/v1/preauthorizations", &[(name, value)]);
    for path in [
        list("number", FORMS[0]),
        list("number", FORMS[1]),
        list("number", FORMS[2]),
        list("patient_id", nfc),
        list("patient_id", nfd),
    ] {
        let found = app.get(&path).await.is(200).json();
        assert_eq!(strings(&found["data"], "number"), [FORMS[0]], "{path}");
    }
    let claim = |external_id: &str, number: &str, patient: &str| {
        Claim::example("mva-stem-cell-knee")
            .with("/external_id", external_id)
            .with("/patient/id", patient)
            .with("/preauthorizations", json!([number]))
    };
    for (external_id, number, patient) in [
        ("INV-1", FORMS[0], nfd),
        ("INV-2", FORMS[1], nfc),
        ("INV-3", FORMS[2], nfd),
        ("INV-4", FORMS[0], nfc),
    ] {
        let stored = app.submit(&claim(external_id, number, patient)).await;
        let stored = stored.is(201).json();
        assert_eq!(stored["disposition"], "ready", "{stored}");
        let id = stored["id"].as_str().expect("an id");
        let replay = app.get(&format!("/v1/claims/{id}/replay")).await;
        assert_eq!(replay.is(200).json()["identical"], true);
        app.get(&format!("/v1/claims/{id}/explanation"))
            .await
            .is(200);
        // So that the next one is no possible duplicate.
        app.database().set_status(id, "void");
    }
    // Named in two forms it is approved once: the second is not known, and a person looks.
    let twice = claim("INV-5", FORMS[0], nfd).with("/preauthorizations", json!(FORMS));
    let decided = app.classify(&twice).await.is(200).json();
    let findings = strings(&decided["decision"]["findings"], "code");
    assert!(findings.iter().any(|it| it == "preauthorization_unknown"));
    assert_eq!(array(&decided["decision"]["items"])[0]["payer"], "mva");
    // The number may be written in another form when the approval is changed.
    let path = format!("/v1/preauthorizations/{}", first.id());
    let changed = app.put(&path, "\"1\"", &approval(FORMS[1], nfc)).await;
    assert_eq!(changed.is(200).json()["number"], FORMS[0]);
    let other = approval("ETE-1", nfc);
    app.put(&path, "\"2\"", &other)
        .await
        .problem(422)
        .lists(&[("number_changed", "/number")]);
}
