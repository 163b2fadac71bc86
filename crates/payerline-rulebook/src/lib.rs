//! The decision table: its vocabulary, its rules as data, and how a claim is decided by them. Pure.
//!
//! `vocabulary`, `insurers`, `conditions` and `insurer_conditions` are what can be asked, `asked` how people read
//! a condition, `period` stretches of days, `bits` and `rows` how it is compared, `table` the JSON table,
//! `document` and `flaws` its strict reading, `edit` changes to it, `markdown` it as people read it, `coverages`
//! and `approvals` pick what counts, `facts` gathers, `book` is a table made ready to decide, `compiled` what its
//! rules say, `decide` decides, `observe` notices, `trace` shows how, `explain` says why and what would change
//! it, `golden` reads cases with what they must come to, `proof` proves a rulebook for every claim that can be.

pub mod decide;
pub mod explain;
pub mod golden;
pub mod markdown;
pub mod proof;
pub mod table;
#[cfg(test)]
pub(crate) mod tests;

pub use decide::compiled::{ONTARIO, Rulebook, TableError};
pub use table::rules::Table;
