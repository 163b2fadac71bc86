//! What all operations share: authentication, bodies, queries, paging, ETags, problems and their documentation.

pub mod accept;
mod app_problems;
pub mod auth;
pub mod body;
pub mod call;
pub mod connections;
pub mod documented;
pub mod entered;
pub mod etag;
pub mod framing;
pub mod held_bytes;
pub mod in_flight;
pub mod lines;
pub mod paging;
pub mod problem;
pub mod query;
pub mod request;
pub mod spool;
