//! The table as programs of CEL, one a row: compiled once, tried in order.

use std::{error::Error, sync::Arc};

use cel::{
    Context, Env, ParseErrors, Program, Value,
    common::{
        types::{CelInt, CelString},
        value::{CowVal, Val},
    },
    context::VariableResolver,
};
use payerline_rulebook::table::vocabulary::Facts;

use crate::{
    engine::Engine,
    facts::{self, ACCIDENT_DATE, PAYER},
    table::{Condition, Parts, Row},
};

/// The table, compiled by cel.
pub struct CelPrograms {
    env: Arc<Env>,
    rules: Vec<Program>,
    checks: Vec<Program>,
    billing_orders: Vec<Program>,
}

impl CelPrograms {
    /// Translates and compiles a table.
    ///
    /// # Errors
    /// What cel says of a program.
    pub fn new(parts: &Parts) -> Result<Self, ParseErrors> {
        let env = Arc::new(Env::stdlib());
        Ok(Self {
            rules: programs(&env, &parts.rules)?,
            checks: programs(&env, &parts.checks)?,
            billing_orders: programs(&env, &parts.billing_orders)?,
            env,
        })
    }

    fn context<'f>(&self, facts: &'f Handed) -> Context<'f, 'f> {
        let mut context = Context::with_env(Arc::clone(&self.env));
        context.set_variable_resolver(facts);
        context
    }
}

/// The facts of an item, which cel's programs look up and borrow: nothing is copied for them.
pub struct Handed {
    words: [(&'static str, CelString<'static>); facts::WORDS.len()],
    accident_date: CelInt,
}

impl VariableResolver for Handed {
    fn resolve<'b>(&'b self, fact: &str) -> Option<CowVal<'b, 'b>> {
        let value: &dyn Val = if fact == ACCIDENT_DATE {
            &self.accident_date
        } else {
            let (_, word) = self.words.iter().find(|(name, _)| *name == fact)?;
            word
        };
        Some(CowVal::Borrowed(value))
    }
}

impl Engine for CelPrograms {
    type Facts = Handed;

    fn facts(&self, facts: &Facts) -> Handed {
        let words = facts::in_words(facts).map(|(fact, word)| (fact, CelString::from(word)));
        let accident_date = CelInt::from(i64::from(facts::accident_date(facts)));
        Handed {
            words,
            accident_date,
        }
    }

    fn rule(&self, facts: &Handed) -> Result<usize, Box<dyn Error>> {
        first(&self.rules, &self.context(facts))
    }

    fn set_payer(&self, facts: &mut Handed, payer: &'static str) {
        if let Some((_, word)) = facts.words.iter_mut().find(|(name, _)| *name == PAYER) {
            *word = CelString::from(payer);
        }
    }

    fn checks(&self, facts: &Handed, mut holds: impl FnMut(usize)) -> Result<(), Box<dyn Error>> {
        let context = self.context(facts);
        for (row, program) in self.checks.iter().enumerate() {
            if program.execute(&context)? == Value::Bool(true) {
                holds(row);
            }
        }
        Ok(())
    }

    fn order_and_checks(
        &self,
        facts: &Handed,
        holds: impl FnMut(usize),
    ) -> Result<usize, Box<dyn Error>> {
        self.checks(facts, holds)?;
        first(&self.billing_orders, &self.context(facts))
    }
}

fn first(programs: &[Program], facts: &Context<'_, '_>) -> Result<usize, Box<dyn Error>> {
    for (row, program) in programs.iter().enumerate() {
        if program.execute(facts)? == Value::Bool(true) {
            return Ok(row);
        }
    }
    Err("no program of cel holds".into())
}

fn programs<T>(env: &Env, rows: &[Row<T>]) -> Result<Vec<Program>, ParseErrors> {
    rows.iter().map(|row| env.compile(&program(row))).collect()
}

/// One of the words for each fact: `cause == 'auto' && (private == 'active' || private == 'pending')`.
fn program<T>(row: &Row<T>) -> String {
    if row.conditions.is_empty() {
        return "true".to_owned();
    }
    let conditions = row
        .conditions
        .iter()
        .map(|(fact, condition)| match condition {
            Condition::Words(words) => {
                let any: Vec<String> = words
                    .iter()
                    .map(|word| format!("{fact} == '{word}'"))
                    .collect();
                format!("({})", any.join(" || "))
            }
            Condition::Days(first, end) => format!("{fact} >= {first} && {fact} < {end}"),
        });
    conditions.collect::<Vec<_>>().join(" && ")
}
