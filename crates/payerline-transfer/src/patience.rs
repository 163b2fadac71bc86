//! How long to wait before trying again, and when to give up.

use std::time::{Duration, Instant};

/// The first wait; each is twice the last, up to the longest.
const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(30);
/// What a service may ask for at most with `Retry-After`.
const ASKED_AT_MOST: Duration = Duration::from_secs(120);

/// Counts waits, and how long nothing went forward.
pub struct Patience {
    limit: Duration,
    since: Instant,
    next: Duration,
}

impl Patience {
    /// Gives up when nothing goes forward for so long.
    pub fn new(limit: Duration) -> Self {
        Self {
            limit,
            since: Instant::now(),
            next: FIRST,
        }
    }

    /// Something went forward: all is well again.
    pub fn renew(&mut self) {
        *self = Self::new(self.limit);
    }

    /// How long to wait now, at least as long as the service asks; `None` when it has been enough.
    pub fn wait(&mut self, asked: Option<Duration>) -> Option<Duration> {
        if self.since.elapsed() >= self.limit {
            return None;
        }
        let wait = self.next.max(asked.unwrap_or_default().min(ASKED_AT_MOST));
        self.next = (self.next * 2).min(LONGEST);
        Some(wait)
    }

    /// How long nothing went forward.
    pub fn tried(&self) -> Duration {
        self.since.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_until_something_goes_forward() {
        let mut patience = Patience::new(Duration::from_secs(60));
        let asked = Some(Duration::from_secs(7));
        let waits: Vec<_> = [None, None, None, asked, None]
            .map(|asked| patience.wait(asked).map(|wait| wait.as_millis()))
            .into();
        assert_eq!(waits, [500, 1000, 2000, 7000, 8000].map(Some));
        patience.renew();
        assert_eq!(patience.wait(None), Some(FIRST));
        let huge = patience.wait(Some(Duration::from_secs(86_400)));
        assert_eq!(huge, Some(ASKED_AT_MOST));
    }

    #[test]
    fn it_ends() {
        assert_eq!(Patience::new(Duration::ZERO).wait(None), None);
    }
}
