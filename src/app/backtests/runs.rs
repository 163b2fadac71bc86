//! Back-tests are started, listed, read and cancelled.

use payerline_domain::{
    backtests::backtest::{Backtest, ReceivedPeriod},
    rulebooks::StoredRulebook,
    values::{
        ids::{BacktestId, ClinicId},
        names::VersionName,
    },
};

use super::service::Backtests;
use crate::{
    app::{
        access::permissions::{Allowed, ManageRulebooks, ReadBacktests},
        changed::Resource,
        clock,
        error::AppError,
    },
    store::{NewBacktest, Page, PageRequest},
};

const BACKTEST: Resource = Resource {
    name: "back-test",
    unique_field: "id",
};

impl Backtests {
    /// Starts a back-test of a version, unless the clinic has one that is running.
    pub async fn start_run(
        &self,
        actor: &Allowed<ManageRulebooks>,
        version: VersionName,
        period: ReceivedPeriod,
    ) -> Result<Backtest, AppError> {
        let rulebook = self.find_rulebook(actor.clinic, version.clone()).await?;
        let now = clock::now();
        let started = self.store.start_backtest(NewBacktest {
            clinic: actor.clinic,
            id: clock::new_id(now).into(),
            actor: actor.id(),
            version,
            sha256: rulebook.summary.sha256,
            table: rulebook.table.as_str().to_owned(),
            period,
            now,
        });
        let backtest = BACKTEST.resolve(started.await?)?;
        self.wake();
        Ok(backtest)
    }

    /// Lists the back-tests of a version, newest first.
    pub async fn list_runs(
        &self,
        actor: &Allowed<ReadBacktests>,
        version: VersionName,
        page: PageRequest,
    ) -> Result<Page<Backtest>, AppError> {
        let clinic = actor.clinic;
        let page = self.store.backtests(clinic, version.clone(), page).await?;
        if page.data.is_empty() {
            // Back-tests outlive a discarded draft, so an empty list needs a version that exists.
            self.find_rulebook(clinic, version).await?;
        }
        Ok(page)
    }

    pub async fn get_run(
        &self,
        actor: &Allowed<ReadBacktests>,
        version: &str,
        id: BacktestId,
    ) -> Result<Backtest, AppError> {
        self.find_run(actor.clinic, version, id).await
    }

    /// Ends a running back-test; one that has ended stays as it is.
    pub async fn cancel_run(
        &self,
        actor: &Allowed<ManageRulebooks>,
        version: &str,
        id: BacktestId,
    ) -> Result<Backtest, AppError> {
        let backtest = self.find_run(actor.clinic, version, id).await?;
        let cancelled = self
            .store
            .cancel_backtest(actor.clinic, backtest.id, clock::now());
        cancelled.await?.ok_or(BACKTEST.not_found())
    }

    /// Finds a back-test of this clinic and version.
    pub(in crate::app) async fn find_run(
        &self,
        clinic: ClinicId,
        version: &str,
        id: BacktestId,
    ) -> Result<Backtest, AppError> {
        let found = self.store.backtest(clinic, id).await?;
        let found = found.filter(|backtest| backtest.version.as_str() == version);
        found.ok_or(BACKTEST.not_found())
    }

    async fn find_rulebook(
        &self,
        clinic: ClinicId,
        version: VersionName,
    ) -> Result<StoredRulebook, AppError> {
        let found = self.store.rulebook(clinic, version).await?;
        found.ok_or(AppError::NotFound("version of a rulebook"))
    }
}
