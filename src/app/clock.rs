//! The clock and randomness. Only this file reads the wall clock or asks for random bytes;
//! the database's clock of changes is in `store/engine/horizon`.

use payerline_domain::values::{
    ids,
    time::{Day, Timestamp},
};
use uuid::Uuid;

#[derive(Debug, thiserror::Error)]
#[error("the operating system gives no random bytes: {0}")]
pub struct NoRandomness(#[from] getrandom::Error);

/// Returns the time to the microsecond.
pub fn now() -> Timestamp {
    let now = jiff::Timestamp::now().as_microsecond();
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
