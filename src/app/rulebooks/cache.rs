//! What is remembered of rulebooks: for at most a second what decides a clinic's claims, for good what was compiled.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use payerline_domain::values::ids::ClinicId;
use payerline_rulebook::Rulebook;

use super::in_force::Timeline;

/// How long a timeline is not looked at again. After that one request looks, and the others go by what is known.
const FRESH: Duration = Duration::from_millis(500);
/// How old what others go by can be: then each looks for itself.
const OLDEST: Duration = Duration::from_secs(1);
/// Clinics whose timelines are remembered at most.
const MOST_CLINICS: usize = 10_000;
/// Tables that are kept compiled at most.
const MOST_TABLES: usize = 500;

/// What decides the clinics' claims, each looked at again after a second.
#[derive(Default)]
pub struct Remembered(Mutex<Timelines>);

#[derive(Default)]
struct Timelines {
    clinics: HashMap<ClinicId, Looked>,
    /// How often something was forgotten: what was asked for before that is not remembered after.
    forgotten: u64,
}

/// A timeline as it was when somebody looked.
struct Looked {
    asked: Instant,
    timeline: Arc<Timeline>,
    /// Somebody is looking again.
    looking: bool,
}

/// What is known of a clinic's timeline.
pub enum Known {
    /// It was looked at just now.
    Fresh(Arc<Timeline>),
    /// What it was when it was last looked at, and the ticket with which to bring the news.
    Stale(Option<Arc<Timeline>>, Ticket),
}

/// When somebody went to look.
#[derive(Clone, Copy)]
pub struct Ticket {
    asked: Instant,
    forgotten: u64,
}

impl Remembered {
    /// What is known of a clinic.
    pub fn get(&self, clinic: ClinicId) -> Known {
        let mut timelines = self.lock();
        let ticket = Ticket {
            asked: Instant::now(),
            forgotten: timelines.forgotten,
        };
        let Some(known) = timelines.clinics.get_mut(&clinic) else {
            return Known::Stale(None, ticket);
        };
        let age = known.asked.elapsed();
        if age < FRESH || (age < OLDEST && known.looking) {
            return Known::Fresh(known.timeline.clone());
        }
        known.looking = true;
        Known::Stale(Some(known.timeline.clone()), ticket)
    }

    /// Remembers what was found, unless something was forgotten since.
    pub fn put(&self, clinic: ClinicId, ticket: Ticket, timeline: Arc<Timeline>) {
        let mut timelines = self.lock();
        if timelines.forgotten != ticket.forgotten {
            return;
        }
        if timelines.clinics.len() >= MOST_CLINICS {
            timelines.clinics.clear();
        }
        let looked = Looked {
            asked: ticket.asked,
            timeline,
            looking: false,
        };
        timelines.clinics.insert(clinic, looked);
    }

    /// Forgets a clinic's.
    pub fn forget(&self, clinic: ClinicId) {
        let mut timelines = self.lock();
        timelines.clinics.remove(&clinic);
        timelines.forgotten += 1;
    }

    fn lock(&self) -> MutexGuard<'_, Timelines> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tables by clinic and digest. A digest stands for one table for ever, so nothing here grows old.
#[derive(Default)]
pub struct Compiled(Mutex<Tables>);

type Tables = HashMap<(ClinicId, Arc<str>), Arc<Rulebook>>;

impl Compiled {
    /// A table.
    pub fn get(&self, clinic: ClinicId, sha256: &str) -> Option<Arc<Rulebook>> {
        self.lock().get(&(clinic, Arc::from(sha256))).cloned()
    }

    /// Keeps a table.
    pub fn put(&self, clinic: ClinicId, rulebook: Arc<Rulebook>) {
        let mut tables = self.lock();
        if tables.len() >= MOST_TABLES {
            tables.clear();
        }
        tables.insert((clinic, rulebook.version().sha256.clone()), rulebook);
    }

    fn lock(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn timeline() -> Arc<Timeline> {
        Arc::new(Timeline {
            shipped: Arc::new(Rulebook::ontario().unwrap()),
            active: Vec::new(),
        })
    }

    fn ticket(remembered: &Remembered, clinic: ClinicId) -> Ticket {
        match remembered.get(clinic) {
            Known::Stale(_, ticket) => ticket,
            Known::Fresh(_) => panic!("it is to be looked at"),
        }
    }

    #[test]
    fn what_was_just_looked_at_is_not_looked_at_again() {
        let (remembered, clinic) = (Remembered::default(), Uuid::from_u128(1).into());
        let ticket = ticket(&remembered, clinic);
        remembered.put(clinic, ticket, timeline());
        assert!(matches!(remembered.get(clinic), Known::Fresh(_)));
        let other = Uuid::from_u128(2).into();
        assert!(matches!(remembered.get(other), Known::Stale(None, _)));
    }

    #[test]
    fn what_was_asked_for_before_a_change_is_not_remembered_after_it() {
        let (remembered, clinic) = (Remembered::default(), Uuid::from_u128(1).into());
        let before = ticket(&remembered, clinic);
        remembered.forget(clinic);
        remembered.put(clinic, before, timeline());
        assert!(matches!(remembered.get(clinic), Known::Stale(None, _)));
        let after = ticket(&remembered, clinic);
        remembered.put(clinic, after, timeline());
        assert!(matches!(remembered.get(clinic), Known::Fresh(_)));
        remembered.forget(clinic);
        assert!(matches!(remembered.get(clinic), Known::Stale(None, _)));
    }

    #[test]
    fn while_one_looks_the_others_go_by_what_is_known_but_not_for_long() {
        let (remembered, clinic) = (Remembered::default(), Uuid::from_u128(1).into());
        let asked_ago = |age: Duration| Ticket {
            asked: Instant::now().checked_sub(age).unwrap(),
            forgotten: 0,
        };
        remembered.put(clinic, asked_ago(FRESH), timeline());
        assert!(matches!(remembered.get(clinic), Known::Stale(Some(_), _)));
        assert!(matches!(remembered.get(clinic), Known::Fresh(_)));
        remembered.put(clinic, asked_ago(OLDEST), timeline());
        for _ in 0..2 {
            assert!(matches!(remembered.get(clinic), Known::Stale(Some(_), _)));
        }
    }
}
