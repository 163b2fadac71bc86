//! The tables of back-tests.

pub mod changes;
pub mod runs;
pub mod work;
