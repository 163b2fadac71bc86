//! The HTTP API, and the only place that knows actix: `api` has the operations, `boundary` the parts that they share,
//! `charts` the pictures of reports.

pub mod api;
pub mod boundary;
mod charts;
mod document_parts;
mod examples;
pub mod fallback;
pub mod openapi;
pub mod operations;
pub mod server;
mod spreadsheets;
mod static_files;
pub mod swagger_ui;
