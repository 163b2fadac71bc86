//! A pool of threads with a connection each: jobs wait in a bounded channel for the next free thread.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
    time::Duration,
};

use crossbeam_channel::{
    Receiver, RecvTimeoutError, Select, Sender, TryRecvError, TrySendError, bounded,
};

use super::{error::StoreError, link::Link};

/// Work for a thread with a connection.
pub type Job = Box<dyn FnOnce(&mut Link) + Send>;

/// Jobs that may wait for a pool; more are refused as busy.
pub const MAX_WAITING_JOBS: usize = 4096;

/// The sending end of a pool. The threads end when every clone is dropped and no job waits.
#[derive(Clone)]
pub struct Pool(Sender<Job>);

impl Pool {
    /// A pool without threads yet: each of them is to run [`run_jobs`] on the receiver.
    pub fn new() -> (Self, Receiver<Job>) {
        let (sender, jobs) = bounded(MAX_WAITING_JOBS);
        (Self(sender), jobs)
    }

    pub fn push(&self, job: Job) -> Result<(), StoreError> {
        self.0.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => StoreError::Busy,
            TrySendError::Disconnected(_) => StoreError::Closed,
        })
    }

    pub fn has_waiting_jobs(&self) -> bool {
        !self.0.is_empty()
    }

    pub fn count_waiting_jobs(&self) -> usize {
        self.0.len()
    }
}

/// How long a thread without work keeps its connection while a more important one waits for it.
const IDLE: Duration = Duration::from_millis(500);
/// How long a thread that gets no connection leaves work to others before it looks again.
const CONNECT_PAUSE: Duration = Duration::from_millis(100);

/// The life of a pool's thread.
pub fn run_jobs(mut link: Link, jobs: &Receiver<Job>) {
    loop {
        link.give_way();
        match next_job(&mut link, jobs) {
            Ok(job) => catch_panic(|| job(&mut link)),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

fn next_job(link: &mut Link, jobs: &Receiver<Job>) -> Result<Job, RecvTimeoutError> {
    if link.is_at_work() {
        return jobs.recv_timeout(IDLE);
    }
    // It must not take a job that it cannot do, so it connects while the job still waits.
    let mut work = Select::new();
    work.recv(jobs);
    if work.ready_timeout(IDLE).is_err() {
        return Err(RecvTimeoutError::Timeout);
    }
    if !jobs.is_empty() && !link.can_work() {
        thread::sleep(CONNECT_PAUSE);
        return Err(RecvTimeoutError::Timeout);
    }
    jobs.try_recv().map_err(|error| match error {
        TryRecvError::Empty => RecvTimeoutError::Timeout,
        TryRecvError::Disconnected => RecvTimeoutError::Disconnected,
    })
}

/// Runs work that should never panic. If it does, those who wait for it learn that their sender is gone,
/// the link opens a new connection, and the thread goes on: without it nothing would be answered any more.
pub fn catch_panic(work: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(work)).is_err() {
        tracing::error!("a thread of the store panicked and goes on with a new connection");
    }
}
