//! The composed stack as its tests reach it, and how they are run: one after the other, in the order given.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "a test fails by panicking, and its sentences are its documentation"
)]

use std::{env, fs};

use libtest_mimic::Arguments;
use test_support::Caller;

/// Makes tests of `async fn()`s, by their names.
#[macro_export]
macro_rules! trials {
    ($($scenario:path),+ $(,)?) => {
        vec![$(libtest_mimic::Trial::test(stringify!($scenario), || {
            $crate::block_on($scenario());
            Ok(())
        })),+]
    };
}

pub fn block_on<T>(scenario: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(scenario)
}

/// The command line, for tests that share what runs: never two at once.
pub fn one_by_one() -> Arguments {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = Some(1);
    arguments
}

/// The admin key of the stack, at its proxy.
pub fn operator() -> Caller {
    let file = variable("PAYERLINE_ADMIN_KEY_FILE");
    let key = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{file}: {error}"));
    Caller::new(variable("PAYERLINE_TEST_PROXY"), key.trim_end())
}

/// What the script that started the tests tells them.
pub fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is not set; tests/docker/run.sh sets it"))
}
