//! Back-tests: a rulebook tried on stored claims.

mod comparison;
mod tally;
