//! The service itself: its document, its problems, its operation, under load and after a crash.

mod durability;
mod followed;
mod logs;
mod old_database;
mod openapi;
mod operation;
mod operations;
mod overload;
mod problems;
