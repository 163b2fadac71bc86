//! The clock and randomness: the only place that asks the machine for time or random bytes.

use payerline_domain::values::{
    ids,
    time::{Day, Timestamp},
};
use uuid::Uuid;

/// The operating system gives no random bytes.
#[derive(Debug, thiserror::Error)]
#[error("the operating system gives no random bytes: {0}")]
pub struct NoRandomness(#[from] getrandom::Error);

/// Now, to the microsecond.
pub fn now() -> Timestamp {
    let now = jiff::Timestamp::now().as_microsecond();
    Timestamp::from_microseconds(now).unwrap_or(Timestamp::EPOCH)
}

/// Today in Ontario.
pub fn today() -> Day {
    Day::in_ontario(now())
}

/// A new id for something that happens at `timestamp`.
pub fn new_id(timestamp: Timestamp) -> Uuid {
    ids::uuid_at(timestamp, rand::random())
}

/// Random bytes for a secret, straight from the operating system.
///
/// # Errors
/// When it gives none.
pub fn secret_bytes<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}
