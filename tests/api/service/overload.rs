//! More claims than can be processed: some are refused, single claims are not starved by batches, and it ends.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use tokio::{task::JoinHandle, time::sleep};

use crate::support::{Caller, Claim, TestApp, on_both_databases};

on_both_databases!(
    an_overload_ends_with_the_burst_that_caused_it,
    batches_do_not_starve_single_claims,
);

/// Clients that send the next claim as soon as the last is answered, whatever the answer.
struct Clients {
    tasks: Vec<JoinHandle<()>>,
    stop: Arc<AtomicBool>,
    statuses: Arc<Mutex<BTreeMap<u16, usize>>>,
}

impl Clients {
    fn start(caller: &Caller, prefix: &str, count: usize) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let statuses = Arc::new(Mutex::new(BTreeMap::new()));
        let tasks = (0..count).map(|client| {
            let (caller, stop, statuses) = (caller.clone(), stop.clone(), statuses.clone());
            let prefix = format!("{prefix}-{client}");
            tokio::spawn(async move {
                let mut number = 0;
                while !stop.load(Ordering::Relaxed) {
                    let claim = Claim::new(&format!("{prefix}-{number}"));
                    let status = caller.submit(&claim).await.status();
                    *statuses.lock().unwrap().entry(status).or_insert(0) += 1;
                    number += 1;
                }
            })
        });
        Self {
            tasks: tasks.collect(),
            stop,
            statuses,
        }
    }

    /// How many answers had which status since the last call.
    fn take_statuses(&self) -> BTreeMap<u16, usize> {
        std::mem::take(&mut *self.statuses.lock().unwrap())
    }

    async fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        for ended in join_all(self.tasks).await {
            ended.expect("a client does not panic");
        }
    }
}

async fn an_overload_ends_with_the_burst_that_caused_it(app: &TestApp) {
    const STEADY: usize = 230;
    const BURST: usize = 900;
    let steady = Clients::start(app, "STEADY", STEADY);
    sleep(Duration::from_secs(1)).await;
    let before = steady.take_statuses();
    assert_eq!(before.keys().collect::<Vec<_>>(), [&201], "{before:?}");

    let burst = Clients::start(app, "BURST", BURST);
    sleep(Duration::from_secs(3)).await;
    let during = burst.take_statuses();
    assert!(during.contains_key(&503), "no overload: {during:?}");
    burst.stop().await;

    sleep(Duration::from_secs(1)).await;
    steady.take_statuses();
    sleep(Duration::from_secs(2)).await;
    let after = steady.take_statuses();
    assert_eq!(after.keys().collect::<Vec<_>>(), [&201], "{after:?}");
    steady.stop().await;
}

async fn batches_do_not_starve_single_claims(app: &TestApp) {
    const BATCHES: usize = 8;
    const LINES: usize = 1500;
    /// Far less than the batches take, and enough for a debug build on a busy machine.
    const MAX_WAIT: Duration = Duration::from_secs(3);
    let caller: Caller = (**app).clone();
    let batches: Vec<_> = (0..BATCHES)
        .map(|batch| {
            let caller = caller.clone();
            let lines: String = (0..LINES)
                .map(|line| Claim::new(&format!("BULK-{batch}-{line}")).text() + "\n")
                .collect();
            tokio::spawn(async move { caller.batch(lines).await })
        })
        .collect();
    let mut beside = 0;
    let mut slowest = Duration::ZERO;
    while !batches.iter().all(JoinHandle::is_finished) {
        let claim = Claim::new(&format!("SINGLE-{beside}"));
        let sent = Instant::now();
        app.submit(&claim).await.is(201);
        slowest = slowest.max(sent.elapsed());
        beside += 1;
    }
    assert!(beside >= 3, "only {beside} claims beside the batches");
    assert!(slowest < MAX_WAIT, "a single claim took {slowest:?}");
    for batch in batches {
        let results = batch.await.expect("a batch does not panic");
        assert_eq!(results.len(), LINES);
        assert!(results.iter().all(|result| result["status"] == 201));
    }
}
