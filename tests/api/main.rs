//! The API's tests: the real service, spoken to over HTTP, once on SQLite and once on PostgreSQL.
//!
//! `name::sqlite` needs nothing; `name::postgres` needs a server that it may create databases on,
//! named by `PAYERLINE_TEST_POSTGRES` (`./test.sh` starts one). Without it these tests fail: a
//! database that was not there is no reason to call a test passed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    missing_docs,
    reason = "a test fails by panicking, and its sentences are its documentation"
)]

mod support;

mod access;
mod backtests;
mod claims;
mod operator;
mod patients;
mod preauthorizations;
mod reports;
mod rulebooks;
mod service;
mod transfer;
mod validation;
mod walkthroughs;
mod work_queue;
