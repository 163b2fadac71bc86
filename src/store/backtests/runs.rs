//! Back-tests: started, cancelled and read. At most one of a clinic is running.

use diesel::prelude::*;
use uuid::Uuid;

use payerline_domain::{
    access::ActorId,
    backtests::backtest::{Backtest, BacktestResult, BacktestState, ReceivedPeriod},
    claims::claim::Evidence,
    values::{
        closed_enum::ClosedEnum,
        ids::{BacktestId, ClinicId},
        names::VersionName,
        time::Timestamp,
    },
};

use super::row::{self, BacktestRow, NewBacktestRow};
use crate::store::{
    changed::{ChangeRefused, Changed},
    engine::{
        connection::{Connection, on_backend},
        error::StoreError,
        page::{Page, PageRequest, read_page},
        schema::{backtests, claims},
        sql_types::{Date, Id, Json, Time},
        store::{Store, json},
    },
};

/// A back-test to be started.
#[derive(Debug, Clone)]
pub struct NewBacktest {
    pub clinic: ClinicId,
    pub id: BacktestId,
    pub actor: ActorId,
    pub version: VersionName,
    /// The digest of `table`.
    pub sha256: String,
    pub table: String,
    pub period: ReceivedPeriod,
    pub now: Timestamp,
}

/// The ids of the oldest and the newest claim of a range, if it has any.
fn find_ends(
    connection: &mut Connection,
    clinic: ClinicId,
    (first, end): (Uuid, Uuid),
) -> Result<Option<(Uuid, Uuid)>, StoreError> {
    macro_rules! claim {
        ($order:ident) => {
            on_backend!(connection, |c| {
                claims::table
                    .select(claims::id)
                    .filter(claims::clinic_id.eq(Id(clinic.uuid())))
                    .filter(claims::id.ge(Id(first)))
                    .filter(claims::id.lt(Id(end)))
                    .order(claims::id.$order())
                    .first::<Id>(c)
                    .optional()
            })?
        };
    }
    let (oldest, newest) = (claim!(asc), claim!(desc));
    Ok(oldest
        .zip(newest)
        .map(|(oldest, newest)| (oldest.0, newest.0)))
}

/// Another back-test may end between the insert that it is in the way of and the look for it.
const MAX_TRIES: usize = 3;

impl NewBacktest {
    /// Starts it, in the transaction of the caller.
    pub fn apply(&self, connection: &mut Connection) -> Result<Changed<Backtest>, StoreError> {
        for _ in 0..MAX_TRIES {
            if let Some(started) = self.try_to_start(connection)? {
                return Ok(started);
            }
        }
        Err(StoreError::Busy)
    }

    /// Returns `None` if the back-test that was in the way ended at that moment.
    fn try_to_start(
        &self,
        connection: &mut Connection,
    ) -> Result<Option<Changed<Backtest>>, StoreError> {
        let row = self.row(connection)?;
        on_backend!(connection, |c| {
            diesel::insert_into(backtests::table)
                .values(&row)
                .on_conflict_do_nothing()
                .execute(c)
        })?;
        // Also if an earlier try inserted it whose answer was lost, whatever was started since.
        if let Some(backtest) = row::find(connection, self.clinic, self.id)? {
            return Ok(Some(Changed::Made(backtest)));
        }
        let running: Option<Id> = on_backend!(connection, |c| {
            backtests::table
                .select(backtests::id)
                .filter(backtests::clinic_id.eq(Id(self.clinic.uuid())))
                .filter(backtests::state.eq(BacktestState::Running.word()))
                .first(c)
                .optional()
        })?;
        let refused =
            |Id(other): Id| Changed::Refused(ChangeRefused::BacktestRunning(other.into()));
        Ok(running.map(refused))
    }

    fn row(&self, connection: &mut Connection) -> Result<NewBacktestRow, StoreError> {
        let ids = self.period.ids(self.now);
        // Progress is judged by the ids of the claims that are there.
        let (first, end) = match find_ends(connection, self.clinic, ids)? {
            Some((oldest, newest)) => (oldest, Uuid::from_u128(newest.as_u128() + 1)),
            None => (ids.1, ids.1),
        };
        Ok(NewBacktestRow {
            clinic_id: Id(self.clinic.uuid()),
            id: Id(self.id.uuid()),
            version: self.version.as_str().to_owned(),
            sha256: self.sha256.clone(),
            document: Json(self.table.clone()),
            requested_by: Id(self.actor.uuid()),
            received_from: self.period.received_from.map(Date),
            received_to: self.period.received_to.map(Date),
            first_id: Id(first),
            end_id: Id(end),
            state: BacktestState::Running.word(),
            position: Id(Uuid::from_u128(first.as_u128().saturating_sub(1))),
            result: Json(json(&BacktestResult::default())?),
            created_at: Time(self.now),
            updated_at: Time(self.now),
        })
    }
}

impl Store {
    /// Starts a back-test, unless one of the clinic is running.
    pub async fn start_backtest(&self, new: NewBacktest) -> Result<Changed<Backtest>, StoreError> {
        self.write("starting a back-test", move |c| new.apply(c))
            .await
    }

    pub async fn backtest(
        &self,
        clinic: ClinicId,
        id: BacktestId,
    ) -> Result<Option<Backtest>, StoreError> {
        self.read("reading a back-test", move |c| row::find(c, clinic, id))
            .await
    }

    /// A page of the back-tests of a version, newest first.
    pub async fn backtests(
        &self,
        clinic: ClinicId,
        version: VersionName,
        page: PageRequest,
    ) -> Result<Page<Backtest>, StoreError> {
        self.read("listing back-tests", move |connection| {
            read_page!(
                connection,
                page,
                backtests::id,
                BacktestRow,
                BacktestRow::read,
                backtests::table
                    .select(BacktestRow::as_select())
                    .filter(backtests::clinic_id.eq(Id(clinic.uuid())))
                    .filter(backtests::version.eq(version.as_str()))
                    .into_boxed()
            )
        })
        .await
    }

    /// Ends a back-test; one that has ended stays as it is.
    pub async fn cancel_backtest(
        &self,
        clinic: ClinicId,
        id: BacktestId,
        now: Timestamp,
    ) -> Result<Option<Backtest>, StoreError> {
        self.write("cancelling a back-test", move |connection| {
            on_backend!(connection, |c| {
                diesel::update(backtests::table)
                    .filter(backtests::clinic_id.eq(Id(clinic.uuid())))
                    .filter(backtests::id.eq(Id(id.uuid())))
                    .filter(backtests::state.eq(BacktestState::Running.word()))
                    .set((
                        backtests::state.eq(BacktestState::Cancelled.word()),
                        backtests::updated_at.eq(Time(now)),
                    ))
                    .execute(c)
            })?;
            row::find(connection, clinic, id)
        })
        .await
    }

    /// The table that a back-test tries.
    pub async fn backtest_table(
        &self,
        clinic: ClinicId,
        id: BacktestId,
    ) -> Result<Option<Evidence>, StoreError> {
        self.read("reading the table of a back-test", move |connection| {
            let found: Option<Json> = on_backend!(connection, |c| {
                backtests::table
                    .select(backtests::document)
                    .filter(backtests::clinic_id.eq(Id(clinic.uuid())))
                    .filter(backtests::id.eq(Id(id.uuid())))
                    .first(c)
                    .optional()
            })?;
            Ok(found.map(|Json(table)| Evidence::new(table)))
        })
        .await
    }
}
