//! What payers answer to a claim: remittances, the ledger that they make, and its balance.

pub mod balance;
pub mod booking;
pub mod ledger;
pub mod line;
pub mod remittance;
