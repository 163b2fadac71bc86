//! Back-tests: a rulebook tried on stored claims.

pub mod backtest;
pub mod limits;
