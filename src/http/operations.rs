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
    api::claims::classifications::classify_claim,
    api::preauthorizations::create_preauthorization,
    api::preauthorizations::list_preauthorizations,
    api::preauthorizations::get_preauthorization,
    api::preauthorizations::replace_preauthorization,
    api::claims::submit::submit_claim,
    api::claims::batch::submit,
    api::claims::lists::list_claims,
    api::claims::submit::get_claim,
    api::patients::get_patient,
    api::work_queue::list_work,
    api::claims::explanation::explain_claim,
    api::claims::letter::write_letter,
    api::claims::redecisions::replay_claim,
    api::claims::redecisions::redecide_claim,
    api::claims::steps::review_claim,
    api::claims::steps::send_claim,
    api::claims::remittances::enter_remittance,
    api::claims::remittance_batch::enter_remittances,
    api::claims::outcomes::record_outcome,
    api::claims::steps::appeal_claim,
    api::claims::steps::void_claim,
    api::reports::report_payer_mix,
    api::reports::report_ageing,
    api::reports::report_turnaround,
    api::reports::report_approvals,
    api::reports::report_denials,
    api::reports::report_outcomes,
    api::rulebooks::versions::create_rulebook,
    api::rulebooks::versions::list_rulebooks,
    api::rulebooks::versions::get_rulebook,
    api::rulebooks::versions::replace_rulebook,
    api::rulebooks::versions::discard_rulebook,
    api::rulebooks::checks::check_rulebook,
    api::rulebooks::checks::compare_rulebooks,
    api::rulebooks::checks::activate_rulebook,
    api::backtests::runs::start_backtest,
    api::backtests::runs::list_backtests,
    api::backtests::runs::get_backtest,
    api::backtests::runs::cancel_backtest,
    api::backtests::changes::list_backtest_changes,
    api::backtests::changes::redecide_backtest_changes,
    api::access::me::identify_caller,
    api::access::keys::create_api_key,
    api::access::keys::list_api_keys,
    api::access::keys::revoke_api_key,
    api::access::clinics::create_clinic,
    api::access::clinics::list_clinics,
    api::access::clinics::get_clinic,
    api::access::clinics::create_clinic_admin_key,
    api::codes::list_codes,
    api::operation::healthz,
    api::operation::readyz,
    api::operation::metrics,
}
