//! Where an accident happened: country and province say it together.

use serde_json::{Value, json};

use super::{accept, assert_breaks, assert_misshapen, claim, put};
use crate::{
    claims::accident::Accident,
    values::place::{Country, Province},
};

fn with_place(country: &Value, province: &Value) -> Value {
    let mut claim = claim();
    for (field, value) in [("country", country), ("province", province)] {
        if *value != json!("left out") {
            claim = put(claim, &format!("/accident/{field}"), value.clone());
        }
    }
    claim
}

fn accident(country: &Value, province: &Value) -> Accident {
    accept(&with_place(country, province)).accident.unwrap()
}

#[test]
fn a_country_or_province_that_is_left_out_follows_the_other() {
    let mexico = Country::from_code("MX");
    let (canada, states) = (Some(Country::CANADA), Some(Country::UNITED_STATES));
    for left_out in [json!("left out"), Value::Null] {
        for (country, province, expected) in [
            (
                left_out.clone(),
                left_out.clone(),
                (canada, Province::Ontario),
            ),
            (left_out.clone(), json!("QC"), (canada, Province::Quebec)),
            (left_out.clone(), json!("XX"), (None, Province::Abroad)),
            (json!("CA"), left_out.clone(), (canada, Province::Ontario)),
            (json!("US"), left_out.clone(), (states, Province::Abroad)),
            (json!("MX"), left_out.clone(), (mexico, Province::Abroad)),
        ] {
            let accident = accident(&country, &province);
            assert_eq!((accident.known_country(), accident.province), expected);
        }
    }
    for (country, province, expected) in [
        ("CA", "BC", (canada, Province::BritishColumbia)),
        ("US", "XX", (states, Province::Abroad)),
    ] {
        let accident = accident(&json!(country), &json!(province));
        assert_eq!((accident.known_country(), accident.province), expected);
    }
}

#[test]
fn a_country_and_province_may_not_contradict() {
    for (country, province) in [("CA", "XX"), ("US", "ON"), ("MX", "QC"), ("US", "YT")] {
        let claim = with_place(&json!(country), &json!(province));
        assert_breaks(&claim, "place_contradicts", "/accident/province");
    }
}

#[test]
fn a_country_is_two_capital_letters_that_are_assigned() {
    for unknown in ["", "ca", "CAN", "ZZ", "XX", "UK", "Canada"] {
        let claim = with_place(&json!(unknown), &json!("left out"));
        assert_misshapen(&claim, "unknown_value", "/accident/country");
    }
    assert_misshapen(
        &with_place(&json!(1), &Value::Null),
        "wrong_type",
        "/accident/country",
    );
}

#[test]
fn only_what_cannot_be_left_out_is_written() {
    let written = |country: Value, province: Value| {
        let accident = accident(&country, &province);
        serde_json::to_string(&accident).unwrap()
    };
    let left_out = || json!("left out");
    let rest = r#""wsia_election":"none"}"#;
    let start = r#"{"cause":"auto","date":"2026-05-02","#;
    for (country, province, place) in [
        (json!("CA"), left_out(), r#""province":"ON","#),
        (left_out(), json!("XX"), r#""province":"XX","#),
        (
            json!("MX"),
            left_out(),
            r#""country":"MX","province":"XX","#,
        ),
    ] {
        assert_eq!(written(country, province), format!("{start}{place}{rest}"));
    }
}
