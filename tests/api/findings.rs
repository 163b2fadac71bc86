//! What is noticed on the side: codes, severities, pointers, and what does not change a disposition.

use serde_json::{Value, json};

use crate::support::{Claim, TestApp, array, case, decide_all, on_both_databases, strings};

on_both_databases!(
    each_missing_part_of_a_procedure_is_pointed_at,
    the_patient_is_pointed_at,
    each_approval_is_pointed_at_by_its_place,
    a_claim_number_without_an_accident_is_reviewed,
    an_odd_claim_number_warns_and_changes_nothing,
    stem_cells_without_an_authorization_are_noted,
    stem_cells_after_a_car_accident_may_be_called_experimental,
    a_coverage_that_is_not_in_force_is_pointed_at,
);

/// The findings of a claim.
async fn findings(app: &TestApp, claim: &Value) -> Value {
    let answer = app.classify(claim).await.is(200).json();
    answer["decision"]["findings"].clone()
}

/// The pointers of the findings of a code, sorted.
fn pointers(findings: &Value, code: &str) -> Vec<String> {
    let mut pointers: Vec<String> = strings(findings, "code")
        .into_iter()
        .zip(strings(findings, "pointer"))
        .filter(|(found, _)| found == code)
        .map(|(_, pointer)| pointer)
        .collect();
    pointers.sort();
    pointers
}

/// Stem cells that only OHIP could cover.
fn stem_cells() -> Claim {
    Claim::example("uncovered-stem-cell-sports")
}

async fn each_missing_part_of_a_procedure_is_pointed_at(app: &TestApp) {
    let missing = findings(app, &stem_cells().without("/procedure")).await;
    assert_eq!(pointers(&missing, "procedure_incomplete"), ["/procedure"]);

    let cases: [(Value, &[&str]); 3] = [
        (
            json!({}),
            &[
                "/procedure/antibiotic_prophylaxis",
                "/procedure/aseptic_technique",
                "/procedure/guidance",
            ],
        ),
        (
            json!({"guidance": "none", "aseptic_technique": true, "antibiotic_prophylaxis": false}),
            &["/procedure/antibiotic_prophylaxis", "/procedure/guidance"],
        ),
        (
            json!({"guidance": "fluoroscopy", "aseptic_technique": true, "antibiotic_prophylaxis": true}),
            &[],
        ),
    ];
    for (procedure, expected) in cases {
        let claim = stem_cells().with("/procedure", procedure.clone());
        let found = findings(app, &claim).await;
        assert_eq!(
            pointers(&found, "procedure_incomplete"),
            expected,
            "{procedure}"
        );
    }
}

async fn the_patient_is_pointed_at(app: &TestApp) {
    let claim = stem_cells()
        .with("/patient/birth_date", "2012-01-01")
        .with("/patient/pregnant", true);
    let found = findings(app, &claim).await;
    assert_eq!(
        pointers(&found, "not_recommended_minor"),
        ["/patient/birth_date"]
    );
    assert_eq!(
        pointers(&found, "not_recommended_pregnant"),
        ["/patient/pregnant"]
    );
}

async fn each_approval_is_pointed_at_by_its_place(app: &TestApp) {
    for (number, status) in [("A-1", "denied"), ("A-2", "expired"), ("A-3", "approved")] {
        let entry = json!({
            "number": number, "kind": "ocf_18", "patient_id": "P-4411", "payer": "mva",
            "status": status, "approved_cents": 1,
        });
        app.preauthorize(&entry).await.is(201);
    }
    let claim = Claim::example("mva-stem-cell-knee")
        .with("/preauthorizations", json!(["A-9", "A-1", "A-3", "A-2"]));
    let found = findings(app, &claim).await;
    assert_eq!(
        pointers(&found, "preauthorization_unknown"),
        ["/preauthorizations/0"]
    );
    assert_eq!(
        pointers(&found, "preauthorization_denied"),
        ["/preauthorizations/1"]
    );
    assert_eq!(
        pointers(&found, "preauthorization_insufficient"),
        ["/preauthorizations/2"]
    );
    assert_eq!(
        pointers(&found, "preauthorization_expired"),
        ["/preauthorizations/3"]
    );
}

async fn a_claim_number_without_an_accident_is_reviewed(app: &TestApp) {
    let rows = vec![
        case("an auto claim number, but no accident")
            .service("rehabilitation")
            .auto()
            .gets("uncovered", "ready")
            .finds("accident_missing"),
        case("a WSIB claim number, but no accident")
            .service("rehabilitation")
            .private_listing(&["rehabilitation"])
            .wsib()
            .gets("private", "ready")
            .on(0)
            .finds("accident_missing"),
        case("stem cells, a WSIB claim number, but no accident")
            .stem_cells()
            .wsib()
            .gets("uncovered", "ready")
            .finds("accident_missing"),
        case("a private plan's claim number has nothing to do with accidents")
            .service("rehabilitation")
            .coverage(json!({
                "kind": "private", "claim_number": "C-1", "covered_categories": ["rehabilitation"],
            }))
            .gets("private", "ready"),
        case("auto coverage without a claim number says nothing about an accident")
            .service("rehabilitation")
            .coverage(json!({"kind": "auto", "policy_number": "LA-1"}))
            .gets("uncovered", "ready"),
    ];
    decide_all(app, rows).await;
}

async fn an_odd_claim_number_warns_and_changes_nothing(app: &TestApp) {
    let claim = Claim::example("wsib-physiotherapy");
    let at_number = "/coverages/1/claim_number";
    let usual = findings(app, &claim).await;
    assert!(
        !strings(&usual, "pointer").contains(&at_number.to_owned()),
        "{usual}"
    );

    let odd = claim.with(at_number, "W-77");
    let answer = app.classify(&odd).await.is(200).json();
    assert_eq!(answer["disposition"], "ready");
    let found = array(&answer["decision"]["findings"])
        .iter()
        .find(|finding| finding["pointer"] == at_number)
        .unwrap_or_else(|| panic!("no finding at {at_number}: {answer}"));
    assert!(
        found["severity"] == "info" || found["severity"] == "warning",
        "{found}"
    );
}

async fn stem_cells_without_an_authorization_are_noted(app: &TestApp) {
    let at = "/procedure/health_canada_authorization".to_owned();
    let without = findings(app, &stem_cells()).await;
    assert!(strings(&without, "pointer").contains(&at), "{without}");

    let with = stem_cells().with("/procedure/health_canada_authorization", "CTA 260114");
    let with = findings(app, &with).await;
    assert!(!strings(&with, "pointer").contains(&at), "{with}");

    // Plasma made from the patient for the patient in one procedure needs none (RA-70559).
    let plasma = findings(app, &Claim::example("private-plasma-predetermination")).await;
    assert!(!strings(&plasma, "pointer").contains(&at), "{plasma}");
}

async fn stem_cells_after_a_car_accident_may_be_called_experimental(app: &TestApp) {
    let names_exclusion = |findings: &Value| {
        let details = strings(findings, "detail");
        details
            .iter()
            .any(|detail| detail.to_lowercase().contains("experimental"))
    };
    let stem_cells = findings(app, &Claim::example("mva-stem-cell-knee")).await;
    assert!(names_exclusion(&stem_cells), "{stem_cells}");
    let physiotherapy = findings(app, &Claim::example("mva-physiotherapy-minor-injury")).await;
    assert!(!names_exclusion(&physiotherapy), "{physiotherapy}");
}

async fn a_coverage_that_is_not_in_force_is_pointed_at(app: &TestApp) {
    let claim =
        Claim::example("mva-stem-cell-knee").with("/coverages/0/effective_date", "2026-05-03");
    let found = findings(app, &claim).await;
    let pointers = pointers(&found, "coverage_not_in_force");
    assert_eq!(pointers.len(), 1, "{pointers:?}");
    assert!(pointers[0].starts_with("/coverages/0"), "{pointers:?}");
}
