//! The rules of the fields, one by one: what is taken, what is refused and where.

use serde_json::{Value, json};

use super::{accept, assert_breaks, assert_misshapen, claim_with, put, rules_broken};
use crate::claims::submission::Submission;

const THIRD_PARTY: &str = "third_party";

fn third_party() -> Value {
    json!({"kind": "employer", "name": "Northern Rail Ltd.", "reference": "HR-2026-118"})
}

#[test]
fn an_item_of_a_third_party_needs_the_third_party() {
    let by_third_party = ("/items/0/requested_by", json!(THIRD_PARTY));
    accept(&claim_with([
        by_third_party.clone(),
        ("/third_party", third_party()),
    ]));
    accept(&claim_with([("/third_party", third_party())]));
    accept(&claim_with([("/items/0/requested_by", json!("patient"))]));
    let without = claim_with([by_third_party.clone()]);
    assert_breaks(&without, "third_party_missing", "/third_party");
    let null = put(without, "/third_party", Value::Null);
    assert_breaks(&null, "third_party_missing", "/third_party");
    // A fault of another field does not hide it.
    let two = put(null, "/items/0/quantity", json!(0));
    assert_eq!(rules_broken(&two).len(), 2);
    let faulty = claim_with([
        by_third_party,
        ("/third_party", json!({"kind": "employer"})),
    ]);
    assert_misshapen(&faulty, "missing_field", "/third_party/name");
}

#[test]
fn a_third_party_has_a_kind_and_a_name() {
    let name = |name: &str| claim_with([("/third_party", json!({"kind": "other", "name": name}))]);
    accept(&name(&"é".repeat(500)));
    assert_breaks(&name(""), "too_short", "/third_party/name");
    assert_breaks(&name("  "), "blank", "/third_party/name");
    assert_breaks(&name(&"x".repeat(501)), "too_long", "/third_party/name");
    assert_breaks(&name("a\nb"), "control_character", "/third_party/name");
    for kind in [
        "employer",
        "lawyer",
        "insurer",
        "school",
        "government",
        "other",
    ] {
        accept(&claim_with([(
            "/third_party",
            json!({"kind": kind, "name": "x", "reference": ""}),
        )]));
    }
    let wsib = claim_with([("/third_party", json!({"kind": "wsib", "name": "x"}))]);
    assert_misshapen(&wsib, "unknown_value", "/third_party/kind");
    let reference = put(
        claim_with([("/third_party", third_party())]),
        "/third_party/reference",
        json!("a "),
    );
    assert_breaks(&reference, "surrounding_blank", "/third_party/reference");
}

#[test]
fn a_quantity_has_at_most_two_decimals() {
    for quantity in [
        json!(0.01),
        json!(1.25),
        json!(0.5),
        json!(9999.99),
        json!(10_000),
    ] {
        accept(&claim_with([("/items/0/quantity", quantity)]));
    }
    for quantity in [json!(0.001), json!(1.255), json!(10_000.005), json!(-0.001)] {
        let claim = claim_with([("/items/0/quantity", quantity)]);
        assert_breaks(&claim, "too_many_decimals", "/items/0/quantity");
    }
    for quantity in [json!(0), json!(-1.5), json!(10_000.01), json!(1e300)] {
        let claim = claim_with([("/items/0/quantity", quantity)]);
        assert_breaks(&claim, "out_of_range", "/items/0/quantity");
    }
    for quantity in [json!("1.25"), json!(true), json!([1])] {
        let claim = claim_with([("/items/0/quantity", quantity)]);
        assert_misshapen(&claim, "wrong_type", "/items/0/quantity");
    }
    let price = claim_with([("/items/0/unit_price_cents", json!(0.5))]);
    assert_misshapen(&price, "wrong_type", "/items/0/unit_price_cents");
}

#[test]
fn a_total_must_be_the_sum() {
    let item = |quantity: Value, price: i64, tax: Value| {
        json!({"service_date": "2026-06-01", "category": "report", "quantity": quantity, "unit_price_cents": price,
            "tax_cents": tax})
    };
    let items = json!([
        item(json!(1.25), 9_999, json!(1_625)),
        item(Value::Null, 10_000, Value::Null)
    ]);
    let total =
        |total: Value| claim_with([("/items", items.clone()), ("/invoice_total_cents", total)]);
    for equal in [json!(24_124), json!(24_124.0), json!(2.4124e4), Value::Null] {
        accept(&total(equal));
    }
    for other in [0, 24_123, 24_125, 10_000, i64::MAX] {
        assert_breaks(
            &total(json!(other)),
            "total_mismatch",
            "/invoice_total_cents",
        );
    }
    assert_breaks(&total(json!(-1)), "out_of_range", "/invoice_total_cents");
    assert_breaks(
        &total(json!(u64::MAX)),
        "out_of_range",
        "/invoice_total_cents",
    );
    assert_misshapen(&total(json!("24124")), "wrong_type", "/invoice_total_cents");
    assert_misshapen(
        &total(json!(24_124.5)),
        "wrong_type",
        "/invoice_total_cents",
    );
    // A sum is not known while an amount is faulty; other faults hide nothing.
    let faulty = put(total(json!(1)), "/items/0/tax_cents", json!(-1));
    assert_breaks(&faulty, "out_of_range", "/items/0/tax_cents");
    let elsewhere = put(
        total(json!(1)),
        "/items/0/service_date",
        json!("1950-01-01"),
    );
    let codes: Vec<&str> = rules_broken(&elsewhere).iter().map(|it| it.0).collect();
    assert_eq!(
        codes,
        ["total_mismatch", "before_birth", "accident_after_service"]
    );
    let highest = vec![item(json!(10_000), 10_000_000_000, json!(10_000_000_000_i64)); 500];
    accept(&claim_with([
        ("/items", json!(highest)),
        ("/invoice_total_cents", json!(50_005_000_000_000_000_i64)),
    ]));
}

#[test]
fn metadata_is_few_short_texts_with_plain_names() {
    let metadata = |value: Value| claim_with([("/metadata", value)]);
    let pairs = |count: usize| -> Value {
        (0..count)
            .map(|number| (format!("n{number}"), json!("x")))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    for taken in [
        json!({}),
        Value::Null,
        json!({"batch": "17", "A.b-c_9": "é « » 漢", "x": ""}),
        json!({"n".repeat(40): "x".repeat(500)}),
        pairs(20),
    ] {
        accept(&metadata(taken));
    }
    assert_breaks(&metadata(pairs(21)), "too_many", "/metadata");
    for name in ["", "two words", "é", "a/b", &"n".repeat(41)] {
        let pointer = format!("/metadata/{}", name.replace('/', "~1"));
        assert_breaks(&metadata(json!({name: "x"})), "invalid_name", &pointer);
    }
    assert_breaks(
        &metadata(json!({"a": "x".repeat(501)})),
        "too_long",
        "/metadata/a",
    );
    assert_breaks(
        &metadata(json!({"a": "x\n"})),
        "control_character",
        "/metadata/a",
    );
    for value in [json!(17), Value::Null, json!(["x"]), json!({"b": "x"})] {
        assert_misshapen(&metadata(json!({"a": value})), "wrong_type", "/metadata/a");
    }
    for value in [json!([]), json!("x"), json!(1)] {
        assert_misshapen(&metadata(value), "wrong_type", "/metadata");
    }
    let twice = metadata(json!({"a": "1", "b": "2"}))
        .to_string()
        .replace(r#""b":"#, r#""\u0061":"#);
    let Err(refusal) = Submission::parse(twice.as_bytes(), super::today()) else {
        panic!("{twice}")
    };
    assert!(
        format!("{refusal:?}").contains("DuplicateKey"),
        "{refusal:?}"
    );
}

#[test]
fn a_coverage_has_an_end_a_priority_and_a_subscriber() {
    let coverage =
        |field: &str, value: Value| claim_with([(&*format!("/coverages/0/{field}"), value)]);
    for (field, value) in [
        ("end_date", json!("2020-01-01")),
        ("covered_professions", json!([])),
        ("covered_professions", json!(vec!["Massage Therapist"; 50])),
        ("member_id", json!("")),
        (
            "subscriber",
            json!({"given_name": "", "family_name": null, "birth_date": "1900-01-01"}),
        ),
        ("subscriber", json!({"birth_date": super::TODAY})),
        ("program", json!("veterans_affairs")),
        ("priority", json!(1)),
        ("priority", json!(9)),
        ("kind", json!("federal")),
    ] {
        accept(&coverage(field, value));
    }
    for (field, value, code, at) in [
        ("end_date", json!("2026-02-30"), "invalid_date", ""),
        ("covered_professions", json!(vec!["x"; 51]), "too_many", ""),
        ("covered_professions", json!(["x", ""]), "too_short", "/1"),
        ("member_id", json!("x".repeat(65)), "too_long", ""),
        (
            "subscriber",
            json!({"birth_date": "2026-06-16"}),
            "in_the_future",
            "/birth_date",
        ),
        (
            "subscriber",
            json!({"birth_date": "1899-12-31"}),
            "too_early",
            "/birth_date",
        ),
        (
            "subscriber",
            json!({"given_name": "a\u{0}"}),
            "control_character",
            "/given_name",
        ),
        ("priority", json!(0), "out_of_range", ""),
        ("priority", json!(10), "out_of_range", ""),
    ] {
        assert_breaks(
            &coverage(field, value),
            code,
            &format!("/coverages/0/{field}{at}"),
        );
    }
    for (field, value, code) in [
        (
            "covered_professions",
            json!("physiotherapist"),
            "wrong_type",
        ),
        ("priority", json!("1"), "wrong_type"),
        ("priority", json!(1.5), "wrong_type"),
        ("program", json!("medavie"), "unknown_value"),
        ("kind", json!("ifhp"), "unknown_value"),
    ] {
        assert_misshapen(
            &coverage(field, value),
            code,
            &format!("/coverages/0/{field}"),
        );
    }
}

#[test]
fn a_coverage_is_in_force_from_its_first_day_to_its_last() {
    let claim = claim_with([
        ("/coverages/0/effective_date", json!("2026-01-01")),
        ("/coverages/0/end_date", json!("2026-06-30")),
    ]);
    let coverage = &accept(&claim).coverages[0];
    let in_force = |day: &str| coverage.in_force_on(crate::values::time::Day::parse(day).unwrap());
    assert_eq!(
        ["2025-12-31", "2026-01-01", "2026-06-30", "2026-07-01"].map(in_force),
        [false, true, true, false]
    );
}

#[test]
fn an_item_says_who_asked_and_who_gave_it() {
    let item = |field: &str, value: Value| claim_with([(&*format!("/items/0/{field}"), value)]);
    for (field, value) in [
        (
            "provider",
            json!({"id": "D-9", "name": "", "profession": "Massage Therapist"}),
        ),
        ("prescribed", json!(true)),
        ("emergency", json!(true)),
        ("system", json!("wsib")),
        ("category", json!("naturopathy")),
    ] {
        accept(&item(field, value));
    }
    for (field, value, code, at) in [
        (
            "provider",
            json!({"id": "D-9"}),
            "missing_field",
            "/profession",
        ),
        (
            "provider",
            json!({"id": "D-9", "profession": "x", "colour": 1}),
            "unknown_field",
            "/colour",
        ),
        ("prescribed", json!("yes"), "wrong_type", ""),
        ("emergency", json!(1), "wrong_type", ""),
        ("requested_by", json!("employer"), "unknown_value", ""),
        ("requested_by", json!(""), "unknown_value", ""),
        ("system", json!("HCAI"), "unknown_value", ""),
        ("category", json!("massage"), "unknown_value", ""),
    ] {
        assert_misshapen(&item(field, value), code, &format!("/items/0/{field}{at}"));
    }
    assert_breaks(
        &item("provider", json!({"id": "", "profession": "x"})),
        "too_short",
        "/items/0/provider/id",
    );
}

#[test]
fn an_illness_may_be_reported_after_it_is_treated() {
    let accident = |date: &str, onset: Value| {
        claim_with([("/accident/date", json!(date)), ("/accident/onset", onset)])
    };
    accept(&accident("2026-06-15", json!("gradual")));
    for onset in [json!("sudden"), Value::Null] {
        assert_breaks(
            &accident("2026-06-15", onset),
            "accident_after_service",
            "/accident/date",
        );
    }
    assert_breaks(
        &accident("2026-06-16", json!("gradual")),
        "in_the_future",
        "/accident/date",
    );
    assert_misshapen(
        &accident("2026-05-02", json!("slow")),
        "unknown_value",
        "/accident/onset",
    );
    let employer = claim_with([("/accident/employer_covered", json!("maybe"))]);
    assert_misshapen(&employer, "unknown_value", "/accident/employer_covered");
}

#[test]
fn a_service_lies_at_most_a_year_ahead() {
    accept(&claim_with([(
        "/items/0/service_date",
        json!("2027-06-15"),
    )]));
    let late = claim_with([("/items/0/service_date", json!("2027-06-16"))]);
    assert_breaks(&late, "too_late", "/items/0/service_date");
}

#[test]
fn what_comes_in_is_judged_and_what_is_stored_is_read() {
    for claim in [
        claim_with([("/items/0/requested_by", json!(THIRD_PARTY))]),
        claim_with([("/invoice_total_cents", json!(1))]),
        claim_with([("/items/0/service_date", json!("2999-12-31"))]),
        claim_with([(
            "/coverages/0/subscriber",
            json!({"birth_date": "1899-12-31"}),
        )]),
    ] {
        assert!(super::parse(&claim).is_err());
        assert!(
            Submission::read_stored(claim.to_string().as_bytes()).is_ok(),
            "{claim}"
        );
    }
}
