//! The store: the only place that knows the database, SQLite or PostgreSQL, and its one door, [`Store`].
//!
//! Methods are async and never block: they hand work to the store's own threads (`writer`,
//! `reader`) and wait for the answer. What is below them is synchronous diesel, written once for
//! both databases (`connection::on_backend`), a file a table. Rows are private; what comes out are
//! the domain's types.

mod backtest_changes;
mod backtest_work;
mod backtests;
mod checkpoints;
pub(crate) mod claim_batch;
mod claim_evidence;
mod claim_lists;
mod claims;
mod clinics;
mod connection;
mod error;
mod events;
mod items;
mod keys;
mod migrate;
mod outcome;
mod page;
mod preauthorizations;
mod reader;
mod reading;
mod redecisions;
mod rows;
mod rulebook_activations;
mod rulebook_drafts;
mod rulebooks;
mod scan;
mod scan_replaced;
mod schema;
mod shared_reads;
mod sql_types;
mod stored_claim;
#[cfg(test)]
mod tests;
mod threads;
mod url;
mod write;
mod write_queue;
pub mod writer;

use std::{sync::Arc, time::Duration};

use serde::Serialize;
use tokio::{sync::oneshot, time::timeout};

use crate::domain::{
    claim::{Claim, ClaimSummary},
    ids::{ClaimId, ClinicId, KeyId, PreauthorizationId},
    preauthorization::{Ledger, Preauthorization, PreauthorizationEntry},
    text::Label,
    time::Instant,
};

pub use self::{
    backtest_work::{Checkpoint, Lease, LeasedBacktest, Onward},
    backtests::{NewBacktest, StartedBacktest},
    claim_evidence::ClaimEvidence,
    claim_lists::ClaimFilter,
    claims::{NewClaim, Submitted},
    clinics::Bootstrapped,
    error::StoreError,
    keys::KeyHash,
    outcome::Registered,
    page::{Page, PageRequest, Position, SharedPage},
    preauthorizations::{PreauthorizationFilter, Replaced},
    redecisions::{NOT_SUBMITTED, Redecided, Redecision},
    rulebook_activations::{Activated, NewActivation},
    rulebook_drafts::{DraftChange, Shipped},
    rulebooks::NewRulebook,
    scan::{Scan, ScanRange, Scanned, ScannedClaim, ScannedPage},
    url::{DatabaseUrl, DatabaseUrlError},
};
use self::{
    claim_lists::{ClaimList, SharedLists},
    claims::Prepared,
    connection::Connection,
    preauthorizations::Change,
    reader::Lookup,
    shared_reads::Joined,
    sql_types::Id,
    threads::Threads,
    write::{Outcome, Submission, Write},
};

/// How long a request waits for the store.
const WAIT: Duration = Duration::from_secs(10);
/// How long a readiness probe waits.
const READY_WAIT: Duration = Duration::from_secs(2);

/// The door to the database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    url: DatabaseUrl,
    threads: Arc<Threads>,
    claim_lists: Arc<SharedLists>,
}

impl Store {
    /// Opens a database: connects (waiting up to 30 s for a server that is not up yet), migrates
    /// it and starts the store's threads.
    ///
    /// # Errors
    /// When the database cannot be reached or migrated.
    pub async fn open(url: &DatabaseUrl) -> Result<Self, StoreError> {
        Self::migrate(url).await?;
        Self::start(url)
    }

    /// Opens a database whose tables are there and up to date, and changes nothing of it.
    ///
    /// # Errors
    /// When it cannot be reached, or is not up to date.
    pub async fn attach(url: &DatabaseUrl) -> Result<Self, StoreError> {
        if let DatabaseUrl::Sqlite(path) = url
            && !path.exists()
        {
            // Opening it would make an empty one.
            let why = format!("there is no file {}", path.display());
            return Err(StoreError::Unavailable(why));
        }
        let store = Self::start(url)?;
        store.check(WAIT).await?;
        Ok(store)
    }

    fn start(url: &DatabaseUrl) -> Result<Self, StoreError> {
        Ok(Self {
            url: url.clone(),
            threads: Arc::new(Threads::start(url)?),
            claim_lists: Arc::default(),
        })
    }

    /// Creates or upgrades the tables; returns how many migrations were run.
    ///
    /// # Errors
    /// When the database cannot be reached or migrated.
    pub async fn migrate(url: &DatabaseUrl) -> Result<usize, StoreError> {
        let url = url.clone();
        threads::apart("migrate", move || migrate::connect_and_migrate(&url)).await
    }

    /// Stores a claim, or finds that its clinic sent it before.
    ///
    /// # Errors
    /// When the store is busy or closed, or the database fails.
    pub async fn submit(&self, claim: NewClaim) -> Result<Submitted, StoreError> {
        let claim = Prepared::new(claim)?;
        let (answer, outcome) = oneshot::channel();
        let submission = Box::new(Submission { claim, answer });
        self.threads.write(Write::Claim(submission))?;
        match wait("storing a claim", WAIT, outcome).await? {
            Outcome::Created(claim) => claim.into_claim().map(Submitted::Created),
            Outcome::Replayed(row) => Claim::try_from(*row).map(Submitted::Replayed),
            Outcome::Conflict(id) => Ok(Submitted::Conflict(id)),
        }
    }

    /// A claim by its id.
    ///
    /// # Errors
    /// When the store is busy or closed, or the database fails.
    pub async fn claim(&self, clinic: ClinicId, id: ClaimId) -> Result<Option<Claim>, StoreError> {
        let (answer, found) = oneshot::channel();
        let key = (Id(clinic.uuid()), Id(id.uuid()));
        self.threads.look_up(Lookup::Claim(key, answer))?;
        let row = wait("reading a claim", WAIT, found).await?;
        row.map(Claim::try_from).transpose()
    }

    /// A page of a clinic's claims, newest first. Those who ask for the same at the same time share it.
    ///
    /// # Errors
    /// When the store is busy or closed, or the database fails.
    pub async fn claims(
        &self,
        clinic: ClinicId,
        filter: ClaimFilter,
        page: PageRequest,
    ) -> Result<Arc<SharedPage<ClaimSummary>>, StoreError> {
        let list = ClaimList {
            clinic,
            filter,
            page,
        };
        let (answer, found) = oneshot::channel();
        if self.claim_lists.join(list.clone(), answer)? == Joined::First {
            let job = claim_lists::job(self.claim_lists.clone(), list.clone());
            self.threads.read(job).inspect_err(|error| {
                self.claim_lists.settle(&list, || Err(error.clone()));
            })?;
        }
        wait("listing claims", WAIT, found).await
    }

    /// The clinic's approvals of these numbers.
    ///
    /// # Errors
    /// When the store is busy or closed, or the database fails.
    pub async fn ledger(
        &self,
        clinic: ClinicId,
        numbers: Vec<Label>,
    ) -> Result<Ledger, StoreError> {
        // Most claims name none.
        if numbers.is_empty() {
            return Ok(Ledger::default());
        }
        let work = move |c: &mut Connection| preauthorizations::ledger(c, clinic, &numbers);
        let (job, result) = reader::job(work);
        self.threads.read_express(job)?;
        wait("reading the ledger", WAIT, result).await
    }

    /// Enters an approval in the ledger, or finds that it is there.
    ///
    /// # Errors
    /// When the store is busy or closed, or the database fails.
    pub async fn create_preauthorization(
        &self,
        clinic: ClinicId,
        actor: KeyId,
        new: Preauthorization,
    ) -> Result<Registered<Preauthorization>, StoreError> {
        let work = move |c: &mut Connection| preauthorizations::create(c, clinic, actor, &new);
        self.write("entering an approval", work).await
    }

    /// An approval by its id.
    ///
    /// # Errors
    /// When the store is busy or closed, or the database fails.
    pub async fn preauthorization(
        &self,
        clinic: ClinicId,
        id: PreauthorizationId,
    ) -> Result<Option<Preauthorization>, StoreError> {
        let work = move |c: &mut Connection| preauthorizations::by_id(c, clinic, id);
        self.read("reading an approval", work).await
    }

    /// A page of a clinic's approvals, newest first.
    ///
    /// # Errors
    /// When the store is busy or closed, or the database fails.
    pub async fn preauthorizations(
        &self,
        clinic: ClinicId,
        filter: PreauthorizationFilter,
        page: PageRequest,
    ) -> Result<Page<Preauthorization>, StoreError> {
        let work = move |c: &mut Connection| preauthorizations::list(c, clinic, &filter, page);
        self.read("listing approvals", work).await
    }

    /// Replaces everything of an approval but its number, if it still has the expected version.
    ///
    /// # Errors
    /// When the store is busy or closed, or the database fails.
    pub async fn replace_preauthorization(
        &self,
        clinic: ClinicId,
        actor: KeyId,
        id: PreauthorizationId,
        expected_version: i64,
        entry: PreauthorizationEntry,
        now: Instant,
    ) -> Result<Replaced<Preauthorization>, StoreError> {
        let change = Change {
            clinic,
            actor,
            id,
            expected_version,
            entry,
            now,
        };
        let work = move |c: &mut Connection| change.apply(c);
        self.write("changing an approval", work).await
    }

    /// Whether the database can be reached and has all migrations; answers within 2 s.
    ///
    /// # Errors
    /// When it cannot or has not.
    pub async fn ready(&self) -> Result<(), StoreError> {
        self.check(READY_WAIT).await
    }

    async fn check(&self, most: Duration) -> Result<(), StoreError> {
        let (job, result) = reader::job(migrate::check);
        self.threads.read_express(job)?;
        wait("checking the database", most, result).await
    }

    /// Takes no more work, finishes what is queued and stops the threads; takes a few seconds at most.
    pub async fn close(&self) {
        self.threads.stop().await;
    }

    async fn read<T: Send + 'static>(
        &self,
        what: &'static str,
        work: impl Fn(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (job, result) = reader::job(work);
        self.threads.read(job)?;
        wait(what, WAIT, result).await
    }

    async fn write<T: Send + 'static>(
        &self,
        what: &'static str,
        work: impl Fn(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (job, result) = writer::job(work);
        self.threads.write(Write::Job(job))?;
        wait(what, WAIT, result).await
    }
}

/// Waits for an answer from the store's threads.
async fn wait<T>(
    what: &'static str,
    most: Duration,
    answer: oneshot::Receiver<Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let result = match timeout(most, answer).await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(StoreError::Internal("it was given up".to_owned())),
        Err(_) => Err(StoreError::Unavailable(format!(
            "no answer within {} s",
            most.as_secs()
        ))),
    };
    result.map_err(|error| error.during(what))
}

/// A value as JSON text.
fn json<T: Serialize + ?Sized>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(json_error)
}

/// None of our types fails to serialize; the serializer's signature says it could.
fn json_error(error: serde_json::Error) -> StoreError {
    StoreError::Internal(format!("writing JSON: {error}"))
}
