//! The rules as a decision table of zen-engine: a column a fact, a row a rule, the first that matches decides.

use std::{
    error::Error,
    pin::pin,
    task::{Context, Poll, Waker},
};

use serde_json::{Map, Value, json};
use zen_engine::{Decision, Variable, model::GraphContent};

use crate::rules::{Rule, Rules, Words};

/// The column that the table answers with.
const ANSWER: &str = "rule";

/// The rules, compiled by zen-engine.
#[derive(Debug)]
pub struct ZenTable(Decision);

impl ZenTable {
    /// Translates and compiles the rules.
    ///
    /// # Errors
    /// What zen-engine says of the table.
    pub fn new(rules: &Rules) -> Result<Self, Box<dyn Error>> {
        let graph: GraphContent = serde_json::from_value(graph(rules))?;
        let mut decision = Decision::from(graph);
        decision.validate()?;
        decision.compile();
        Ok(Self(decision))
    }

    /// Facts as zen-engine takes them.
    pub fn facts(words: &Words) -> Variable {
        json!(words).into()
    }

    /// Asks for the answer to some facts: an object with the rule's name.
    ///
    /// # Errors
    /// What zen-engine failed with.
    pub fn ask(&self, facts: &Variable) -> Result<Variable, Box<dyn Error>> {
        // Its future waits for nothing where a table calls nothing, so there is no need for a runtime.
        let evaluation = pin!(self.0.evaluate(facts.clone()));
        match evaluation.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(response) => Ok(response?.result),
            Poll::Pending => Err("zen-engine waits for something".into()),
        }
    }

    /// The name of the rule in an answer.
    pub fn rule(answer: &Variable) -> Option<String> {
        answer.dot(ANSWER)?.as_str().map(str::to_owned)
    }
}

/// The graph that its editor makes around a table: facts in, table, answer out.
fn graph(rules: &Rules) -> Value {
    json!({
        "nodes": [
            {"id": "facts", "name": "facts", "type": "inputNode", "content": {}},
            {"id": "table", "name": "table", "type": "decisionTableNode", "content": table(rules)},
            {"id": "answer", "name": "answer", "type": "outputNode", "content": {}},
        ],
        "edges": [
            {"id": "in", "sourceId": "facts", "targetId": "table", "type": "edge"},
            {"id": "out", "sourceId": "table", "targetId": "answer", "type": "edge"},
        ],
    })
}

fn table(rules: &Rules) -> Value {
    let column = |name: &str| json!({"id": name, "name": name, "field": name});
    let otherwise = Rule {
        id: rules.otherwise.clone(),
        conditions: Vec::new(),
    };
    let rows = rules.rules.iter().chain([&otherwise]).map(row);
    json!({
        "hitPolicy": "first",
        "inputs": rules.facts().into_iter().map(column).collect::<Vec<_>>(),
        "outputs": [column(ANSWER)],
        "rules": rows.collect::<Vec<_>>(),
    })
}

/// A row: a cell that is left out matches everything.
fn row(rule: &Rule) -> Value {
    let mut cells = Map::new();
    cells.insert("_id".to_owned(), json!(rule.id));
    for (fact, words) in &rule.conditions {
        let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        cells.insert(fact.clone(), json!(words.join(", ")));
    }
    cells.insert(ANSWER.to_owned(), json!(quoted(&rule.id)));
    Value::Object(cells)
}

fn quoted(word: &str) -> String {
    format!("'{word}'")
}
