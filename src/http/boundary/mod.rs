//! What every request and answer passes: authentication, body, query, paging, problems, the OpenAPI document.

pub mod accept;
mod app_problems;
pub mod auth;
pub mod body;
pub mod documented;
pub mod entered;
pub mod etag;
pub mod in_flight;
pub mod paging;
pub mod problem;
pub mod query;
pub mod request;
pub mod spool;
