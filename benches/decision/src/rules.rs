//! A decision table and the facts of an item in words: what an engine that knows nothing of Payerline can be given.

use std::collections::{BTreeMap, BTreeSet};

use payerline::rulebook::{Rulebook, conditions::Facts, table::Table};
use serde_json::Value;

/// The facts of an item that some rule asks about, by name.
pub type Words = BTreeMap<&'static str, String>;

/// The rules of a table, in their order.
#[derive(Debug)]
pub struct Rules {
    /// The rules: the first that holds decides.
    pub rules: Vec<Rule>,
    /// What decides when none holds.
    pub otherwise: String,
}

/// One rule.
#[derive(Debug)]
pub struct Rule {
    /// Its name.
    pub id: String,
    /// Facts with the words of which one must be the case; all must hold.
    pub conditions: Vec<(String, Vec<String>)>,
}

/// Why a table cannot be given to others.
#[derive(Debug, thiserror::Error)]
pub enum NotInWords {
    /// A condition is no list of words: the accident's date, about which no shipped rule asks.
    #[error("the rule `{rule}` asks about `{fact}`, which is not translated")]
    Condition {
        /// The rule.
        rule: String,
        /// What it asks about.
        fact: String,
    },
    /// The conditions cannot be written as JSON.
    #[error("the rule's conditions are not JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl Rules {
    /// The rules of a table, read off the JSON that it is written as.
    ///
    /// # Errors
    /// What cannot be said in words.
    pub fn of(table: &Table) -> Result<Self, NotInWords> {
        let rules = table.rules().iter().map(|rule| {
            let when = serde_json::to_value(&rule.when)?;
            let conditions = when.as_object().into_iter().flatten();
            let conditions = conditions.map(|(fact, wanted)| {
                let words = words(wanted).ok_or_else(|| NotInWords::Condition {
                    rule: rule.id.to_string(),
                    fact: fact.clone(),
                })?;
                Ok((fact.clone(), words))
            });
            Ok(Rule {
                id: rule.id.to_string(),
                conditions: conditions.collect::<Result<_, NotInWords>>()?,
            })
        });
        Ok(Self {
            rules: rules.collect::<Result<_, NotInWords>>()?,
            otherwise: table.otherwise().id.to_string(),
        })
    }

    /// The names of the facts that are asked about.
    pub fn facts(&self) -> BTreeSet<&str> {
        let conditions = self.rules.iter().flat_map(|rule| &rule.conditions);
        conditions.map(|(fact, _)| fact.as_str()).collect()
    }
}

fn words(wanted: &Value) -> Option<Vec<String>> {
    let words = wanted.as_array()?.iter();
    words.map(|word| word.as_str().map(str::to_owned)).collect()
}

/// The facts of an item that the rules of a rulebook ask about.
pub fn facts_in_words(rulebook: &Rulebook, facts: &Facts) -> Words {
    let rules = rulebook.table().rules().iter();
    let conditions = rules.map(|rule| rule.when.conditions(facts, rulebook.insurers()));
    conditions
        .flatten()
        .map(|it| (it.fact, it.actual))
        .collect()
}
