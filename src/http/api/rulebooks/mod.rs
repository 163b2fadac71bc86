//! `/v1/rulebooks`.

pub mod checks;
pub mod difference;
pub mod versions;
