//! Admission: how many claims are worked on at once, and who is refused when more come than can be.
//!
//! A queue that only grows makes everybody wait for as long as it is. So there are places. Who finds
//! none waits for one: bursts are taken in. But when places stay short, more comes in than can be done:
//! then there are only as few as keep the writers busy, so that what is admitted is quick, and who finds
//! none is soon refused. As soon as nobody has been refused for a moment all is as before.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::{sleep, timeout},
};

/// Claims that are worked on at once.
const PLACES: usize = 256;
/// The same under overload: enough to fill the writers' transactions, and no more.
const LEAN: usize = 64;
/// Places that stay short for this long mean overload; places that are not short for this long, its end.
const LASTING: Duration = Duration::from_millis(100);
/// How long a claim of a burst waits for a place.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long a refusal takes. Clients that send the next request as soon as one is answered would else
/// keep the service busy refusing them.
const REFUSAL: Duration = Duration::from_millis(50);

/// The places.
pub struct Admission {
    places: Semaphore,
    shortage: Mutex<Shortage>,
}

/// When somebody found no place.
#[derive(Debug, Clone, Copy)]
struct Shortage {
    first: Instant,
    last: Instant,
}

impl Shortage {
    fn is_overload(self, now: Instant) -> bool {
        self.last.duration_since(self.first) >= LASTING && now.duration_since(self.last) < LASTING
    }

    /// Somebody finds no place: the shortage goes on, or a new one begins.
    fn note(&mut self, now: Instant) {
        if now.duration_since(self.last) >= LASTING {
            self.first = now;
        }
        self.last = now;
    }
}

impl Default for Admission {
    fn default() -> Self {
        let now = Instant::now();
        Self {
            places: Semaphore::new(PLACES),
            shortage: Mutex::new(Shortage {
                first: now,
                last: now,
            }),
        }
    }
}

impl Admission {
    /// A place, to be kept while the claim is worked on; `None` when there is none in time.
    pub async fn enter(&self) -> Option<SemaphorePermit<'_>> {
        match self.enter_at_once(Instant::now()) {
            Ok(Some(place)) => Some(place),
            Ok(None) => timeout(PATIENCE, self.places.acquire()).await.ok()?.ok(),
            Err(Overload) => {
                sleep(REFUSAL).await;
                None
            }
        }
    }

    /// A place that is free now, or `None` when it is worth waiting for one.
    fn enter_at_once(&self, now: Instant) -> Result<Option<SemaphorePermit<'_>>, Overload> {
        let mut shortage = self.shortage.lock().unwrap_or_else(PoisonError::into_inner);
        let free = self.places.available_permits();
        let is_overload = shortage.is_overload(now);
        let kept_free = if is_overload { PLACES - LEAN } else { 0 };
        if free > kept_free
            && let Ok(place) = self.places.try_acquire()
        {
            return Ok(Some(place));
        }
        shortage.note(now);
        if is_overload { Err(Overload) } else { Ok(None) }
    }
}

/// More comes in than can be done.
#[derive(Debug, PartialEq, Eq)]
struct Overload;

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;

    const SOON: Duration = Duration::from_millis(10);

    #[tokio::test]
    async fn a_burst_waits_and_is_admitted() {
        let admission = Admission::default();
        let work = (0..4 * PLACES).map(|_| async {
            let place = admission.enter().await;
            tokio::time::sleep(SOON).await;
            place.is_some()
        });
        assert!(join_all(work).await.into_iter().all(|admitted| admitted));
    }

    #[test]
    fn while_places_stay_short_few_are_given_out_and_the_rest_refused_until_they_are_short_no_more()
    {
        let admission = Admission::default();
        let began = Instant::now();
        let enter = |now| admission.enter_at_once(now);
        let mut places: Vec<_> = (0..PLACES)
            .map(|_| enter(began).unwrap().unwrap())
            .collect();
        // Somebody finds no place every now and then: at first it is a burst, then overload.
        let mut now = began + LASTING;
        for _ in 0..=LASTING.as_millis() / SOON.as_millis() {
            assert!(matches!(enter(now), Ok(None)));
            now += SOON;
        }
        assert_eq!(enter(now).err(), Some(Overload));
        places.truncate(LEAN);
        assert_eq!(enter(now).err(), Some(Overload), "few places are given out");
        places.truncate(LEAN - 1);
        let one = enter(now).unwrap().unwrap();
        assert_eq!(enter(now).err(), Some(Overload));
        drop(one);
        // Nobody was refused for a moment.
        now += LASTING;
        places.extend((LEAN..=PLACES).map(|_| enter(now).unwrap().unwrap()));
        assert!(matches!(enter(now), Ok(None)), "a burst may wait again");
    }
}
