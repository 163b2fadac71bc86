//! Claims: intake, new decisions about stored claims, replays of stored decisions, and replacements recorded late.

pub mod decided;
mod differences;
pub mod explaining;
pub mod intake;
pub mod redecisions;
pub mod replacements;
pub mod replay;
pub mod reproduction;
pub mod service;
