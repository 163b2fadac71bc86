//! The backtests table: what was asked for, and what was found so far. At most one a clinic is running.

use diesel::prelude::*;
use uuid::Uuid;

use payerline_domain::{
    backtests::backtest::{Backtest, BacktestResult, BacktestState, Progress, ReceivedPeriod},
    claims::claim::Evidence,
    values::{
        closed_enum::ClosedEnum,
        ids::{BacktestId, ClinicId, KeyId},
        names::VersionName,
        time::Timestamp,
    },
};

use crate::store::{
    Store,
    engine::{
        connection::{Connection, on_backend},
        error::StoreError,
        page::{self, Page, PageRequest, keyset},
        reading::Reading,
        schema::{backtests, claims},
        sql_types::{Date, Id, Json, Time},
    },
};

/// A back-test to be started.
#[derive(Debug, Clone)]
pub struct NewBacktest {
    /// The clinic.
    pub clinic: ClinicId,
    /// Its id.
    pub id: BacktestId,
    /// The key that wants it.
    pub actor: KeyId,
    /// The version.
    pub version: VersionName,
    /// The digest of the table.
    pub sha256: String,
    /// The table.
    pub table: String,
    /// Which claims.
    pub period: ReceivedPeriod,
    /// When.
    pub now: Timestamp,
}

/// What became of a back-test that was to be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StartedBacktest {
    /// It is running.
    Started(Box<Backtest>),
    /// Another one of the clinic is.
    Running(BacktestId),
}

#[derive(Insertable)]
#[diesel(table_name = backtests, treat_none_as_default_value = false)]
struct NewRow {
    clinic_id: Id,
    id: Id,
    version: String,
    sha256: String,
    document: Json,
    requested_by: Id,
    received_from: Option<Date>,
    received_to: Option<Date>,
    first_id: Id,
    end_id: Id,
    state: &'static str,
    position: Id,
    result: Json,
    created_at: Time,
    updated_at: Time,
}

/// All of a row but the table.
#[derive(Queryable, Selectable)]
#[diesel(table_name = backtests)]
struct Row {
    id: Id,
    version: String,
    sha256: String,
    received_from: Option<Date>,
    received_to: Option<Date>,
    first_id: Id,
    end_id: Id,
    state: String,
    position: Id,
    result: Json,
    detail: Option<String>,
    created_at: Time,
    updated_at: Time,
}

impl TryFrom<Row> for Backtest {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let read = Reading {
            table: "backtests",
            id: row.id.0,
        };
        let state: BacktestState = read.word("state", &row.state)?;
        let result = read_result(row.id.0, &row.result)?;
        let percent = match state {
            BacktestState::Finished => 100,
            _ => percent(row.first_id.0, row.position.0, row.end_id.0),
        };
        Ok(Self {
            id: row.id.0.into(),
            version: read.version_name("version", &row.version)?,
            sha256: row.sha256,
            state,
            received_from: row.received_from.map(|Date(day)| day),
            received_to: row.received_to.map(|Date(day)| day),
            progress: Progress {
                claims: result.claims.saturating_add(result.unreadable),
                percent,
            },
            result,
            detail: row.detail,
            created_at: row.created_at.0,
            updated_at: row.updated_at.0,
            // Nothing is written of it after its end.
            finished_at: (state != BacktestState::Running).then_some(row.updated_at.0),
        })
    }
}

/// Reads what was found so far.
pub(crate) fn read_result(id: Uuid, result: &Json) -> Result<BacktestResult, StoreError> {
    serde_json::from_str(&result.0).map_err(|_| StoreError::corrupt("backtests", id, "result"))
}

/// How far a position is between two ids, by the milliseconds that ids begin with: 0 to 99, for it is not
/// finished.
fn percent(first: Uuid, position: Uuid, end: Uuid) -> u8 {
    let milliseconds = |id: Uuid| id.as_u128() >> 80;
    let done = milliseconds(position).saturating_sub(milliseconds(first));
    let all = milliseconds(end).saturating_sub(milliseconds(first));
    let percent = (done * 100).checked_div(all).unwrap_or_default();
    u8::try_from(percent.min(99)).unwrap_or_default()
}

/// The oldest and the newest of the claims between two ids, if there is any.
fn found(
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

impl NewBacktest {
    fn start(&self, connection: &mut Connection) -> Result<StartedBacktest, StoreError> {
        let row = self.row(connection)?;
        let inserted = on_backend!(connection, |c| {
            diesel::insert_into(backtests::table)
                .values(&row)
                .on_conflict_do_nothing()
                .execute(c)
        })?;
        if inserted == 0
            && let Some(other) = running(connection, self.clinic)?
            && other != self.id
        {
            return Ok(StartedBacktest::Running(other));
        }
        // Also when an earlier try stored it whose answer was lost.
        match by_id(connection, self.clinic, self.id)? {
            Some(backtest) => Ok(StartedBacktest::Started(Box::new(backtest))),
            // The other one ended at this moment.
            None => Err(StoreError::Busy),
        }
    }

    fn row(&self, connection: &mut Connection) -> Result<NewRow, StoreError> {
        let ids = self.period.ids(self.now);
        // To the claims that are there: progress is judged by these ids.
        let (first, end) = match found(connection, self.clinic, ids)? {
            Some((oldest, newest)) => (oldest, Uuid::from_u128(newest.as_u128() + 1)),
            None => (ids.1, ids.1),
        };
        Ok(NewRow {
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
            result: Json(crate::store::engine::store::json(
                &BacktestResult::default(),
            )?),
            created_at: Time(self.now),
            updated_at: Time(self.now),
        })
    }
}

fn running(
    connection: &mut Connection,
    clinic: ClinicId,
) -> Result<Option<BacktestId>, StoreError> {
    let id: Option<Id> = on_backend!(connection, |c| {
        backtests::table
            .select(backtests::id)
            .filter(backtests::clinic_id.eq(Id(clinic.uuid())))
            .filter(backtests::state.eq(BacktestState::Running.word()))
            .first(c)
            .optional()
    })?;
    Ok(id.map(|Id(id)| id.into()))
}

fn by_id(
    connection: &mut Connection,
    clinic: ClinicId,
    id: BacktestId,
) -> Result<Option<Backtest>, StoreError> {
    let row: Option<Row> = on_backend!(connection, |c| {
        backtests::table
            .select(Row::as_select())
            .filter(backtests::clinic_id.eq(Id(clinic.uuid())))
            .filter(backtests::id.eq(Id(id.uuid())))
            .first(c)
            .optional()
    })?;
    row.map(Backtest::try_from).transpose()
}

fn list(
    connection: &mut Connection,
    clinic: ClinicId,
    version: &str,
    request: PageRequest,
) -> Result<Page<Backtest>, StoreError> {
    let fetch = |window: page::Window| {
        on_backend!(connection, |c| {
            let query = backtests::table
                .select(Row::as_select())
                .filter(backtests::clinic_id.eq(Id(clinic.uuid())))
                .filter(backtests::version.eq(version))
                .into_boxed();
            Ok(keyset!(query, backtests::id, window).load::<Row>(c)?)
        })
    };
    page::read(request, |row: &Row| row.id.0, fetch, Backtest::try_from)
}

fn cancel(
    connection: &mut Connection,
    clinic: ClinicId,
    id: BacktestId,
    now: Timestamp,
) -> Result<Option<Backtest>, StoreError> {
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
    by_id(connection, clinic, id)
}

fn table(
    connection: &mut Connection,
    clinic: ClinicId,
    id: BacktestId,
) -> Result<Option<Evidence>, StoreError> {
    let found: Option<Json> = on_backend!(connection, |c| {
        backtests::table
            .select(backtests::document)
            .filter(backtests::clinic_id.eq(Id(clinic.uuid())))
            .filter(backtests::id.eq(Id(id.uuid())))
            .first(c)
            .optional()
    })?;
    Ok(found.map(|document| Evidence::new(document.0)))
}

/// Back-tests. All methods fail when the store is busy or closed, or the database fails.
impl Store {
    /// Starts a back-test, unless one of the clinic is running.
    ///
    /// # Errors
    /// When the store is busy or closed, or the database fails.
    pub async fn start_backtest(&self, new: NewBacktest) -> Result<StartedBacktest, StoreError> {
        let work = move |c: &mut Connection| new.start(c);
        self.write("starting a back-test", work).await
    }

    /// A back-test by its id.
    ///
    /// # Errors
    /// When the store is busy or closed, or the database fails.
    pub async fn backtest(
        &self,
        clinic: ClinicId,
        id: BacktestId,
    ) -> Result<Option<Backtest>, StoreError> {
        let work = move |c: &mut Connection| by_id(c, clinic, id);
        self.read("reading a back-test", work).await
    }

    /// A page of the back-tests of a version, newest first.
    ///
    /// # Errors
    /// When the store is busy or closed, or the database fails.
    pub async fn backtests(
        &self,
        clinic: ClinicId,
        version: VersionName,
        page: PageRequest,
    ) -> Result<Page<Backtest>, StoreError> {
        let work = move |c: &mut Connection| list(c, clinic, version.as_str(), page);
        self.read("listing back-tests", work).await
    }

    /// Ends a back-test; one that has ended stays as it is.
    ///
    /// # Errors
    /// When the store is busy or closed, or the database fails.
    pub async fn cancel_backtest(
        &self,
        clinic: ClinicId,
        id: BacktestId,
        now: Timestamp,
    ) -> Result<Option<Backtest>, StoreError> {
        let work = move |c: &mut Connection| cancel(c, clinic, id, now);
        self.write("cancelling a back-test", work).await
    }

    /// The table that a back-test tries.
    ///
    /// # Errors
    /// When the store is busy or closed, or the database fails.
    pub async fn backtest_table(
        &self,
        clinic: ClinicId,
        id: BacktestId,
    ) -> Result<Option<Evidence>, StoreError> {
        let work = move |c: &mut Connection| table(c, clinic, id);
        self.read("reading the table of a back-test", work).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_judged_by_the_time_of_receipt() {
        let at = |milliseconds: u128| Uuid::from_u128(milliseconds << 80 | 7);
        assert_eq!(percent(at(1000), at(1000), at(2000)), 0);
        assert_eq!(percent(at(1000), at(1420), at(2000)), 42);
        assert_eq!(percent(at(1000), at(2000), at(2000)), 99);
        assert_eq!(percent(at(1000), at(999), at(1000)), 0);
    }
}
