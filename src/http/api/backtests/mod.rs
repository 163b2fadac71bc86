//! `/v1/rulebooks/{version}/backtests`.

pub mod changes;
pub mod runs;
