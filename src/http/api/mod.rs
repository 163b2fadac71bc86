//! The operations, one folder or file a resource.

pub mod access;
pub mod backtests;
pub mod claims;
pub mod operation;
pub mod preauthorizations;
pub mod rulebooks;
