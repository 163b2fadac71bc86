//! 400: no JSON, or JSON of another shape than the documented one.

use serde_json::{Value, json};

use super::{Row, misshapen, refuse_all};
use crate::support::{TestApp, edited, full_claim, on_both_databases};

on_both_databases!(
    what_is_no_json,
    unknown_fields,
    duplicate_keys,
    wrong_types,
    unknown_words,
);

async fn what_is_no_json(app: &TestApp) {
    let claim = full_claim("INV-1").text();
    let deep = |open: &str, close: &str| {
        format!(
            r#"{{"external_id":{}1{}}}"#,
            open.repeat(10_000),
            close.repeat(10_000)
        )
    };
    let invalid_utf8 = {
        let mut bytes = claim.clone().into_bytes();
        let amina = claim.find("Amina").expect("the patient");
        bytes[amina] = 0xff;
        bytes
    };
    let invalid = [("invalid_json", "")];
    let rows = vec![
        misshapen("nothing", "", &invalid),
        misshapen("white space", " \n ", &invalid),
        misshapen("no JSON", "claim", &invalid),
        misshapen("cut off", &claim[..claim.len() - 1], &invalid),
        misshapen("something behind", format!("{claim}x"), &invalid),
        misshapen("two claims", format!("{claim}{claim}"), &invalid),
        misshapen(
            "a trailing comma",
            edited(
                &claim,
                r#""preauthorizations":[]"#,
                r#""preauthorizations":[1,]"#,
            ),
            &invalid,
        ),
        misshapen(
            "a control character as it is",
            edited(&claim, "Lakehead", "Lake\u{1}head"),
            &invalid,
        ),
        misshapen(
            "a leading zero",
            edited(&claim, r#""quantity":1"#, r#""quantity":01"#),
            &invalid,
        ),
        misshapen(
            "not a number",
            edited(&claim, r#""quantity":1"#, r#""quantity":NaN"#),
            &invalid,
        ),
        misshapen(
            "half a surrogate pair",
            edited(&claim, "Amina", r"\ud800"),
            &invalid,
        ),
        misshapen(
            "two byte order marks",
            format!("\u{feff}\u{feff}{claim}"),
            &invalid,
        ),
        misshapen(
            "a byte order mark behind",
            format!("{claim}\u{feff}"),
            &invalid,
        ),
        misshapen("lists 10,000 deep", deep("[", "]"), &invalid),
        misshapen("objects 10,000 deep", deep(r#"{"a":"#, "}"), &invalid),
        misshapen(
            "lists 10,000 deep, never closed",
            "[".repeat(10_000),
            &invalid,
        ),
        misshapen("invalid UTF-8", invalid_utf8, &[("invalid_utf8", "")]),
        misshapen("null", "null", &[("wrong_type", "")]),
        misshapen("a list", format!("[{claim}]"), &[("wrong_type", "")]),
        misshapen("a text", "\"claim\"", &[("wrong_type", "")]),
        misshapen("a number", "17", &[("wrong_type", "")]),
    ];
    refuse_all(app, rows).await;
}

async fn unknown_fields(app: &TestApp) {
    let objects = [
        "",
        "/patient",
        "/patient/health_number",
        "/provider",
        "/accident",
        "/coverages/0",
        "/diagnoses/0",
        "/items/0",
        "/procedure",
    ];
    let mut rows: Vec<Row> = objects
        .into_iter()
        .map(|object| {
            let pointer = format!("{object}/unexpected");
            let claim = full_claim("INV-1").with(&pointer, Value::Null);
            misshapen(
                &pointer,
                claim.text(),
                &[("unknown_field", pointer.as_str())],
            )
        })
        .collect();
    let misspelt = edited(
        &full_claim("INV-1").text(),
        r#""quantity""#,
        r#""Quantity""#,
    );
    rows.push(misshapen(
        "case counts",
        misspelt,
        &[("unknown_field", "/items/0/Quantity")],
    ));
    let odd = edited(&full_claim("INV-1").text(), r#""sex""#, r#""s/e~x""#);
    rows.push(misshapen(
        "pointers escape",
        odd,
        &[("unknown_field", "/patient/s~1e~0x")],
    ));
    refuse_all(app, rows).await;
}

async fn duplicate_keys(app: &TestApp) {
    let claim = full_claim("INV-1").text();
    // An object's member that stands once in the text, and where it is.
    let members = [
        (r#""external_id":"INV-1""#, "/external_id"),
        (r#""preauthorizations":[]"#, "/preauthorizations"),
        (r#""birth_date":"1984-03-09""#, "/patient/birth_date"),
        (r#""given_name":"Amina""#, "/patient/given_name"),
        (r#""value":"9393881587""#, "/patient/health_number/value"),
        (r#""profession":"physician""#, "/provider/profession"),
        (r#""cause":"auto""#, "/accident/cause"),
        (r#""kind":"auto""#, "/coverages/0/kind"),
        (r#""code":"M17.1""#, "/diagnoses/0/code"),
        (r#""quantity":1"#, "/items/0/quantity"),
        (r#""guidance":"ultrasound""#, "/procedure/guidance"),
    ];
    let mut rows: Vec<Row> = members
        .into_iter()
        .map(|(member, pointer)| {
            let twice = edited(&claim, member, &format!("{member},{member}"));
            misshapen(pointer, twice, &[("duplicate_key", pointer)])
        })
        .collect();
    let other_value = edited(&claim, r#""quantity":1"#, r#""quantity":1,"quantity":2"#);
    rows.push(misshapen(
        "another value",
        other_value,
        &[("duplicate_key", "/items/0/quantity")],
    ));
    let escaped = edited(
        &claim,
        r#""quantity":1"#,
        r#""quantity":1,"quant\u0069ty":1"#,
    );
    rows.push(misshapen(
        "written with an escape",
        escaped,
        &[("duplicate_key", "/items/0/quantity")],
    ));
    refuse_all(app, rows).await;
}

async fn wrong_types(app: &TestApp) {
    let texts = [
        "/external_id",
        "/patient/id",
        "/patient/given_name",
        "/patient/family_name",
        "/patient/birth_date",
        "/patient/sex",
        "/patient/health_number/value",
        "/patient/health_number/version",
        "/patient/health_number/province",
        "/provider/id",
        "/provider/name",
        "/provider/profession",
        "/provider/registration_number",
        "/accident/cause",
        "/accident/date",
        "/accident/province",
        "/accident/wsia_election",
        "/coverages/0/kind",
        "/coverages/0/insurer",
        "/coverages/0/policy_number",
        "/coverages/0/claim_number",
        "/coverages/0/effective_date",
        "/coverages/0/status",
        "/coverages/0/relationship",
        "/diagnoses/0/system",
        "/diagnoses/0/code",
        "/items/0/service_date",
        "/items/0/category",
        "/items/0/code",
        "/items/0/system",
        "/items/0/description",
        "/items/0/insured_by_ohip",
        "/procedure/harvest_site",
        "/procedure/guidance",
        "/procedure/target_tissue",
        "/procedure/body_site",
        "/procedure/health_canada_authorization",
        "/replaces",
    ];
    let booleans = [
        "/patient/pregnant",
        "/coverages/0/minor_injury_guideline",
        "/procedure/platelet_rich_plasma",
        "/procedure/aseptic_technique",
        "/procedure/antibiotic_prophylaxis",
    ];
    let objects = [
        "/patient",
        "/patient/health_number",
        "/provider",
        "/accident",
        "/coverages/0",
        "/diagnoses/0",
        "/items/0",
        "/procedure",
    ];
    let lists = [
        "/coverages",
        "/coverages/0/covered_categories",
        "/diagnoses",
        "/items",
        "/preauthorizations",
    ];
    let integers = ["/items/0/unit_price_cents", "/items/0/tax_cents"];
    let numbers = ["/items/0/quantity"];
    let groups: [(&[&str], Vec<Value>); 6] = [
        (
            &texts,
            vec![json!(20_260_601), json!(true), json!([]), json!({})],
        ),
        (&booleans, vec![json!("true"), json!(1), json!([])]),
        (&objects, vec![json!("text"), json!([]), json!(1)]),
        (&lists, vec![json!("text"), json!({}), json!(1)]),
        (
            &integers,
            vec![json!("1"), json!(true), json!([1]), json!(1.5)],
        ),
        (&numbers, vec![json!("1.25"), json!(true), json!([1])]),
    ];
    let mut rows = Vec::new();
    for (pointers, values) in groups {
        for pointer in pointers {
            for value in &values {
                let claim = full_claim("INV-1").with(pointer, value.clone());
                let name = format!("{pointer} is {value}");
                rows.push(misshapen(&name, claim.text(), &[("wrong_type", *pointer)]));
            }
        }
    }
    for number in ["1.5", "-1.5", "0.001", "1e-1", "15E-1"] {
        let claim = edited(
            &full_claim("INV-1").text(),
            r#""tax_cents":0"#,
            &format!(r#""tax_cents":{number}"#),
        );
        rows.push(misshapen(
            number,
            claim,
            &[("wrong_type", "/items/0/tax_cents")],
        ));
    }
    for pointer in ["/preauthorizations/-", "/coverages/0/covered_categories/-"] {
        let claim = full_claim("INV-1").with(pointer, 7);
        let at = pointer.replace(
            '-',
            if pointer.starts_with("/pre") {
                "0"
            } else {
                "1"
            },
        );
        rows.push(misshapen(
            pointer,
            claim.text(),
            &[("wrong_type", at.as_str())],
        ));
    }
    refuse_all(app, rows).await;
}

async fn unknown_words(app: &TestApp) {
    let pointers = [
        "/patient/sex",
        "/patient/health_number/province",
        "/accident/cause",
        "/accident/province",
        "/accident/wsia_election",
        "/coverages/0/kind",
        "/coverages/0/status",
        "/coverages/0/relationship",
        "/coverages/0/covered_categories/0",
        "/items/0/category",
        "/items/0/system",
        "/items/0/insured_by_ohip",
        "/procedure/harvest_site",
        "/procedure/guidance",
        "/procedure/target_tissue",
    ];
    let mut rows: Vec<Row> = pointers
        .into_iter()
        .flat_map(|pointer| ["", "Other ", "mri"].map(|word| (pointer, word)))
        .map(|(pointer, word)| {
            let claim = full_claim("INV-1").with(pointer, word);
            let name = format!("{pointer} is {word:?}");
            misshapen(&name, claim.text(), &[("unknown_value", pointer)])
        })
        .collect();
    let lower_case = full_claim("INV-1").with("/accident/province", "on");
    rows.push(misshapen(
        "case counts",
        lower_case.text(),
        &[("unknown_value", "/accident/province")],
    ));
    refuse_all(app, rows).await;
}
