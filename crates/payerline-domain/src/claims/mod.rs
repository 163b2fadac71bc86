//! A claim: what is submitted, and what is decided about it.

pub mod accident;
pub mod billing;
pub mod claim;
pub mod coverage;
pub mod decision;
pub mod item;
pub mod lifecycle;
pub mod metadata;
pub mod outcome;
pub mod outside_facts;
pub mod payer;
pub mod payers_due;
pub mod people;
pub mod procedure;
pub mod profession;
pub mod remittances;
pub mod replacement;
pub mod review;
pub mod sends;
pub mod submission;

#[cfg(test)]
mod tests;
