//! 422: a claim of the right shape whose content breaks a rule, one rule a row.

use jiff::ToSpan;
use serde_json::{Value, json};

use super::{breaking, refuse_all};
use crate::support::{Claim, TestApp, full_claim, on_both_databases, today};

on_both_databases!(
    ids_and_texts,
    numbers_out_of_range,
    dates,
    health_numbers,
    too_many_and_too_few,
    ids_of_claims,
);

fn claim() -> Claim {
    full_claim("INV-1")
}

async fn ids_and_texts(app: &TestApp) {
    let labels = [
        "/external_id",
        "/patient/id",
        "/provider/id",
        "/coverages/0/policy_number",
        "/coverages/0/claim_number",
        "/items/0/code",
        "/provider/profession",
        "/provider/registration_number",
        "/diagnoses/0/system",
        "/diagnoses/0/code",
    ];
    let mut rows = Vec::new();
    for pointer in ["/external_id", "/patient/id", "/provider/id"] {
        for (code, text) in [
            ("too_short", String::new()),
            ("too_long", "x".repeat(65)),
            ("too_long", "é".repeat(65)),
            ("not_printable", "a\u{0}b".to_owned()),
            ("not_printable", "a\nb".to_owned()),
            ("not_printable", "a\tb".to_owned()),
            ("not_printable", "a\u{7f}b".to_owned()),
            ("not_printable", "a\u{9f}b".to_owned()),
            ("not_printable", "a\u{a0}b".to_owned()),
            ("not_printable", "a\u{3000}b".to_owned()),
            ("not_printable", "a\u{ad}b".to_owned()),
            ("not_printable", "a\u{200d}b".to_owned()),
            ("not_printable", "a\u{fe0f}".to_owned()),
            ("not_printable", "a\u{3164}".to_owned()),
            ("not_printable", "\u{feff}a".to_owned()),
            ("surrounding_blank", "a ".to_owned()),
            ("surrounding_blank", " a".to_owned()),
            ("blank", " ".to_owned()),
        ] {
            let name = format!("{pointer} is {text:?}");
            rows.push(breaking(
                &name,
                &claim().with(pointer, text),
                &[(code, pointer)],
            ));
        }
    }
    for pointer in labels {
        for (code, text) in [("not_printable", "\u{0}"), ("surrounding_blank", "7 ")] {
            let claim = claim().with(pointer, text);
            let name = format!("{pointer} is {text:?}");
            rows.push(breaking(&name, &claim, &[(code, pointer)]));
        }
    }
    for (code, number) in [
        ("not_printable", "OCF18\u{0}"),
        ("surrounding_blank", "OCF18 "),
    ] {
        let named = claim().with("/preauthorizations", json!(["OCF18-1", number]));
        rows.push(breaking(number, &named, &[(code, "/preauthorizations/1")]));
    }
    let lines = [
        "/patient/given_name",
        "/patient/family_name",
        "/provider/name",
        "/coverages/0/insurer",
        "/procedure/body_site",
        "/procedure/health_canada_authorization",
    ];
    for pointer in lines {
        for text in ["a\u{0}", "a\nb", "a\tb", "a\u{1b}[31m", "a\u{85}b"] {
            let name = format!("{pointer} is {text:?}");
            let claim = claim().with(pointer, text);
            rows.push(breaking(&name, &claim, &[("control_character", pointer)]));
        }
    }
    for text in ["a\u{0}", "a\u{7}", "a\tb", "a\u{85}b"] {
        let name = format!("a description is {text:?}");
        let claim = claim().with("/items/0/description", text);
        rows.push(breaking(
            &name,
            &claim,
            &[("control_character", "/items/0/description")],
        ));
    }
    refuse_all(app, rows).await;
}

async fn numbers_out_of_range(app: &TestApp) {
    let mut rows = Vec::new();
    let cents = ["/items/0/unit_price_cents", "/items/0/tax_cents"];
    let wrong = [
        ("/items/0/quantity", "0"),
        ("/items/0/quantity", "-1"),
        ("/items/0/quantity", "10001"),
        ("/items/0/quantity", "4294967297"),
        ("/items/0/quantity", "0.0"),
        ("/items/0/quantity", "1e5"),
        ("/items/0/quantity", "1e300"),
        ("/items/0/quantity", "10000.01"),
        ("/items/0/quantity", "-1.5"),
    ];
    let wrong = wrong
        .into_iter()
        .chain(cents.into_iter().flat_map(|pointer| {
            [
                "-1",
                "10000000001",
                "9223372036854775808",
                "99999999999999999999999",
            ]
            .map(|number| (pointer, number))
        }));
    for (pointer, number) in wrong {
        let number: Value = match number.parse::<i64>() {
            Ok(number) => json!(number),
            // A marker first: serde_json's numbers hold no integer as large as that.
            Err(_) => json!(format!("<{number}>")),
        };
        let name = format!("{pointer} is {number}");
        let text = claim().with(pointer, number).text();
        let text = text.replace("\"<", "").replace(">\"", "");
        rows.push(super::row(
            &name,
            text.into_bytes(),
            422,
            &[("out_of_range", pointer)],
        ));
    }
    refuse_all(app, rows).await;
}

async fn dates(app: &TestApp) {
    let mut rows = Vec::new();
    for pointer in [
        "/patient/birth_date",
        "/accident/date",
        "/coverages/0/effective_date",
        "/items/0/service_date",
    ] {
        for date in [
            "",
            "2026-02-29",
            "2025-13-01",
            "2025-00-10",
            "2025-04-31",
            "2025-04-00",
            "2025-4-1",
            "20250401",
            "2025-04-01T00:00:00Z",
            " 2025-04-01",
            "01/04/2025",
            "2025-W14-2",
            "today",
        ] {
            let name = format!("{pointer} is {date:?}");
            let claim = claim().with(pointer, date);
            rows.push(breaking(&name, &claim, &[("invalid_date", pointer)]));
        }
    }
    let beyond_a_year = today().saturating_add(1.year()).saturating_add(1.day());
    let tomorrow = today().tomorrow().expect("a day").to_string();
    let unborn = claim()
        .with("/patient/birth_date", tomorrow.as_str())
        .with("/items/0/service_date", tomorrow.as_str());
    rows.push(breaking(
        "born tomorrow",
        &unborn,
        &[("in_the_future", "/patient/birth_date")],
    ));
    let early = claim()
        .with(
            "/items/-",
            json!({
                "service_date": "1984-03-08", "category": "report", "unit_price_cents": 1,
            }),
        )
        .without("/accident");
    rows.push(breaking(
        "born before 1900",
        &claim().with("/patient/birth_date", "1899-12-31"),
        &[("too_early", "/patient/birth_date")],
    ));
    let ahead = claim()
        .with("/accident/date", tomorrow.as_str())
        .with("/items/0/service_date", tomorrow.as_str());
    rows.push(breaking(
        "an accident tomorrow",
        &ahead,
        &[("in_the_future", "/accident/date")],
    ));
    rows.push(breaking(
        "an accident tomorrow, after the service too",
        &ahead.with("/items/0/service_date", "2026-06-01"),
        &[
            ("accident_after_service", "/accident/date"),
            ("in_the_future", "/accident/date"),
        ],
    ));
    rows.push(breaking(
        "served a day more than a year ahead",
        &claim().with("/items/0/service_date", beyond_a_year.to_string()),
        &[("too_late", "/items/0/service_date")],
    ));
    rows.push(breaking(
        "served a day before birth",
        &early,
        &[("before_birth", "/items/1/service_date")],
    ));
    let late = claim()
        .with("/items/0/service_date", "2026-06-03")
        .with(
            "/items/-",
            json!({
                "service_date": "2026-06-01", "category": "report", "unit_price_cents": 1,
            }),
        )
        .with("/accident/date", "2026-06-02");
    rows.push(breaking(
        "an accident between two services",
        &late,
        &[("accident_after_service", "/accident/date")],
    ));
    refuse_all(app, rows).await;
}

async fn health_numbers(app: &TestApp) {
    let mut rows = Vec::new();
    for number in [
        "1234567890",
        "9393881586",
        "9393881578",
        "939388158",
        "93938815870",
        "9393-881-587",
        "9393 881 587",
        "939388158A",
        "９393881587",
    ] {
        let claim = claim().with("/patient/health_number/value", number);
        let fault = ("invalid_health_number", "/patient/health_number/value");
        rows.push(breaking(number, &claim, &[fault]));
    }
    for version in ["ABC", "abc", "A1", "É", " "] {
        let claim = claim().with("/patient/health_number/version", version);
        let fault = ("invalid_version_code", "/patient/health_number/version");
        rows.push(breaking(version, &claim, &[fault]));
    }
    refuse_all(app, rows).await;
    // Other provinces number otherwise; Ontario's version code may be short or left out.
    for (value, version, province) in [
        ("9393881587", "", "ON"),
        ("9393881587", "K", "ON"),
        ("9393881587", "ab", "ON"),
        ("1234567890", "", "BC"),
        ("TREM79021412", "", "QC"),
    ] {
        let number = json!({"value": value, "version": version, "province": province});
        let claim = claim().with("/patient/health_number", number);
        app.classify(&claim).await.is(200);
    }
}

async fn too_many_and_too_few(app: &TestApp) {
    let item = json!({"service_date": "2026-06-01", "category": "report", "unit_price_cents": 1});
    let coverage = json!({"kind": "ohip"});
    let numbers: Vec<String> = (0..51).map(|number| format!("OCF18-{number}")).collect();
    let rows = vec![
        breaking(
            "no item",
            &claim().with("/items", json!([])),
            &[("too_few", "/items")],
        ),
        breaking(
            "501 items",
            &claim().with("/items", vec![item; 501]),
            &[("too_many", "/items")],
        ),
        breaking(
            "21 coverages",
            &claim().with("/coverages", vec![coverage; 21]),
            &[("too_many", "/coverages")],
        ),
        breaking(
            "51 preauthorizations",
            &claim().with("/preauthorizations", numbers),
            &[("too_many", "/preauthorizations")],
        ),
    ];
    refuse_all(app, rows).await;
}

async fn ids_of_claims(app: &TestApp) {
    let rows = [
        "",
        "INV-1",
        "01980a6e-2c4f-7d31-a5b0",
        "01980a6e-2c4f-7d31-a5b0-6f3e5c1d2b7g",
    ];
    let rows = rows.map(|id| {
        let claim = claim().with("/replaces", id);
        breaking(id, &claim, &[("invalid_id", "/replaces")])
    });
    refuse_all(app, rows.into()).await;
}
