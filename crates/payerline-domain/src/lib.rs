//! The pure core: claims, coverages, money, health numbers, decisions. No I/O, no clock, no database, no HTTP.
//!
//! Inputs are parsed here, all faults at once (`decode`, `fault`); a parsed value is proof that it
//! is valid.

pub mod access;
pub mod backtests;
pub mod claims;
pub mod events;
pub mod parse;
pub mod preauthorizations;
pub mod rulebooks;
pub mod values;
