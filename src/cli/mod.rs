//! The command line, and the only place that prints.

#![expect(clippy::print_stdout, reason = "a command line talks to people")]

mod backup;
mod keys;
mod replay;
mod report;
mod run;
mod secret;
mod transfer;
mod verify;

pub use run::run;
