//! Admission: how many claims are worked on at once, and who is refused when more come than can be.
//!
//! A queue that only grows makes everybody wait for as long as it is. So there are places. Who finds
//! none waits for one, if not too many do: bursts are taken in. But when places stay short, more comes in
//! than can be done: then there are only as few as keep the writers busy, so that what is admitted is quick,
//! and who finds none is soon refused. As soon as places have not been short for a moment all is as before.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
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
const LEAN: usize = 32;
/// Places that stay short for this long mean overload; places that are not short for this long, its end.
const LASTING: Duration = Duration::from_millis(50);
/// Places that are not short for this long end an overload in the log: peaks that follow each other are one.
const QUIET: Duration = Duration::from_secs(1);
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
    refusals: Option<Refusals>,
}

/// The refusals of the overload that is on.
#[derive(Debug, Clone, Copy)]
struct Refusals {
    since: Instant,
    count: u64,
}

impl Shortage {
    fn is_overload(&self, now: Instant) -> bool {
        self.last.duration_since(self.first) >= LASTING && now.duration_since(self.last) < LASTING
    }

    /// Somebody is refused: the how many-th in this overload.
    fn refuse(&mut self, now: Instant) -> u64 {
        let refusals = self.refusals.get_or_insert(Refusals {
            since: now,
            count: 0,
        });
        refusals.count += 1;
        refusals.count
    }

    /// The overload that is over, if places were not short for long; told once.
    fn over(&mut self, now: Instant) -> Option<Refusals> {
        let is_quiet = now.duration_since(self.last) >= QUIET;
        self.refusals.take_if(|_| is_quiet)
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
                refusals: None,
            }),
        }
    }
}

impl Admission {
    /// A place, to be kept while the claim is worked on; `None` when there is none in time.
    pub async fn enter(&self) -> Option<SemaphorePermit<'_>> {
        let now = Instant::now();
        self.log_end(now);
        match self.enter_at_once(now) {
            Entry::Place(place) => Some(place),
            Entry::Wait(_waiting) => match timeout(PATIENCE, self.places.acquire()).await {
                Ok(place) => place.ok(),
                Err(_) => {
                    log_beginning(self.lock().refuse(Instant::now()));
                    None
                }
            },
            Entry::Refused(number) => {
                log_beginning(number);
                sleep(time_of_refusal(number)).await;
                None
            }
        }
    }

    /// A place that is free now, or leave to wait for one.
    fn enter_at_once(&self, now: Instant) -> Entry<'_> {
        let mut shortage = self.lock();
        let is_overload = shortage.is_overload(now);
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
        Entry::Refused(shortage.refuse(now))
    }

    /// Logs that an overload is over; known only when the next claim comes, so it says how long it lasted.
    fn log_end(&self, now: Instant) {
        let (over, last) = {
            let mut shortage = self.lock();
            (shortage.over(now), shortage.last)
        };
        if let Some(Refusals { since, count }) = over {
            let lasted = last.saturating_duration_since(since);
            tracing::warn!(refused = count, ?lasted, "the overload is over");
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shortage> {
        self.shortage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn log_beginning(refusal: u64) {
    if refusal == 1 {
        tracing::warn!("overload: more claims come in than can be stored; some are refused");
    }
}

/// How long the refusal of a number takes.
fn time_of_refusal(number: u64) -> Duration {
    /// 2^64 times the golden ratio's fraction: its multiples fall evenly between those of 2^64.
    const EVENLY: u64 = 0x9e37_79b9_7f4a_7c15;
    let [share, ..] = number.wrapping_mul(EVENLY).to_be_bytes();
    REFUSAL + REFUSAL_SPREAD * u32::from(share) / 256
}

/// What becomes of who asks for a place.
#[derive(Debug)]
enum Entry<'a> {
    /// There is one.
    Place(SemaphorePermit<'a>),
    /// It is worth waiting for one; held while waiting.
    Wait(SemaphorePermit<'a>),
    /// More comes in than can be done: the how many-th refusal.
    Refused(u64),
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
        let _places = admission.places.try_acquire_many(256).unwrap();
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

    #[test]
    fn refusals_take_different_times_within_the_limits() {
        let times: Vec<Duration> = (1..=100).map(time_of_refusal).collect();
        let limits = REFUSAL..REFUSAL + REFUSAL_SPREAD;
        assert!(times.iter().all(|time| limits.contains(time)), "{times:?}");
        let different: std::collections::HashSet<_> = times.iter().collect();
        assert!(different.len() > 90, "{times:?}");
    }

    #[test]
    fn an_overload_is_told_once_when_places_were_not_short_for_long() {
        let began = Instant::now();
        let mut shortage = Shortage {
            first: began,
            last: began,
            refusals: None,
        };
        shortage.note(began);
        assert_eq!([shortage.refuse(began), shortage.refuse(began)], [1, 2]);
        assert!(shortage.over(began + LASTING).is_none());
        let over = shortage.over(began + QUIET).unwrap();
        assert_eq!((over.since, over.count), (began, 2));
        assert!(shortage.over(began + QUIET).is_none());
        assert_eq!(shortage.refuse(began + QUIET), 1, "a new one");
    }
}
