//! Claims: taking them in, deciding them again, replaying their decisions.

pub mod differences;
pub mod intake;
pub mod replay;
pub mod reproduction;
