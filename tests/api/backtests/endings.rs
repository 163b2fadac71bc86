//! How a back-test ends, and how it goes on: one at a time, cancelled, killed in the middle.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use payerline::{
    app::clock,
    store::{Changed, Lease, LeasedBacktest, NewBacktest, Store},
};
use payerline_domain::{
    backtests::backtest::ReceivedPeriod,
    values::{ids::ClinicId, names::VersionName, time::Timestamp},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{ended, path, run, stricter, until};
use crate::rulebooks::SHIPPED;
use crate::support::{
    Caller, Claim, Database, clinic_named, draft, on_both_databases, serve, somebody, store_of,
};

on_both_databases!(bare:
    a_clinic_has_one_back_test_at_a_time_and_can_cancel_it,
    a_back_test_of_a_worker_that_is_gone_is_taken_over,
    killed_in_the_middle_it_comes_to_the_same_result,
    a_polite_stop_lets_another_go_on_at_once,
);

/// The clinic `default` with some claims and the stricter version as a draft; nothing runs.
async fn prepared(database: &Database, claims: usize) -> (Store, ClinicId) {
    let mut process = serve(database);
    let caller = process.caller();
    let lines = (0..claims).map(|number| Claim::new(&format!("B-{number}")).text() + "\n");
    let results = caller.batch(lines.collect::<String>()).await;
    assert!(results.iter().all(|result| result["status"] == 201));
    let clinic = clinic_named(&caller, "default").await;
    drop(caller);
    process.terminate();
    process.ended_within(Duration::from_secs(10)).await;
    let store = store_of(database).await;
    draft(&store, clinic, &stricter()).await;
    (store, clinic)
}

/// Starts a back-test that a worker takes which is never heard of again.
async fn started(store: &Store, clinic: ClinicId, lease: Duration) -> LeasedBacktest {
    let rulebook = stricter();
    let now = clock::now();
    let new = NewBacktest {
        clinic,
        id: clock::new_id(now).into(),
        actor: somebody(),
        version: VersionName::parse("stricter").expect("a version"),
        sha256: rulebook.version().sha256.to_string(),
        table: rulebook.canonical().to_owned(),
        period: ReceivedPeriod::default(),
        now,
    };
    let started = store.start_backtest(new).await.expect("the store");
    assert!(matches!(started, Changed::Made(_)));
    let micros = i64::try_from(lease.as_micros()).expect("a lease");
    let until = Timestamp::from_microseconds(now.microseconds() + micros);
    let lease = Lease {
        worker: Uuid::from_u128(9),
        now,
        until: until.expect("a moment"),
    };
    let taken = store.take_backtest(lease).await.expect("the store");
    taken.expect("it is taken")
}

async fn a_clinic_has_one_back_test_at_a_time_and_can_cancel_it(database: &Database) {
    let (store, clinic) = prepared(database, 3).await;
    let taken = started(&store, clinic, Duration::from_secs(600)).await;
    store.close().await;
    let mut process = serve(database);
    let caller = process.caller();
    let location = format!("{}/{}", path("stricter"), taken.id);
    let running = caller.get(&location).await.is(200).json();
    assert_eq!(running["state"], "running");
    assert_eq!(running["progress"], json!({"claims": 0, "percent": 0}));
    let problem = caller.post(&path(SHIPPED), &json!({})).await.problem(409);
    let kind = "urn:payerline:problem:backtest-running";
    assert_eq!(problem.member("type"), kind);
    assert_eq!(*problem.member("id"), taken.id.to_string());
    let cancel = format!("{location}/cancel");
    let cancelled = caller.post(&cancel, &Value::Null).await.is(200).json();
    assert_eq!(cancelled["state"], "cancelled");
    assert!(cancelled["finished_at"].is_string());
    let again = caller.post(&cancel, &Value::Null).await.is(200).json();
    assert_eq!(again, cancelled);
    let next = run(&caller, SHIPPED, &json!({})).await;
    assert_eq!(next["state"], "finished");
    // A finished one stays finished.
    let id = next["id"].as_str().expect("an id");
    let cancel = format!("{}/{id}/cancel", path(SHIPPED));
    let stays = caller.post(&cancel, &Value::Null).await.is(200).json();
    assert_eq!(stays, next);
}

async fn a_back_test_of_a_worker_that_is_gone_is_taken_over(database: &Database) {
    let (store, clinic) = prepared(database, 3).await;
    let taken = started(&store, clinic, Duration::from_millis(1)).await;
    store.close().await;
    let mut process = serve(database);
    let caller = process.caller();
    let location = format!("{}/{}", path("stricter"), taken.id);
    let found = ended(&caller, &location).await;
    assert_eq!(found["state"], "finished");
    assert_eq!(found["result"]["claims"], 3);
}

/// Callers who keep the service busy, so that back-tests go slowly, until this is dropped.
struct Busy(Arc<AtomicBool>);

impl Busy {
    fn with(caller: &Caller) -> Self {
        let busy = Arc::new(AtomicBool::new(true));
        let (caller, goes_on) = (caller.clone(), busy.clone());
        tokio::spawn(async move {
            while goes_on.load(Ordering::Relaxed) {
                let request = caller.request(reqwest::Method::GET, "/v1/claims?limit=1");
                if caller.try_send(request).await.is_err() {
                    return;
                }
            }
        });
        Self(busy)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

const MANY: usize = 8_000;

/// Starts a back-test among other work, and waits until some of it is done; where it is.
async fn begun(caller: &Caller) -> (Busy, String) {
    let busy = Busy::with(caller);
    let started = caller.post(&path("stricter"), &json!({})).await.is(202);
    let location = started.header("location").to_owned();
    let some = until(caller, &location, |it| it["progress"]["claims"] != 0).await;
    assert_eq!(some["state"], "running", "it is in the middle");
    (busy, location)
}

/// The changed claims of a back-test, without their explanations, which are not looked at here.
async fn changed(store: &Store, clinic: ClinicId, backtest: &Value) -> Vec<String> {
    use payerline::store::{PageRequest, Position};
    use payerline_domain::values::ids::BacktestId;
    let id = BacktestId::parse(backtest["id"].as_str().expect("an id")).expect("an id");
    let request = PageRequest {
        limit: 2 * MANY,
        position: Position::First,
    };
    let page = store.backtest_changes(clinic, id, request).await;
    let page = page.expect("the store");
    let changes = page.data.iter();
    changes.map(|change| format!("{change:?}")).collect()
}

async fn killed_in_the_middle_it_comes_to_the_same_result(database: &Database) {
    let (store, clinic) = prepared(database, MANY).await;
    let mut process = serve(database);
    let caller = process.caller();
    let undisturbed = run(&caller, "stricter", &json!({})).await;
    assert_eq!(undisturbed["result"]["claims"], MANY);
    assert_eq!(undisturbed["result"]["changed"], MANY);
    let (busy, location) = begun(&caller).await;
    process.kill();
    drop(busy);
    database.expire_leases();
    let mut process = serve(database);
    let disturbed = ended(&process.caller(), &location).await;
    assert_eq!(disturbed["state"], "finished");
    assert_eq!(disturbed["result"], undisturbed["result"]);
    let expected = changed(&store, clinic, &undisturbed).await;
    assert_eq!(expected.len(), MANY);
    assert_eq!(changed(&store, clinic, &disturbed).await, expected);
    store.close().await;
}

async fn a_polite_stop_lets_another_go_on_at_once(database: &Database) {
    let (store, _) = prepared(database, MANY).await;
    store.close().await;
    let mut process = serve(database);
    let caller = process.caller();
    let (busy, location) = begun(&caller).await;
    let asked = std::time::Instant::now();
    process.terminate();
    drop((busy, caller));
    let status = process.ended_within(Duration::from_secs(10)).await;
    assert_eq!(status.code(), Some(0));
    assert!(
        asked.elapsed() < Duration::from_secs(5),
        "{:?}",
        asked.elapsed()
    );
    let mut process = serve(database);
    let caller = process.caller();
    let left = caller.get(&location).await.is(200).json();
    let asked = std::time::Instant::now();
    let gone_on = |it: &Value| it["state"] != "running" || it["updated_at"] != left["updated_at"];
    until(&caller, &location, gone_on).await;
    // Sooner than the lease of one that was killed runs out.
    assert!(
        asked.elapsed() < Duration::from_secs(8),
        "{:?}",
        asked.elapsed()
    );
    let found = ended(&caller, &location).await;
    assert_eq!(found["result"]["claims"], MANY);
}
