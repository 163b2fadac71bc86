//! The ledger of payers' prior approvals: its use cases, and the claims that are decided again when an approval changes.

pub mod redecisions;
pub mod service;
