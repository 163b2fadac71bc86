//! The pure core: claims, coverages, money, health numbers, decisions. No I/O, no clock, no database, no HTTP.
//!
//! Inputs are parsed here, all faults at once (`decode`, `fault`); a parsed value is proof that it
//! is valid.

pub mod access;
pub mod accident;
pub mod backtest;
pub mod backtest_limits;
pub mod claim;
pub mod coverage;
pub mod decision;
pub mod decode;
pub mod digest;
pub mod event;
pub mod fault;
pub mod health_number;
pub mod ids;
pub mod item;
pub mod json;
pub mod money;
pub mod names;
pub mod outside_facts;
pub mod payer;
pub mod people;
pub mod place;
pub mod preauthorization;
pub mod procedure;
pub mod rulebook_entry;
pub mod submission;
pub mod text;
pub mod time;
pub mod word;
