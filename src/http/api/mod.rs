//! The operations, a folder or file for each resource.

pub mod access;
pub mod backtests;
pub mod claims;
pub mod codes;
pub mod operation;
pub mod patients;
pub mod preauthorizations;
pub mod reports;
pub mod rulebooks;
pub mod work_queue;
