//! The command line, and the only place that prints.

#![expect(clippy::print_stdout, reason = "a command line talks to people")]

mod backup;
mod first_key;
mod healthcheck;
mod keys;
mod migrate;
mod replay;
mod report;
mod run;
mod secret;
mod transfer;
mod verify;

pub use run::run;
