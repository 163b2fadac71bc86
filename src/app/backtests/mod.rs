//! Back-tests: a rulebook is tried on stored claims in the background.

pub mod changes;
mod comparison;
pub mod explained;
mod pace;
pub mod service;
mod tally;
mod worker;
