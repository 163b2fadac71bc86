//! Who goes without when PostgreSQL grants too few connections: whoever comes last in [`Rank`].
//!
//! A link that is refused a connection reports it. Links of later ranks then close theirs as soon as they have no
//! work, and the one that was refused tries again for a moment. So claims are stored as long as PostgreSQL grants
//! a single connection, and what is slower or fails first are spare threads, then lists.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use crate::store::engine::error::StoreError;

/// What a link is for, the most important first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// The first thread that stores claims.
    Writer,
    /// The first thread that looks up rows by their keys, such as API keys.
    Lookups,
    /// The thread for other short reads, such as the approvals that a claim names.
    Express,
    /// The first thread that reads lists.
    Readers,
    /// A further thread of any kind: without a connection it leaves all work to the first.
    Spare,
}

impl Rank {
    /// In the order in which they get connections.
    const ALL: [Self; 5] = [
        Self::Writer,
        Self::Lookups,
        Self::Express,
        Self::Readers,
        Self::Spare,
    ];

    /// How long a link of this rank waits for others to close theirs.
    fn max_wait(self) -> Duration {
        match self {
            Self::Spare => Duration::ZERO,
            _ => Duration::from_secs(2),
        }
    }
}

/// For how long a refusal counts.
const RECENT: Duration = Duration::from_secs(5);
const ATTEMPT_PAUSE: Duration = Duration::from_millis(100);

#[derive(Debug, Default)]
pub struct Scarcity(Mutex<Refusals>);

#[derive(Debug, Default)]
struct Refusals {
    /// The last refusal of each rank since it last got a connection, in the order of [`Rank::ALL`].
    last: [Option<Instant>; Rank::ALL.len()],
    logged: bool,
}

impl Scarcity {
    /// Opens a connection for a link of a rank.
    pub fn open<T>(
        &self,
        rank: Rank,
        open: impl Fn() -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let give_up = Instant::now() + rank.max_wait();
        loop {
            match open() {
                Err(error) if error.is_too_many_connections() => {
                    self.report(rank, &error);
                    if Instant::now() >= give_up {
                        return Err(error);
                    }
                    thread::sleep(ATTEMPT_PAUSE);
                }
                Ok(connection) => {
                    self.forget(rank);
                    return Ok(connection);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Returns true if a more important link waits for a connection.
    pub fn must_give_way(&self, rank: Rank) -> bool {
        let refusals = self.lock();
        let mut others = Rank::ALL.iter().zip(&refusals.last);
        others.any(|(other, refusal)| *other < rank && is_recent(refusal))
    }

    /// Returns true if any link was refused a connection shortly before.
    pub fn is_scarce(&self) -> bool {
        self.lock().last.iter().any(is_recent)
    }

    fn report(&self, rank: Rank, error: &StoreError) {
        let mut refusals = self.lock();
        set(&mut refusals, rank, Some(Instant::now()));
        if !refusals.logged {
            refusals.logged = true;
            tracing::warn!(%error, "PostgreSQL grants too few connections; claims go before lists until it grants more");
        }
    }

    fn forget(&self, rank: Rank) {
        let mut refusals = self.lock();
        set(&mut refusals, rank, None);
        if refusals.logged && refusals.last.iter().all(Option::is_none) {
            refusals.logged = false;
            tracing::info!("PostgreSQL grants enough connections again");
        }
    }

    fn lock(&self) -> MutexGuard<'_, Refusals> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn set(refusals: &mut Refusals, rank: Rank, refusal: Option<Instant>) {
    let mut places = Rank::ALL.iter().zip(&mut refusals.last);
    if let Some((_, last)) = places.find(|(other, _)| **other == rank) {
        *last = refusal;
    }
}

fn is_recent(refusal: &Option<Instant>) -> bool {
    refusal.is_some_and(|at| at.elapsed() < RECENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refuse() -> Result<(), StoreError> {
        let text = "FATAL:  too many connections for role \"payerline\"";
        Err(StoreError::Unavailable(text.to_owned()))
    }

    #[test]
    fn later_ranks_give_way_until_the_refused_one_is_connected() {
        let scarcity = Scarcity::default();
        assert!(!scarcity.is_scarce());
        let began = Instant::now();
        scarcity.open(Rank::Lookups, refuse).unwrap_err();
        assert!(began.elapsed() >= Rank::Lookups.max_wait());
        let gives_way = |rank| scarcity.must_give_way(rank);
        assert!(gives_way(Rank::Express) && gives_way(Rank::Readers) && gives_way(Rank::Spare));
        assert!(!gives_way(Rank::Writer) && !gives_way(Rank::Lookups));
        scarcity.open(Rank::Lookups, || Ok(())).unwrap();
        assert!(!scarcity.is_scarce() && !gives_way(Rank::Spare));
    }

    #[test]
    fn a_spare_waits_for_nobody_and_nobody_for_it() {
        let scarcity = Scarcity::default();
        scarcity.open(Rank::Spare, refuse).unwrap_err();
        assert!(scarcity.is_scarce());
        assert!(!Rank::ALL.iter().any(|rank| scarcity.must_give_way(*rank)));
    }

    #[test]
    fn other_failures_are_no_scarcity() {
        let scarcity = Scarcity::default();
        let down = || Err::<(), _>(StoreError::Unavailable("Connection refused".to_owned()));
        scarcity.open(Rank::Writer, down).unwrap_err();
        assert!(!scarcity.is_scarce());
    }
}
