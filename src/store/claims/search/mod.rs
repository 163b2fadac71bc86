//! The claim_terms table: what claims are found by. `index` writes it before a search, `terms` reads which terms there are.

pub mod index;
pub mod terms;
