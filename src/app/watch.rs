//! What the service finds out by itself for its metrics and its log, whether or not somebody asks.
//!
//! Counting the claims of a large database takes seconds of work, so it is done in small steps, and once a count has
//! worked for `WORK_WITHOUT_PAUSE`, the pauses between them are `PAUSE_PER_WORK` times as long as the steps: whatever
//! the size, it takes a few hundredths of one core and of one connection at most. Ten million claims are counted anew
//! every few minutes, a few thousand every few seconds.

use std::{
    collections::HashMap,
    env,
    time::{Duration, Instant},
};

use payerline_domain::{claims::claim::Status, values::closed_enum::ClosedEnum};
use tokio::time::{interval, sleep};
use uuid::Uuid;

use crate::{
    store::{Store, StoreError, find_free_bytes},
    telemetry::{self, Disk},
};

const READINESS_INTERVAL: Duration = Duration::from_secs(10);
const SPACE_INTERVAL: Duration = Duration::from_secs(60);
const WORK_WITHOUT_PAUSE: Duration = Duration::from_millis(250);
const PAUSE_PER_WORK: u32 = 99;
const MIN_PAUSE_BETWEEN_COUNTS: Duration = Duration::from_secs(5);

/// Runs for ever.
pub async fn run(store: Store) {
    tokio::join!(
        watch_readiness(&store),
        watch_space(&store),
        watch_claims(&store)
    );
}

/// Asks for readiness, so that an outage is logged when it begins and when it ends, also while nobody files claims.
async fn watch_readiness(store: &Store) {
    let mut interval = interval(READINESS_INTERVAL);
    loop {
        interval.tick().await;
        telemetry::set_database_up(store.ready().await.is_ok());
        for (pool, count) in store.count_waiting_jobs() {
            telemetry::set_waiting_jobs(pool, count);
        }
    }
}

async fn watch_space(store: &Store) {
    let mut interval = interval(SPACE_INTERVAL);
    loop {
        interval.tick().await;
        // A database that is away keeps the last figure; that it is away is told elsewhere.
        if let Ok(bytes) = store.find_size().await {
            telemetry::set_size_of_database(bytes);
        }
        if let Some(bytes) = store.find_free_bytes() {
            telemetry::set_disk_free(Disk::Database, bytes);
        }
        if let Some(bytes) = find_free_bytes(&env::temp_dir()) {
            telemetry::set_disk_free(Disk::TemporaryFiles, bytes);
        }
    }
}

async fn watch_claims(store: &Store) {
    loop {
        match count_claims(store).await {
            Ok(counts) => {
                for (status, count) in counts {
                    telemetry::set_stored_claims(status, count);
                }
            }
            Err(error) => tracing::debug!(%error, "the stored claims were not counted"),
        }
        sleep(MIN_PAUSE_BETWEEN_COUNTS).await;
    }
}

/// Counts the claims of all clinics by status. They change meanwhile, so a claim may be counted under two statuses or
/// under none.
async fn count_claims(store: &Store) -> Result<HashMap<Status, u64>, StoreError> {
    let mut counts: HashMap<Status, u64> = Status::ALL.iter().map(|it| (*it, 0)).collect();
    let mut worked = Duration::ZERO;
    for clinic in store.clinic_ids().await? {
        for status in Status::ALL {
            let mut next = Some(Uuid::nil());
            while let Some(after) = next {
                let began = Instant::now();
                let counted = store.count_claims(clinic, *status, after).await?;
                *counts.entry(*status).or_default() += counted.count;
                next = counted.next;
                let step = began.elapsed();
                worked += step;
                if worked > WORK_WITHOUT_PAUSE {
                    sleep(step * PAUSE_PER_WORK).await;
                }
            }
        }
    }
    Ok(counts)
}
