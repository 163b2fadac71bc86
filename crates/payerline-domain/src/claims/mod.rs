//! A claim: what is submitted, and what is decided about it.

pub mod accident;
pub mod claim;
pub mod coverage;
pub mod decision;
pub mod item;
pub mod outside_facts;
pub mod payer;
pub mod people;
pub mod procedure;
pub mod replacement;
pub mod submission;
