//! Prints an error with its causes.

use std::error::Error;

use payerline_transfer::printable;

#[expect(
    clippy::print_stderr,
    reason = "why a command failed is for its user, logged or not"
)]
pub fn print_error(error: &(dyn Error + 'static)) {
    eprintln!("payerline: {}", printable(&error.to_string()));
    let mut source = error.source();
    while let Some(cause) = source {
        eprintln!("  because: {}", printable(&cause.to_string()));
        source = cause.source();
    }
}
