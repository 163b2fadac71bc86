//! The binary `payerline`: hands its arguments to the command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    payerline::cli::run()
}
