//! The claims that a tested version would decide otherwise, as they are listed.

use diesel::prelude::*;

use payerline_domain::{
    backtests::backtest::ChangedClaim,
    values::ids::{BacktestId, ClinicId},
};

use super::change_row::ChangeRow;
use crate::store::engine::{
    connection::{Connection, on_backend},
    error::StoreError,
    page::{self, Page, PageRequest, keyset},
    schema::backtest_changes,
    sql_types::Id,
    store::Store,
};

fn list(
    connection: &mut Connection,
    clinic: ClinicId,
    backtest: BacktestId,
    request: PageRequest,
) -> Result<Page<ChangedClaim>, StoreError> {
    let fetch = |window: page::Window| {
        on_backend!(connection, |c| {
            let query = backtest_changes::table
                .select(ChangeRow::as_select())
                .filter(backtest_changes::clinic_id.eq(Id(clinic.uuid())))
                .filter(backtest_changes::backtest_id.eq(Id(backtest.uuid())))
                .into_boxed();
            Ok(keyset!(query, backtest_changes::claim_id, window).load::<ChangeRow>(c)?)
        })
    };
    page::read(
        request,
        |row: &ChangeRow| row.claim_id.0,
        fetch,
        ChangeRow::read,
    )
}

impl Store {
    /// A page of the claims that a tested version would decide otherwise, newest received first.
    pub async fn backtest_changes(
        &self,
        clinic: ClinicId,
        backtest: BacktestId,
        page: PageRequest,
    ) -> Result<Page<ChangedClaim>, StoreError> {
        let work = move |c: &mut Connection| list(c, clinic, backtest, page);
        self.read("listing what a back-test would change", work)
            .await
    }
}
