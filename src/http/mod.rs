//! The HTTP API, and the only place that knows actix: `api` has the operations, `boundary` the parts that they share.

pub mod api;
pub mod boundary;
mod examples;
pub mod fallback;
pub mod openapi;
pub mod operations;
pub mod server;
