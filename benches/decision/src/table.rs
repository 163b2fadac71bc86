//! A rulebook's whole table in a form that an engine which knows nothing of Payerline can be given: rules, checks and
//! billing orders, each a list of rows whose conditions are words and ranges. Read off the JSON that a table is written as.

use std::collections::BTreeSet;

use payerline_domain::{
    claims::payer::{Disposition, Payer},
    values::closed_enum::ClosedEnum,
};
use payerline_rulebook::table::rules::Table;
use serde_json::{Map, Value};

use crate::facts;

/// The three parts of a table.
#[derive(Debug)]
pub struct Parts {
    /// The rules: the first that holds decides. The last one always does.
    pub rules: Vec<Row<Ruling>>,
    /// The checks: each that holds counts.
    pub checks: Vec<Row<Check>>,
    /// Whom to bill: the first that holds.
    pub billing_orders: Vec<Row<String>>,
}

/// One row of a part.
#[derive(Debug)]
pub struct Row<T> {
    /// Its name.
    pub id: String,
    /// What must hold, all of it, by the fact that is asked about.
    pub conditions: Vec<(String, Condition)>,
    /// What it comes to.
    pub then: T,
}

/// What a fact must be.
#[derive(Debug)]
pub enum Condition {
    /// One of these words.
    Words(Vec<String>),
    /// A day, as a number such as 20260701: at least the first, and before the second.
    Days(i32, i32),
}

/// What a rule says.
#[derive(Debug)]
pub enum Ruling {
    /// A payer and what happens next, and the finding on the side.
    Decide(Payer, Disposition, Option<Finding>),
    /// The strictest stem-cell item is followed.
    Follow,
}

/// What a check comes to.
#[derive(Debug)]
pub struct Check {
    /// The disposition is at least this strict.
    pub at_least: Option<Disposition>,
    /// What is noticed.
    pub finding: Option<Finding>,
}

/// What a rule or check notices.
#[derive(Debug)]
pub struct Finding {
    /// Its code.
    pub code: String,
    /// Where it points; `{item}` stands for the item's index.
    pub pointer: String,
}

/// Why a table cannot be given to others.
#[derive(Debug, thiserror::Error)]
pub enum Untranslated {
    /// It asks about a fact that is not translated: a private insurer's name, about which no shipped table asks.
    #[error("`{row}` asks about `{fact}`, which is not translated")]
    Fact {
        /// The row.
        row: String,
        /// What it asks about.
        fact: String,
    },
    /// It is not written as it was when this was written.
    #[error("the table has no {0} where one is expected")]
    Form(&'static str),
    /// It cannot be written as JSON.
    #[error("the table is not JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl Parts {
    /// The parts of a table.
    ///
    /// # Errors
    /// What cannot be translated.
    pub fn of(table: &Table) -> Result<Self, Untranslated> {
        let table = serde_json::to_value(table)?;
        let otherwise = &table["otherwise"];
        let mut rules = rows(&table, "rules", |row| ruling(&row["then"]))?;
        rules.push(Row {
            id: text(otherwise, "id")?,
            conditions: Vec::new(),
            then: decided(otherwise)?,
        });
        Ok(Self {
            rules,
            checks: rows(&table, "checks", |row| {
                let at_least = match &row["at_least"] {
                    Value::Null => None,
                    _ => Some(word(row, "at_least")?),
                };
                let finding = finding(row)?;
                Ok(Check { at_least, finding })
            })?,
            billing_orders: rows(&table, "billing_orders", |row| text(row, "order"))?,
        })
    }
}

impl<T> Row<T> {
    /// The names of the facts that some rows ask about.
    pub fn facts(rows: &[Self]) -> BTreeSet<&str> {
        let conditions = rows.iter().flat_map(|row| &row.conditions);
        conditions.map(|(fact, _)| fact.as_str()).collect()
    }
}

fn rows<T>(
    table: &Value,
    part: &'static str,
    then: impl Fn(&Value) -> Result<T, Untranslated>,
) -> Result<Vec<Row<T>>, Untranslated> {
    let rows = table[part].as_array().ok_or(Untranslated::Form(part))?;
    let rows = rows.iter().map(|row| {
        let id = text(row, "id")?;
        let when = row["when"].as_object().ok_or(Untranslated::Form("when"))?;
        Ok(Row {
            conditions: conditions(&id, when)?,
            then: then(row)?,
            id,
        })
    });
    rows.collect()
}

fn conditions(
    row: &str,
    when: &Map<String, Value>,
) -> Result<Vec<(String, Condition)>, Untranslated> {
    let conditions = when.iter().map(|(fact, wanted)| {
        let condition = if fact == facts::ACCIDENT_DATE {
            let wanted = wanted.as_object().ok_or(Untranslated::Form("period"))?;
            let day = |end: &str, open| wanted.get(end).map_or(Ok(open), day);
            Condition::Days(day("from", facts::NO_DAY + 1)?, day("before", i32::MAX)?)
        } else if facts::WORDS.contains(&fact.as_str()) {
            let words = wanted.as_array().ok_or(Untranslated::Form("condition"))?;
            let words = words.iter().map(|word| word.as_str().map(str::to_owned));
            let words: Option<_> = words.collect();
            Condition::Words(words.ok_or(Untranslated::Form("word"))?)
        } else {
            return Err(Untranslated::Fact {
                row: row.to_owned(),
                fact: fact.clone(),
            });
        };
        Ok((fact.clone(), condition))
    });
    conditions.collect()
}

/// A day as a number.
fn day(day: &Value) -> Result<i32, Untranslated> {
    let number = day.as_str().map(|day| day.replace('-', ""));
    let number = number.and_then(|it| it.parse().ok());
    number.ok_or(Untranslated::Form("day"))
}

fn ruling(then: &Value) -> Result<Ruling, Untranslated> {
    match then["follow"].as_str() {
        None => decided(&then["decide"]),
        Some("strictest_stem_cell_item") => Ok(Ruling::Follow),
        Some(_) => Err(Untranslated::Form("follow")),
    }
}

fn decided(outcome: &Value) -> Result<Ruling, Untranslated> {
    let (payer, disposition) = (word(outcome, "payer")?, word(outcome, "disposition")?);
    Ok(Ruling::Decide(payer, disposition, finding(outcome)?))
}

fn finding(of: &Value) -> Result<Option<Finding>, Untranslated> {
    match &of["finding"] {
        Value::Null => Ok(None),
        finding => Ok(Some(Finding {
            code: text(finding, "code")?,
            pointer: text(finding, "pointer")?,
        })),
    }
}

fn word<T: ClosedEnum>(of: &Value, field: &'static str) -> Result<T, Untranslated> {
    let word = of[field].as_str().and_then(T::from_word);
    word.ok_or(Untranslated::Form(field))
}

fn text(of: &Value, field: &'static str) -> Result<String, Untranslated> {
    let text = of[field].as_str().map(str::to_owned);
    text.ok_or(Untranslated::Form(field))
}
