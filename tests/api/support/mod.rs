//! What tests are written with: the running service, its database, what it answers, and claims to send.
//!
//! A test is a plain `async fn` that takes `&TestApp` (or `&Database`, when it starts the service
//! itself); [`on_both_databases!`] makes two tests of it.

mod app;
mod database;
mod late;
mod rulebooks;
mod service;
mod wire;

use std::fs;

use serde_json::Value;

pub use app::{TestApp, run_app, run_bare};
pub use database::{Backend, Database, Event};
pub use rulebooks::{activate, altered, clinic_named, draft, rule, somebody, store_of};
pub use service::{binary_in, not_ready, ready, serve, serve_at, serve_with};
pub use test_support::{
    ADMIN_KEY, Answer, Caller, Claim, EXAMPLES, Filtered, Follower, Load, Problem, Process, Record,
    array, check_problem, codes, edited, full_claim, load_claim, query, strings, today,
};
pub use wire::Wire;

/// The OpenAPI document as it is committed.
pub fn committed_document() -> Value {
    read_document("openapi.json")
}

/// The same as OpenAPI 3.0.
pub fn committed_document_3_0() -> Value {
    read_document("openapi-3.0.json")
}

fn read_document(name: &str) -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi/").to_owned() + name;
    let text = fs::read_to_string(path).expect("it is committed");
    serde_json::from_str(&text).expect("JSON")
}

/// Makes each scenario two tests, `scenario::sqlite` and `scenario::postgres`.
///
/// `on_both_databases!(a, b)` hands the scenarios a running service, `on_both_databases!(bare: a, b)`
/// an empty database.
macro_rules! on_both_databases {
    (bare: $($scenario:ident),+ $(,)?) => {
        $($crate::support::on_both_databases!(@tests run_bare $scenario);)+
    };
    (@tests $run:ident $scenario:ident) => {
        mod $scenario {
            #[test]
            fn sqlite() {
                $crate::support::$run($crate::support::Backend::Sqlite, super::$scenario);
            }

            #[test]
            fn postgres() {
                $crate::support::$run($crate::support::Backend::Postgres, super::$scenario);
            }
        }
    };
    ($($scenario:ident),+ $(,)?) => {
        $($crate::support::on_both_databases!(@tests run_app $scenario);)+
    };
}
pub(crate) use on_both_databases;
