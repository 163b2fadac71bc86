//! What all operations share: authentication, bodies, queries, paging, ETags, problems and their documentation.

pub mod accept;
mod app_problems;
pub mod auth;
pub mod batch;
pub mod body;
pub mod call;
pub mod cors;
pub mod documented;
pub mod entered;
pub mod etag;
pub mod held_bytes;
pub mod http1;
pub mod paging;
pub mod problem;
pub mod problem_examples;
pub mod problem_type;
pub mod query;
pub mod request;
pub mod trace;
