//! The use cases. HTTP, the command line and background work all go through [`application::App`].

pub mod access;
pub mod application;
pub mod backtests;
mod cache;
pub mod changed;
pub mod claims;
pub mod clock;
pub mod error;
pub mod expected_version;
mod load;
mod pages;
mod parallel;
pub mod patients;
pub mod preauthorizations;
pub mod reports;
pub mod rulebooks;
pub mod turns;
pub mod verification;
pub mod watch;
pub mod work;
