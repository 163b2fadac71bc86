//! What may be left out, and what may not: a field that is missing, or null.

use serde_json::{Value, json};

use super::{Row, misshapen, refuse_all};
use crate::support::{TestApp, committed_document, full_claim, on_both_databases};

on_both_databases!(
    required_fields,
    null_is_only_for_what_may_be_left_out,
    an_empty_text_counts_as_left_out,
);

/// What may not be left out.
const REQUIRED: [&str; 19] = [
    "/external_id",
    "/patient",
    "/patient/id",
    "/patient/birth_date",
    "/patient/health_number/value",
    "/patient/health_number/province",
    "/provider",
    "/provider/id",
    "/provider/profession",
    "/accident/cause",
    "/accident/date",
    "/coverages",
    "/coverages/0/kind",
    "/diagnoses/0/system",
    "/diagnoses/0/code",
    "/items",
    "/items/0/service_date",
    "/items/0/category",
    "/items/0/unit_price_cents",
];

/// Everything that may be left out, apart from `replaces`.
const OPTIONAL: [&str; 36] = [
    "/patient/given_name",
    "/patient/family_name",
    "/patient/sex",
    "/patient/pregnant",
    "/patient/health_number",
    "/patient/health_number/version",
    "/provider/name",
    "/provider/registration_number",
    "/accident",
    "/accident/province",
    "/accident/wsia_election",
    "/coverages/0/insurer",
    "/coverages/0/policy_number",
    "/coverages/0/claim_number",
    "/coverages/0/effective_date",
    "/coverages/0/status",
    "/coverages/0/minor_injury_guideline",
    "/coverages/0/relationship",
    "/coverages/0/covered_categories",
    "/diagnoses",
    "/items/0/code",
    "/items/0/system",
    "/items/0/description",
    "/items/0/insured_by_ohip",
    "/items/0/quantity",
    "/items/0/tax_cents",
    "/procedure",
    "/procedure/harvest_site",
    "/procedure/platelet_rich_plasma",
    "/procedure/guidance",
    "/procedure/target_tissue",
    "/procedure/body_site",
    "/procedure/aseptic_technique",
    "/procedure/antibiotic_prophylaxis",
    "/procedure/health_canada_authorization",
    "/preauthorizations",
];

/// Texts that may be left out.
const OPTIONAL_TEXTS: [&str; 12] = [
    "/patient/given_name",
    "/patient/family_name",
    "/patient/health_number/version",
    "/provider/name",
    "/provider/registration_number",
    "/coverages/0/insurer",
    "/coverages/0/policy_number",
    "/coverages/0/claim_number",
    "/items/0/code",
    "/items/0/description",
    "/procedure/body_site",
    "/procedure/health_canada_authorization",
];

async fn required_fields(app: &TestApp) {
    let rows = REQUIRED.into_iter().map(|pointer| {
        let claim = full_claim("INV-1").without(pointer);
        misshapen(pointer, claim.text(), &[("missing_field", pointer)])
    });
    refuse_all(app, rows.collect()).await;
}

async fn null_is_only_for_what_may_be_left_out(app: &TestApp) {
    let mut rows: Vec<Row> = REQUIRED
        .into_iter()
        .map(|pointer| {
            let claim = full_claim("INV-1").with(pointer, Value::Null);
            misshapen(pointer, claim.text(), &[("wrong_type", pointer)])
        })
        .collect();
    for list in ["/coverages/-", "/items/-", "/diagnoses/-"] {
        let claim = full_claim("INV-1").with(list, Value::Null);
        let at = list.replace('-', "1");
        rows.push(misshapen(
            list,
            claim.text(),
            &[("wrong_type", at.as_str())],
        ));
    }
    refuse_all(app, rows).await;
    for pointer in OPTIONAL.into_iter().chain(["/replaces"]) {
        let claim = full_claim("NULL").with(pointer, Value::Null);
        app.classify(&claim).await.is(200);
    }
    for pointer in OPTIONAL {
        let claim = full_claim("LEFT-OUT").without(pointer);
        app.classify(&claim).await.is(200);
    }
}

async fn an_empty_text_counts_as_left_out(app: &TestApp) {
    for (number, pointer) in OPTIONAL_TEXTS.into_iter().enumerate() {
        let claim = full_claim(&format!("INV-{number}"));
        let first = app.submit(&claim.clone().without(pointer)).await.is(201);
        let empty = claim.clone().with(pointer, "");
        let again = app.submit(&empty).await.is(200);
        assert_eq!(again.text(), first.text(), "{pointer}");
        app.submit(&claim).await.problem(409).names(pointer);
    }
    // What was sent is answered as it was sent.
    let claim = full_claim("EMPTY").with("/items/0/code", "");
    let stored = app.submit(&claim).await.is(201).json();
    assert_eq!(stored["submission"], *claim);
    let approval = json!({
        "number": "A-1", "kind": "ocf_18", "patient_id": "P-1", "payer": "mva", "status": "pending",
        "approved_cents": 0, "categories": null, "valid_from": null, "valid_to": null,
    });
    app.preauthorize(&approval).await.is(201);
}

/// What a schema says of the place of a JSON Pointer.
pub(super) fn property<'d>(document: &'d Value, pointer: &str) -> &'d Value {
    let mut schema = &document["components"]["schemas"]["Submission"];
    for step in pointer.split('/').skip(1) {
        let referred = [&schema["oneOf"][0], schema, &schema["items"]];
        let reference = referred.iter().find_map(|it| it["$ref"].as_str());
        if let Some(reference) = reference {
            let pointer = reference.trim_start_matches('#');
            schema = document.pointer(pointer).expect("what is referred to");
        }
        schema = match step.parse::<usize>() {
            Ok(_) => schema,
            Err(_) => &schema["properties"][step],
        };
        assert!(!schema.is_null(), "{pointer}");
    }
    schema
}

#[test]
fn the_document_says_which_fields_take_null() {
    let document = committed_document();
    let takes_null = |pointer: &str| {
        property(&document, pointer)
            .to_string()
            .contains("\"null\"")
    };
    for pointer in OPTIONAL.into_iter().chain(["/replaces"]) {
        assert!(takes_null(pointer), "{pointer} takes null");
    }
    for pointer in REQUIRED {
        assert!(!takes_null(pointer), "{pointer} does not");
    }
    // An empty text is handed back as it was sent, so the schema takes it too.
    for pointer in OPTIONAL_TEXTS {
        let least = &property(&document, pointer)["minLength"];
        assert!(least.is_null(), "{pointer}: {least}");
    }
}
