//! The mechanism below the tables: connections, migrations, threads, groups, pages, errors. It names no table.

pub mod changes;
pub mod connection;
pub mod error;
pub mod group;
pub mod horizon;
pub mod link;
pub mod lookup;
pub mod migrate;
pub mod page;
pub mod pool;
pub mod postgres;
pub mod readiness;
pub mod reading;
pub mod rows;
pub mod schema;
pub mod sql_types;
pub mod sqlite;
pub mod store;
pub mod threads;
pub mod url;
pub mod writer;
