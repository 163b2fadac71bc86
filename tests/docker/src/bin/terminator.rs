//! Asks a replica to stop, as an orchestrator does: it runs in the process namespace of the replica,
//! waits for a connection, sends SIGTERM, and ends together with the namespace. So the tests can restart a
//! replica without any right over Docker.

#![allow(
    clippy::expect_used,
    reason = "a test fails by panicking, and its sentences are its documentation"
)]

use std::{fs, net::TcpListener};

use rustix::process::{Pid, Signal, kill_process};

fn main() {
    let listener = TcpListener::bind("0.0.0.0:9000").expect("port 9000 is free");
    let (connection, _) = listener.accept().expect("somebody asks");
    kill_process(service(), Signal::TERM).expect("the replica is of the same user");
    drop(connection);
}

/// The process `payerline` of this namespace.
fn service() -> Pid {
    let processes = fs::read_dir("/proc").expect("processes are listed");
    let numbers =
        processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
    let mut named = numbers.filter(|number| {
        fs::read_to_string(format!("/proc/{number}/comm")).is_ok_and(|name| name == "payerline\n")
    });
    named
        .next()
        .and_then(Pid::from_raw)
        .expect("the replica runs")
}
