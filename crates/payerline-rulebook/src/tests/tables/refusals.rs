//! Rulebooks that are refused: every fault at once, each where it is.

use serde_json::{Value, json};

use super::document::{read, small_rulebook};
use crate::{
    decide::compiled::{Rulebook, TableError},
    table::{
        findings::MAX_POINTER_LENGTH,
        findings::Observation,
        rules::{MAX_DOCUMENTS, MAX_RULES},
    },
};
use payerline_domain::{
    claims::payer::Payer,
    parse::fault::{Fault, Refusal},
    values::closed_enum::ClosedEnum,
};

fn refused(rulebook: &Value) -> Refusal {
    match read(rulebook) {
        Err(TableError::Refused(refusal)) => refusal,
        other => panic!("refused for its faults: {other:?}"),
    }
}

fn spoiled(spoil: impl FnOnce(&mut Value)) -> Value {
    let mut rulebook = small_rulebook();
    spoil(&mut rulebook);
    rulebook
}

fn places(faults: Vec<Fault>) -> Vec<(&'static str, String)> {
    let place = |it: Fault| (it.code.word(), it.pointer);
    faults.into_iter().map(place).collect()
}

/// The rules that the small rulebook breaks once `spoil` has changed it: code and pointer.
fn broken(spoil: impl FnOnce(&mut Value)) -> Vec<(&'static str, String)> {
    let rulebook = spoiled(spoil);
    match refused(&rulebook) {
        Refusal::Rules(faults) => places(faults),
        Refusal::Shape(faults) => panic!("of the right shape: {faults:#?}"),
    }
}

/// The faults of shape that the small rulebook has once `spoil` has changed it.
fn misshapen(spoil: impl FnOnce(&mut Value)) -> Vec<(&'static str, String)> {
    let rulebook = spoiled(spoil);
    match refused(&rulebook) {
        Refusal::Shape(faults) => places(faults),
        Refusal::Rules(faults) => panic!("of the wrong shape: {faults:#?}"),
    }
}

fn only(code: &'static str, pointer: &str) -> Vec<(&'static str, String)> {
    vec![(code, pointer.to_owned())]
}

fn push(list: &mut Value, element: Value) {
    list.as_array_mut().unwrap().push(element);
}

#[test]
fn two_things_of_one_name_are_refused_where_the_second_is() {
    let twice = broken(|it| {
        let rule = it["rules"][0].clone();
        push(&mut it["rules"], rule);
    });
    assert_eq!(twice, only("duplicate_id", "/rules/1/id"));
    let across = broken(|it| it["otherwise"]["id"] = json!("consultations"));
    assert_eq!(across, only("duplicate_id", "/otherwise/id"));
    let order = broken(|it| it["billing_orders"][0]["id"] = json!("consultations"));
    assert_eq!(order, only("duplicate_id", "/billing_orders/0/id"));
    let finding = broken(|it| {
        let finding = it["findings"][0].clone();
        push(&mut it["findings"], finding);
    });
    let last = format!("/findings/{}/code", Observation::ALL.len());
    assert_eq!(finding, only("duplicate_id", &last));
}

#[test]
fn unknown_fields_and_words_are_refused() {
    type Case = (fn(&mut Value), &'static str, &'static str);
    let cases: [Case; 11] = [
        (
            |it| it["author"] = json!("somebody"),
            "unknown_field",
            "/author",
        ),
        (
            |it| it["rules"][0]["priority"] = json!(1),
            "unknown_field",
            "/rules/0/priority",
        ),
        (
            |it| it["rules"][0]["when"]["weather"] = json!(["rain"]),
            "unknown_field",
            "/rules/0/when/weather",
        ),
        (
            |it| it["rules"][0]["when"]["category"] = json!(["consultation", "surgery"]),
            "unknown_value",
            "/rules/0/when/category/1",
        ),
        (
            |it| it["rules"][0]["when"]["category"] = json!("consultation"),
            "wrong_type",
            "/rules/0/when/category",
        ),
        (
            |it| it["rules"][0]["when"]["accident_date"] = json!({"after": "2026-07-01"}),
            "unknown_field",
            "/rules/0/when/accident_date/after",
        ),
        (
            |it| it["rules"][0]["then"]["decide"]["payer"] = json!("ohip"),
            "unknown_value",
            "/rules/0/then/decide/payer",
        ),
        (
            |it| it["rules"][0]["then"] = json!({}),
            "one_of",
            "/rules/0/then",
        ),
        (
            |it| it["rules"][0]["then"]["follow"] = json!("strictest_stem_cell_item"),
            "one_of",
            "/rules/0/then",
        ),
        (
            |it| it["billing_orders"][2]["order"] = json!(["private"]),
            "wrong_type",
            "/billing_orders/2/order",
        ),
        (
            |it| it["otherwise"]["coverage"] = json!(0),
            "unknown_field",
            "/otherwise/coverage",
        ),
    ];
    for (spoil, code, pointer) in cases {
        assert_eq!(misshapen(spoil), only(code, pointer));
    }
}

#[test]
fn a_rulebook_without_one_of_its_parts_is_refused() {
    let parts: Vec<String> = small_rulebook()
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    for part in parts {
        let refused = misshapen(|it| {
            it.as_object_mut().unwrap().remove(&part);
        });
        assert_eq!(refused, only("missing_field", &format!("/{part}")));
    }
    for part in ["id", "when", "then", "because", "basis"] {
        let refused = misshapen(|it| {
            it["rules"][0].as_object_mut().unwrap().remove(part);
        });
        assert_eq!(refused, only("missing_field", &format!("/rules/0/{part}")));
    }
}

#[test]
fn a_text_that_is_no_rulebook_is_refused() {
    for text in [
        "",
        "[]",
        "{",
        "\"ontario\"",
        r#"{"rules": [], "rules": []}"#,
    ] {
        let refused = Rulebook::parse(text).unwrap_err();
        let TableError::Refused(Refusal::Shape(faults)) = refused else {
            panic!("{text}: {refused:?}")
        };
        assert!(!faults.is_empty());
    }
}

#[test]
fn all_faults_are_told_at_once() {
    let spoil = |it: &mut Value| {
        it["version"] = json!("..");
        it["rules"][0]["id"] = json!("Consultations!");
        it["rules"][0]["because"] = json!("  ");
        it["rules"][0]["when"]["cause"] = json!([]);
        it["rules"][0]["when"]["payer"] = json!(["mva"]);
        it["otherwise"]["basis"] = json!("two\nlines");
        it["findings"][0]["detail"] = json!("");
    };
    let expected = [
        ("invalid_name", "/version"),
        ("invalid_name", "/rules/0/id"),
        ("empty_condition", "/rules/0/when/cause"),
        ("blank", "/rules/0/because"),
        ("payer_in_rule", "/rules/0/when/payer"),
        ("control_character", "/otherwise/basis"),
        ("too_short", "/findings/0/detail"),
    ];
    assert_eq!(
        broken(spoil),
        expected.map(|(code, pointer)| (code, pointer.to_owned()))
    );
    let message = read(&spoiled(spoil)).unwrap_err().to_string();
    assert!(message.contains("/version: must not be"), "{message}");
    assert!(message.ends_with("; and 2 more"), "{message}");
    assert!(!message.contains("Consultations!"), "{message}");
}

#[test]
fn flaws_of_the_whole_are_told_together() {
    let refused = broken(|it| {
        let at = json!({"code": "surprise", "pointer": ""});
        it["rules"][0]["then"]["decide"]["finding"] = at;
        it["otherwise"]["id"] = json!("consultations");
        it["findings"].as_array_mut().unwrap().remove(0);
        it["billing_orders"].as_array_mut().unwrap().remove(0);
    });
    let expected = [
        ("duplicate_id", "/otherwise/id"),
        ("unknown_finding", "/rules/0/then/decide/finding/code"),
        ("finding_missing", "/findings"),
        ("billing_order_missing", "/billing_orders"),
    ];
    assert_eq!(
        refused,
        expected.map(|(code, pointer)| (code, pointer.to_owned()))
    );
}

#[test]
fn a_condition_that_lists_no_value_is_refused() {
    let in_a_check = broken(|it| {
        push(
            &mut it["checks"],
            json!({"id": "never", "when": {"age": []}, "basis": "A test."}),
        );
    });
    assert_eq!(in_a_check, only("empty_condition", "/checks/0/when/age"));
}

#[test]
fn values_and_documents_are_listed_once() {
    let twice = broken(|it| {
        it["rules"][0]["when"]["category"] = json!(["device", "report", "device"]);
    });
    assert_eq!(twice, only("duplicate", "/rules/0/when/category/2"));
    let documents = broken(|it| {
        let documents = vec!["ocf_18"; MAX_DOCUMENTS];
        it["rules"][0]["then"]["decide"]["required_documents"] = json!(documents);
    });
    assert_eq!(documents.len(), MAX_DOCUMENTS - 1);
}

#[test]
fn a_period_needs_a_day() {
    for (from, before) in [("2026-07-01", "2026-07-01"), ("2026-07-02", "2026-07-01")] {
        let refused = broken(|it| {
            it["rules"][0]["when"]["accident_date"] = json!({"from": from, "before": before});
        });
        assert_eq!(
            refused,
            only("out_of_range", "/rules/0/when/accident_date/before")
        );
    }
    let one_day = spoiled(|it| {
        it["rules"][0]["when"]["accident_date"] =
            json!({"from": "2026-07-01", "before": "2026-07-02"});
    });
    assert!(read(&one_day).is_ok());
}

#[test]
fn a_finding_points_into_the_claim() {
    let pointing = |pointer: &str| {
        spoiled(|it| {
            let at = json!({"code": "accident_missing", "pointer": pointer});
            it["rules"][0]["then"]["decide"]["finding"] = at;
        })
    };
    for pointer in ["", "/", "/items/{item}/service_date", "/a~0b~1c"] {
        assert!(read(&pointing(pointer)).is_ok(), "{pointer}");
    }
    let too_long = format!("/{}", "a".repeat(MAX_POINTER_LENGTH));
    for pointer in ["items", "#/items", "/a~b", "/a~", "/a\nb", &too_long] {
        let Refusal::Rules(faults) = refused(&pointing(pointer)) else {
            panic!("of the right shape")
        };
        assert_eq!(
            faults[0].pointer, "/rules/0/then/decide/finding/pointer",
            "{pointer}"
        );
    }
}

#[test]
fn a_table_has_a_largest_size() {
    let of = |count: usize| {
        spoiled(|it| {
            let rule = it["rules"][0].clone();
            let rules = (0..count).map(|index| {
                let mut rule = rule.clone();
                rule["id"] = json!(format!("rule-{index}"));
                rule
            });
            it["rules"] = rules.collect();
        })
    };
    assert!(read(&of(MAX_RULES)).is_ok());
    let Refusal::Rules(faults) = refused(&of(MAX_RULES + 1)) else {
        panic!("of the right shape")
    };
    assert_eq!(places(faults), only("too_many", "/rules"));
}

#[test]
fn a_finding_that_is_not_described_is_refused() {
    let refused = broken(|it| {
        let at = json!({"code": "surprise", "pointer": "/items/{item}"});
        let check = json!({"id": "all", "when": {}, "finding": at, "basis": "A test."});
        push(&mut it["checks"], check);
    });
    assert_eq!(refused, only("unknown_finding", "/checks/0/finding/code"));
}

#[test]
fn a_payer_without_a_billing_order_for_all_its_cases_is_refused() {
    let expected = only("billing_order_missing", "/billing_orders");
    for (index, payer) in Payer::ALL.iter().enumerate() {
        let without = spoiled(|it| {
            it["billing_orders"].as_array_mut().unwrap().remove(index);
        });
        let Refusal::Rules(faults) = refused(&without) else {
            panic!("of the right shape")
        };
        assert!(faults[0].detail.contains(payer.word()));
        assert_eq!(places(faults), expected);
        let partial = broken(|it| {
            it["billing_orders"][index]["when"]["category"] = json!(["device"]);
        });
        assert_eq!(partial, expected);
    }
}

#[test]
fn no_fault_repeats_what_was_sent() {
    let secret = "P-4411-Okafor";
    let rulebook = spoiled(|it| {
        it["rules"][0]["id"] = json!(secret);
        it["rules"][0]["then"]["decide"]["finding"] =
            json!({"code": "accident_missing", "pointer": secret});
        it["version"] = json!(format!("{secret} {secret}"));
    });
    let Refusal::Rules(faults) = refused(&rulebook) else {
        panic!("of the right shape")
    };
    assert_eq!(faults.len(), 3);
    assert!(faults.iter().all(|fault| !fault.detail.contains(secret)));
}
