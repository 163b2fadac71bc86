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

mod backtests;
mod batch;
mod batch_of_ten_thousand;
mod batches_under_way;
mod classifications;
mod clinics;
mod compressed;
mod decisions;
mod durability;
mod examples;
mod explanation;
mod exports;
mod findings;
mod idempotency;
mod keys;
mod lists;
mod logs;
mod old_database;
mod openapi;
mod operation;
mod operations;
mod overload;
mod paging;
mod preauthorizations;
mod problems;
mod redecisions;
mod replay;
mod rulebooks;
mod submission;
mod transfer;
mod validation;
