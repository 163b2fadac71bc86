//! The binary as a process, on the databases of these tests.

use std::{env, path::Path, process};

use super::{ADMIN_KEY, Database, Process};

/// The binary with no configuration at all, in a directory.
pub fn binary_in(directory: &Path) -> process::Command {
    Process::command(env!("CARGO_BIN_EXE_payerline"), directory)
}

/// Starts the service on a database, on a free port, with the admin key of the tests.
pub fn serve(database: &Database) -> Process {
    serve_with(database, ADMIN_KEY)
}

/// Starts the service with another admin key.
pub fn serve_with(database: &Database, admin_key: &str) -> Process {
    Process::serve(binary_in(&env::temp_dir()), database.url(), admin_key)
}

/// Starts the service on a database at an address, where an earlier one has stopped.
pub fn serve_at(database: &Database, address: &str) -> Process {
    let mut command = binary_in(&env::temp_dir());
    command
        .arg("serve")
        .env("DATABASE_URL", database.url())
        .env("PAYERLINE_LISTEN", address)
        .env("PAYERLINE_ADMIN_KEY", ADMIN_KEY);
    Process::start(command)
}
