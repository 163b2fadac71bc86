//! The check of agreement is worth something only if it notices a difference, however small.

use payerline::rulebook::Rulebook;

use crate::{
    claims,
    contest::{Contest, Load, Side},
    rules::Rules,
};

fn shipped() -> Rulebook {
    Rulebook::ontario().unwrap()
}

fn difference(change: impl FnOnce(&mut Rules)) -> Option<String> {
    let mut rules = Rules::of(shipped().table()).unwrap();
    change(&mut rules);
    let contest = Contest::between(shipped(), &rules).unwrap();
    let result = contest.agree(claims::golden().unwrap());
    result.err().map(|error| error.to_string())
}

#[test]
fn all_sides_agree_on_the_golden_cases_by_every_rule() {
    let contest = Contest::new(shipped()).unwrap();
    let agreement = contest.agree(claims::golden().unwrap()).unwrap();
    let table = shipped();
    assert!(agreement.rules.len() >= table.table().rules().len());
    assert!(agreement.items > agreement.claims);
}

#[test]
fn a_rule_that_others_were_not_given_is_noticed() {
    for index in 0..shipped().table().rules().len() {
        let noticed = difference(|rules| drop(rules.rules.remove(index)));
        assert!(noticed.is_some(), "rule {index}");
    }
}

#[test]
fn a_rule_that_lost_a_word_is_noticed() {
    let noticed = difference(|rules| {
        let conditions = &mut rules.rules[4].conditions;
        let (_, words) = conditions.last_mut().unwrap();
        assert_eq!(words.len(), 2);
        words.pop();
    });
    assert!(noticed.unwrap().contains("auto-denied"));
}

#[test]
fn a_rule_that_decided_nothing_is_noticed() {
    let contest = Contest::new(shipped()).unwrap();
    let few = [claims::of_three_items().unwrap()];
    let error = contest.agree(few).unwrap_err().to_string();
    assert!(error.starts_with("no claim is decided by "), "{error}");
}

#[test]
fn a_condition_that_is_no_list_of_words_is_not_passed_over() {
    let mut table: serde_json::Value = serde_json::from_str(shipped().canonical()).unwrap();
    table["rules"][0]["when"]["accident_date"] = serde_json::json!({"from": "2026-07-01"});
    let altered = Rulebook::parse(&table.to_string()).unwrap();
    let table = altered.table();
    let error = Rules::of(table).unwrap_err().to_string();
    assert!(error.contains("`accident_date`"), "{error}");
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
