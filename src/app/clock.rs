//! The clock and the dice: the only place that asks the machine for time or randomness.

use std::cell::RefCell;

use uuid::Uuid;

use payerline_domain::values::{
    ids,
    time::{Day, Timestamp},
};

/// The machine has no randomness to give; nothing can be identified then.
#[derive(Debug, thiserror::Error)]
#[error("the operating system gives no random bytes: {0}")]
pub struct NoRandomness(getrandom::Error);

/// Now, to the microsecond.
pub fn now() -> Timestamp {
    let now = jiff::Timestamp::now().as_microsecond();
    Timestamp::from_microseconds(now).unwrap_or(Timestamp::EPOCH)
}

/// Today in Ontario.
pub fn today() -> Day {
    Day::in_ontario(now())
}

/// A new id for something that happens at `instant`.
///
/// # Errors
/// When the operating system gives no random bytes.
pub fn new_id(instant: Timestamp) -> Result<Uuid, NoRandomness> {
    Ok(ids::uuid_at(instant, LOTS.with_borrow_mut(Lots::draw)?))
}

/// Randomness for so many ids is asked for at once: every request needs an id, and asking the operating
/// system costs more than all the rest of one.
const LOTS_DRAWN: usize = 64;

thread_local! {
    static LOTS: RefCell<Lots> = const { RefCell::new(Lots(Vec::new())) };
}

/// Random bytes for ids to come. Ids are no secrets, so these may lie in memory; keys are made of
/// [`random`] ones.
struct Lots(Vec<[u8; 10]>);

impl Lots {
    fn draw(&mut self) -> Result<[u8; 10], NoRandomness> {
        if let Some(lot) = self.0.pop() {
            return Ok(lot);
        }
        let mut lots = [[0; 10]; LOTS_DRAWN];
        getrandom::fill(lots.as_flattened_mut()).map_err(NoRandomness)?;
        let [first, rest @ ..] = lots;
        self.0.extend(rest);
        Ok(first)
    }
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

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_of_one_instant_differ() {
        let now = now();
        let more = LOTS_DRAWN * 3;
        let ids: HashSet<Uuid> = (0..more).map(|_| new_id(now).unwrap()).collect();
        assert_eq!(ids.len(), more);
    }
}
