//! Approvals by kind and status.

use diesel::{
    QueryableByName, RunQueryDsl, sql_query,
    sql_types::{BigInt, Text},
};

use payerline_domain::{
    reports::{
        approvals::{ApprovalsRow, ENDING_SOON_DAYS},
        period::ReportPeriod,
    },
    values::{ids::ClinicId, time::Day},
};

use super::read_word;
use crate::store::engine::{
    connection::{Connection, on_backend},
    error::StoreError,
    sql_types::{Date, Id, SqlDate, SqlId, SqlTime, Time},
    store::Store,
};

const APPROVALS: &str = "
    SELECT kind, status, count(*) AS approvals,
        CAST(sum(approved_cents) AS bigint) AS approved_cents,
        CAST(sum(reserved_cents) AS bigint) AS reserved_cents,
        CAST(sum(consumed_cents) AS bigint) AS consumed_cents,
        CAST(sum(ends_soon) AS bigint) AS ending_soon,
        CAST(sum(ends_soon * (approved_cents - reserved_cents - consumed_cents)) AS bigint) AS ending_soon_left_cents
    FROM (
        SELECT kind, status, approved_cents, reserved_cents, consumed_cents,
            CASE WHEN status IN ('approved', 'confirmed') AND valid_to >= $1 AND valid_to <= $2 THEN 1 ELSE 0 END AS ends_soon
        FROM preauthorizations
        WHERE clinic_id = $3 AND created_at >= $4 AND created_at < $5
    ) AS entered
    GROUP BY kind, status";

#[derive(QueryableByName)]
struct ApprovalColumns {
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = BigInt)]
    approvals: i64,
    #[diesel(sql_type = BigInt)]
    approved_cents: i64,
    #[diesel(sql_type = BigInt)]
    reserved_cents: i64,
    #[diesel(sql_type = BigInt)]
    consumed_cents: i64,
    #[diesel(sql_type = BigInt)]
    ending_soon: i64,
    #[diesel(sql_type = BigInt)]
    ending_soon_left_cents: i64,
}

impl ApprovalColumns {
    fn read(self) -> Result<ApprovalsRow, StoreError> {
        Ok(ApprovalsRow {
            kind: read_word("preauthorizations", "kind", &self.kind)?,
            status: read_word("preauthorizations", "status", &self.status)?,
            approvals: self.approvals,
            approved_cents: self.approved_cents,
            reserved_cents: self.reserved_cents,
            consumed_cents: self.consumed_cents,
            left_cents: self.approved_cents - self.reserved_cents - self.consumed_cents,
            ending_soon: self.ending_soon,
            ending_soon_left_cents: self.ending_soon_left_cents,
        })
    }
}

impl Store {
    /// Adds up the approvals that were entered in a period, by kind and status.
    pub async fn approval_sums(
        &self,
        clinic: ClinicId,
        period: ReportPeriod,
        today: Day,
    ) -> Result<Vec<ApprovalsRow>, StoreError> {
        let (begin, end) = period.bounds();
        let soon = today.days_later(ENDING_SOON_DAYS).unwrap_or(today);
        let work = move |connection: &mut Connection| {
            let query = sql_query(APPROVALS)
                .bind::<SqlDate, _>(Date(today))
                .bind::<SqlDate, _>(Date(soon))
                .bind::<SqlId, _>(Id(clinic.uuid()))
                .bind::<SqlTime, _>(Time(begin))
                .bind::<SqlTime, _>(Time(end));
            let rows: Vec<ApprovalColumns> = on_backend!(connection, |c| query.load(c))?;
            rows.into_iter().map(ApprovalColumns::read).collect()
        };
        self.read("adding up approvals", work).await
    }
}
