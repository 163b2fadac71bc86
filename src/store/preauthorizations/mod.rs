//! The table of preauthorizations.

pub mod account;
pub mod balance;
pub mod changes;
pub mod ledger_search;
pub mod read;
pub mod redecisions;
pub mod row;
