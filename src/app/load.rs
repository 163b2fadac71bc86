//! Load shedding: at most so many claims are processed at once, a bounded number wait, the rest get 503.
//!
//! Interactive requests and lines of batches have permits of their own, so that no number of batches keeps a
//! single claim from being processed. A batch waits for its permits as long as it takes.
//!
//! How long an interactive request may wait depends on the queue ("controlled delay"): while the queue was empty a
//! moment ago the wait is long, so that bursts are taken in; once the queue has stood for [`STANDING_AFTER`] more
//! arrives than can be processed, and a short wait keeps the latency of what is admitted low. The first permit
//! that is taken without waiting shows that the queue is empty, and ends the overload.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};

use crate::store::StoreError;

/// Interactive requests that are processed at once.
const MAX_IN_FLIGHT: usize = 256;
/// Lines of all batches that are processed at once. Together with [`MAX_IN_FLIGHT`] fewer than the store queues.
const MAX_BULK_IN_FLIGHT: usize = 512;
/// Interactive requests that wait for a permit.
const MAX_WAITING: usize = 512;
/// How long a request may wait while the queue was empty a moment ago.
const BURST_WAIT: Duration = Duration::from_secs(1);
/// How long a request may wait in a standing queue.
const STANDING_WAIT: Duration = Duration::from_millis(50);
/// How long a queue is a burst.
const STANDING_AFTER: Duration = Duration::from_millis(100);
/// How long nothing must be refused before the log says that an overload is over: peaks in close succession are one.
const QUIET: Duration = Duration::from_secs(1);

/// The permits to process claims.
pub struct LoadLimit {
    interactive: Semaphore,
    bulk: Semaphore,
    waiting: Semaphore,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Since when the queue has not been empty.
    standing_since: Option<Instant>,
    overload: Option<Overload>,
}

/// An overload that the log was told of.
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
    /// A permit for an interactive request.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when none is free in time.
    pub async fn acquire(&self) -> Result<SemaphorePermit<'_>, StoreError> {
        if let Ok(permit) = self.interactive.try_acquire() {
            // Permits go to the queue first, so the queue is empty.
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

    /// A permit for a line of a batch, which waits its turn.
    ///
    /// # Errors
    /// [`StoreError::Closed`] never in practice: the semaphore is not closed.
    pub async fn acquire_bulk(&self) -> Result<SemaphorePermit<'_>, StoreError> {
        self.bulk.acquire().await.map_err(|_| StoreError::Closed)
    }

    fn max_wait(&self) -> Duration {
        let mut state = self.lock();
        let since = *state.standing_since.get_or_insert_with(Instant::now);
        if since.elapsed() < STANDING_AFTER {
            BURST_WAIT
        } else {
            STANDING_WAIT
        }
    }

    fn note_empty_queue(&self) {
        let mut state = self.lock();
        state.standing_since = None;
        let over = state
            .overload
            .take_if(|overload| overload.last_refusal.elapsed() >= QUIET);
        drop(state);
        if let Some(overload) = over {
            let seconds = overload.since.elapsed().as_secs();
            let refused = overload.refused;
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
        if is_first {
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
    use std::{future::poll_fn, pin::pin, task::Poll};

    use super::*;

    /// Starts to wait for a permit and says if it is there.
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
        assert_eq!(limit.max_wait(), BURST_WAIT);
        tokio::time::sleep(STANDING_AFTER).await;
        assert_eq!(limit.max_wait(), STANDING_WAIT);
        drop(limit.acquire().await.unwrap());
        assert_eq!(limit.max_wait(), BURST_WAIT);
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
