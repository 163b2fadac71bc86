//! The claim_terms table: what claims are found by. `index` writes it before a search, `terms` reads which terms there are.
//! With the terms go `progress`, which reports are made of, and `tasks`, which the work queue lists.

pub mod index;
mod position;
mod progress;
pub mod tasks;
pub mod terms;
