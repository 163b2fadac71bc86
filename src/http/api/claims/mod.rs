//! `/v1/claims` and dry runs.

pub mod batch;
pub mod classifications;
pub mod explanation;
pub mod export;
pub mod redecisions;
pub mod submit;
