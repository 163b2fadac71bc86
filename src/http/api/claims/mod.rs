//! `/v1/claims` and `/v1/classifications`.

pub mod batch;
pub mod classifications;
pub mod explanation;
pub mod export;
mod in_flight;
pub mod letter;
pub mod lists;
pub mod outcomes;
pub mod redecisions;
pub mod remittance_batch;
pub mod remittances;
pub mod steps;
pub mod submit;
