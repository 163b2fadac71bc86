//! The table as decision tables of zen-engine: a column a fact, a row a row. The first rule that matches decides; once
//! the payer is known the first billing order and all checks that match are asked for together.

use std::{
    error::Error,
    pin::pin,
    task::{Context, Poll, Waker},
};

use payerline_rulebook::table::vocabulary::Facts;
use serde_json::{Map, Value, json};
use zen_engine::{Decision, Variable, model::GraphContent};

use crate::{
    engine::Engine,
    facts::{self, ACCIDENT_DATE, PAYER},
    table::{Condition, Parts, Row},
};

/// The column that a table answers with: the row's place.
const ANSWER: &str = "row";
/// Where the answers of the second graph are.
const ORDER: &str = "order";
const CHECKS: &str = "checks";

/// The tables, compiled by zen-engine.
#[derive(Debug)]
pub struct ZenTables {
    rules: Decision,
    checks: Decision,
    /// With the billing orders in one graph, so that it is evaluated once for both.
    order_and_checks: Decision,
}

impl ZenTables {
    /// Translates and compiles a table.
    ///
    /// # Errors
    /// What zen-engine says of it.
    pub fn new(parts: &Parts) -> Result<Self, Box<dyn Error>> {
        let order = table(&parts.billing_orders, "first", Some(ORDER));
        let checks = |path| table(&parts.checks, "collect", path);
        Ok(Self {
            rules: compiled(&[("rules", table(&parts.rules, "first", None))])?,
            checks: compiled(&[(CHECKS, checks(None))])?,
            order_and_checks: compiled(&[(ORDER, order), (CHECKS, checks(Some(CHECKS)))])?,
        })
    }
}

impl Engine for ZenTables {
    type Facts = Variable;

    fn facts(&self, facts: &Facts) -> Variable {
        let words = facts::in_words(facts);
        let words = words.map(|(fact, word)| (fact, Variable::String(word.into())));
        let day = json!(facts::accident_date(facts)).into();
        let handed = words.into_iter().chain([(ACCIDENT_DATE, day)]);
        Variable::from_object(handed.map(|(fact, it)| (Variable::key(fact), it)).collect())
    }

    fn rule(&self, facts: &Variable) -> Result<usize, Box<dyn Error>> {
        row(&ask(&self.rules, facts)?)
    }

    fn set_payer(&self, facts: &mut Variable, payer: &'static str) {
        facts.dot_insert(PAYER, Variable::String(payer.into()));
    }

    fn checks(&self, facts: &Variable, holds: impl FnMut(usize)) -> Result<(), Box<dyn Error>> {
        rows(&ask(&self.checks, facts)?, holds)
    }

    fn order_and_checks(
        &self,
        facts: &Variable,
        holds: impl FnMut(usize),
    ) -> Result<usize, Box<dyn Error>> {
        let answer = ask(&self.order_and_checks, facts)?;
        rows(
            &answer.dot(CHECKS).ok_or("zen-engine names no checks")?,
            holds,
        )?;
        row(&answer.dot(ORDER).ok_or("zen-engine names no order")?)
    }
}

fn ask(decision: &Decision, facts: &Variable) -> Result<Variable, Box<dyn Error>> {
    // Its future waits for nothing where a table calls nothing, so there is no need for a runtime.
    let evaluation = pin!(decision.evaluate(facts.clone()));
    match evaluation.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(response) => Ok(response?.result),
        Poll::Pending => Err("zen-engine waits for something".into()),
    }
}

fn rows(answer: &Variable, mut each: impl FnMut(usize)) -> Result<(), Box<dyn Error>> {
    let answers = answer.as_array().ok_or("zen-engine names no rows")?;
    for answer in answers.borrow().iter() {
        each(row(answer)?);
    }
    Ok(())
}

fn row(answer: &Variable) -> Result<usize, Box<dyn Error>> {
    let number = answer.dot(ANSWER).and_then(|it| it.as_number());
    Ok(number.ok_or("zen-engine names no row")?.try_into()?)
}

/// A graph as its editor makes it around tables: facts in, tables side by side, answers out.
fn compiled(tables: &[(&str, Value)]) -> Result<Decision, Box<dyn Error>> {
    let mut nodes = vec![
        json!({"id": "facts", "name": "facts", "type": "inputNode", "content": {}}),
        json!({"id": "answer", "name": "answer", "type": "outputNode", "content": {}}),
    ];
    let mut edges = Vec::new();
    for (name, table) in tables {
        nodes
            .push(json!({"id": name, "name": name, "type": "decisionTableNode", "content": table}));
        edges.push(json!({"id": format!("to {name}"), "sourceId": "facts", "targetId": name, "type": "edge"}));
        edges.push(json!({"id": format!("from {name}"), "sourceId": name, "targetId": "answer", "type": "edge"}));
    }
    let graph: GraphContent = serde_json::from_value(json!({"nodes": nodes, "edges": edges}))?;
    let mut decision = Decision::from(graph);
    decision.validate()?;
    decision.compile();
    Ok(decision)
}

fn table<T>(rows: &[Row<T>], hit_policy: &str, path: Option<&str>) -> Value {
    let column = |name: &str| json!({"id": name, "name": name, "field": name});
    let columns = Row::facts(rows).into_iter().map(column);
    let cells = rows
        .iter()
        .enumerate()
        .map(|(place, row)| cells(place, row));
    json!({
        "hitPolicy": hit_policy,
        "inputs": columns.collect::<Vec<_>>(),
        "outputs": [column(ANSWER)],
        "rules": cells.collect::<Vec<_>>(),
        "outputPath": path,
    })
}

/// A row: a cell that is left out matches everything.
fn cells<T>(place: usize, row: &Row<T>) -> Value {
    let mut cells = Map::new();
    cells.insert("_id".to_owned(), json!(row.id));
    for (fact, condition) in &row.conditions {
        let cell = match condition {
            Condition::Words(words) => {
                let words: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
                words.join(", ")
            }
            Condition::Days(first, end) => format!("[{first}..{end})"),
        };
        cells.insert(fact.clone(), json!(cell));
    }
    cells.insert(ANSWER.to_owned(), json!(place.to_string()));
    Value::Object(cells)
}
