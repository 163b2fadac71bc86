//! Admission: how many claims are worked on at once, and who is refused when more come than can be.
//!
//! A queue that only grows makes everybody wait for as long as it is. So there are places. Who finds
//! none waits for one, if not too many do: bursts are taken in. But when places stay short, more comes in than can be done:
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
/// Claims that wait for a place.
const WAITING: usize = 128;
/// Claims that are worked on at once under overload: enough to keep the writer busy, and no more.
const LEAN: usize = 16;
/// Places that stay short for this long mean overload; places that are not short for this long, its end.
const LASTING: Duration = Duration::from_millis(50);
/// How long a claim of a burst waits for a place.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long a refusal takes. Clients that send the next request as soon as one is answered would else
/// keep the service busy refusing them.
const REFUSAL: Duration = Duration::from_millis(50);
/// And up to how much longer, differently for each: those refused together are not to come again together.
const REFUSAL_SPREAD: Duration = Duration::from_millis(200);

/// The places.
pub struct Admission {
    places: Semaphore,
    waiting: Semaphore,
    shortage: Mutex<Shortage>,
}

/// When somebody found no place, and what came of it.
#[derive(Debug)]
struct Shortage {
    first: Instant,
    last: Instant,
    /// How many were refused in the overload that is on; 0 when none is.
    refused: u64,
}

impl Shortage {
    fn is_overload(&self, now: Instant) -> bool {
        self.last.duration_since(self.first) >= LASTING && now.duration_since(self.last) < LASTING
    }

    /// Somebody is refused; tells how long that takes.
    fn refuse(&mut self) -> Duration {
        /// 2^64 times the golden ratio's fraction: multiples of it fall evenly between multiples of 2^64.
        const EVENLY: u64 = 0x9e37_79b9_7f4a_7c15;
        if self.refused == 0 {
            tracing::warn!("overload: more claims come in than can be stored; some are refused");
        }
        self.refused += 1;
        let [share, ..] = self.refused.wrapping_mul(EVENLY).to_be_bytes();
        REFUSAL + REFUSAL_SPREAD * u32::from(share) / 256
    }

    /// Somebody comes: if places were not short for a while, the overload is over.
    fn relax(&mut self, now: Instant) {
        if self.refused > 0 && now.duration_since(self.last) >= LASTING {
            tracing::warn!(refused = self.refused, "the overload is over");
            self.refused = 0;
        }
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
            waiting: Semaphore::new(WAITING),
            shortage: Mutex::new(Shortage {
                first: now,
                last: now,
                refused: 0,
            }),
        }
    }
}

impl Admission {
    /// A place, to be kept while the claim is worked on; `None` when there is none in time.
    pub async fn enter(&self) -> Option<SemaphorePermit<'_>> {
        match self.enter_at_once(Instant::now()) {
            Entry::Place(place) => Some(place),
            Entry::Wait(_waiting) => timeout(PATIENCE, self.places.acquire()).await.ok()?.ok(),
            Entry::Refused(takes) => {
                sleep(takes).await;
                None
            }
        }
    }

    /// A place that is free now, or leave to wait for one.
    fn enter_at_once(&self, now: Instant) -> Entry<'_> {
        let mut shortage = self.shortage.lock().unwrap_or_else(PoisonError::into_inner);
        let is_overload = shortage.is_overload(now);
        shortage.relax(now);
        let kept_free = if is_overload { PLACES - LEAN } else { 0 };
        if self.places.available_permits() > kept_free
            && let Ok(place) = self.places.try_acquire()
        {
            return Entry::Place(place);
        }
        shortage.note(now);
        if !is_overload && let Ok(waiting) = self.waiting.try_acquire() {
            return Entry::Wait(waiting);
        }
        Entry::Refused(shortage.refuse())
    }
}

/// What becomes of who asks for a place.
#[derive(Debug)]
enum Entry<'a> {
    /// There is one.
    Place(SemaphorePermit<'a>),
    /// It is worth waiting for one; held while waiting.
    Wait(SemaphorePermit<'a>),
    /// More comes in than can be done. The answer is to take so long.
    Refused(Duration),
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;

    const SOON: Duration = Duration::from_millis(10);

    #[tokio::test]
    async fn a_burst_waits_and_is_admitted() {
        let admission = Admission::default();
        let work = (0..PLACES + WAITING).map(|_| async {
            let place = admission.enter().await;
            tokio::time::sleep(SOON).await;
            place.is_some()
        });
        assert!(join_all(work).await.into_iter().all(|admitted| admitted));
    }

    #[tokio::test]
    async fn no_more_than_so_many_wait() {
        let admission = Admission::default();
        let _places = admission.places.try_acquire_many(256);
        let now = Instant::now();
        let waiting: Vec<_> = (0..WAITING).map(|_| admission.enter_at_once(now)).collect();
        assert!(waiting.iter().all(|it| matches!(it, Entry::Wait(_))));
        assert!(matches!(admission.enter_at_once(now), Entry::Refused(_)));
    }

    #[test]
    fn while_places_stay_short_few_are_given_out_and_the_rest_refused_until_they_are_short_no_more()
    {
        let admission = Admission::default();
        let began = Instant::now();
        let enter = |now| admission.enter_at_once(now);
        let place = |now| match enter(now) {
            Entry::Place(place) => place,
            other => panic!("{other:?}"),
        };
        let mut places: Vec<_> = (0..PLACES).map(|_| place(began)).collect();
        // Somebody finds no place every now and then: at first it is a burst, then overload.
        let mut now = began + LASTING;
        for _ in 0..=LASTING.as_millis() / SOON.as_millis() {
            assert!(matches!(enter(now), Entry::Wait(_)));
            now += SOON;
        }
        assert!(matches!(enter(now), Entry::Refused(_)));
        places.truncate(LEAN);
        assert!(matches!(enter(now), Entry::Refused(_)), "few are given out");
        places.truncate(LEAN - 1);
        let one = place(now);
        assert!(matches!(enter(now), Entry::Refused(_)));
        drop(one);
        // Nobody was refused for a moment.
        now += LASTING;
        places.extend((LEAN..=PLACES).map(|_| place(now)));
        assert!(
            matches!(enter(now), Entry::Wait(_)),
            "a burst may wait again"
        );
    }
}
