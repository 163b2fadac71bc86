//! Mutants of the shipped rulebook: each with one small flaw. Every one is refused, caught by the
//! proof or by a golden case, or shown to decide every claim as the original does.
//!
//! The mutants are made systematically, not at random: every rule, check, billing order and entry of
//! `without_approval` is dropped, moved behind the next and the one after that, and put last; every
//! condition is dropped, widened by each further value and narrowed by each that it has; every outcome is
//! changed in every way. How much a finding matters is no mutant's: `table` holds that against the contract.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use serde_json::{Value, json};

use super::difference::decide_alike;
use crate::tests::{ONTARIO, decided::golden::CASES};
use crate::{
    decide::compiled::Rulebook,
    table::{
        bits::{Bits, FactBits},
        conditions::Mask,
        insurers::{self, Insurers},
        vocabulary::{Facts, When},
    },
};
use payerline_domain::{
    claims::{
        billing::{BillTo, BillingSequence},
        payer::{Disposition, Payer},
    },
    values::{closed_enum::ClosedEnum, time::Day},
};

/// What became of a mutant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    Refused,
    CaughtByGoldenCase,
    CaughtByProof,
    Equivalent,
    Survived,
}

/// What is tried first: only a matter of time, since a rulebook that decides every claim as the
/// original does is sound too.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Likely {
    Caught,
    Equivalent,
}

fn fate(mutant: &Value, likely: Likely) -> Fate {
    let Ok(rulebook) = Rulebook::parse(&mutant.to_string()) else {
        return Fate::Refused;
    };
    let mut cases = CASES.iter();
    if cases.any(|(_, case)| !case.mismatches(&rulebook).is_empty()) {
        return Fate::CaughtByGoldenCase;
    }
    let is_equivalent = || decide_alike(&ONTARIO, &rulebook);
    if likely == Likely::Equivalent && is_equivalent() {
        return Fate::Equivalent;
    }
    if !rulebook.prove().unwrap().sound {
        return Fate::CaughtByProof;
    }
    if likely == Likely::Caught && is_equivalent() {
        return Fate::Equivalent;
    }
    Fate::Survived
}

fn ontario() -> Value {
    serde_json::to_value(ONTARIO.table()).unwrap()
}

/// The values of every fact, as words; the shipped rulebook names no insurer.
fn vocabulary() -> BTreeMap<&'static str, Vec<String>> {
    let nobody = Insurers::default();
    let everything = When::default().compile(&nobody).allowed;
    let word = |fact: &FactBits, value: usize| {
        let others = fact.bits().fold(everything, Bits::without);
        let allowed = others.with(fact.bits().nth(value).unwrap());
        let mask = Mask {
            allowed,
            accident_date: None,
        };
        let when = When::read(&mask, &nobody);
        let when = serde_json::to_value(when).unwrap();
        when[fact.name][0].as_str().unwrap().to_owned()
    };
    let words = |fact: &FactBits| (0..fact.count).map(|value| word(fact, value)).collect();
    let mut facts = Facts::vocabulary(&nobody);
    assert_eq!(ONTARIO.reading.insurers, nobody);
    facts.retain(|fact| fact.name != insurers::FACT);
    facts.iter().map(|fact| (fact.name, words(fact))).collect()
}

/// Whether entries are narrowed by facts that they do not ask about, or changed where they ask.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Narrow {
    Never,
    ByEveryValue,
}

/// Makes mutants and counts what becomes of them.
struct Mutants {
    original: Value,
    fates: BTreeMap<Fate, usize>,
    survivors: Vec<String>,
}

impl Mutants {
    fn new() -> Self {
        Self {
            original: ontario(),
            fates: BTreeMap::new(),
            survivors: Vec::new(),
        }
    }

    fn add(&mut self, change: String, likely: Likely, mutate: impl FnOnce(&mut Value)) {
        let mut table = self.original.clone();
        mutate(&mut table);
        let fate = fate(&table, likely);
        *self.fates.entry(fate).or_default() += 1;
        if fate == Fate::Survived {
            self.survivors.push(change);
        }
    }

    fn len(&self, section: &str) -> usize {
        self.original[section].as_array().unwrap().len()
    }

    fn id(&self, section: &str, index: usize) -> String {
        self.original[section][index]["id"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Drops every entry, moves it behind the next and the one after that, and puts it last.
    fn drop_and_move(&mut self, section: &str) {
        let last = self.len(section) - 1;
        for index in 0..=last {
            let id = self.id(section, index);
            self.add(format!("drop {id}"), Likely::Caught, |it| {
                it[section].as_array_mut().unwrap().remove(index);
            });
            for to in BTreeSet::from([(index + 1).min(last), (index + 2).min(last), last]) {
                self.add(format!("move {id} to {to}"), Likely::Equivalent, |it| {
                    let entries = it[section].as_array_mut().unwrap();
                    let entry = entries.remove(index);
                    entries.insert(to, entry);
                });
            }
        }
    }

    fn conditions(&mut self, section: &str, entries: Range<usize>, narrow: Narrow) {
        let vocabulary = vocabulary();
        for index in entries {
            for (fact, words) in &vocabulary {
                let listed = self.original[section][index]["when"][fact].clone();
                match (listed.as_array(), narrow) {
                    (Some(listed), Narrow::Never) => {
                        self.condition(section, index, fact, words, listed);
                    }
                    (None, Narrow::ByEveryValue) => self.narrow(section, index, fact, words),
                    _ => {}
                }
            }
            if narrow == Narrow::Never {
                self.period(section, index);
            }
        }
    }

    /// Drops, widens and narrows a condition that an entry has.
    fn condition(
        &mut self,
        section: &str,
        index: usize,
        fact: &str,
        words: &[String],
        listed: &[Value],
    ) {
        let id = self.id(section, index);
        self.add(format!("{id}: drop {fact}"), Likely::Caught, |it| {
            it[section][index]["when"]
                .as_object_mut()
                .unwrap()
                .remove(fact);
        });
        for word in words {
            let mut others = listed.to_vec();
            others.retain(|it| it != word);
            let (change, likely) = if others.len() == listed.len() {
                others.push(json!(word));
                (format!("{id}: {fact} {word} too"), Likely::Equivalent)
            } else {
                (format!("{id}: {fact} not {word}"), Likely::Caught)
            };
            self.add(change, likely, |it| {
                it[section][index]["when"][fact] = json!(others)
            });
        }
    }

    /// Narrows an entry by each value of a fact about which it does not ask.
    fn narrow(&mut self, section: &str, index: usize, fact: &str, words: &[String]) {
        let id = self.id(section, index);
        for word in words {
            let mut others = words.to_vec();
            others.retain(|it| it != word);
            let change = format!("{id}: {fact} not {word}");
            self.add(change, Likely::Caught, |it| {
                it[section][index]["when"][fact] = json!(others)
            });
        }
    }

    /// Moves, turns round and drops the period of an entry, or gives it one.
    fn period(&mut self, section: &str, index: usize) {
        let id = self.id(section, index);
        let mut periods = vec![
            json!({"from": "2026-07-01"}),
            json!({"before": "2026-07-01"}),
        ];
        if let Some(day) = self.original[section][index]["when"]["accident_date"]["before"].as_str()
        {
            let day = Day::parse(day).unwrap();
            let (yesterday, tomorrow) = (day.date().yesterday().unwrap(), day.next().unwrap());
            periods.retain(|period| period["before"] != json!(day));
            periods.push(json!({"before": Day::from(yesterday)}));
            periods.push(json!({"before": tomorrow}));
            periods.push(Value::Null);
        }
        for period in periods {
            self.add(format!("{id}: accident {period}"), Likely::Caught, |it| {
                it[section][index]["when"]["accident_date"] = period;
            });
        }
    }

    /// Puts every word in place of the one at a place of an entry, and what else can stand there.
    fn words<T: ClosedEnum>(&mut self, pointer: &str, id: &str, or: &[Value]) {
        let there = self.original.pointer(pointer).cloned().unwrap_or_default();
        let words = T::ALL.iter().map(|word| json!(word.word()));
        for word in words
            .chain(or.iter().cloned())
            .filter(|word| *word != there)
        {
            self.add(
                format!("{id}: {word} instead of {there}"),
                Likely::Caught,
                |it| {
                    let (entry, field) = pointer.rsplit_once('/').unwrap();
                    it.pointer_mut(entry).unwrap()[field] = word;
                },
            );
        }
    }

    fn outcomes_of_rules(&mut self) {
        let follow = json!({"follow": "strictest_stem_cell_item"});
        for index in 0..self.len("rules") {
            let id = self.id("rules", index);
            let then = self.original["rules"][index]["then"].clone();
            if then == follow {
                for (payer, disposition) in outcomes() {
                    let then = json!({"decide": {"payer": payer, "disposition": disposition}});
                    self.add(format!("{id}: {then}"), Likely::Caught, |it| {
                        it["rules"][index]["then"] = then
                    });
                }
                continue;
            }
            self.add(format!("{id}: follow"), Likely::Caught, |it| {
                it["rules"][index]["then"] = follow.clone();
            });
            let at = format!("/rules/{index}/then/decide");
            self.words::<Payer>(&format!("{at}/payer"), &id, &[]);
            self.words::<Disposition>(&format!("{at}/disposition"), &id, &[]);
            self.words::<BillTo>(&format!("{at}/bill_to"), &id, &[Value::Null]);
            for field in ["required_documents", "finding", "billed_coverage"] {
                if then["decide"].get(field).is_some() {
                    self.add(format!("{id}: no {field}"), Likely::Caught, |it| {
                        let outcome = it["rules"][index]["then"]["decide"].as_object_mut();
                        outcome.unwrap().remove(field);
                    });
                }
            }
        }
    }

    fn outcomes_of_checks(&mut self) {
        for index in 0..self.len("checks") {
            let id = self.id("checks", index);
            self.words::<Disposition>(&format!("/checks/{index}/at_least"), &id, &[Value::Null]);
            self.add(format!("{id}: no finding"), Likely::Caught, |it| {
                it["checks"][index]["finding"] = Value::Null;
            });
        }
    }

    fn outcomes_of_the_rest(&mut self) {
        self.words::<Payer>("/otherwise/payer", "otherwise", &[]);
        self.words::<Disposition>("/otherwise/disposition", "otherwise", &[]);
        for index in 0..self.len("billing_orders") {
            let id = self.id("billing_orders", index);
            self.words::<BillingSequence>(&format!("/billing_orders/{index}/order"), &id, &[]);
        }
    }
}

fn outcomes() -> impl Iterator<Item = (Payer, Disposition)> {
    let dispositions = Disposition::ALL.iter();
    dispositions.flat_map(|disposition| Payer::ALL.iter().map(|payer| (*payer, *disposition)))
}

/// Counts what becomes of all mutants of a kind; none may survive.
fn tally(kind: &str, make: impl FnOnce(&mut Mutants)) -> BTreeMap<Fate, usize> {
    let mut mutants = Mutants::new();
    make(&mut mutants);
    let made: usize = mutants.fates.values().sum();
    eprintln!("{kind}: {made} mutants, {:?}", mutants.fates);
    let survivors = mutants.survivors.join("\n");
    assert!(survivors.is_empty(), "survived:\n{survivors}");
    mutants.fates
}

#[test]
fn the_original_is_no_mutant() {
    assert_eq!(fate(&ontario(), Likely::Caught), Fate::Equivalent);
}

#[test]
fn rules_dropped_or_in_another_order_do_not_survive() {
    let fates = tally("rules dropped or moved", |it| it.drop_and_move("rules"));
    assert!(fates[&Fate::CaughtByGoldenCase] > 0);
}

#[test]
fn rules_with_another_outcome_do_not_survive() {
    tally("outcomes of rules", Mutants::outcomes_of_rules);
}

/// Where the rules are halved, so that the halves are tested side by side.
const HALF: usize = 32;

#[test]
fn early_rules_with_other_conditions_do_not_survive() {
    let fates = tally("conditions of early rules", |it| {
        it.conditions("rules", 0..HALF, Narrow::Never);
    });
    assert!(fates[&Fate::CaughtByGoldenCase] > 0);
}

#[test]
fn late_rules_with_other_conditions_do_not_survive() {
    let fates = tally("conditions of late rules", |it| {
        it.conditions("rules", HALF..it.len("rules"), Narrow::Never);
    });
    assert!(fates[&Fate::CaughtByGoldenCase] > 0);
}

#[test]
fn other_checks_do_not_survive() {
    tally("checks", |it| {
        it.drop_and_move("checks");
        it.conditions("checks", 0..it.len("checks"), Narrow::Never);
        it.outcomes_of_checks();
    });
}

#[test]
fn other_cases_without_approval_do_not_survive() {
    tally("cases without approval", |it| {
        it.drop_and_move("without_approval");
        let entries = 0..it.len("without_approval");
        it.conditions("without_approval", entries, Narrow::Never);
    });
}

#[test]
fn other_billing_orders_do_not_survive() {
    tally("billing orders and `otherwise`", |it| {
        it.drop_and_move("billing_orders");
        it.conditions("billing_orders", 0..it.len("billing_orders"), Narrow::Never);
        it.outcomes_of_the_rest();
    });
}

#[test]
#[ignore = "takes minutes: cargo test --lib rules_narrowed -- --ignored --nocapture"]
fn rules_narrowed_by_facts_they_do_not_ask_about_do_not_survive() {
    tally("rules narrowed", |it| {
        it.conditions("rules", 0..it.len("rules"), Narrow::ByEveryValue);
    });
}
