//! The tables of back-tests.

pub mod changes;
mod row;
pub mod runs;
pub mod work;
