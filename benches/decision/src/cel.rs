//! The rules as programs of CEL, one a rule: compiled once, tried in order.

use std::sync::Arc;

use cel::{Context, Env, ExecutionError, ParseErrors, Program, Value};

use crate::rules::{Rule, Rules, Words};

/// The rules, compiled by cel.
pub struct CelPrograms {
    env: Arc<Env>,
    rules: Vec<(Program, String)>,
    otherwise: String,
}

impl CelPrograms {
    /// Translates and compiles the rules.
    ///
    /// # Errors
    /// What cel says of a program.
    pub fn new(rules: &Rules) -> Result<Self, ParseErrors> {
        let env = Arc::new(Env::stdlib());
        let compiled = rules
            .rules
            .iter()
            .map(|rule| Ok((env.compile(&program(rule))?, rule.id.clone())));
        Ok(Self {
            rules: compiled.collect::<Result<_, ParseErrors>>()?,
            otherwise: rules.otherwise.clone(),
            env,
        })
    }

    /// Facts as cel takes them.
    pub fn facts(&self, words: &Words) -> Context<'static, 'static> {
        let mut context = Context::with_env(Arc::clone(&self.env));
        for (fact, word) in words {
            context.add_variable_from_value(*fact, word.as_str());
        }
        context
    }

    /// The name of the first rule that holds.
    ///
    /// # Errors
    /// What a program failed with.
    pub fn ask(&self, facts: &Context<'_, '_>) -> Result<&str, ExecutionError> {
        for (program, id) in &self.rules {
            if program.execute(facts)? == Value::Bool(true) {
                return Ok(id);
            }
        }
        Ok(&self.otherwise)
    }
}

/// One of the words for each fact: `cause == 'auto' && (private == 'active' || private == 'pending')`.
fn program(rule: &Rule) -> String {
    if rule.conditions.is_empty() {
        return "true".to_owned();
    }
    let conditions = rule.conditions.iter().map(|(fact, words)| {
        let any: Vec<String> = words
            .iter()
            .map(|word| format!("{fact} == '{word}'"))
            .collect();
        format!("({})", any.join(" || "))
    });
    conditions.collect::<Vec<_>>().join(" && ")
}
