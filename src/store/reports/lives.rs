//! What became of claims: how long they took, what was refused of them, how their patients fare.

use diesel::{
    QueryableByName, RunQueryDsl, sql_query,
    sql_types::{BigInt, Integer},
};
use serde::de::DeserializeOwned;

use payerline_domain::{
    reports::{
        denials::ClaimDenials,
        outcomes::ClaimOutcomes,
        period::ReportPeriod,
        turnaround::{TurnaroundSpan, TurnaroundSum},
    },
    values::{closed_enum::ClosedEnum, ids::ClinicId},
};

use crate::store::engine::{
    connection::{Connection, on_backend},
    error::StoreError,
    sql_types::{Id, Json, SqlId, SqlJson},
    store::Store,
};

const DENIALS: &str = "
    SELECT claim_id, denials AS noted FROM claim_progress
    WHERE clinic_id = $1 AND claim_id >= $2 AND claim_id < $3 AND denials IS NOT NULL";

/// A claim that was withdrawn is about a treatment that may not have been.
const OUTCOMES: &str = "
    SELECT claim_id, outcomes AS noted FROM claim_progress
    WHERE clinic_id = $1 AND claim_id >= $2 AND claim_id < $3 AND outcomes IS NOT NULL AND status <> 'void'";

#[derive(QueryableByName)]
struct DaysColumns {
    #[diesel(sql_type = Integer)]
    days: i32,
    #[diesel(sql_type = BigInt)]
    claims: i64,
}

#[derive(QueryableByName)]
struct NotedColumns {
    #[diesel(sql_type = SqlId)]
    claim_id: Id,
    #[diesel(sql_type = SqlJson)]
    noted: Json,
}

/// The query of how many claims took how many days.
fn write_days_query(span: TurnaroundSpan) -> String {
    let column = match span {
        TurnaroundSpan::ReceivedToDecided => "days_to_decide",
        TurnaroundSpan::DecidedToSent => "days_to_send",
        TurnaroundSpan::SentToAnswered => "days_to_answer",
        TurnaroundSpan::AnsweredToPaid => "days_to_pay",
        TurnaroundSpan::ReceivedToPaid => "days_in_all",
    };
    format!(
        "SELECT {column} AS days, count(*) AS claims FROM claim_progress
         WHERE clinic_id = $1 AND claim_id >= $2 AND claim_id < $3 AND {column} IS NOT NULL
         GROUP BY {column}"
    )
}

fn count_days(
    connection: &mut Connection,
    clinic: ClinicId,
    period: ReportPeriod,
) -> Result<Vec<TurnaroundSum>, StoreError> {
    let (first, end) = period.ids();
    let mut sums = Vec::new();
    for span in TurnaroundSpan::ALL.iter().copied() {
        let query = sql_query(write_days_query(span))
            .bind::<SqlId, _>(Id(clinic.uuid()))
            .bind::<SqlId, _>(Id(first))
            .bind::<SqlId, _>(Id(end));
        let rows: Vec<DaysColumns> = on_backend!(connection, |c| query.load(c))?;
        sums.extend(rows.iter().map(|row| TurnaroundSum {
            span,
            days: u32::try_from(row.days).unwrap_or(0),
            claims: u64::try_from(row.claims).unwrap_or(0),
        }));
    }
    Ok(sums)
}

/// Reads what is noted of each claim of a period, by one of the queries above.
fn read_noted<T: DeserializeOwned>(
    connection: &mut Connection,
    query: &str,
    clinic: ClinicId,
    period: ReportPeriod,
) -> Result<Vec<T>, StoreError> {
    let (first, end) = period.ids();
    let query = sql_query(query)
        .bind::<SqlId, _>(Id(clinic.uuid()))
        .bind::<SqlId, _>(Id(first))
        .bind::<SqlId, _>(Id(end));
    let rows: Vec<NotedColumns> = on_backend!(connection, |c| query.load(c))?;
    let read = |row: NotedColumns| {
        serde_json::from_str(&row.noted.0)
            .map_err(|_| StoreError::corrupt("claim_progress", row.claim_id.0, "denials, outcomes"))
    };
    rows.into_iter().map(read).collect()
}

impl Store {
    /// Counts how many claims took how many days for each span.
    pub async fn turnaround(
        &self,
        clinic: ClinicId,
        period: ReportPeriod,
    ) -> Result<Vec<TurnaroundSum>, StoreError> {
        let work = move |connection: &mut Connection| {
            connection.snapshot(|connection| count_days(connection, clinic, period))
        };
        self.read("counting how long claims took", work).await
    }

    /// Reads what was refused of claims.
    pub async fn denials(
        &self,
        clinic: ClinicId,
        period: ReportPeriod,
    ) -> Result<Vec<ClaimDenials>, StoreError> {
        let work = move |c: &mut Connection| read_noted(c, DENIALS, clinic, period);
        self.read("reading what was refused", work).await
    }

    /// Reads what was measured after the services of claims.
    pub async fn measured_outcomes(
        &self,
        clinic: ClinicId,
        period: ReportPeriod,
    ) -> Result<Vec<ClaimOutcomes>, StoreError> {
        let work = move |c: &mut Connection| read_noted(c, OUTCOMES, clinic, period);
        self.read("reading how patients fare", work).await
    }
}
