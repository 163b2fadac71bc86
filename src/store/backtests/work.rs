//! Working on a back-test: who does, and what is written down on the way.
//!
//! A lease says who works on it and until when nobody else does. What was found, how far it is and which claims
//! change are written in one transaction, only while the lease is still one's own: whoever takes over goes on
//! exactly where that was, and nothing is counted twice.

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

use super::{changes as backtest_changes, runs as backtests};
use crate::store::{
    Store,
    engine::{
        connection::{Connection, on_backend},
        error::StoreError,
        schema::backtests::{self as table, dsl},
        sql_types::{Id, Json, Time},
    },
};

/// How often it is tried to take one, while others are faster.
const TRIES: usize = 4;

/// Who wants to work on a back-test, and until when alone.
#[derive(Debug, Clone, Copy)]
pub struct Lease {
    /// Whoever works.
    pub worker: Uuid,
    /// Now.
    pub now: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

/// A back-test to be worked on.
#[derive(Debug, Clone)]
pub struct LeasedBacktest {
    /// The clinic.
    pub clinic: ClinicId,
    /// Its id.
    pub id: BacktestId,
    /// The digest of the table that is tried.
    pub sha256: String,
    /// The table.
    pub table: String,
    /// The last claim that is counted.
    pub position: Uuid,
    /// What the claims' ids are below.
    pub end: Uuid,
    /// What was found so far.
    pub result: BacktestResult,
}

/// How work goes on after it was written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Onward {
    /// The same worker goes on.
    Continue,
    /// Anybody may.
    Release,
    /// Nobody: all claims are counted.
    Finish,
}

/// What was found until a claim.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    /// The clinic.
    pub clinic: ClinicId,
    /// The back-test.
    pub id: BacktestId,
    /// Whose lease it is, and until when.
    pub lease: Lease,
    /// The last claim that is counted.
    pub position: Uuid,
    /// All that was found.
    pub result: BacktestResult,
    /// Claims that would change and are not yet written down.
    pub changes: Vec<ChangedClaim>,
    /// How it goes on.
    pub onward: Onward,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = table)]
struct Row {
    clinic_id: Id,
    id: Id,
    sha256: String,
    document: Json,
    position: Id,
    end_id: Id,
    result: Json,
}

/// The back-tests that somebody should work on: nobody does, or whoever did has not been heard of.
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

/// What is said of a back-test that cannot go on from what it found.
const UNREADABLE_RESULT: &str =
    "What it found so far cannot be read by this version of Payerline; start it again.";

fn waiting(connection: &mut Connection, lease: Lease) -> Result<Option<(Id, Id)>, StoreError> {
    Ok(on_backend!(connection, |c| {
        due!(table::table.select((dsl::clinic_id, dsl::id)), lease)
            .order(dsl::id.asc())
            .first(c)
            .optional()
    })?)
}

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
    let row: Row = on_backend!(connection, |c| {
        table::table
            .select(Row::as_select())
            .filter(dsl::clinic_id.eq(clinic))
            .filter(dsl::id.eq(id))
            .first(c)
    })?;
    let Ok(result) = backtests::read_result(row.id.0, &row.result) else {
        // Else it would be the first that everybody takes, and nobody could go on with any other.
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

impl Checkpoint {
    fn write(&self, connection: &mut Connection) -> Result<bool, StoreError> {
        let until = match self.onward {
            Onward::Continue => Some(self.lease.until),
            Onward::Release | Onward::Finish => None,
        };
        let state = match self.onward {
            Onward::Finish => BacktestState::Finished,
            Onward::Continue | Onward::Release => BacktestState::Running,
        };
        let result = Json(crate::store::engine::store::json(&self.result)?);
        let written = on_backend!(connection, |c| {
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
        if written == 0 {
            return Ok(false);
        }
        backtest_changes::insert(connection, self.clinic, self.id, &self.changes)?;
        Ok(true)
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

/// Work on back-tests. All methods fail when the store is busy or closed, or the database fails.
impl Store {
    /// Takes a back-test that nobody works on, the oldest first.
    ///
    /// # Errors
    /// When the store is busy or closed, or the database fails.
    pub async fn take_backtest(&self, lease: Lease) -> Result<Option<LeasedBacktest>, StoreError> {
        for _ in 0..TRIES {
            // Nearly always there is none, and looking for one writes nothing.
            let look = move |c: &mut Connection| waiting(c, lease);
            let Some(key) = self.read("looking for a back-test", look).await? else {
                return Ok(None);
            };
            let work = move |c: &mut Connection| take(c, key, lease);
            // Somebody else may take it first: then perhaps there is another one.
            if let Some(taken) = self.write("taking a back-test", work).await? {
                return Ok(Some(taken));
            }
        }
        Ok(None)
    }

    /// Writes down what was found. Whether it was: not when the back-test was cancelled or somebody else works on it.
    ///
    /// # Errors
    /// When the store is busy or closed, or the database fails.
    pub async fn checkpoint_backtest(&self, checkpoint: Checkpoint) -> Result<bool, StoreError> {
        let work = move |c: &mut Connection| checkpoint.write(c);
        self.write("writing down a back-test", work).await
    }

    /// Ends a back-test that can never finish.
    ///
    /// # Errors
    /// When the store is busy or closed, or the database fails.
    pub async fn fail_backtest(
        &self,
        (clinic, id): (ClinicId, BacktestId),
        lease: Lease,
        detail: String,
    ) -> Result<(), StoreError> {
        let work = move |c: &mut Connection| fail(c, (clinic, id), lease, &detail);
        self.write("ending a back-test", work).await
    }
}
