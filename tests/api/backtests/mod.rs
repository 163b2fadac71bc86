//! `/v1/rulebooks/{version}/backtests`: a rulebook tried on stored claims.

mod changes;
mod endings;
mod limits;
mod results;

use std::time::{Duration, Instant};

use payerline_rulebook::Rulebook;
use serde_json::{Value, json};

use crate::support::{Caller, TestApp, altered, clinic_named, draft, rule, store_of};

/// A version that leaves physiotherapy to the patient and shows consultations without insurance to a person.
pub fn stricter() -> Rulebook {
    altered("stricter", |table| {
        rule(table, "uncovered")["disposition"] = json!("needs_review");
        let listed = rule(table, "private-listed");
        listed["payer"] = json!("uncovered");
    })
}

/// The clinic `default` with the stricter version as a draft.
pub async fn draft_stricter(app: &TestApp) {
    let clinic = clinic_named(app, "default").await;
    let store = store_of(app.database()).await;
    draft(&store, clinic, &stricter()).await;
    store.close().await;
}

/// Where back-tests of a version are.
pub fn path(version: &str) -> String {
    format!("/v1/rulebooks/{version}/backtests")
}

/// Starts a back-test and waits for its end; what it then is.
pub async fn run(caller: &Caller, version: &str, period: &Value) -> Value {
    let started = caller.post(&path(version), period).await.is(202);
    ended(caller, started.header("location")).await
}

/// Waits for the end of a back-test.
pub async fn ended(caller: &Caller, location: &str) -> Value {
    until(caller, location, |it| it["state"] != "running").await
}

/// Waits until something is so of a back-test.
pub async fn until(caller: &Caller, location: &str, so: impl Fn(&Value) -> bool) -> Value {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let backtest = caller.get(location).await.is(200).json();
        if so(&backtest) {
            return backtest;
        }
        assert!(Instant::now() < deadline, "still not so: {backtest:#}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
