//! `/v1/rulebooks`.

pub mod checks;
pub mod versions;
