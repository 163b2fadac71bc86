//! Claims: taking them in, deciding them again, replaying their decisions.

pub mod considered;
mod differences;
pub mod intake;
pub mod redecisions;
pub mod replay;
pub mod reproduction;
pub mod service;
