//! The use cases: every door (HTTP, command line, background work) goes through here.

pub mod admission;
pub mod backtests;
pub mod claims;
pub mod clock;
pub mod rulebooks;
pub mod shares;
