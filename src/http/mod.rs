//! The only place that knows actix: one file a resource, and the boundary that all requests pass.

pub mod application;
pub mod auth;
pub mod backtest_changes;
pub mod backtests;
pub mod batch;
pub mod body;
pub mod boundary;
pub mod claims;
pub mod classifications;
pub mod clinics;
pub mod documented;
pub mod etag;
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
