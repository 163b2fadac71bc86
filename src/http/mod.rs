//! The only place that knows actix: `api` has the operations, `boundary` what every request passes.

pub mod api;
pub mod boundary;
mod examples;
pub mod fallback;
pub mod openapi;
pub mod operations;
pub mod server;
