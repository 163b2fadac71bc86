//! Which claims rules about insurers decide, and which of them are refused.

use serde_json::{Value, json};

use super::{before_all_plans, of_maple_life, with_maple_life};
use crate::{
    decide::compiled::{Rulebook, TableError},
    table::insurers::Insurers,
    tests::{
        ONTARIO,
        notation::situation,
        proofs::{
            difference::decide_alike,
            proof::{changed, prove, rule},
        },
    },
};
use payerline_domain::claims::{
    decision::ItemDecision,
    payer::{Disposition, Payer},
};

fn decided(rulebook: &Rulebook, text: &str) -> Vec<ItemDecision> {
    let given = situation(text);
    let assessed = rulebook.decide(&given.submission, &given.outside).unwrap();
    assessed.decision.items
}

/// The rule that decides the first item.
fn rule_for(rulebook: &Rulebook, text: &str) -> String {
    decided(rulebook, text)[0].grounds.rule.to_string()
}

#[test]
fn a_plan_of_the_insurer_pays_however_its_name_is_written() {
    let rulebook = with_maple_life();
    for name in ["Maple_Life", "MAPLE_LIFE", "_maple___life_"] {
        let items = decided(&rulebook, &format!("private of:{name}; plasma"));
        assert_eq!(&*items[0].grounds.rule, "maple-plasma", "{name}");
        assert_eq!(items[0].payer, Payer::Private);
        assert_eq!(items[0].disposition, Disposition::Ready);
        assert_eq!(items[0].coverage, Some(0));
    }
}

#[test]
fn a_plan_of_another_insurer_or_of_none_is_asked_as_ever() {
    let rulebook = with_maple_life();
    for plan in [
        "private of:Oak",
        "private of:Maple_Life_Inc.",
        "private of:MapleLife",
        "private of:_",
        "private",
        "private denied of:Maple_Life; private of:Oak",
        "auto of:Maple_Life; private",
    ] {
        let rule = rule_for(&rulebook, &format!("{plan}; plasma"));
        assert_eq!(rule, "private-plasma-unapproved", "{plan}");
    }
    assert_eq!(rule_for(&rulebook, "plasma"), "uncovered-plasma");
    assert_eq!(
        rule_for(&rulebook, "private denied of:Maple_Life; plasma"),
        "uncovered-plasma"
    );
    assert_eq!(
        rule_for(&rulebook, "private pending of:Maple_Life; plasma"),
        "private-pending"
    );
}

#[test]
fn of_two_plans_the_insurer_of_the_one_that_counts_matters() {
    let rulebook = with_maple_life();
    for (plans, expected) in [
        (
            "private spouse of:Oak; private of:Maple_Life",
            "maple-plasma",
        ),
        (
            "private spouse of:Maple_Life; private of:Oak",
            "private-plasma-unapproved",
        ),
        (
            "private of:Oak; private spouse of:Maple_Life lists:plasma",
            "maple-plasma",
        ),
        (
            "private of:Maple_Life; private of:Oak lists:plasma",
            "private-plasma-unapproved",
        ),
    ] {
        let rule = rule_for(&rulebook, &format!("{plans}; plasma"));
        assert_eq!(rule, expected, "{plans}");
    }
    let each_its_own = changed(|it| {
        before_all_plans(it, "maple-plasma", of_maple_life());
        let when = json!({"cause": ["none"], "service": ["other"], "private": ["active"],
            "private_insurer": ["oak"]});
        before_all_plans(it, "oak-device", when);
    });
    let plans = "private of:Maple_Life lists:plasma; private of:Oak lists:device";
    let items = decided(&each_its_own, &format!("{plans}; plasma; device"));
    let rules: Vec<&str> = items.iter().map(|it| &*it.grounds.rule).collect();
    assert_eq!(rules, ["maple-plasma", "oak-device"]);
}

#[test]
fn all_insurers_but_one_can_be_meant() {
    let rulebook = changed(|it| {
        let mut when = of_maple_life();
        when["private_insurer_not"] = when["private_insurer"].take();
        when.as_object_mut().unwrap().remove("private_insurer");
        before_all_plans(it, "all-but-maple", when);
    });
    let rule = |plan: &str| rule_for(&rulebook, &format!("{plan}; plasma"));
    assert_eq!(rule("private of:Oak"), "all-but-maple");
    assert_eq!(rule("private"), "all-but-maple");
    assert_eq!(rule("private of:maple_life"), "private-plasma-unapproved");
    assert!(prove(&rulebook).sound);
}

#[test]
fn a_trace_names_the_insurers() {
    let rulebook = changed(|it| {
        let mut when = of_maple_life();
        when["private_insurer"] = Value::Null;
        when["private_insurer_not"] = json!(["Oak", "Maple Life"]);
        before_all_plans(it, "but-two", when);
        before_all_plans(it, "maple-plasma", of_maple_life());
    });
    let asked = |plan: &str| -> Vec<Value> {
        let given = situation(&format!("{plan}; plasma"));
        let rules = rulebook.trace(&given.submission, &given.outside)[0]
            .rules
            .clone();
        let conditions = rules.into_iter().flat_map(|it| it.conditions);
        let ours = conditions.filter(|it| it.fact.starts_with("private_insurer"));
        ours.map(|it| serde_json::to_value(it).unwrap()).collect()
    };
    let but = |actual: &str, holds: bool| {
        json!({"fact": "private_insurer_not", "wanted": ["any but Oak, Maple Life"],
            "actual": actual, "holds": holds})
    };
    let of = |actual: &str, holds: bool| json!({"fact": "private_insurer", "wanted": ["Maple Life"], "actual": actual, "holds": holds});
    assert_eq!(
        asked("private of:maple_LIFE"),
        [but("Maple Life", false), of("Maple Life", true)]
    );
    assert_eq!(
        asked("private of:OAK")[..2],
        [but("Oak", false), of("Oak", false)]
    );
    assert_eq!(asked("private of:Elm"), [but("another", true)]);
    assert_eq!(asked("private"), [but("none", true)]);
    assert_eq!(asked("ohip")[..2], [but("none", true), of("none", false)]);
}

#[test]
fn checks_and_billing_orders_can_ask_for_the_insurer() {
    let rulebook = changed(|it| {
        let check = json!({"id": "maple-looks", "when": {"private_insurer": ["Maple Life"], "payer": ["private"]},
            "at_least": "needs_review", "basis": "A test."});
        it["checks"].as_array_mut().unwrap().push(check);
        let order = json!({"id": "oak-after-auto", "when": {"private_insurer": ["Oak"], "payer": ["mva"]},
            "order": "mva", "basis": "A test."});
        it["billing_orders"]
            .as_array_mut()
            .unwrap()
            .insert(0, order);
    });
    assert!(prove(&rulebook).sound);
    let listed = |name: &str| {
        let text = format!("private of:{name} lists:rehabilitation; rehabilitation");
        decided(&rulebook, &text).remove(0).disposition
    };
    assert_eq!(listed("Maple_Life"), Disposition::NeedsReview);
    assert_eq!(listed("Oak"), Disposition::Ready);
    let billed = |name: &str| {
        let text =
            format!("accident auto; auto; private of:{name}; ocf_18 approved; rehabilitation");
        decided(&rulebook, &text)
            .remove(0)
            .billing_order
            .payers()
            .len()
    };
    assert_eq!((billed("Oak"), billed("Maple_Life")), (1, 2));
    assert!(!decide_alike(&ONTARIO, &rulebook));
}

/// The shipped rulebook with a rule that names `count` insurers, numbered from `first` on.
fn naming(first: usize, count: usize) -> Result<Rulebook, TableError> {
    let mut table = serde_json::to_value(ONTARIO.table()).unwrap();
    let mut when = of_maple_life();
    let names: Vec<String> = (first..first + count)
        .map(|it| format!("Insurer {it}"))
        .collect();
    when["private_insurer"] = json!(names);
    before_all_plans(&mut table, "many", when);
    Rulebook::parse(&table.to_string())
}

#[test]
fn a_rulebook_names_at_most_thirty_insurers() {
    let most = naming(0, Insurers::MAX_NAMED).unwrap();
    assert!(prove(&most).sound);
    assert_eq!(rule_for(&most, "private of:insurer_29; plasma"), "many");
    assert_ne!(rule_for(&most, "private of:insurer_30; plasma"), "many");
    let refused = naming(0, Insurers::MAX_NAMED + 1).unwrap_err().to_string();
    assert!(refused.contains("at most 30 can be"), "{refused}");
    // Two such rulebooks name twice as many.
    let others = naming(Insurers::MAX_NAMED, Insurers::MAX_NAMED).unwrap();
    assert!(!decide_alike(&most, &others));
    let same = naming(0, Insurers::MAX_NAMED).unwrap();
    assert!(decide_alike(&most, &same));
}

#[test]
fn names_and_lists_that_mean_nothing_are_refused() {
    let refused = |insurers: Value| {
        let mut table = serde_json::to_value(ONTARIO.table()).unwrap();
        let when = rule(&mut table, "private-listed")["when"].as_object_mut();
        when.unwrap().extend(insurers.as_object().unwrap().clone());
        Rulebook::parse(&table.to_string()).unwrap_err().to_string()
    };
    for name in ["", "  ", "a\tb", "a\u{200b}b", &"x".repeat(65)] {
        let why = refused(json!({"private_insurer": [name]}));
        assert!(why.contains("/when/private_insurer/0: must"), "{why}");
    }
    let why = refused(json!({"private_insurer": [7]}));
    assert!(
        why.contains("/when/private_insurer/0: must be text"),
        "{why}"
    );
    let why = refused(json!({"private_insurer": ["Oak", " OAK"]}));
    assert!(
        why.contains("/when/private_insurer/1: stands in this list before"),
        "{why}"
    );
    for condition in ["private_insurer", "private_insurer_not"] {
        let why = refused(json!({condition: []}));
        let expected = format!("/when/{condition}: lists no value");
        assert!(why.contains(&expected), "{why}");
    }
    let why = refused(json!({"private_insurer": ["Oak"], "private_insurer_not": ["Elm"]}));
    let expected = "/when/private_insurer_not: must not be given beside `private_insurer`";
    assert!(why.contains(expected), "{why}");
}
