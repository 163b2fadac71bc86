//! Third parties, places, professions, decimals, totals and metadata: what is taken, what is refused and where, over
//! HTTP. The rules one by one are tested beside the records.

use serde_json::{Value, json};

use super::{Row, breaking, left_out::property, misshapen, refuse_all};
use crate::support::{Claim, TestApp, committed_document, edited, full_claim, on_both_databases};

on_both_databases!(
    contradictions_are_refused,
    unknown_words_are_refused,
    what_may_be_left_out_may_be_null,
    what_was_sent_is_answered,
    amounts_are_rounded_half_up,
    metadata_counts_for_nothing,
    a_conflict_names_the_field,
);

/// A valid claim with every field that a claim of an accident of the patient alone has not.
fn rich_claim(external_id: &str) -> Claim {
    full_claim(external_id)
        .with("/accident/country", "CA")
        .with("/accident/onset", "gradual")
        .with("/accident/employer_covered", "yes")
        .with("/coverages/0/end_date", "2026-12-31")
        .with("/coverages/0/covered_professions", json!(["Massage Therapist"]))
        .with("/coverages/0/member_id", "0042-01")
        .with(
            "/coverages/0/subscriber",
            json!({"given_name": "Chidi", "family_name": "Okafor", "birth_date": "1955-11-02"}),
        )
        .with("/coverages/0/program", "other")
        .with("/coverages/0/priority", 2)
        .with(
            "/third_party",
            json!({"kind": "employer", "name": "Northern Rail Ltd.", "reference": "HR-2026-118"}),
        )
        .with("/items/0/quantity", 1.25)
        .with("/items/0/requested_by", "third_party")
        .with("/items/0/prescribed", true)
        .with("/items/0/emergency", true)
        .with(
            "/items/0/provider",
            json!({"id": "D-9", "name": "Ada", "profession": "kinesiologist", "registration_number": "K-1"}),
        )
        .with("/invoice_total_cents", 562_500)
        .with("/metadata", json!({"batch": "17", "clerk": ""}))
}

/// Everything that a rich claim has more, and that may be left out.
const OPTIONAL: [&str; 21] = [
    "/accident/country",
    "/accident/onset",
    "/accident/employer_covered",
    "/coverages/0/end_date",
    "/coverages/0/covered_professions",
    "/coverages/0/member_id",
    "/coverages/0/subscriber",
    "/coverages/0/subscriber/given_name",
    "/coverages/0/subscriber/family_name",
    "/coverages/0/subscriber/birth_date",
    "/coverages/0/program",
    "/coverages/0/priority",
    "/third_party/reference",
    "/items/0/requested_by",
    "/items/0/prescribed",
    "/items/0/emergency",
    "/items/0/provider",
    "/items/0/provider/name",
    "/items/0/provider/registration_number",
    "/invoice_total_cents",
    "/metadata",
];

async fn contradictions_are_refused(app: &TestApp) {
    let claim = || rich_claim("INV-1");
    let with = |pointer: &str, value: Value| claim().with(pointer, value);
    let abroad = |country: Value, province: &str| {
        with("/accident/country", country).with("/accident/province", province)
    };
    let (total, place) = ("/invoice_total_cents", "/accident/province");
    let many: Value = (0..21)
        .map(|number| (format!("n{number}"), json!("x")))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let rows = [
        (
            "a lost item",
            with(total, json!(562_501)),
            "total_mismatch",
            total,
        ),
        (
            "a total below zero",
            with(total, json!(-1)),
            "out_of_range",
            total,
        ),
        (
            "no third party",
            claim().without("/third_party"),
            "third_party_missing",
            "/third_party",
        ),
        (
            "no name",
            with("/third_party/name", json!(" ")),
            "blank",
            "/third_party/name",
        ),
        (
            "XX in Canada",
            abroad(json!("CA"), "XX"),
            "place_contradicts",
            place,
        ),
        (
            "Ontario in Mexico",
            abroad(json!("MX"), "ON"),
            "place_contradicts",
            place,
        ),
        (
            "a thousandth",
            with("/items/0/quantity", json!(1.255)).without(total),
            "too_many_decimals",
            "/items/0/quantity",
        ),
        (
            "sudden after the treatment",
            with("/accident/onset", Value::Null).with("/accident/date", "2026-06-02"),
            "accident_after_service",
            "/accident/date",
        ),
        (
            "a subscriber of an earlier century",
            with("/coverages/0/subscriber/birth_date", json!("1899-12-31")),
            "too_early",
            "/coverages/0/subscriber/birth_date",
        ),
        (
            "tenth plan",
            with("/coverages/0/priority", json!(10)),
            "out_of_range",
            "/coverages/0/priority",
        ),
        (
            "no end",
            with("/coverages/0/end_date", json!("")),
            "invalid_date",
            "/coverages/0/end_date",
        ),
        (
            "an unnamed profession",
            with("/coverages/0/covered_professions", json!(["dentist", ""])),
            "too_short",
            "/coverages/0/covered_professions/1",
        ),
        (
            "too much metadata",
            with("/metadata", many),
            "too_many",
            "/metadata",
        ),
        (
            "a name with a blank",
            with("/metadata", json!({"a b": "x"})),
            "invalid_name",
            "/metadata/a b",
        ),
        (
            "a long text",
            with("/metadata", json!({"a": "x".repeat(501)})),
            "too_long",
            "/metadata/a",
        ),
    ];
    let rows = rows.map(|(name, claim, code, at)| breaking(name, &claim, &[(code, at)]));
    refuse_all(app, rows.into()).await;
    // An illness that came on slowly is reported after it is treated.
    app.classify(&with("/accident/date", json!("2026-06-02")))
        .await
        .is(200);
    let confirmed = json!({
        "number": "A-1", "kind": "ocf_18", "patient_id": "P-1", "payer": "mva", "status": "confirmed",
        "approved_cents": 41,
    });
    let refused = app.preauthorize(&confirmed).await;
    refused
        .problem(422)
        .lists(&[("status_of_another_kind", "/status")]);
}

async fn unknown_words_are_refused(app: &TestApp) {
    let rows = [
        ("/accident/country", json!("ZZ"), "unknown_value"),
        ("/accident/country", json!("ca"), "unknown_value"),
        ("/accident/country", json!(""), "unknown_value"),
        ("/accident/country", json!(7), "wrong_type"),
        ("/accident/onset", json!("slow"), "unknown_value"),
        ("/accident/employer_covered", json!(true), "wrong_type"),
        ("/coverages/0/program", json!("medavie"), "unknown_value"),
        (
            "/coverages/0/subscriber/middle_name",
            json!("B."),
            "unknown_field",
        ),
        ("/third_party/kind", json!("wsib"), "unknown_value"),
        ("/third_party/kind", Value::Null, "wrong_type"),
        ("/third_party", json!("employer"), "wrong_type"),
        ("/items/0/requested_by", json!("employer"), "unknown_value"),
        ("/items/0/prescribed", json!("yes"), "wrong_type"),
        ("/items/0/category", json!("massage"), "unknown_value"),
        ("/items/0/system", json!("fee"), "unknown_value"),
        ("/items/0/provider/id", Value::Null, "wrong_type"),
        ("/invoice_total_cents", json!(1.5), "wrong_type"),
        ("/metadata", json!([]), "wrong_type"),
        ("/metadata/batch", json!(17), "wrong_type"),
        ("/metadata/batch", Value::Null, "wrong_type"),
    ];
    let mut rows: Vec<Row> = rows
        .into_iter()
        .map(|(pointer, value, code)| {
            let name = format!("{pointer} is {value}");
            let claim = rich_claim("INV-1").with(pointer, value);
            misshapen(&name, claim.text(), &[(code, pointer)])
        })
        .collect();
    let twice = edited(
        &rich_claim("INV-1").text(),
        r#""batch":"17""#,
        r#""batch":"17","b\u0061tch":"18""#,
    );
    rows.push(misshapen(
        "metadata twice",
        twice,
        &[("duplicate_key", "/metadata/batch")],
    ));
    refuse_all(app, rows).await;
}

async fn what_may_be_left_out_may_be_null(app: &TestApp) {
    // The one item is the patient's own, so that the third party may be left out.
    let claim = |id: &str| rich_claim(id).with("/accident/date", "2026-05-02");
    for pointer in OPTIONAL {
        app.classify(&claim("NULL").with(pointer, Value::Null))
            .await
            .is(200);
        app.classify(&claim("LEFT-OUT").without(pointer))
            .await
            .is(200);
    }
    let patients = |id: &str| rich_claim(id).with("/items/0/requested_by", "patient");
    app.classify(&patients("NULL").with("/third_party", Value::Null))
        .await
        .is(200);
    let texts = [
        "/coverages/0/member_id",
        "/coverages/0/subscriber/given_name",
        "/coverages/0/subscriber/family_name",
        "/third_party/reference",
        "/items/0/provider/name",
        "/items/0/provider/registration_number",
    ];
    for (number, pointer) in texts.into_iter().enumerate() {
        let id = format!("INV-{number}");
        let first = app.submit(&claim(&id).without(pointer)).await.is(201);
        let again = app.submit(&claim(&id).with(pointer, "")).await.is(200);
        assert_eq!(again.text(), first.text(), "{pointer}");
    }
}

async fn what_was_sent_is_answered(app: &TestApp) {
    let claim = rich_claim("INV-1");
    let stored = app.submit(&claim).await.is(201).json();
    assert_eq!(stored["submission"], *claim);
    assert_eq!(stored["total_cents"], 562_500);
    app.submit(&claim).await.is(200);
}

async fn amounts_are_rounded_half_up(app: &TestApp) {
    for (number, (quantity, price, total)) in [
        ("1.25", 9_999, 12_499),
        ("0.5", 1, 1),
        ("0.49", 1, 0),
        ("1.50", 101, 152),
        ("9999.99", 10_000_000_000_u64, 99_999_900_000_000_u64),
    ]
    .into_iter()
    .enumerate()
    {
        let claim = Claim::new(&format!("INV-{number}"))
            .with("/items/0/unit_price_cents", price)
            .with("/items/0/quantity", "<Q>")
            .with("/invoice_total_cents", total);
        let text = edited(&claim.text(), "\"<Q>\"", quantity);
        let stored = app.post_raw("/v1/claims", text).await.is(201).json();
        assert_eq!(stored["total_cents"], total, "{quantity} × {price}");
        assert_eq!(stored["allocations"][0]["amount_cents"], total);
    }
    // One quantity, however it is written; a digit beyond the reach of a float counts.
    let text = Claim::new("TWO").with("/items/0/quantity", 2).text();
    let written = |quantity: &str| {
        edited(
            &text,
            r#""quantity":2"#,
            &format!(r#""quantity":{quantity}"#),
        )
    };
    app.post_raw("/v1/claims", written("2.0")).await.is(201);
    for same in ["2", "2e0", "200e-2", "2.000"] {
        app.post_raw("/v1/claims", written(same)).await.is(200);
    }
    let finer = app
        .post_raw("/v1/claims", written("2.00000000000000000001"))
        .await;
    finer
        .problem(422)
        .lists(&[("too_many_decimals", "/items/0/quantity")]);
}

async fn metadata_counts_for_nothing(app: &TestApp) {
    let claim = |batch: &str| rich_claim("INV-1").with("/metadata/batch", batch);
    let first = app.submit(&claim("17")).await.is(201);
    for again in [claim("18"), claim("18").without("/metadata")] {
        let answer = app.submit(&again).await.is(200);
        assert_eq!(answer.text(), first.text(), "the first is kept");
    }
    let other = claim("18").with("/items/0/prescribed", false);
    app.submit(&other)
        .await
        .problem(409)
        .lists(&[("differs", "/items/0/prescribed")]);
}

async fn a_conflict_names_the_field(app: &TestApp) {
    app.submit(&rich_claim("INV-1")).await.is(201);
    let other = rich_claim("INV-1")
        .with("/accident/country", "US")
        .with("/accident/province", "XX")
        .without("/accident/onset")
        .with("/accident/employer_covered", "no")
        .with("/coverages/0/end_date", "2026-11-30")
        .with("/coverages/0/covered_professions/0", "dentist")
        .with("/coverages/0/member_id", "0042-02")
        .with("/coverages/0/subscriber/birth_date", "1955-02-11")
        .with("/coverages/0/program", "ifhp")
        .with("/coverages/0/priority", 1)
        .with("/third_party/name", "Someone else")
        .with("/items/0/quantity", 1.5)
        .with("/items/0/emergency", false)
        .with("/items/0/provider/profession", "dentist")
        .with("/invoice_total_cents", 675_000)
        .with("/metadata/batch", "18");
    let places = [
        "/accident/country",
        "/accident/province",
        "/accident/onset",
        "/accident/employer_covered",
        "/coverages/0/end_date",
        "/coverages/0/covered_professions/0",
        "/coverages/0/member_id",
        "/coverages/0/subscriber/birth_date",
        "/coverages/0/program",
        "/coverages/0/priority",
        "/third_party/name",
        "/items/0/quantity",
        "/items/0/emergency",
        "/items/0/provider/profession",
        "/invoice_total_cents",
    ];
    let answer = app.submit(&other).await.is(409);
    for value in ["Someone", "Northern", "1955", "dentist", "675000"] {
        assert!(!answer.text().contains(value), "{}", answer.text());
    }
    answer
        .problem(409)
        .lists(&places.map(|place| ("differs", place)));
}

#[test]
fn the_document_says_that_all_of_them_take_null() {
    let document = committed_document();
    for pointer in OPTIONAL.into_iter().chain(["/third_party"]) {
        let schema = property(&document, pointer).to_string();
        assert!(schema.contains("\"null\""), "{pointer}: {schema}");
    }
}
