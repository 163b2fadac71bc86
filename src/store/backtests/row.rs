//! The backtests table: what was asked for and what was found so far.

use diesel::prelude::*;
use uuid::Uuid;

use payerline_domain::{
    backtests::backtest::{Backtest, BacktestResult, BacktestState, Progress},
    values::ids::{BacktestId, ClinicId},
};

use crate::store::engine::{
    connection::{Connection, on_backend},
    error::StoreError,
    reading::Reading,
    schema::backtests,
    sql_types::{Date, Id, Json, Time},
};

#[derive(Insertable)]
#[diesel(table_name = backtests, treat_none_as_default_value = false)]
pub struct NewBacktestRow {
    pub clinic_id: Id,
    pub id: Id,
    pub version: String,
    pub sha256: String,
    pub document: Json,
    pub requested_by: Id,
    pub received_from: Option<Date>,
    pub received_to: Option<Date>,
    pub first_id: Id,
    pub end_id: Id,
    pub state: &'static str,
    pub position: Id,
    pub result: Json,
    pub created_at: Time,
    pub updated_at: Time,
}

/// All columns but the table.
#[derive(Queryable, Selectable)]
#[diesel(table_name = backtests)]
pub struct BacktestRow {
    pub id: Id,
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

impl BacktestRow {
    pub fn read(self) -> Result<Backtest, StoreError> {
        let read = Reading::new("backtests", self.id.0);
        let state: BacktestState = read.word("state", &self.state)?;
        let result = read_result(self.id.0, &self.result)?;
        let percent = match state {
            BacktestState::Finished => 100,
            _ => percent(self.first_id.0, self.position.0, self.end_id.0),
        };
        Ok(Backtest {
            id: self.id.0.into(),
            version: read.version_name("version", &self.version)?,
            sha256: self.sha256,
            state,
            received_from: self.received_from.map(|Date(day)| day),
            received_to: self.received_to.map(|Date(day)| day),
            progress: Progress {
                claims: result.claims.saturating_add(result.unreadable),
                percent,
            },
            result,
            detail: self.detail,
            created_at: self.created_at.0,
            updated_at: self.updated_at.0,
            // Nothing is written of it after its end.
            finished_at: (state != BacktestState::Running).then_some(self.updated_at.0),
        })
    }
}

pub fn read_result(id: Uuid, result: &Json) -> Result<BacktestResult, StoreError> {
    serde_json::from_str(&result.0).map_err(|_| StoreError::corrupt("backtests", id, "result"))
}

/// How far a position is between two ids, by the milliseconds that ids begin with: 0 to 99, since an unfinished
/// back-test never shows 100.
fn percent(first: Uuid, position: Uuid, end: Uuid) -> u8 {
    let milliseconds = |id: Uuid| id.as_u128() >> 80;
    let done = milliseconds(position).saturating_sub(milliseconds(first));
    let all = milliseconds(end).saturating_sub(milliseconds(first));
    let percent = (done * 100).checked_div(all).unwrap_or_default();
    u8::try_from(percent.min(99)).unwrap_or_default()
}

pub fn find(
    connection: &mut Connection,
    clinic: ClinicId,
    id: BacktestId,
) -> Result<Option<Backtest>, StoreError> {
    let row: Option<BacktestRow> = on_backend!(connection, |c| {
        backtests::table
            .select(BacktestRow::as_select())
            .filter(backtests::clinic_id.eq(Id(clinic.uuid())))
            .filter(backtests::id.eq(Id(id.uuid())))
            .first(c)
            .optional()
    })?;
    row.map(BacktestRow::read).transpose()
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
