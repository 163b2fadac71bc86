//! What may be left out, and what may not: a field that is missing, or null.

use serde_json::Value;

use super::{Row, misshapen, refuse_all};
use crate::support::{TestApp, full_claim, on_both_databases};

on_both_databases!(required_fields, null_is_only_for_what_may_be_left_out);

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
