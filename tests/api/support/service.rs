//! The binary as a process, on the databases of these tests.

use std::{
    env,
    path::Path,
    process,
    time::{Duration, Instant},
};

use super::{ADMIN_KEY, Caller, Database, Problem, Process};

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

/// Waits until `/readyz` says that claims cannot be stored.
pub async fn not_ready(caller: &Caller, limit: Duration) -> Problem {
    let deadline = Instant::now() + limit;
    loop {
        let answer = caller.get("/readyz").await;
        if answer.status() != 200 {
            return answer.problem(503);
        }
        assert!(Instant::now() < deadline, "still ready after {limit:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until `/readyz` says that claims can be stored.
pub async fn ready(caller: &Caller, limit: Duration) {
    let deadline = Instant::now() + limit;
    loop {
        let answer = caller.get("/readyz").await;
        if answer.status() == 200 {
            return;
        }
        assert!(
            Instant::now() < deadline,
            "after {limit:?}: {}",
            answer.text()
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
