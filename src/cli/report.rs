//! Prints an error with its causes.

use std::error::Error;

#[expect(
    clippy::print_stderr,
    reason = "why a command failed is for its user, logged or not"
)]
pub fn print_error(error: &(dyn Error + 'static)) {
    eprintln!("payerline: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        eprintln!("  because: {cause}");
        source = cause.source();
    }
}
