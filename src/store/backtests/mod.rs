//! The tables of back-tests.

mod change_row;
pub mod changes;
mod row;
pub mod runs;
pub mod work;
