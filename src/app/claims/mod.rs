//! Claims: intake, new decisions about stored claims, replays of stored decisions, letters to patients, and
//! replacements recorded late.

pub mod account_upgrades;
pub mod accounts;
pub mod decided;
mod differences;
pub mod explaining;
pub mod intake;
pub mod letter;
mod lines;
pub mod outcomes;
pub mod redecisions;
pub mod remittances;
pub mod replacements;
pub mod replay;
pub mod reproduction;
pub mod reviews;
pub mod search;
pub mod service;
pub mod steps;
