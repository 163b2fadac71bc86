//! The pace of back-tests: full speed while the service has little to do, else a tenth of the time.
//!
//! The worker measures the rate of answered requests and stored claims five times a second. From 20 a second on, one
//! thread does each piece of work, and the worker then rests nine times as long as the piece took, reading included.
//! Probes and requests about back-tests do not count.

use std::time::{Duration, Instant};

const MEASUREMENT_INTERVAL: Duration = Duration::from_millis(200);
/// The service is busy from this rate of requests and claims on.
const MIN_BUSY_PER_SECOND: u128 = 20;
/// A rest takes this multiple of the time of the work before it.
const REST_FACTOR: u32 = 9;
/// A lease must not expire during a rest.
const MAX_REST: Duration = Duration::from_secs(4);

#[derive(Debug)]
pub struct Pace {
    since: Instant,
    served: u64,
    busy: bool,
}

impl Pace {
    /// Begins at full speed. `served` is [`crate::telemetry::served_total`].
    pub fn new(now: Instant, served: u64) -> Self {
        Self {
            since: now,
            served,
            busy: false,
        }
    }

    /// Measures the rate and returns the time to rest after a piece of work.
    pub fn measure(&mut self, now: Instant, served: u64, worked: Duration) -> Duration {
        let elapsed = now.duration_since(self.since);
        if elapsed >= MEASUREMENT_INTERVAL {
            let done = u128::from(served.saturating_sub(self.served));
            self.busy = done * 1000 >= MIN_BUSY_PER_SECOND * elapsed.as_millis();
            self.since = now;
            self.served = served;
        }
        if self.busy {
            (worked * REST_FACTOR).min(MAX_REST)
        } else {
            Duration::ZERO
        }
    }

    /// Returns the number of threads to use.
    pub fn limit_threads(&self, available: usize) -> usize {
        if self.busy { 1 } else { available }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_service_makes_back_tests_rest() {
        let began = Instant::now();
        let at = |milliseconds| began + Duration::from_millis(milliseconds);
        let worked = Duration::from_millis(30);
        let mut pace = Pace::new(began, 1000);
        assert_eq!(pace.measure(at(30), 1100, worked), Duration::ZERO);
        assert_eq!(pace.measure(at(250), 1300, worked), worked * 9);
        assert_eq!(pace.limit_threads(4), 1);
        assert_eq!(pace.measure(at(300), 1300, worked * 100), MAX_REST);
        // Two requests a second do not make the service busy.
        assert_eq!(pace.measure(at(1300), 1302, worked), Duration::ZERO);
        assert_eq!(pace.limit_threads(4), 4);
    }
}
