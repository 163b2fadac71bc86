//! The tables of claims and their items.

pub mod accounts;
pub mod batch;
pub mod corrections;
pub mod counts;
pub mod duplicates;
pub mod evidence;
pub mod items;
pub mod ledger;
pub mod lists;
pub mod payers_due;
pub mod prepared;
pub mod redecisions;
pub mod replacement;
pub mod row;
pub mod scans;
pub mod search;
pub mod service_search;
pub mod services;
pub mod steps;
pub mod submit;
