//! The writers' queue: lanes whose order is kept; one writer takes them together, others help with a full one.
//!
//! A transaction costs about the same for a few claims as for many, so one writer, the first, takes all
//! that wait; the others only help when a lane by itself makes a good transaction. Claims of one external
//! id share a lane and a lane has one writer at a time, so that of two in a row the first is stored and
//! the second finds it.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
};

use super::{
    error::StoreError,
    write::{Job, QueuedClaim, Write},
};

/// Writes that may wait in one lane; more are refused as busy.
pub const LANE: usize = 2048;
/// Claims that one transaction takes at most.
const MOST: usize = 256;
/// Bytes of JSON after which a transaction takes no further claim.
const MOST_BYTES: usize = 16 << 20;
/// Writes that are enough for a transaction: no further lane is taken into it.
const ENOUGH: usize = 32;
/// Writes of one lane that are worth a transaction of another writer.
const MUCH: usize = 64;

/// What waits to be written.
pub struct WriteQueue {
    state: Mutex<State>,
    /// There is something for the first writer.
    some: Condvar,
    /// There is something for the others.
    much: Condvar,
}

/// Which of the writers one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// The one that takes whatever waits.
    First,
    /// One that helps.
    Helper,
}

struct State {
    lanes: Vec<Lane>,
    closed: bool,
    /// Writers that wait to be woken, the first and others: waking who does not wait costs as much.
    first_rests: bool,
    helpers_rest: usize,
    /// Whether the first writer is at other work than claims, which may take long: helpers take its turn.
    first_is_away: bool,
}

#[derive(Default)]
struct Lane {
    waiting: VecDeque<Write>,
    /// Whether a writer is at work on what it took from here.
    taken: bool,
}

/// Writes that a writer took. Their lanes are free again when this is dropped: not before what it took
/// is done.
pub struct Batch<'q> {
    /// Claims, to be written together.
    pub claims: Vec<QueuedClaim>,
    /// Anything else.
    pub jobs: Vec<Job>,
    bytes: usize,
    lanes: Vec<usize>,
    turn: Turn,
    queue: &'q WriteQueue,
}

impl WriteQueue {
    /// A queue of so many lanes, at least one.
    pub fn new(lanes: usize) -> Self {
        let lanes = std::iter::repeat_with(Lane::default).take(lanes.max(1));
        Self {
            state: Mutex::new(State {
                lanes: lanes.collect(),
                closed: false,
                first_rests: false,
                helpers_rest: 0,
                first_is_away: false,
            }),
            some: Condvar::new(),
            much: Condvar::new(),
        }
    }

    /// Lets a write wait for a writer.
    ///
    /// # Errors
    /// When its lane is full, or the queue closed.
    pub fn push(&self, write: Write) -> Result<(), StoreError> {
        let hash = write.lane();
        let mut state = self.lock();
        if state.closed {
            return Err(StoreError::Closed);
        }
        let lane = state.lane(hash).ok_or(StoreError::Closed)?;
        if lane.waiting.len() >= LANE {
            return Err(StoreError::Busy);
        }
        lane.waiting.push_back(write);
        self.wake(state);
        Ok(())
    }

    /// Takes what waits, up to the limits of one transaction; waits for something. `None` once the
    /// queue is closed and nothing waits that others are not seeing to. Then a helper ends as soon as no
    /// lane is worth it: the first sees to the rest.
    pub fn take(&self, turn: Turn) -> Option<Batch<'_>> {
        let mut state = self.lock();
        if turn == Turn::First {
            state.first_is_away = false;
        }
        loop {
            let batch = Batch::of(self, &mut state, turn);
            if !batch.lanes.is_empty() {
                self.wake(state);
                return Some(batch);
            }
            let done = turn == Turn::Helper || state.lanes.iter().all(|it| it.waiting.is_empty());
            if state.closed && done {
                return None;
            }
            let something = match turn {
                Turn::First => {
                    state.first_rests = true;
                    &self.some
                }
                Turn::Helper => {
                    state.helpers_rest += 1;
                    &self.much
                }
            };
            let woken = something.wait(state);
            state = woken.unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Takes no more; what waits is still written.
    pub fn close(&self) {
        self.lock().closed = true;
        self.some.notify_all();
        self.much.notify_all();
    }

    /// Wakes who rests and has something to do.
    fn wake(&self, mut state: MutexGuard<'_, State>) {
        let first = state.first_rests && state.has_work(Turn::First);
        let helper = state.helpers_rest > 0 && state.has_work(Turn::Helper);
        if first {
            state.first_rests = false;
        }
        if helper {
            state.helpers_rest -= 1;
        }
        drop(state);
        if first {
            self.some.notify_one();
        }
        if helper {
            self.much.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn lane(&mut self, hash: u64) -> Option<&mut Lane> {
        let lanes = u64::try_from(self.lanes.len()).ok()?;
        let number = usize::try_from(hash.checked_rem(lanes)?).ok()?;
        self.lanes.get_mut(number)
    }
}

impl State {
    /// How many writes a lane must hold for a writer to take it.
    fn least(&self, turn: Turn) -> usize {
        match turn {
            Turn::Helper if !self.first_is_away => MUCH,
            Turn::First | Turn::Helper => 1,
        }
    }

    fn has_work(&self, turn: Turn) -> bool {
        let least = self.least(turn);
        self.lanes.iter().any(|lane| lane.is_free(least))
    }
}

impl Lane {
    /// Whether a writer may take it that wants at least so many writes.
    fn is_free(&self, least: usize) -> bool {
        !self.taken && self.waiting.len() >= least
    }
}

impl<'q> Batch<'q> {
    fn of(queue: &'q WriteQueue, state: &mut State, turn: Turn) -> Self {
        let mut batch = Self {
            claims: Vec::new(),
            jobs: Vec::new(),
            bytes: 0,
            lanes: Vec::new(),
            turn,
            queue,
        };
        // The fullest first: claims are spread evenly, so a lane that is passed over is soon the fullest.
        let mut order: Vec<usize> = (0..state.lanes.len()).collect();
        order.sort_by_key(|number| {
            let waiting = state
                .lanes
                .get(*number)
                .map_or(0, |lane| lane.waiting.len());
            std::cmp::Reverse(waiting)
        });
        let least = state.least(turn);
        for number in order {
            if batch.len() >= ENOUGH || batch.bytes >= MOST_BYTES {
                break;
            }
            if let Some(lane) = state.lanes.get_mut(number)
                && lane.is_free(least)
            {
                batch.take_from(lane);
                lane.taken = true;
                batch.lanes.push(number);
            }
        }
        batch
    }

    fn take_from(&mut self, lane: &mut Lane) {
        while self.len() < MOST && self.bytes < MOST_BYTES {
            match lane.waiting.pop_front() {
                Some(Write::Claim(submission)) => {
                    self.bytes += submission.claim.weight();
                    self.claims.push(*submission);
                }
                Some(Write::Job(job)) => self.jobs.push(job),
                None => break,
            }
        }
    }

    /// How many bytes of JSON its claims have.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many writes it holds.
    pub fn len(&self) -> usize {
        self.claims.len() + self.jobs.len()
    }
}

impl Batch<'_> {
    /// Its claims are written: the lanes are free, and while this writer does its jobs another may take what
    /// waits there.
    pub fn leave(&mut self) {
        self.free_lanes(self.turn == Turn::First);
    }

    fn free_lanes(&mut self, first_is_away: bool) {
        // Nothing was taken, perhaps under the lock, or they are free already.
        if self.lanes.is_empty() {
            return;
        }
        let mut state = self.queue.lock();
        for number in self.lanes.drain(..) {
            if let Some(lane) = state.lanes.get_mut(number) {
                lane.taken = false;
            }
        }
        state.first_is_away |= first_is_away;
        self.queue.wake(state);
    }
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        self.free_lanes(false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(queue: &WriteQueue, count: usize) {
        for _ in 0..count {
            // Jobs are of the first lane.
            queue.push(Write::Job(Box::new(|_| ()))).unwrap();
        }
    }

    #[test]
    fn a_lane_has_one_writer_at_a_time() {
        let queue = WriteQueue::new(2);
        push(&queue, 1);
        let first = queue.take(Turn::First).unwrap();
        assert_eq!((first.len(), first.lanes.as_slice()), (1, [0].as_slice()));
        push(&queue, 2);
        let none = Batch::of(&queue, &mut queue.lock(), Turn::First);
        assert!(none.lanes.is_empty(), "what came after it waits for it");
        drop(first);
        assert_eq!(queue.take(Turn::First).unwrap().len(), 2);
    }

    #[test]
    fn a_closed_queue_takes_nothing_and_gives_out_what_it_has() {
        let queue = WriteQueue::new(1);
        push(&queue, MOST + 1);
        queue.close();
        let refused = queue.push(Write::Job(Box::new(|_| ())));
        assert!(matches!(refused, Err(StoreError::Closed)));
        assert_eq!(queue.take(Turn::First).unwrap().len(), MOST);
        assert_eq!(queue.take(Turn::First).unwrap().len(), 1);
        assert!(queue.take(Turn::First).is_none());
    }

    #[test]
    fn a_helper_takes_only_what_is_worth_a_transaction() {
        let queue = WriteQueue::new(2);
        let helped = |queue: &WriteQueue| {
            let batch = Batch::of(queue, &mut queue.lock(), Turn::Helper);
            batch.len()
        };
        push(&queue, MUCH - 1);
        assert_eq!(helped(&queue), 0);
        push(&queue, 1);
        assert_eq!(helped(&queue), MUCH);
        queue.close();
        assert!(queue.take(Turn::Helper).is_none());
    }

    #[test]
    fn a_helper_takes_the_turn_of_a_first_writer_that_is_away() {
        let queue = WriteQueue::new(2);
        push(&queue, 1);
        let mut first = queue.take(Turn::First).unwrap();
        push(&queue, 1);
        let none = Batch::of(&queue, &mut queue.lock(), Turn::Helper);
        assert!(none.lanes.is_empty(), "the first will take it");
        first.leave();
        assert_eq!(queue.take(Turn::Helper).unwrap().len(), 1);
        push(&queue, 1);
        drop(first);
        assert_eq!(queue.take(Turn::First).unwrap().len(), 1, "it is back");
        push(&queue, 1);
        let none = Batch::of(&queue, &mut queue.lock(), Turn::Helper);
        assert!(none.lanes.is_empty());
    }

    #[test]
    fn what_a_helper_leaves_wakes_the_first_writer() {
        let queue = WriteQueue::new(1);
        push(&queue, MUCH);
        let helped = queue.take(Turn::Helper).unwrap();
        push(&queue, 1);
        std::thread::scope(|scope| {
            let first = scope.spawn(|| queue.take(Turn::First).map(|batch| batch.len()));
            while !queue.lock().first_rests {
                std::thread::yield_now();
            }
            drop(helped);
            assert_eq!(first.join().unwrap(), Some(1));
        });
    }

    #[test]
    fn a_full_lane_is_busy() {
        let queue = WriteQueue::new(1);
        push(&queue, LANE);
        let refused = queue.push(Write::Job(Box::new(|_| ())));
        assert!(matches!(refused, Err(StoreError::Busy)));
    }
}
