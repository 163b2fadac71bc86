//! Mutants of the shipped rulebook: each with one small flaw. Every one is refused, caught by the
//! proof or by a golden case, or shown to decide every claim as the original does.
//!
//! The mutants are made systematically, not at random: every rule, check and billing order is
//! dropped and swapped with every other; every condition is dropped, widened by each further value
//! and narrowed by each that it has; every outcome is changed in every way.

use std::{collections::BTreeMap, ops::Range};

use serde_json::{Value, json};

use super::{ONTARIO, golden::CASES};
use crate::{
    domain::{
        decision::BillingSequence,
        payer::{Disposition, Payer},
        time::Day,
        word::Word,
    },
    rulebook::{
        Rulebook,
        conditions::{FactBits, Facts, Mask, When},
    },
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

fn fate(mutant: &Value) -> Fate {
    let Ok(rulebook) = Rulebook::parse(&mutant.to_string()) else {
        return Fate::Refused;
    };
    if CASES.iter().any(|(_, case)| !case.mismatches(&rulebook).is_empty()) {
        Fate::CaughtByGoldenCase
    } else if !rulebook.prove().unwrap().sound {
        Fate::CaughtByProof
    } else if ONTARIO.difference(&rulebook).unwrap().is_none() {
        Fate::Equivalent
    } else {
        Fate::Survived
    }
}

fn ontario() -> Value {
    serde_json::to_value(ONTARIO.table()).unwrap()
}

/// The values of every fact, as words.
fn vocabulary() -> BTreeMap<&'static str, Vec<String>> {
    let everything = When::default().compile().allowed;
    let word = |fact: &FactBits, value: usize| {
        let all = (1 << fact.count) - 1_u128;
        let allowed = everything & !(all << fact.offset) | 1 << value << fact.offset;
        let when = When::read(&Mask {
            allowed,
            accident_date: None,
        });
        let when = serde_json::to_value(when).unwrap();
        when[fact.name][0].as_str().unwrap().to_owned()
    };
    let words = |fact: &FactBits| (0..fact.count).map(|value| word(fact, value)).collect();
    Facts::vocabulary().iter().map(|fact| (fact.name, words(fact))).collect()
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

    fn add(&mut self, change: String, mutate: impl FnOnce(&mut Value)) {
        let mut table = self.original.clone();
        mutate(&mut table);
        let fate = fate(&table);
        *self.fates.entry(fate).or_default() += 1;
        if fate == Fate::Survived {
            self.survivors.push(change);
        }
    }

    fn len(&self, section: &str) -> usize {
        self.original[section].as_array().unwrap().len()
    }

    fn id(&self, section: &str, index: usize) -> String {
        self.original[section][index]["id"].as_str().unwrap().to_owned()
    }

    fn drop_and_swap(&mut self, section: &str) {
        for index in 0..self.len(section) {
            let id = self.id(section, index);
            self.add(format!("drop {id}"), |it| {
                it[section].as_array_mut().unwrap().remove(index);
            });
            for later in index + 1..self.len(section) {
                let other = self.id(section, later);
                self.add(format!("swap {id} and {other}"), |it| {
                    it[section].as_array_mut().unwrap().swap(index, later);
                });
            }
        }
    }

    fn conditions(&mut self, section: &str, entries: Range<usize>) {
        let vocabulary = vocabulary();
        for index in entries {
            for (fact, words) in &vocabulary {
                let listed = self.original[section][index]["when"][fact].clone();
                match listed.as_array() {
                    Some(listed) => self.condition(section, index, fact, words, listed),
                    None => self.narrow(section, index, fact, words),
                }
            }
            self.period(section, index);
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
        self.add(format!("{id}: drop {fact}"), |it| {
            it[section][index]["when"].as_object_mut().unwrap().remove(fact);
        });
        for word in words {
            let mut others = listed.to_vec();
            others.retain(|it| it != word);
            let change = if others.len() == listed.len() {
                others.push(json!(word));
                format!("{id}: {fact} {word} too")
            } else {
                format!("{id}: {fact} not {word}")
            };
            self.add(change, |it| it[section][index]["when"][fact] = json!(others));
        }
    }

    /// Narrows an entry by each value of a fact about which it does not ask.
    fn narrow(&mut self, section: &str, index: usize, fact: &str, words: &[String]) {
        let id = self.id(section, index);
        for word in words {
            let mut others = words.to_vec();
            others.retain(|it| it != word);
            let change = format!("{id}: {fact} not {word}");
            self.add(change, |it| it[section][index]["when"][fact] = json!(others));
        }
    }

    /// Moves, turns round and drops the period of an entry, or gives it one.
    fn period(&mut self, section: &str, index: usize) {
        let id = self.id(section, index);
        let mut periods = vec![json!({"from": "2026-07-01"}), json!({"before": "2026-07-01"})];
        if let Some(day) = self.original[section][index]["when"]["accident_date"]["before"].as_str() {
            let day = Day::parse(day).unwrap();
            let (yesterday, tomorrow) = (day.date().yesterday().unwrap(), day.next().unwrap());
            periods.retain(|period| period["before"] != json!(day));
            periods.push(json!({"before": Day::from(yesterday)}));
            periods.push(json!({"before": tomorrow}));
            periods.push(Value::Null);
        }
        for period in periods {
            self.add(format!("{id}: accident {period}"), |it| {
                it[section][index]["when"]["accident_date"] = period;
            });
        }
    }

    /// Puts every word in place of the one at a place of an entry, and what else can stand there.
    fn words<T: Word>(&mut self, pointer: &str, id: &str, or: &[Value]) {
        let there = self.original.pointer(pointer).cloned().unwrap_or_default();
        let words = T::ALL.iter().map(|word| json!(word.word()));
        for word in words.chain(or.iter().cloned()).filter(|word| *word != there) {
            self.add(format!("{id}: {word} instead of {there}"), |it| {
                let (entry, field) = pointer.rsplit_once('/').unwrap();
                it.pointer_mut(entry).unwrap()[field] = word;
            });
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
                    self.add(format!("{id}: {then}"), |it| it["rules"][index]["then"] = then);
                }
                continue;
            }
            self.add(format!("{id}: follow"), |it| it["rules"][index]["then"] = follow.clone());
            let at = format!("/rules/{index}/then/decide");
            self.words::<Payer>(&format!("{at}/payer"), &id, &[]);
            self.words::<Disposition>(&format!("{at}/disposition"), &id, &[]);
            for field in ["required_documents", "finding"] {
                if then["decide"].get(field).is_some() {
                    self.add(format!("{id}: no {field}"), |it| {
                        let outcome = it["rules"][index]["then"]["decide"].as_object_mut();
                        outcome.unwrap().remove(field);
                    });
                }
            }
        }
    }

    fn outcomes_of_the_rest(&mut self) {
        self.words::<Payer>("/otherwise/payer", "otherwise", &[]);
        self.words::<Disposition>("/otherwise/disposition", "otherwise", &[]);
        for index in 0..self.len("checks") {
            let id = self.id("checks", index);
            self.words::<Disposition>(&format!("/checks/{index}/at_least"), &id, &[Value::Null]);
            self.add(format!("{id}: no finding"), |it| it["checks"][index]["finding"] = Value::Null);
        }
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
    assert_eq!(fate(&ontario()), Fate::Equivalent);
}

#[test]
fn drops_and_swaps_of_rules_do_not_survive() {
    let counts = tally("rules dropped or swapped", |it| it.drop_and_swap("rules"));
    assert!(counts[&Fate::CaughtByProof] > 0 && counts[&Fate::CaughtByGoldenCase] > 0);
}

#[test]
fn other_outcomes_do_not_survive() {
    tally("outcomes of rules", Mutants::outcomes_of_rules);
}

#[test]
fn checks_and_billing_orders_that_are_wrong_do_not_survive() {
    tally("checks, billing orders, findings", |it| {
        it.drop_and_swap("checks");
        it.drop_and_swap("billing_orders");
        it.outcomes_of_the_rest();
    });
    tally("conditions of checks", |it| it.conditions("checks", 0..it.len("checks")));
    tally("conditions of orders", |it| it.conditions("billing_orders", 0..it.len("billing_orders")));
}

#[test]
fn other_conditions_of_rules_do_not_survive() {
    tally("conditions of rules", |it| it.conditions("rules", 0..it.len("rules")));
}
