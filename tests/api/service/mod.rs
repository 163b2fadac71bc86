//! The service itself: its document, its problems, its operation, under load and after a crash.

mod backup;
mod codes;
mod durability;
mod few_connections;
mod followed;
mod http;
mod limits;
mod logs;
mod newer_database;
mod old_database;
mod openapi;
mod operation;
mod operations;
mod overload;
mod problems;
mod readiness;
mod sqlite_files;
mod start_errors;
mod stopping;
mod try_it_out;
