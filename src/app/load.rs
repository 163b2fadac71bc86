//! Load shedding: a bounded number of claims are processed at once, a bounded number wait, the rest get 503.
//!
//! Interactive requests and lines of batches have separate permits, so that no number of batches starves single claims.
//! A batch waits for its permits without a limit.
//!
//! The queue sets the wait of interactive requests ("controlled delay"). A queue that was empty a moment ago allows a
//! long wait, which absorbs bursts. A queue that has stood for [`STANDING_AFTER`] shows that more arrives than can be
//! processed; a short wait then keeps the latency of admitted requests low. The first permit without a wait shows that
//! the queue is empty, and ends the overload.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit},
    time::{Instant, timeout},
};

use crate::{store::StoreError, telemetry};

const MAX_IN_FLIGHT: usize = 256;
/// Bounds the lines of all batches together. With [`MAX_IN_FLIGHT`] it stays below the store's queue.
const MAX_BULK_IN_FLIGHT: usize = 512;
const MAX_WAITING: usize = 512;
const MAX_BURST_WAIT: Duration = Duration::from_secs(1);
const MAX_STANDING_WAIT: Duration = Duration::from_millis(50);
/// A queue that is younger is a burst.
const STANDING_AFTER: Duration = Duration::from_millis(100);
/// An overload is over once nothing was refused for this time, so that the log shows close peaks as one overload.
const QUIET_PERIOD: Duration = Duration::from_secs(1);

/// Waits for a permit for a limited time.
pub async fn acquire_in_time(
    semaphore: &Arc<Semaphore>,
    max_wait: Duration,
) -> Result<OwnedSemaphorePermit, StoreError> {
    let permit = timeout(max_wait, semaphore.clone().acquire_owned()).await;
    permit.ok().and_then(Result::ok).ok_or(StoreError::Busy)
}

/// The permits to process claims.
pub struct LoadLimit {
    interactive: Semaphore,
    bulk: Semaphore,
    waiting: Semaphore,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The time of the first request in a queue that has not been empty since.
    standing_since: Option<Instant>,
    overload: Option<Overload>,
}

/// An overload that was logged.
#[derive(Clone, Copy)]
struct Overload {
    since: Instant,
    last_refusal: Instant,
    refused: u64,
}

impl Default for LoadLimit {
    fn default() -> Self {
        Self {
            interactive: Semaphore::new(MAX_IN_FLIGHT),
            bulk: Semaphore::new(MAX_BULK_IN_FLIGHT),
            waiting: Semaphore::new(MAX_WAITING),
            state: Mutex::default(),
        }
    }
}

impl LoadLimit {
    /// Waits for a permit for an interactive request. Fails with [`StoreError::Busy`] if none is free in time.
    pub async fn acquire(&self) -> Result<SemaphorePermit<'_>, StoreError> {
        if let Ok(permit) = self.interactive.try_acquire() {
            // Waiting requests get permits first, so none is waiting.
            self.note_empty_queue();
            return Ok(permit);
        }
        let Ok(_waiting) = self.waiting.try_acquire() else {
            return Err(self.refuse());
        };
        let permit = timeout(self.max_wait(), self.interactive.acquire()).await;
        permit
            .ok()
            .and_then(Result::ok)
            .ok_or_else(|| self.refuse())
    }

    /// Waits for a permit for a line of a batch. It cannot fail in practice: nothing closes the semaphore.
    pub async fn acquire_bulk(&self) -> Result<SemaphorePermit<'_>, StoreError> {
        self.bulk.acquire().await.map_err(|_| StoreError::Closed)
    }

    fn max_wait(&self) -> Duration {
        let mut state = self.lock();
        let since = *state.standing_since.get_or_insert_with(Instant::now);
        if since.elapsed() < STANDING_AFTER {
            MAX_BURST_WAIT
        } else {
            MAX_STANDING_WAIT
        }
    }

    fn note_empty_queue(&self) {
        let mut state = self.lock();
        state.standing_since = None;
        let over = state
            .overload
            .take_if(|overload| overload.last_refusal.elapsed() >= QUIET_PERIOD);
        drop(state);
        if let Some(overload) = over {
            let seconds = overload.since.elapsed().as_secs();
            let refused = overload.refused;
            telemetry::set_overloaded(false);
            tracing::info!(refused, seconds, "the overload is over");
        }
    }

    fn refuse(&self) -> StoreError {
        let now = Instant::now();
        let mut state = self.lock();
        let overload = state.overload.get_or_insert(Overload {
            since: now,
            last_refusal: now,
            refused: 0,
        });
        overload.last_refusal = now;
        overload.refused += 1;
        let is_first = overload.refused == 1;
        drop(state);
        telemetry::count_refused_claim();
        if is_first {
            telemetry::set_overloaded(true);
            tracing::warn!(
                "overload: more claims arrive than can be processed, so some are answered 503"
            );
        }
        StoreError::Busy
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::poll_fn,
        pin::pin,
        sync::atomic::{AtomicBool, AtomicUsize, Ordering},
        task::Poll,
    };

    use tokio::time::sleep;

    use super::*;

    /// Polls a future once and returns its value if it is ready.
    async fn poll_once<T>(future: std::pin::Pin<&mut impl Future<Output = T>>) -> Option<T> {
        let mut future = future;
        poll_fn(|context| {
            Poll::Ready(match future.as_mut().poll(context) {
                Poll::Ready(value) => Some(value),
                Poll::Pending => None,
            })
        })
        .await
    }

    #[tokio::test]
    async fn a_burst_waits_and_is_processed() {
        let limit = LoadLimit::default();
        let mut permits = Vec::new();
        for _ in 0..MAX_IN_FLIGHT {
            permits.push(limit.acquire().await.unwrap());
        }
        let mut next = pin!(limit.acquire());
        assert!(poll_once(next.as_mut()).await.is_none());
        permits.pop();
        assert!(next.await.is_ok());
    }

    #[tokio::test]
    async fn a_full_queue_refuses_at_once_and_keeps_those_that_wait() {
        let limit = LoadLimit::default();
        let mut permits = Vec::new();
        for _ in 0..MAX_IN_FLIGHT {
            permits.push(limit.acquire().await.unwrap());
        }
        let mut queue: Vec<_> = (0..MAX_WAITING)
            .map(|_| Box::pin(limit.acquire()))
            .collect();
        for request in &mut queue {
            assert!(poll_once(request.as_mut()).await.is_none());
        }
        assert!(matches!(limit.acquire().await, Err(StoreError::Busy)));
        permits.clear();
        let mut admitted = 0;
        for request in queue {
            admitted += u32::from(request.await.is_ok());
        }
        assert!(
            usize::try_from(admitted).unwrap() == MAX_WAITING,
            "{admitted}"
        );
    }

    #[tokio::test]
    async fn a_standing_queue_shortens_the_wait_and_an_empty_one_restores_it() {
        let limit = LoadLimit::default();
        assert_eq!(limit.max_wait(), MAX_BURST_WAIT);
        tokio::time::sleep(STANDING_AFTER).await;
        assert_eq!(limit.max_wait(), MAX_STANDING_WAIT);
        drop(limit.acquire().await.unwrap());
        assert_eq!(limit.max_wait(), MAX_BURST_WAIT);
    }

    /// Clients that ask again as soon as they were processed or refused.
    struct Clients {
        stop: Arc<AtomicBool>,
        processed: Arc<AtomicUsize>,
        refused: Arc<AtomicUsize>,
    }

    impl Clients {
        fn start(limit: &Arc<LoadLimit>, count: usize) -> Self {
            let clients = Self {
                stop: Arc::default(),
                processed: Arc::default(),
                refused: Arc::default(),
            };
            for _ in 0..count {
                let (limit, stop) = (limit.clone(), clients.stop.clone());
                let (processed, refused) = (clients.processed.clone(), clients.refused.clone());
                tokio::spawn(async move {
                    while !stop.load(Ordering::Relaxed) {
                        let answered = match limit.acquire().await {
                            Ok(_permit) => {
                                sleep(Duration::from_millis(25)).await;
                                &processed
                            }
                            Err(_) => &refused,
                        };
                        answered.fetch_add(1, Ordering::Relaxed);
                        sleep(Duration::from_millis(1)).await;
                    }
                });
            }
            clients
        }

        fn take_refused(&self) -> usize {
            self.refused.swap(0, Ordering::Relaxed)
        }
    }

    /// Time is simulated, so that no slow machine decides this.
    #[tokio::test(start_paused = true)]
    async fn an_overload_ends_with_the_burst_that_caused_it() {
        let limit = Arc::new(LoadLimit::default());
        let steady = Clients::start(&limit, 230);
        sleep(Duration::from_secs(1)).await;
        assert_eq!(steady.take_refused(), 0);

        let burst = Clients::start(&limit, 1_000);
        sleep(Duration::from_secs(2)).await;
        assert!(burst.take_refused() > 0 && burst.processed.load(Ordering::Relaxed) > 0);
        burst.stop.store(true, Ordering::Relaxed);

        sleep(Duration::from_millis(200)).await;
        steady.take_refused();
        steady.processed.store(0, Ordering::Relaxed);
        sleep(Duration::from_secs(2)).await;
        assert_eq!(steady.take_refused(), 0);
        assert!(steady.processed.load(Ordering::Relaxed) > 230 * 70);
    }

    #[tokio::test]
    async fn batches_leave_the_permits_of_single_claims_alone() {
        let limit = LoadLimit::default();
        let mut lines = Vec::new();
        for _ in 0..MAX_BULK_IN_FLIGHT {
            lines.push(limit.acquire_bulk().await.unwrap());
        }
        let mut line = pin!(limit.acquire_bulk());
        assert!(poll_once(line.as_mut()).await.is_none());
        assert!(limit.acquire().await.is_ok());
        lines.pop();
        assert!(line.await.is_ok());
    }
}
