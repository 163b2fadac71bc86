//! Changes to the shipped rulebook: where they put a rule, and what is refused.

use serde_json::{Value, json};
use utoipa::PartialSchema;

use crate::tests::ONTARIO;
use crate::{
    decide::compiled::Rulebook,
    table::{
        edit::{MAX_CHANGES, RuleAddition, RuleChange, apply},
        rules::MAX_RULES,
        rules::Table,
    },
};
use payerline_domain::{
    parse::{
        decode,
        fault::{At, Faults, Refusal},
    },
    values::names::VersionName,
};

/// Reads changes as they stand in the body of a draft.
fn parse(changes: &Value) -> Result<Vec<RuleChange>, Refusal> {
    let text = serde_json::to_vec(changes).unwrap();
    let node = decode::parse_tree(&text)?;
    let mut faults = Faults::default();
    let at = At::ROOT.field("changes");
    let changes = decode::read_list(&node, &at, 1..=MAX_CHANGES, &mut faults);
    faults.settle(changes)
}

fn changed(changes: &Value) -> Result<Table, Refusal> {
    let changes = parse(changes)?;
    let mut faults = Faults::default();
    let table = ONTARIO.table().clone();
    let table = apply(table, &changes, &At::ROOT.field("changes"), &mut faults);
    faults.settle(table)
}

/// Code and pointer of each fault.
fn faults(changes: &Value) -> Vec<(&'static str, String)> {
    let (Refusal::Shape(faults) | Refusal::Rules(faults)) = changed(changes).unwrap_err();
    faults
        .into_iter()
        .map(|it| (it.code.word(), it.pointer))
        .collect()
}

fn ids(table: &Table) -> Vec<&str> {
    table.rules().iter().map(|rule| &*rule.id).collect()
}

fn place(table: &Table, id: &str) -> usize {
    ids(table).iter().position(|it| *it == id).unwrap()
}

fn plasma() -> Value {
    json!({
        "id": "plasma-by-a-plan-that-lists-others",
        "when": {"service": ["plasma"], "private_plan": ["lists_others"]},
        "then": {"decide": {"payer": "uncovered", "disposition": "needs_review"}},
        "because": "Your private plan lists what it covers, and plasma is not on the list.",
        "basis": "A test.",
    })
}

fn named(id: &str) -> Value {
    let mut rule = plasma();
    rule["id"] = json!(id);
    rule
}

const PLASMA: &str = "plasma-by-a-plan-that-lists-others";

#[test]
fn a_rule_is_added_before_one_after_one_or_at_the_end() {
    let shipped = ids(ONTARIO.table());
    let (third, last) = (shipped[2], shipped.len());
    for (spot, expected) in [
        (json!({"before": third}), 2),
        (json!({"after": third}), 3),
        (json!({"before": null}), last),
        (json!({}), last),
    ] {
        let mut change = json!({"op": "add", "rule": plasma()});
        change
            .as_object_mut()
            .unwrap()
            .extend(spot.as_object().unwrap().clone());
        let table = changed(&json!([change])).unwrap();
        assert_eq!(place(&table, PLASMA), expected);
        let others: Vec<&str> = ids(&table).into_iter().filter(|it| *it != PLASMA).collect();
        assert_eq!(others, shipped);
    }
}

#[test]
fn a_rule_is_replaced_where_it_stands() {
    let id = ids(ONTARIO.table())[3];
    for new in [id, PLASMA] {
        let change = json!({"op": "replace", "id": id, "rule": named(new)});
        let table = changed(&json!([change])).unwrap();
        assert_eq!(place(&table, new), 3);
        assert_eq!(table.rules().len(), ONTARIO.table().rules().len());
        assert_eq!(&*table.rules()[3].basis, "A test.");
    }
}

#[test]
fn a_rule_moves_up_and_down() {
    let shipped = ids(ONTARIO.table());
    for (from, side, to, expected) in [
        (0, "before", 5, 4),
        (0, "after", 5, 5),
        (5, "before", 0, 0),
        (5, "after", 0, 1),
        (3, "after", 2, 3),
        (3, "before", 4, 3),
    ] {
        let change = json!({"op": "move", "id": shipped[from], side: shipped[to]});
        let table = changed(&json!([change])).unwrap();
        assert_eq!(place(&table, shipped[from]), expected, "{change}");
        assert_eq!(table.rules().len(), shipped.len());
    }
}

#[test]
fn changes_are_made_in_order() {
    let first = ids(ONTARIO.table())[0];
    let table = changed(&json!([
        {"op": "add", "rule": plasma(), "before": first},
        {"op": "remove", "id": first},
        {"op": "add", "rule": named(first), "after": PLASMA},
        {"op": "move", "id": PLASMA, "after": first},
    ]))
    .unwrap();
    assert_eq!(ids(&table)[..2], [first, PLASMA]);
}

#[test]
fn a_changed_table_is_a_rulebook_like_any_other() {
    let changes = json!([{"op": "add", "rule": plasma()}]);
    let version = VersionName::parse("draft-1").unwrap();
    let table = changed(&changes).unwrap().called(version, None, None);
    let rulebook = Rulebook::compile(table).unwrap();
    assert_eq!(&*rulebook.version().version, "draft-1");
    let again = Rulebook::parse(rulebook.canonical()).unwrap();
    assert_eq!(again.version(), rulebook.version());
}

#[test]
fn changes_written_and_read_again_are_the_same() {
    let changes = json!([
        {"op": "add", "rule": plasma(), "before": "ohip-insured"},
        {"op": "add", "rule": named("other")},
        {"op": "replace", "id": "ohip-insured", "rule": plasma()},
        {"op": "move", "id": "ohip-insured", "after": "other"},
        {"op": "remove", "id": "ohip-insured"},
    ]);
    let parsed = parse(&changes).unwrap();
    assert_eq!(serde_json::to_value(&parsed).unwrap(), changes);
}

#[test]
fn the_example_in_the_documentation_can_be_made() {
    let schema = serde_json::to_value(RuleAddition::schema()).unwrap();
    let mut change = schema["example"].clone();
    change["op"] = json!("add");
    let table = changed(&json!([change])).unwrap();
    let added = place(&table, "private-plasma-not-listed");
    assert_eq!(place(&table, "private-plasma-unapproved"), added + 1);
}

#[test]
fn changes_of_the_wrong_shape_are_refused() {
    for (change, code, pointer) in [
        (json!({"rule": plasma()}), "missing_field", "/op"),
        (json!({"op": "drop"}), "unknown_value", "/op"),
        (json!({"op": "add"}), "missing_field", "/rule"),
        (
            json!({"op": "add", "rule": plasma(), "before": "a", "after": "b"}),
            "one_of",
            "/after",
        ),
        (json!({"op": "move", "id": "a"}), "one_of", ""),
        (json!({"op": "move", "after": "a"}), "missing_field", "/id"),
        (
            json!({"op": "remove", "id": "a", "rule": plasma()}),
            "unknown_field",
            "/rule",
        ),
        (
            json!({"op": "replace", "id": "a"}),
            "missing_field",
            "/rule",
        ),
        (json!({"op": "remove", "id": "A b"}), "invalid_name", "/id"),
    ] {
        let changes = json!([{"op": "remove", "id": "ohip-insured"}, change]);
        let expected = vec![(code, format!("/changes/1{pointer}"))];
        assert_eq!(faults(&changes), expected, "{change}");
    }
    let too_many = vec![json!({"op": "remove", "id": "a"}); MAX_CHANGES + 1];
    assert_eq!(faults(&json!(too_many))[0].0, "too_many");
}

#[test]
fn every_change_that_cannot_be_made_is_told_where_it_is() {
    let changes = json!([
        {"op": "remove", "id": "ohip-insured"},
        {"op": "remove", "id": "ohip-insured"},
        {"op": "replace", "id": "nothing", "rule": named("something")},
        {"op": "add", "rule": plasma(), "before": "nothing"},
        {"op": "move", "id": PLASMA, "after": "nothing"},
        {"op": "move", "id": PLASMA, "before": PLASMA},
        {"op": "move", "id": "nothing", "before": PLASMA},
        {"op": "add", "rule": named(PLASMA)},
        {"op": "add", "rule": named("minor")},
        {"op": "add", "rule": named("coverage_missing")},
    ]);
    let expected = [
        ("unknown_rule", "/changes/1/id"),
        ("unknown_rule", "/changes/2/id"),
        ("unknown_rule", "/changes/3/before"),
        ("unknown_rule", "/changes/4/after"),
        ("same_rule", "/changes/5/before"),
        ("unknown_rule", "/changes/6/id"),
        ("duplicate_id", "/changes/7/rule/id"),
        ("duplicate_id", "/changes/8/rule/id"),
        ("duplicate_id", "/changes/9/rule/id"),
    ];
    assert_eq!(
        faults(&changes),
        expected.map(|(code, pointer)| (code, pointer.to_owned()))
    );
}

#[test]
fn a_flaw_of_the_result_is_told_at_the_change_that_brings_it() {
    let mut rule = plasma();
    rule["then"]["decide"]["finding"] = json!({"code": "surprise", "pointer": ""});
    let changes = json!([
        {"op": "remove", "id": "ohip-insured"},
        {"op": "add", "rule": rule, "before": ids(ONTARIO.table())[1]},
    ]);
    let expected = vec![(
        "unknown_finding",
        "/changes/1/rule/then/decide/finding/code".to_owned(),
    )];
    assert_eq!(faults(&changes), expected);
    let mut asks = plasma();
    asks["when"]["payer"] = json!(["mva"]);
    let changes = json!([{"op": "add", "rule": asks}]);
    let expected = vec![("payer_in_rule", "/changes/0/rule/when/payer".to_owned())];
    assert_eq!(faults(&changes), expected);
}

#[test]
fn changes_cannot_make_a_table_larger_than_one_can_be_sent() {
    let add = |index| json!({"op": "add", "rule": named(&format!("rule-{index}"))});
    let mut table = ONTARIO.table().clone();
    let mut faults = Faults::default();
    let at = At::ROOT.field("changes");
    for round in 0..MAX_RULES / MAX_CHANGES {
        let first = round * MAX_CHANGES;
        let changes: Vec<Value> = (first..first + MAX_CHANGES).map(add).collect();
        let changes = parse(&json!(changes)).unwrap();
        table = apply(table, &changes, &at, &mut faults).unwrap();
    }
    let changes: Vec<Value> = (MAX_RULES..MAX_RULES + 100).map(add).collect();
    let changes = parse(&json!(changes)).unwrap();
    assert!(apply(table, &changes, &at, &mut faults).is_none());
    let Err(Refusal::Rules(faults)) = faults.settle(None::<Table>) else {
        panic!("of the right shape")
    };
    assert_eq!(
        (faults[0].code.word(), faults[0].pointer.as_str()),
        ("too_many", "/changes")
    );
}

#[test]
fn the_schema_says_which_operation_a_change_is() {
    let schema = serde_json::to_value(RuleChange::schema()).unwrap();
    let text = schema.to_string();
    assert_eq!(schema["oneOf"].as_array().unwrap().len(), 4, "{schema:#}");
    for operation in ["add", "replace", "move", "remove"] {
        assert!(
            text.contains(&format!("\"enum\":[\"{operation}\"]")),
            "{schema:#}"
        );
    }
}
