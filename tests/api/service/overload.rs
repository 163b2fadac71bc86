//! Single claims beside more batches than can be processed at once. How an overload begins and ends is tested beside
//! the permits, in `src/app/load.rs`.

use tokio::task::JoinHandle;

use crate::support::{Caller, Claim, TestApp, on_both_databases};

on_both_databases!(batches_do_not_starve_single_claims);

async fn batches_do_not_starve_single_claims(app: &TestApp) {
    const BATCHES: usize = 8;
    const LINES: usize = 1500;
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
    while !batches.iter().all(JoinHandle::is_finished) {
        let claim = Claim::new(&format!("SINGLE-{beside}"));
        app.submit(&claim).await.is(201);
        beside += 1;
    }
    assert!(beside > 0, "the batches ended before a single claim");
    for batch in batches {
        let results = batch.await.expect("a batch does not panic");
        assert_eq!(results.len(), LINES);
        assert!(results.iter().all(|result| result["status"] == 201));
    }
}
