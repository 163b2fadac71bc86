//! The backtest_changes table: the claims that a tested version would decide otherwise, and their list.

use diesel::{
    prelude::*,
    sql_types::{BigInt, Binary, Text},
};

use payerline_domain::{
    backtests::backtest::{ChangedClaim, PayerAndDisposition},
    values::{
        closed_enum::ClosedEnum,
        ids::{BacktestId, ClinicId},
        money::Cents,
    },
};

use crate::store::engine::{
    connection::Connection,
    error::StoreError,
    page::{Page, PageRequest, read_page},
    reading::Reading,
    rows::{self, rows},
    schema::backtest_changes,
    sql_types::{Id, SqlId},
    store::Store,
};

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = backtest_changes)]
pub struct ChangeRow {
    clinic_id: Id,
    backtest_id: Id,
    claim_id: Id,
    external_id: String,
    before_payer: String,
    before_disposition: String,
    after_payer: String,
    after_disposition: String,
    moved_cents: i64,
    decision_digest: Vec<u8>,
}

impl ChangeRow {
    fn new(clinic: ClinicId, backtest: BacktestId, change: &ChangedClaim) -> Self {
        Self {
            clinic_id: Id(clinic.uuid()),
            backtest_id: Id(backtest.uuid()),
            claim_id: Id(change.claim.uuid()),
            external_id: change.external_id.clone(),
            before_payer: change.before.payer.word().to_owned(),
            before_disposition: change.before.disposition.word().to_owned(),
            after_payer: change.after.payer.word().to_owned(),
            after_disposition: change.after.disposition.word().to_owned(),
            moved_cents: change.moved_cents.get(),
            decision_digest: change.decision_digest.to_vec(),
        }
    }

    fn read(self) -> Result<ChangedClaim, StoreError> {
        let read = Reading::new("backtest_changes", self.claim_id.0);
        let digest = self.decision_digest.try_into();
        Ok(ChangedClaim {
            claim: self.claim_id.0.into(),
            before: PayerAndDisposition {
                payer: read.word("before_payer", &self.before_payer)?,
                disposition: read.word("before_disposition", &self.before_disposition)?,
            },
            after: PayerAndDisposition {
                payer: read.word("after_payer", &self.after_payer)?,
                disposition: read.word("after_disposition", &self.after_disposition)?,
            },
            external_id: self.external_id,
            moved_cents: Cents::from_stored(self.moved_cents),
            decision_digest: digest.map_err(|_| read.corrupt("decision_digest"))?,
        })
    }
}

rows! {
    /// Changed claims as columns.
    ChangeColumns of ChangeRow into "backtest_changes", "DO NOTHING", {
        clinic_id: SqlId = Id,
        backtest_id: SqlId = Id,
        claim_id: SqlId = Id,
        external_id: Text = String,
        before_payer: Text = String,
        before_disposition: Text = String,
        after_payer: Text = String,
        after_disposition: Text = String,
        moved_cents: BigInt = i64,
        decision_digest: Binary = Vec<u8>,
    }
}

/// Inserts changed claims; those that are there already stay.
pub fn insert(
    connection: &mut Connection,
    clinic: ClinicId,
    backtest: BacktestId,
    changes: &[ChangedClaim],
) -> Result<(), StoreError> {
    let changes = changes.iter();
    let rows: Vec<ChangeRow> = changes
        .map(|it| ChangeRow::new(clinic, backtest, it))
        .collect();
    rows::insert(connection, &rows)?;
    Ok(())
}

impl Store {
    /// A page of the claims that a tested version would decide otherwise, newest received first.
    pub async fn backtest_changes(
        &self,
        clinic: ClinicId,
        backtest: BacktestId,
        page: PageRequest,
    ) -> Result<Page<ChangedClaim>, StoreError> {
        self.read("listing what a back-test would change", move |connection| {
            read_page!(
                connection,
                page,
                backtest_changes::claim_id,
                ChangeRow,
                ChangeRow::read,
                backtest_changes::table
                    .select(ChangeRow::as_select())
                    .filter(backtest_changes::clinic_id.eq(Id(clinic.uuid())))
                    .filter(backtest_changes::backtest_id.eq(Id(backtest.uuid())))
                    .into_boxed()
            )
        })
        .await
    }
}
