//! How fast back-tests go: at full speed while the service has little to do, else a tenth of the time.
//!
//! Every fifth of a second it is looked at how many requests were answered and claims stored. From 20 a second on,
//! each piece of work is done by one thread and followed by a rest of nine times as long as it took, the reading
//! included. Somebody who watches the progress, and probes, do not count.

use std::time::{Duration, Instant};

/// How long is looked at before it is judged anew.
const WINDOW: Duration = Duration::from_millis(200);
/// Requests and claims a second that others are busy with.
const BUSY: u128 = 20;
/// Rests after a piece of work, each as long as it took.
const RESTS: u32 = 9;
/// The longest rest: a lease must not run out over it.
const LONGEST: Duration = Duration::from_secs(4);

/// The pace of one worker.
#[derive(Debug)]
pub struct Pace {
    since: Instant,
    served: u64,
    busy: bool,
}

impl Pace {
    /// Begins at full speed; `served` counts what the service did for others.
    pub fn new(now: Instant, served: u64) -> Self {
        Self {
            since: now,
            served,
            busy: false,
        }
    }

    /// How long to rest after a piece of work.
    pub fn rest(&mut self, now: Instant, served: u64, worked: Duration) -> Duration {
        let past = now.duration_since(self.since);
        if past >= WINDOW {
            let done = u128::from(served.saturating_sub(self.served));
            self.busy = done * 1000 >= BUSY * past.as_millis();
            self.since = now;
            self.served = served;
        }
        if self.busy {
            (worked * RESTS).min(LONGEST)
        } else {
            Duration::ZERO
        }
    }

    /// How many of some threads to use.
    pub fn threads(&self, of: usize) -> usize {
        if self.busy { 1 } else { of }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rests_while_others_are_busy_and_no_longer() {
        let began = Instant::now();
        let at = |milliseconds| began + Duration::from_millis(milliseconds);
        let worked = Duration::from_millis(30);
        let mut pace = Pace::new(began, 1000);
        assert_eq!(pace.rest(at(30), 1100, worked), Duration::ZERO);
        assert_eq!(pace.rest(at(250), 1300, worked), worked * 9);
        assert_eq!(pace.threads(4), 1);
        assert_eq!(pace.rest(at(300), 1300, worked * 100), LONGEST);
        // Two in a second: somebody looks at the progress.
        assert_eq!(pace.rest(at(1300), 1302, worked), Duration::ZERO);
        assert_eq!(pace.threads(4), 4);
    }
}
