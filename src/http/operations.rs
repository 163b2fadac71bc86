//! The list of operations.

use actix_web::web;
use utoipa_actix_web::service_config::ServiceConfig;

use super::api;

/// Serves and documents one list of operations, so that neither list has an operation that the other lacks.
macro_rules! operations {
    ($($operation:path,)+) => {
        pub fn serve_all(config: &mut web::ServiceConfig) {
            config$(.service($operation))+;
        }

        pub fn document_all(config: &mut ServiceConfig) {
            config$(.service($operation))+;
        }
    };
}

// In the order of a working day.
operations! {
    api::claims::classifications::classify,
    api::claims::submit::submit,
    api::claims::batch::submit,
    api::claims::submit::list,
    api::claims::submit::get,
    api::claims::explanation::get,
    api::claims::redecisions::redecide,
    api::claims::redecisions::replay,
    api::preauthorizations::create,
    api::preauthorizations::list,
    api::preauthorizations::get,
    api::preauthorizations::replace,
    api::rulebooks::versions::create,
    api::rulebooks::versions::list,
    api::rulebooks::versions::get,
    api::rulebooks::versions::replace,
    api::rulebooks::versions::discard,
    api::rulebooks::checks::check,
    api::rulebooks::difference::difference,
    api::rulebooks::checks::activate,
    api::backtests::runs::start,
    api::backtests::runs::list,
    api::backtests::runs::get,
    api::backtests::runs::cancel,
    api::backtests::changes::list,
    api::backtests::changes::redecide,
    api::access::keys::create,
    api::access::keys::list,
    api::access::keys::revoke,
    api::access::clinics::create,
    api::access::clinics::list,
    api::access::clinics::get,
    api::access::clinics::create_admin_key,
    api::operation::healthz,
    api::operation::readyz,
    api::operation::metrics,
}
