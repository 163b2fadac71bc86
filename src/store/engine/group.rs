//! Requests of one kind that wait are answered as a group: by one query, or by one transaction.
//!
//! A round trip or a durable commit costs about the same for one request as for a few hundred. So requests
//! gather in a bounded queue while a thread answers those that came before, and the thread then takes all of
//! them. A second thread helps only when many are waiting: with fewer it would split one group into two.

use std::{
    any::{Any, TypeId},
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;

use super::{
    connection::Connection,
    error::StoreError,
    link::Link,
    pool::{Job, Pool, catch_panic},
};

/// Requests of a kind that may wait; more are refused as busy.
const MAX_WAITING: usize = 4096;
/// Requests that a group has at most.
const MAX_GROUP: usize = 256;
/// Bytes after which a group takes no further request.
const MAX_GROUP_BYTES: usize = 16 << 20;
/// Threads that answer requests of one kind at the same time.
const MAX_THREADS: usize = 2;

/// A request that is answered together with others of its kind.
pub trait Grouped: Sized + Send + 'static {
    type Answer: Send + 'static;

    /// Waiting requests from which a second thread helps.
    const MANY_WAITING: usize;

    /// About how much memory the request takes.
    fn bytes(&self) -> usize {
        0
    }

    /// Answers every request of a group.
    fn answer(link: &mut Link, group: Vec<Waiting<Self>>);
}

/// A request, and where its answer goes; the receiver may be gone.
pub struct Waiting<R: Grouped> {
    pub request: R,
    pub reply: oneshot::Sender<Result<R::Answer, StoreError>>,
}

/// Answers the requests of a group together with what `find` reads for each of them, in their order. Those whose client
/// hung up need no answer.
pub fn answer_each<R: Grouped>(
    link: &mut Link,
    group: Vec<Waiting<R>>,
    find: impl Fn(&mut Connection, &[R]) -> Result<Vec<R::Answer>, StoreError>,
) {
    let group = group.into_iter().filter(|it| !it.reply.is_closed());
    let (requests, replies): (Vec<R>, Vec<_>) = group.map(|it| (it.request, it.reply)).unzip();
    match link.with(|connection| find(connection, &requests)) {
        Ok(found) => {
            for (reply, found) in replies.into_iter().zip(found) {
                let _ = reply.send(Ok(found));
            }
        }
        Err(error) => {
            for reply in replies {
                let _ = reply.send(Err(error.clone()));
            }
        }
    }
}

/// The queues of all kinds of requests, each made when it is first needed.
#[derive(Default)]
pub struct Queues(Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>);

impl Queues {
    pub fn queue<R: Grouped>(&self) -> Result<Arc<Queue<R>>, StoreError> {
        let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let queue = queues
            .entry(TypeId::of::<R>())
            .or_insert_with(|| Arc::new(Queue::<R>::default()))
            .clone();
        drop(queues);
        let other_type = |_| StoreError::Internal("a queue of another type".to_owned());
        queue.downcast().map_err(other_type)
    }
}

/// Requests of one kind that wait.
pub struct Queue<R: Grouped>(Mutex<State<R>>);

struct State<R: Grouped> {
    waiting: VecDeque<Waiting<R>>,
    /// Threads that answer requests, or have been asked to. While there is none, nothing waits.
    threads: usize,
}

impl<R: Grouped> Default for Queue<R> {
    fn default() -> Self {
        Self(Mutex::new(State {
            waiting: VecDeque::new(),
            threads: 0,
        }))
    }
}

impl<R: Grouped> Queue<R> {
    /// Lets a request wait for a thread of the pool, and returns where its answer will be.
    pub fn push(
        self: Arc<Self>,
        request: R,
        pool: &Pool,
    ) -> Result<oneshot::Receiver<Result<R::Answer, StoreError>>, StoreError> {
        let (reply, answer) = oneshot::channel();
        let mut state = self.lock();
        if state.waiting.len() >= MAX_WAITING {
            return Err(StoreError::Busy);
        }
        state.waiting.push_back(Waiting { request, reply });
        if state.threads < MAX_THREADS && state.waiting.len() >= least::<R>(state.threads) {
            match pool.push(self.job(pool)) {
                Ok(()) => state.threads += 1,
                Err(error) if state.threads == 0 => {
                    state.waiting.pop_back();
                    return Err(error);
                }
                Err(_) => {} // The thread that is at work will come to it.
            }
        }
        Ok(answer)
    }

    fn job(self: &Arc<Self>, pool: &Pool) -> Job {
        let (queue, pool) = (self.clone(), pool.clone());
        Box::new(move |link| queue.work(link, &pool))
    }

    /// Answers groups until too few requests wait. Other jobs of the pool get their turn in between.
    fn work(self: Arc<Self>, link: &mut Link, pool: &Pool) {
        while let Some(group) = self.take() {
            catch_panic(|| R::answer(link, group));
            if pool.has_waiting_jobs() && pool.push(self.job(pool)).is_ok() {
                return;
            }
        }
    }

    /// The next group; `None` if this thread is not needed any more.
    fn take(&self) -> Option<Vec<Waiting<R>>> {
        let mut state = self.lock();
        if state.waiting.len() < least::<R>(state.threads.saturating_sub(1)) {
            state.threads = state.threads.saturating_sub(1);
            return None;
        }
        let (mut group, mut bytes) = (Vec::new(), 0);
        while group.len() < MAX_GROUP
            && bytes < MAX_GROUP_BYTES
            && let Some(waiting) = state.waiting.pop_front()
        {
            bytes += waiting.request.bytes();
            group.push(waiting);
        }
        Some(group)
    }

    fn lock(&self) -> MutexGuard<'_, State<R>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many requests must wait for a thread to take them, beside those that are at work already.
fn least<R: Grouped>(others: usize) -> usize {
    if others == 0 { 1 } else { R::MANY_WAITING }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

    use super::*;
    use crate::store::engine::{link::Source, pool::run_jobs, url::DatabaseUrl};

    /// Announces its group's size to the test and waits until the test lets it go on; needs no database.
    struct Probe {
        sizes: Sender<usize>,
        go_on: Receiver<()>,
    }

    impl Grouped for Probe {
        type Answer = ();
        const MANY_WAITING: usize = 8;

        fn answer(_: &mut Link, group: Vec<Waiting<Self>>) {
            if let Some(first) = group.first() {
                first.request.sizes.send(group.len()).unwrap();
                let _ = first.request.go_on.recv();
            }
            for waiting in group {
                let _ = waiting.reply.send(Ok(()));
            }
        }
    }

    /// A queue, its pool of two threads, and what a probe needs.
    struct Bench {
        queue: Arc<Queue<Probe>>,
        pool: Pool,
        sizes: (Sender<usize>, Receiver<usize>),
        go_on: (Sender<()>, Receiver<()>),
    }

    impl Bench {
        fn new() -> Self {
            let (pool, jobs) = Pool::new();
            for _ in 0..2 {
                let url = DatabaseUrl::Sqlite(PathBuf::from("/never/opened"));
                let link = Link::new(Source::new(&url));
                let jobs = jobs.clone();
                std::thread::spawn(move || run_jobs(link, &jobs));
            }
            Self {
                queue: Arc::default(),
                pool,
                sizes: unbounded(),
                go_on: bounded(0),
            }
        }

        fn push(&self, count: usize) {
            for _ in 0..count {
                self.try_push().unwrap();
            }
        }

        fn try_push(&self) -> Result<(), StoreError> {
            let probe = Probe {
                sizes: self.sizes.0.clone(),
                go_on: self.go_on.1.clone(),
            };
            self.queue.clone().push(probe, &self.pool).map(drop)
        }

        fn next_size(&self) -> usize {
            self.sizes.1.recv().unwrap()
        }

        fn go_on(&self) {
            self.go_on.0.send(()).unwrap();
        }

        fn waiting(&self) -> usize {
            self.queue.lock().waiting.len()
        }
    }

    #[test]
    fn requests_gather_while_a_group_is_answered() {
        let bench = Bench::new();
        bench.push(1);
        assert_eq!(bench.next_size(), 1);
        bench.push(Probe::MANY_WAITING - 1);
        assert_eq!(bench.waiting(), Probe::MANY_WAITING - 1, "no helper yet");
        bench.go_on();
        assert_eq!(bench.next_size(), Probe::MANY_WAITING - 1);
        bench.go_on();
    }

    #[test]
    fn a_second_thread_helps_when_many_are_waiting() {
        let bench = Bench::new();
        bench.push(1);
        assert_eq!(bench.next_size(), 1);
        bench.push(Probe::MANY_WAITING);
        assert_eq!(bench.next_size(), Probe::MANY_WAITING);
        // Both are at work: nobody else is called, and both are released one after the other.
        bench.push(2 * Probe::MANY_WAITING);
        assert_eq!(bench.waiting(), 2 * Probe::MANY_WAITING);
        bench.go_on();
        assert_eq!(bench.next_size(), 2 * Probe::MANY_WAITING);
        bench.go_on();
        bench.go_on();
    }

    #[test]
    fn a_full_queue_is_busy_and_a_group_has_a_bound() {
        let bench = Bench::new();
        bench.push(1);
        assert_eq!(bench.next_size(), 1);
        bench.push(Probe::MANY_WAITING);
        assert_eq!(bench.next_size(), Probe::MANY_WAITING);
        bench.push(MAX_WAITING);
        assert!(matches!(bench.try_push(), Err(StoreError::Busy)));
        bench.go_on();
        assert_eq!(bench.next_size(), MAX_GROUP);
    }

    #[test]
    fn a_closed_pool_takes_no_request() {
        let (pool, jobs) = Pool::new();
        drop(jobs);
        let bench = Bench {
            pool,
            ..Bench::new()
        };
        assert!(matches!(bench.try_push(), Err(StoreError::Closed)));
        assert_eq!(bench.waiting(), 0);
    }

    /// Panics instead of answering.
    struct Bomb;

    impl Grouped for Bomb {
        type Answer = ();
        const MANY_WAITING: usize = 8;

        fn answer(_: &mut Link, _: Vec<Waiting<Self>>) {
            panic!("a fault of the group");
        }
    }

    #[test]
    fn a_panic_loses_its_group_only() {
        let bench = Bench::new();
        let bombs = Arc::new(Queue::<Bomb>::default());
        for _ in 0..2 {
            let answer = bombs.clone().push(Bomb, &bench.pool).unwrap();
            assert!(answer.blocking_recv().is_err(), "nobody answers");
        }
        bench.push(1);
        assert_eq!(bench.next_size(), 1);
    }
}
