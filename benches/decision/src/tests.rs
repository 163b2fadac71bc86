//! The check of agreement is worth something only if it notices a difference, however small.

use std::collections::BTreeSet;

use payerline_rulebook::{Rulebook, table::vocabulary::Facts};
use serde_json::{Value, json};

use crate::{
    claims,
    contest::{Contest, Load, Side},
    facts,
    table::{Condition, Parts, Row},
};

fn shipped() -> Rulebook {
    Rulebook::ontario().unwrap()
}

/// What is noticed when an engine is given another table: when each is.
fn difference(change: impl Fn(&mut Parts)) -> Option<String> {
    let parts = || Parts::of(shipped().table()).unwrap();
    let changed = || {
        let mut parts = parts();
        change(&mut parts);
        parts
    };
    let notice = |zen, cel| {
        let contest = Contest::between(shipped(), zen, cel).unwrap();
        let result = contest.agree(claims::golden().unwrap());
        result.err().map(|error| error.to_string())
    };
    let [by_zen, by_cel] = [notice(changed(), parts())?, notice(parts(), changed())?];
    assert!(by_zen.contains("zen-engine") && by_cel.contains("cel"));
    Some(by_cel)
}

fn row<'p, T>(rows: &'p mut [Row<T>], id: &str) -> &'p mut Row<T> {
    rows.iter_mut().find(|row| row.id == id).unwrap()
}

#[test]
fn all_sides_agree_on_the_golden_cases_by_every_rule() {
    let contest = Contest::new(shipped()).unwrap();
    let agreement = contest.agree(claims::golden().unwrap()).unwrap();
    let table = shipped();
    assert!(agreement.rules.len() >= table.table().rules().len());
    assert!(agreement.items > agreement.claims);
    assert!(agreement.findings.contains("procedure_incomplete"));
}

#[test]
fn a_rule_that_others_were_not_given_is_noticed() {
    for index in 0..shipped().table().rules().len() {
        let noticed = difference(|parts| drop(parts.rules.remove(index)));
        assert!(noticed.is_some(), "rule {index}");
    }
}

#[test]
fn a_check_that_others_were_not_given_is_noticed() {
    for index in 0..Parts::of(shipped().table()).unwrap().checks.len() {
        let noticed = difference(|parts| drop(parts.checks.remove(index)));
        assert!(noticed.is_some(), "check {index}");
    }
}

#[test]
fn a_billing_order_that_others_were_not_given_is_noticed() {
    for index in 0..Parts::of(shipped().table()).unwrap().billing_orders.len() {
        let noticed = difference(|parts| drop(parts.billing_orders.remove(index)));
        assert!(noticed.is_some(), "billing order {index}");
    }
}

#[test]
fn a_rule_that_lost_a_word_is_noticed() {
    let noticed = difference(|parts| {
        let rule = row(&mut parts.rules, "auto-denied-private");
        let Some((_, Condition::Words(words))) = rule.conditions.last_mut() else {
            panic!("{rule:?}");
        };
        assert_eq!(words.len(), 2);
        words.pop();
    });
    assert!(noticed.unwrap().contains("auto-denied"));
}

#[test]
fn a_day_that_is_one_too_early_is_noticed() {
    let noticed = difference(|parts| {
        let order = row(
            &mut parts.billing_orders,
            "bill-private-first-before-july-2026",
        );
        for (_, condition) in &mut order.conditions {
            if let Condition::Days(_, end) = condition {
                assert_eq!(*end, 20_260_701);
                *end = 20_260_630;
            }
        }
    });
    assert!(noticed.unwrap().contains("mva_then_private"));
}

#[test]
fn a_finding_that_points_elsewhere_is_noticed() {
    let noticed = difference(|parts| {
        let check = row(&mut parts.checks, "no-asepsis");
        check.then.finding.as_mut().unwrap().pointer = "/procedure/guidance".to_owned();
    });
    assert!(noticed.is_some());
}

#[test]
fn days_are_from_the_first_to_the_one_before_the_end_and_no_accident_is_on_none() {
    for (period, first, end) in [
        (json!({"from": "2026-07-01"}), 20_260_701, i32::MAX),
        (json!({"before": "2026-07-01"}), 1, 20_260_701),
        (
            json!({"from": "2026-07-01", "before": "2027-01-01"}),
            20_260_701,
            20_270_101,
        ),
    ] {
        let mut table: Value = serde_json::from_str(shipped().canonical()).unwrap();
        table["rules"][0]["when"]["accident_date"] = period.clone();
        let altered = Rulebook::parse(&table.to_string()).unwrap();
        let parts = Parts::of(altered.table()).unwrap();
        let days = parts.rules[0]
            .conditions
            .iter()
            .find_map(|(_, it)| match it {
                Condition::Days(first, end) => Some((*first, *end)),
                Condition::Words(_) => None,
            });
        assert_eq!(days, Some((first, end)), "{period}");
    }
}

#[test]
fn every_fact_is_handed_over_but_the_insurer() {
    let vocabulary = Facts::vocabulary(shipped().insurers());
    let names: BTreeSet<&str> = vocabulary.iter().map(|it| it.name).collect();
    let handed = facts::WORDS.iter().copied().chain(["private_insurer"]);
    assert_eq!(names, handed.collect());
}

#[test]
fn a_rule_that_decided_nothing_is_noticed() {
    let contest = Contest::new(shipped()).unwrap();
    let few = [claims::of_three_items().unwrap()];
    let error = contest.agree(few).unwrap_err().to_string();
    assert!(error.starts_with("no claim is decided by "), "{error}");
}

#[test]
fn a_condition_that_is_not_translated_is_not_passed_over() {
    let mut table: Value = serde_json::from_str(shipped().canonical()).unwrap();
    table["rules"][0]["when"]["private_insurer"] = json!(["Maple Life"]);
    let altered = Rulebook::parse(&table.to_string()).unwrap();
    let error = Parts::of(altered.table()).unwrap_err().to_string();
    assert!(error.contains("`private_insurer`"), "{error}");
}

#[test]
fn what_is_timed_is_a_claim_of_three_items_and_a_thousand_claims() {
    let contest = Contest::new(shipped()).unwrap();
    let [claim, mix] = Load::all(&contest).unwrap();
    assert_eq!((claim.items(), mix.claims.len()), (3, 1_000));
    for (side, _) in Side::ALL {
        contest.run(side, &claim);
    }
}
