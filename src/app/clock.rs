//! The clock and randomness. Only this file reads the wall clock or asks for random bytes;
//! the database's clock of changes is in `store/engine/horizon`.

use std::sync::atomic::{AtomicI64, Ordering};

use payerline_domain::values::{
    ids,
    time::{Day, Timestamp},
};
use uuid::Uuid;

#[derive(Debug, thiserror::Error)]
#[error("the operating system gives no random bytes: {0}")]
pub struct NoRandomness(#[from] getrandom::Error);

/// The last time that was returned, in microseconds since 1970.
static LAST: AtomicI64 = AtomicI64::new(0);

/// Times that are so near to the last one are taken for its own; a clock that was set back by more is followed.
const NEAR_MICROSECONDS: i64 = 1_000_000;

/// Returns the time to the microsecond, never the same twice: the store knows a request that it tries again by its time.
pub fn now() -> Timestamp {
    let now = jiff::Timestamp::now().as_microsecond();
    let next = |last: i64| match last - now {
        0..NEAR_MICROSECONDS => last + 1,
        _ => now,
    };
    let last = LAST.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| {
        Some(next(last))
    });
    let now = last.map_or(now, next);
    Timestamp::from_microseconds(now).unwrap_or(Timestamp::EPOCH)
}

/// Returns the day in Ontario.
pub fn today() -> Day {
    Day::in_ontario(now())
}

/// Generates a UUID of version 7 with this timestamp.
pub fn new_id(timestamp: Timestamp) -> Uuid {
    ids::uuid_at(timestamp, rand::random())
}

/// Generates random bytes for a secret, straight from the operating system.
pub fn secret_bytes<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_time_is_returned_twice() {
        let times = || {
            (0..20_000)
                .map(|_| now().microseconds())
                .collect::<Vec<_>>()
        };
        let threads: Vec<_> = (0..4).map(|_| std::thread::spawn(times)).collect();
        let all = threads.into_iter().flat_map(|it| it.join().unwrap());
        let mut seen = HashSet::new();
        assert!(all.into_iter().all(|time| seen.insert(time)));
    }
}
