//! Who calls, and who may do what.

pub mod permissions;
pub mod service;
