//! Rules about the insurer of a private plan: what they decide, and what is proved of them.

pub mod decided;
pub mod proved;

use serde_json::{Value, json};

use super::proofs::proof::{add, changed, outcome, place};
use crate::decide::compiled::Rulebook;

/// What a clinic writes down as 'Maple Life covers platelet-rich plasma'.
fn of_maple_life() -> Value {
    json!({"service": ["plasma"], "private": ["active"], "private_insurer": ["Maple Life"]})
}

/// Puts a rule before those for all plans.
fn before_all_plans(table: &mut Value, id: &str, when: Value) {
    let place = place(table, "rules", "private-plasma-approved");
    add(table, place, id, when, outcome("private", "ready"));
}

/// The shipped rulebook, and Maple Life covers plasma.
fn with_maple_life() -> Rulebook {
    changed(|it| before_all_plans(it, "maple-plasma", of_maple_life()))
}
