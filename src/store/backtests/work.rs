//! Work on back-tests: leases and interim results.
//!
//! A lease keeps other workers from a back-test until its time is over. The result so far, the position and the
//! changed claims are saved in one transaction, and only by the worker that holds the lease. A worker that takes
//! over continues from what is saved, so no claim is counted twice.

use diesel::prelude::*;
use uuid::Uuid;

use payerline_domain::{
    backtests::backtest::{BacktestResult, BacktestState, ChangedClaim},
    values::{
        closed_enum::ClosedEnum,
        ids::{BacktestId, ClinicId},
        time::Timestamp,
    },
};

use super::{changes, row};
use crate::store::engine::{
    connection::{Connection, on_backend},
    error::StoreError,
    schema::backtests::{self as table, dsl},
    sql_types::{Id, Json, Time},
    store::{Store, json},
};

/// Attempts to take a back-test while other workers are faster.
const MAX_ATTEMPTS: usize = 4;

/// A worker's claim to be the only one at work on a back-test, until its time is over.
#[derive(Debug, Clone, Copy)]
pub struct Lease {
    pub worker: Uuid,
    pub now: Timestamp,
    pub until: Timestamp,
}

/// A back-test to be worked on.
#[derive(Debug, Clone)]
pub struct LeasedBacktest {
    pub clinic: ClinicId,
    pub id: BacktestId,
    /// The digest of `table`.
    pub sha256: String,
    pub table: String,
    /// The last claim that is counted.
    pub position: Uuid,
    /// The id that all claims to be compared are below.
    pub end: Uuid,
    pub result: BacktestResult,
}

/// What a worker does after it saved an interim result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextStep {
    /// It continues, and its lease is extended.
    Continue,
    /// It stops, and any worker may take over at once.
    Release,
    /// It is done: all claims are counted.
    Finish,
}

/// What a back-test found up to a claim.
#[derive(Debug, Clone)]
pub struct InterimResult {
    pub clinic: ClinicId,
    pub id: BacktestId,
    pub lease: Lease,
    /// The last claim that is counted.
    pub position: Uuid,
    /// The result over all claims counted so far.
    pub result: BacktestResult,
    /// The changed claims that are not saved yet.
    pub changes: Vec<ChangedClaim>,
    pub next: NextStep,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = table)]
struct LeasedRow {
    clinic_id: Id,
    id: Id,
    sha256: String,
    document: Json,
    position: Id,
    end_id: Id,
    result: Json,
}

/// Filters the running back-tests that a worker may take: without a lease, with one that is over, or with its own.
macro_rules! due {
    ($query:expr, $lease:expr) => {
        $query
            .filter(dsl::state.eq(BacktestState::Running.word()))
            .filter(
                dsl::leased_until
                    .is_null()
                    .or(dsl::leased_until.lt(Time($lease.now)))
                    .or(dsl::worker.eq(Id($lease.worker))),
            )
    };
}

/// The detail of a back-test whose interim result this build cannot read.
const UNREADABLE_RESULT: &str =
    "What it found so far cannot be read by this version of Payerline; start it again.";

fn take(
    connection: &mut Connection,
    (clinic, id): (Id, Id),
    lease: Lease,
) -> Result<Option<LeasedBacktest>, StoreError> {
    let taken = on_backend!(connection, |c| {
        due!(diesel::update(table::table), lease)
            .filter(dsl::clinic_id.eq(clinic))
            .filter(dsl::id.eq(id))
            .set((
                dsl::worker.eq(Some(Id(lease.worker))),
                dsl::leased_until.eq(Some(Time(lease.until))),
            ))
            .execute(c)
    })?;
    if taken == 0 {
        return Ok(None);
    }
    let row: LeasedRow = on_backend!(connection, |c| {
        table::table
            .select(LeasedRow::as_select())
            .filter(dsl::clinic_id.eq(clinic))
            .filter(dsl::id.eq(id))
            .first(c)
    })?;
    let Ok(result) = row::read_result(row.id.0, &row.result) else {
        // Otherwise every worker would take it first, and none could continue with another.
        let key = (row.clinic_id.0.into(), row.id.0.into());
        fail(connection, key, lease, UNREADABLE_RESULT)?;
        return Ok(None);
    };
    Ok(Some(LeasedBacktest {
        result,
        clinic: row.clinic_id.0.into(),
        id: row.id.0.into(),
        sha256: row.sha256,
        table: row.document.0,
        position: row.position.0,
        end: row.end_id.0,
    }))
}

impl InterimResult {
    /// Saves it, in the transaction of the caller. Returns false if another worker has taken the lease or the
    /// back-test has ended.
    pub fn save(&self, connection: &mut Connection) -> Result<bool, StoreError> {
        let until = match self.next {
            NextStep::Continue => Some(self.lease.until),
            NextStep::Release | NextStep::Finish => None,
        };
        let state = match self.next {
            NextStep::Finish => BacktestState::Finished,
            NextStep::Continue | NextStep::Release => BacktestState::Running,
        };
        let result = Json(json(&self.result)?);
        let saved = on_backend!(connection, |c| {
            diesel::update(table::table)
                .filter(dsl::clinic_id.eq(Id(self.clinic.uuid())))
                .filter(dsl::id.eq(Id(self.id.uuid())))
                .filter(dsl::state.eq(BacktestState::Running.word()))
                .filter(dsl::worker.eq(Id(self.lease.worker)))
                .set((
                    dsl::state.eq(state.word()),
                    dsl::position.eq(Id(self.position)),
                    dsl::result.eq(&result),
                    dsl::leased_until.eq(until.map(Time)),
                    dsl::updated_at.eq(Time(self.lease.now)),
                ))
                .execute(c)
        })?;
        if saved == 0 {
            return self.is_saved(connection);
        }
        changes::insert(connection, self.clinic, self.id, &self.changes)?;
        Ok(true)
    }

    /// Returns true if an earlier try, whose answer was lost, finished the back-test: this worker alone finishes it.
    /// A try that did not finish it can simply be repeated.
    fn is_saved(&self, connection: &mut Connection) -> Result<bool, StoreError> {
        if self.next != NextStep::Finish {
            return Ok(false);
        }
        let finished: Option<Id> = on_backend!(connection, |c| {
            table::table
                .select(dsl::id)
                .filter(dsl::clinic_id.eq(Id(self.clinic.uuid())))
                .filter(dsl::id.eq(Id(self.id.uuid())))
                .filter(dsl::state.eq(BacktestState::Finished.word()))
                .filter(dsl::worker.eq(Id(self.lease.worker)))
                .filter(dsl::position.eq(Id(self.position)))
                .first(c)
                .optional()
        })?;
        Ok(finished.is_some())
    }
}

fn fail(
    connection: &mut Connection,
    (clinic, id): (ClinicId, BacktestId),
    lease: Lease,
    detail: &str,
) -> Result<(), StoreError> {
    on_backend!(connection, |c| {
        diesel::update(table::table)
            .filter(dsl::clinic_id.eq(Id(clinic.uuid())))
            .filter(dsl::id.eq(Id(id.uuid())))
            .filter(dsl::state.eq(BacktestState::Running.word()))
            .filter(dsl::worker.eq(Id(lease.worker)))
            .set((
                dsl::state.eq(BacktestState::Failed.word()),
                dsl::detail.eq(Some(detail)),
                dsl::leased_until.eq(None::<Time>),
                dsl::updated_at.eq(Time(lease.now)),
            ))
            .execute(c)
    })?;
    Ok(())
}

impl Store {
    /// Takes the oldest back-test that no worker has.
    pub async fn take_backtest(&self, lease: Lease) -> Result<Option<LeasedBacktest>, StoreError> {
        for _ in 0..MAX_ATTEMPTS {
            // Nearly always there is none, and looking for one writes nothing.
            let look = move |connection: &mut Connection| {
                Ok(on_backend!(connection, |c| {
                    due!(table::table.select((dsl::clinic_id, dsl::id)), lease)
                        .order(dsl::id.asc())
                        .first::<(Id, Id)>(c)
                        .optional()
                })?)
            };
            let Some(key) = self.read("looking for a back-test", look).await? else {
                return Ok(None);
            };
            let taken = self.write("taking a back-test", move |c| take(c, key, lease));
            // Another worker may be faster; then there may be another back-test.
            if let Some(taken) = taken.await? {
                return Ok(Some(taken));
            }
        }
        Ok(None)
    }

    /// Saves what was found so far. Returns false if another worker has taken the lease or the back-test has ended.
    pub async fn save_interim_result(&self, interim: InterimResult) -> Result<bool, StoreError> {
        self.write("saving an interim result", move |c| interim.save(c))
            .await
    }

    /// Ends a back-test that can never finish.
    pub async fn fail_backtest(
        &self,
        key: (ClinicId, BacktestId),
        lease: Lease,
        detail: String,
    ) -> Result<(), StoreError> {
        let work = move |c: &mut Connection| fail(c, key, lease, &detail);
        self.write("ending a back-test", work).await
    }
}
