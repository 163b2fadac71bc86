//! The pure core: claims, coverages, money, health numbers, decisions. No I/O, no clock, no database, no HTTP.
//!
//! `parse` reads JSON and notes every fault at once; `values` has what records are made of; the other modules have
//! the records, each capability its own. A parsed value is proof that it is valid.

// `record!` is used in other crates too, and names a function of this one in an attribute.
extern crate self as payerline_domain;

pub mod access;
pub mod backtests;
pub mod claims;
pub mod events;
pub mod laws;
pub mod parse;
pub mod patients;
pub mod preauthorizations;
pub mod reports;
pub mod rulebooks;
pub mod search;
pub mod values;
pub mod work;
