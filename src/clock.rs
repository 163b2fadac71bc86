//! The clock and the dice: the only place that asks the machine for time or randomness.

use uuid::Uuid;

use crate::domain::{
    ids,
    time::{Day, Instant},
};

/// The machine has no randomness to give; nothing can be identified then.
#[derive(Debug, thiserror::Error)]
#[error("the operating system gives no random bytes: {0}")]
pub struct NoRandomness(getrandom::Error);

/// Now, to the microsecond.
pub fn now() -> Instant {
    let now = jiff::Timestamp::now().as_microsecond();
    Instant::from_microseconds(now).unwrap_or(Instant::EPOCH)
}

/// Today in Ontario.
pub fn today() -> Day {
    Day::in_ontario(now())
}

/// A new id for something that happens at `instant`.
///
/// # Errors
/// When the operating system gives no random bytes.
pub fn new_id(instant: Instant) -> Result<Uuid, NoRandomness> {
    Ok(ids::uuid_at(instant, random()?))
}

/// Random bytes.
///
/// # Errors
/// When the operating system gives none.
pub fn random<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(NoRandomness)?;
    Ok(bytes)
}
