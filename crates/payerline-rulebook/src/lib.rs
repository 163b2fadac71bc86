//! The decision table: its vocabulary, its rules as data, and how a claim is decided by them. Pure.
//!
//! - [`table`]: the table as data. `vocabulary` declares what a rule can ask, `conditions` makes conditions of it, `rules`
//!   is what it can say; `flaws` checks a table as a whole, `edit` changes one.
//! - [`decide`]: a table is `compiled`, `facts` are gathered from a claim, `matcher` finds the rules that hold,
//!   `decision` decides.
//! - [`explain`]: why a claim is decided as it is, and which single changes would decide it otherwise.
//! - [`proof`]: proves a table for every claim that can be, and compares two of them.
//! - [`golden`]: claims with the decision that they must get. [`markdown`]: a table as people read it.
//! - [`catalogue`]: what the shipped findings mean, and what to do about them.
//! - [`newer`]: what a table lacks of the shipped one. [`shipped`]: the table that ships with Payerline.

pub mod catalogue;
pub mod decide;
pub mod explain;
pub mod golden;
pub mod markdown;
pub mod newer;
pub mod proof;
pub mod shipped;
pub mod table;
#[cfg(test)]
pub(crate) mod tests;

pub use decide::compiled::{Rulebook, TableError};
pub use shipped::ONTARIO;
pub use table::rules::Table;
