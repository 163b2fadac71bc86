//! The claim_terms table: what claims are found by. `index` writes it before a search, `terms` reads which terms there are.
//! With the terms goes `progress`, which reports are made of.

pub mod index;
mod progress;
pub mod terms;
