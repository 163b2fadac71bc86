//! Amounts of claims: whose they are, and what is outstanding of them.

use diesel::{
    QueryableByName, RunQueryDsl, sql_query,
    sql_types::{BigInt, Text},
};

use payerline_domain::{
    reports::{ageing::AgeingSum, payer_mix::PayerMixSum, period::ReportPeriod},
    values::ids::ClinicId,
};

use super::read_word;
use crate::store::engine::{
    connection::{Connection, on_backend},
    error::StoreError,
    sql_types::{Date, Id, SqlDate, SqlId},
    store::Store,
};

/// Claims that were withdrawn, or corrected by another one, are nobody's.
const PAYER_MIX: &str = "
    SELECT received_on, payer, count(*) AS claims,
        CAST(sum(billed_cents) AS bigint) AS billed_cents, CAST(sum(paid_cents) AS bigint) AS paid_cents
    FROM claim_progress
    WHERE clinic_id = $1 AND claim_id >= $2 AND claim_id < $3 AND status NOT IN ('void', 'replaced')
    GROUP BY received_on, payer";

/// Claims that were sent and are not settled.
const AGEING: &str = "
    SELECT sent_to, sent_on, count(*) AS claims, CAST(sum(outstanding_cents) AS bigint) AS outstanding_cents
    FROM claim_progress
    WHERE clinic_id = $1 AND claim_id >= $2 AND claim_id < $3 AND outstanding_cents > 0
        AND status IN ('submitted', 'partially_paid', 'denied', 'appealed')
        AND sent_to IS NOT NULL AND sent_on IS NOT NULL
    GROUP BY sent_to, sent_on";

#[derive(QueryableByName)]
struct PayerMixColumns {
    #[diesel(sql_type = SqlDate)]
    received_on: Date,
    #[diesel(sql_type = Text)]
    payer: String,
    #[diesel(sql_type = BigInt)]
    claims: i64,
    #[diesel(sql_type = BigInt)]
    billed_cents: i64,
    #[diesel(sql_type = BigInt)]
    paid_cents: i64,
}

#[derive(QueryableByName)]
struct AgeingColumns {
    #[diesel(sql_type = Text)]
    sent_to: String,
    #[diesel(sql_type = SqlDate)]
    sent_on: Date,
    #[diesel(sql_type = BigInt)]
    claims: i64,
    #[diesel(sql_type = BigInt)]
    outstanding_cents: i64,
}

impl PayerMixColumns {
    fn read(self) -> Result<PayerMixSum, StoreError> {
        Ok(PayerMixSum {
            received_on: self.received_on.0,
            payer: read_word("claim_progress", "payer", &self.payer)?,
            claims: self.claims,
            billed_cents: self.billed_cents,
            paid_cents: self.paid_cents,
        })
    }
}

impl AgeingColumns {
    fn read(self) -> Result<AgeingSum, StoreError> {
        Ok(AgeingSum {
            sent_to: read_word("claim_progress", "sent_to", &self.sent_to)?,
            sent_on: self.sent_on.0,
            claims: self.claims,
            outstanding_cents: self.outstanding_cents,
        })
    }
}

impl Store {
    /// Adds up the claims of each day and payer.
    pub async fn payer_mix(
        &self,
        clinic: ClinicId,
        period: ReportPeriod,
    ) -> Result<Vec<PayerMixSum>, StoreError> {
        let (first, end) = period.ids();
        let work = move |connection: &mut Connection| {
            let query = sql_query(PAYER_MIX)
                .bind::<SqlId, _>(Id(clinic.uuid()))
                .bind::<SqlId, _>(Id(first))
                .bind::<SqlId, _>(Id(end));
            let rows: Vec<PayerMixColumns> = on_backend!(connection, |c| query.load(c))?;
            rows.into_iter().map(PayerMixColumns::read).collect()
        };
        self.read("adding up claims by payer", work).await
    }

    /// Adds up what is outstanding of claims, by who was sent them on which day.
    pub async fn ageing(
        &self,
        clinic: ClinicId,
        period: ReportPeriod,
    ) -> Result<Vec<AgeingSum>, StoreError> {
        let (first, end) = period.ids();
        let work = move |connection: &mut Connection| {
            let query = sql_query(AGEING)
                .bind::<SqlId, _>(Id(clinic.uuid()))
                .bind::<SqlId, _>(Id(first))
                .bind::<SqlId, _>(Id(end));
            let rows: Vec<AgeingColumns> = on_backend!(connection, |c| query.load(c))?;
            rows.into_iter().map(AgeingColumns::read).collect()
        };
        self.read("adding up what is outstanding", work).await
    }
}
