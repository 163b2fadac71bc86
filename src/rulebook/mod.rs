//! The decision table: its vocabulary, its rules as data, and how a claim is decided by them. Pure.
//!
//! `vocabulary`, `insurers`, `conditions` and `insurer_conditions` are what can be asked, `asked` how people read
//! a condition, `period` stretches of days, `bits` and `rows` how it is compared, `table` the JSON table,
//! `document` and `flaws` its strict reading, `edit` changes to it, `markdown` it as people read it, `coverages`
//! and `approvals` pick what counts, `facts` gathers, `book` is a table made ready to decide, `compiled` what its
//! rules say, `decide` decides, `observe` notices, `trace` shows how, `explain` says why and what would change
//! it, `golden` reads cases with what they must come to, `proof` proves a rulebook for every claim that can be.

pub mod approvals;
pub mod asked;
pub mod bits;
pub mod book;
mod compiled;
pub mod conditions;
pub mod coverages;
pub mod decide;
pub mod document;
pub mod edit;
pub mod explain;
pub mod facts;
mod flaws;
pub mod golden;
mod insurer_conditions;
pub mod insurers;
pub mod markdown;
pub mod observe;
pub mod period;
pub mod proof;
pub mod rows;
pub mod table;
pub mod trace;
pub mod vocabulary;

#[cfg(test)]
pub(in crate::rulebook) mod tests;

pub use book::{Rulebook, TableError};
pub use table::Table;
