//! All faults of a body are listed at once; faults of shape alone when there is any.

use serde_json::json;

use super::{breaking, misshapen, refuse_all};
use crate::support::{TestApp, edited, full_claim, on_both_databases};

on_both_databases!(all_faults_at_once);

async fn all_faults_at_once(app: &TestApp) {
    let every_rule = full_claim("")
        .with("/patient/id", "x".repeat(65))
        .with("/patient/given_name", "Ami\u{0}na")
        .with("/patient/health_number/value", "1234567890")
        .with("/accident/date", "2026-06-31")
        .with("/coverages/0/effective_date", "yesterday")
        .with("/items/0/quantity", 0)
        .with("/items/0/unit_price_cents", -1)
        .with("/items/0/tax_cents", 10_000_000_001_u64)
        .with("/items/0/description", "\u{7}")
        .with(
            "/items/-",
            json!({
                "service_date": "1983-01-01", "category": "other", "unit_price_cents": 1,
            }),
        )
        .with("/preauthorizations", vec![""])
        .with("/replaces", "INV-0");
    let every_shape = full_claim("INV-1")
        .without("/external_id")
        .with("/patient/sex", "F")
        .with("/patient/pregnant", "no")
        .with("/patient/middle_name", "B.")
        .without("/provider/profession")
        .with("/accident", json!([]))
        .with("/coverages/0/kind", "extended")
        .with("/diagnoses/0", "M17.1")
        .with("/items/0/quantity", "1")
        .with(
            "/items/-",
            json!({"service_date": "2026-06-01", "unit_price_cents": "100"}),
        )
        .with("/procedure/guidance", "mri")
        .with("/preauthorizations", json!({"0": "OCF18-1"}))
        .with("/total_cents", 1)
        .text();
    let every_shape = edited(
        &every_shape,
        r#""category":"stem_cell_therapy""#,
        r#""category":"stem_cell_therapy","category":"other""#,
    );
    let mixed = full_claim("")
        .with("/items/0/quantity", 0)
        .with("/items/0/colour", "blue");
    let five_hundred = full_claim("INV-1").with(
        "/items",
        vec![
            json!({"service_date": "2026-06-01", "category": "report", "unit_price_cents": -1});
            500
        ],
    );
    let prices: Vec<String> = (0..500)
        .map(|index| format!("/items/{index}/unit_price_cents"))
        .collect();
    let prices: Vec<(&str, &str)> = prices
        .iter()
        .map(|pointer| ("out_of_range", pointer.as_str()))
        .collect();
    let rows = vec![
        breaking(
            "thirteen rules",
            &every_rule,
            &[
                ("too_short", "/external_id"),
                ("too_long", "/patient/id"),
                ("control_character", "/patient/given_name"),
                ("invalid_health_number", "/patient/health_number/value"),
                ("invalid_date", "/accident/date"),
                ("invalid_date", "/coverages/0/effective_date"),
                ("out_of_range", "/items/0/quantity"),
                ("out_of_range", "/items/0/unit_price_cents"),
                ("out_of_range", "/items/0/tax_cents"),
                ("control_character", "/items/0/description"),
                ("before_birth", "/items/1/service_date"),
                ("too_short", "/preauthorizations/0"),
                ("invalid_id", "/replaces"),
            ],
        ),
        misshapen(
            "fifteen faults of shape",
            every_shape,
            &[
                ("missing_field", "/external_id"),
                ("unknown_value", "/patient/sex"),
                ("wrong_type", "/patient/pregnant"),
                ("unknown_field", "/patient/middle_name"),
                ("missing_field", "/provider/profession"),
                ("wrong_type", "/accident"),
                ("unknown_value", "/coverages/0/kind"),
                ("wrong_type", "/diagnoses/0"),
                ("wrong_type", "/items/0/quantity"),
                ("duplicate_key", "/items/0/category"),
                ("missing_field", "/items/1/category"),
                ("wrong_type", "/items/1/unit_price_cents"),
                ("unknown_value", "/procedure/guidance"),
                ("wrong_type", "/preauthorizations"),
                ("unknown_field", "/total_cents"),
            ],
        ),
        misshapen(
            "both: the shape comes first",
            mixed.text(),
            &[("unknown_field", "/items/0/colour")],
        ),
        breaking("one fault in each of 500 items", &five_hundred, &prices),
    ];
    refuse_all(app, rows).await;
}
