//! The mechanism below the tables: connections, migrations, reader and writer threads, pages, errors.

pub mod checkpoints;
pub mod connection;
pub mod error;
pub mod migrate;
pub mod page;
pub mod reader;
pub mod reading;
pub mod rows;
pub mod schema;
pub mod sql_types;
pub mod store;
pub mod threads;
pub mod url;
pub mod write;
pub mod write_queue;
pub mod writer;
