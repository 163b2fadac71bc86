//! Waits between attempts, and the time to give up.

use std::time::{Duration, Instant};

use crate::{error::TransferError, meter::Meter};

/// Each wait is twice the one before, up to the longest.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const MAX_WAIT: Duration = Duration::from_secs(30);
/// A longer `Retry-After` is cut to this.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(120);

pub struct Backoff {
    give_up_after: Duration,
    last_progress: Instant,
    next_wait: Duration,
}

impl Backoff {
    pub fn new(give_up_after: Duration) -> Self {
        Self {
            give_up_after,
            last_progress: Instant::now(),
            next_wait: FIRST_WAIT,
        }
    }

    /// Starts over after some progress: short waits, and the full time until it gives up.
    pub fn reset(&mut self) {
        *self = Self::new(self.give_up_after);
    }

    /// Waits before the next attempt, or fails with the reason of the last one when it is time to give up.
    pub async fn wait(
        &mut self,
        why: String,
        retry_after: Option<Duration>,
        meter: &Meter,
    ) -> Result<(), TransferError> {
        let Some(wait) = self.next_wait(retry_after) else {
            let after = self.last_progress.elapsed();
            return Err(TransferError::GaveUp { after, why });
        };
        let seconds = wait.as_secs_f64();
        meter.say(&format!("{why}; trying again in {seconds:.1} s"));
        tokio::time::sleep(wait).await;
        Ok(())
    }

    /// The next wait, at least as long as the service asks; `None` when it is time to give up.
    fn next_wait(&mut self, retry_after: Option<Duration>) -> Option<Duration> {
        if self.last_progress.elapsed() >= self.give_up_after {
            return None;
        }
        let asked = retry_after.unwrap_or_default().min(MAX_RETRY_AFTER);
        let wait = self.next_wait.max(asked);
        self.next_wait = (self.next_wait * 2).min(MAX_WAIT);
        Some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_until_there_is_progress() {
        let mut backoff = Backoff::new(Duration::from_secs(60));
        let asked = Some(Duration::from_secs(7));
        let waits: Vec<_> = [None, None, None, asked, None]
            .map(|asked| backoff.next_wait(asked).map(|wait| wait.as_millis()))
            .into();
        assert_eq!(waits, [500, 1000, 2000, 7000, 8000].map(Some));
        backoff.reset();
        assert_eq!(backoff.next_wait(None), Some(FIRST_WAIT));
        let huge = backoff.next_wait(Some(Duration::from_secs(86_400)));
        assert_eq!(huge, Some(MAX_RETRY_AFTER));
    }

    #[test]
    fn waits_end_when_time_is_up() {
        assert_eq!(Backoff::new(Duration::ZERO).next_wait(None), None);
    }
}
