//! Claims: intake, new decisions about stored claims, and replays of stored decisions.

pub mod decided;
mod differences;
pub mod explaining;
pub mod intake;
pub mod redecisions;
pub mod replay;
pub mod reproduction;
pub mod service;
