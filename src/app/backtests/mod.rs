//! Back-tests: a rulebook tried on stored claims, in the background.

pub mod comparison;
pub mod explained;
pub mod pace;
pub mod service;
pub mod tally;
pub mod worker;
