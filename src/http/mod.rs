//! The HTTP API, and the only place that knows actix: `api` has the operations, `boundary` the parts that they share.

pub mod api;
pub mod boundary;
mod document_parts;
mod examples;
pub mod fallback;
pub mod openapi;
pub mod operations;
pub mod server;
mod static_files;
pub mod swagger_ui;
