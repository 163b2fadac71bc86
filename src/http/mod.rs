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

use utoipa_actix_web::service_config::ServiceConfig;

/// Every operation, in the order of a working day. Registering one documents it.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(classifications::classify)
        .service(claims::submit)
        .service(batch::submit)
        .service(claims::list)
        .service(claims::get)
        .service(explanation::get)
        .service(redecisions::redecide)
        .service(redecisions::replay)
        .service(preauthorizations::create)
        .service(preauthorizations::list)
        .service(preauthorizations::get)
        .service(preauthorizations::replace)
        .service(rulebooks::create)
        .service(rulebooks::list)
        .service(rulebooks::get)
        .service(rulebooks::replace)
        .service(rulebooks::discard)
        .service(rulebook_checks::check)
        .service(rulebook_checks::activate)
        .service(backtests::start)
        .service(backtests::list)
        .service(backtests::get)
        .service(backtests::cancel)
        .service(backtest_changes::list)
        .service(backtest_changes::redecide)
        .service(keys::create)
        .service(keys::list)
        .service(keys::revoke)
        .service(clinics::create)
        .service(clinics::list)
        .service(clinics::get)
        .service(operation::healthz)
        .service(operation::readyz)
        .service(operation::metrics);
}
