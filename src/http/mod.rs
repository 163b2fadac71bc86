//! The only place that knows actix: one file a resource, and the boundary that all requests pass.

pub mod accept;
pub mod application;
pub mod auth;
pub mod backtest_changes;
pub mod backtests;
pub mod batch;
pub mod body;
pub mod boundary;
mod causes;
pub mod claims;
pub mod classifications;
pub mod clinics;
pub mod documented;
pub mod etag;
mod examples;
pub mod explanation;
pub mod export;
pub mod fallback;
mod in_flight;
pub mod keys;
pub mod openapi;
pub mod operation;
pub mod paging;
pub mod preauthorizations;
pub mod problem;
pub mod query;
pub mod redecisions;
pub mod rulebook_checks;
pub mod rulebooks;
pub mod spool;

use actix_web::web;
use utoipa_actix_web::service_config::ServiceConfig;

/// Makes of one list of operations both what is served and what is documented, so that neither has an
/// operation more than the other.
macro_rules! operations {
    ($($operation:path,)+) => {
        /// Serves every operation.
        pub fn served(config: &mut web::ServiceConfig) {
            config$(.service($operation))+;
        }

        /// Documents every operation.
        pub fn documented(config: &mut ServiceConfig) {
            config$(.service($operation))+;
        }
    };
}

// In the order of a working day.
operations! {
    classifications::classify,
    claims::submit,
    batch::submit,
    claims::list,
    claims::get,
    explanation::get,
    redecisions::redecide,
    redecisions::replay,
    preauthorizations::create,
    preauthorizations::list,
    preauthorizations::get,
    preauthorizations::replace,
    rulebooks::create,
    rulebooks::list,
    rulebooks::get,
    rulebooks::replace,
    rulebooks::discard,
    rulebook_checks::check,
    rulebook_checks::activate,
    backtests::start,
    backtests::list,
    backtests::get,
    backtests::cancel,
    backtest_changes::list,
    backtest_changes::redecide,
    keys::create,
    keys::list,
    keys::revoke,
    clinics::create,
    clinics::list,
    clinics::get,
    operation::healthz,
    operation::readyz,
    operation::metrics,
}
