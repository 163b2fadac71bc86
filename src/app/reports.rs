//! [`Reports`]: what the claims and approvals of a period come to.
//!
//! What reports are made of is written with the terms that claims are found by, so a report waits for them as a search does
//! and has all claims that were stored before it began.

use payerline_domain::{
    parse::fault::{Faults, Refusal},
    reports::{
        ageing::AgeingReport,
        approvals::ApprovalsReport,
        denials::{DenialSums, DenialsReport},
        outcomes::{OutcomeSums, OutcomesReport},
        payer_mix::PayerMixReport,
        period::ReportPeriod,
        turnaround::TurnaroundReport,
    },
    values::time::Day,
};

use super::{
    access::permissions::{Allowed, ReadReports},
    claims::service::Claims,
    clock,
    error::AppError,
};

/// Cheap to clone.
#[derive(Clone)]
pub struct Reports {
    claims: Claims,
}

impl Reports {
    pub fn new(claims: Claims) -> Self {
        Self { claims }
    }

    /// Fills in what is left out: without both days, the last twelve months. The refusal names parameters of a query.
    pub fn resolve_period(
        &self,
        from: Option<Day>,
        to: Option<Day>,
    ) -> Result<ReportPeriod, Refusal> {
        let mut faults = Faults::default();
        let period = ReportPeriod::resolve(from, to, clock::today(), &mut faults);
        faults.settle(period)
    }

    pub async fn payer_mix(
        &self,
        actor: &Allowed<ReadReports>,
        period: ReportPeriod,
    ) -> Result<PayerMixReport, AppError> {
        self.claims.terms.catch_up(actor.clinic).await?;
        let sums = self.claims.store.payer_mix(actor.clinic, period).await?;
        Ok(PayerMixReport::new(period, &sums))
    }

    pub async fn ageing(
        &self,
        actor: &Allowed<ReadReports>,
        period: ReportPeriod,
    ) -> Result<AgeingReport, AppError> {
        self.claims.terms.catch_up(actor.clinic).await?;
        let sums = self.claims.store.ageing(actor.clinic, period).await?;
        Ok(AgeingReport::new(period, clock::today(), &sums))
    }

    pub async fn turnaround(
        &self,
        actor: &Allowed<ReadReports>,
        period: ReportPeriod,
    ) -> Result<TurnaroundReport, AppError> {
        self.claims.terms.catch_up(actor.clinic).await?;
        let sums = self.claims.store.turnaround(actor.clinic, period).await?;
        Ok(TurnaroundReport::new(period, &sums))
    }

    /// Approvals are read from their own table, so there is nothing to wait for.
    pub async fn approvals(
        &self,
        actor: &Allowed<ReadReports>,
        period: ReportPeriod,
    ) -> Result<ApprovalsReport, AppError> {
        let (store, today) = (&self.claims.store, clock::today());
        let rows = store.approval_sums(actor.clinic, period, today).await?;
        Ok(ApprovalsReport::new(period, today, rows))
    }

    pub async fn denials(
        &self,
        actor: &Allowed<ReadReports>,
        period: ReportPeriod,
    ) -> Result<DenialsReport, AppError> {
        self.claims.terms.catch_up(actor.clinic).await?;
        let mut sums = DenialSums::default();
        for claim in self.claims.store.denials(actor.clinic, period).await? {
            sums.add(claim);
        }
        Ok(sums.finish(period))
    }

    pub async fn outcomes(
        &self,
        actor: &Allowed<ReadReports>,
        period: ReportPeriod,
    ) -> Result<OutcomesReport, AppError> {
        self.claims.terms.catch_up(actor.clinic).await?;
        let mut sums = OutcomeSums::default();
        let store = &self.claims.store;
        for claim in store.measured_outcomes(actor.clinic, period).await? {
            sums.add(&claim);
        }
        Ok(sums.finish(period))
    }
}
