//! A back-test's changed claims are explained, and decided again once the version is in force.

use futures_util::{StreamExt, TryStreamExt, stream};
use payerline_domain::{
    access::Actor,
    backtests::backtest::ChangedClaim,
    claims::payer::{Disposition, Payer},
    values::ids::{BacktestId, ClaimId},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    explained::ExplainedChange,
    service::{Backtests, EXPLANATION_TIMEOUT},
};
use crate::{
    app::{
        access::permissions::{Allowed, ReadBacktests, RedecideBacktests},
        claims::redecisions::Pace,
        error::AppError,
        expected_version::ExpectedVersion,
        load::acquire_in_time,
    },
    store::{Page, PageRequest},
};

/// Bounds one request.
const MAX_CONCURRENT_REDECISIONS: usize = 8;

/// What became of a claim that was to be decided again.
#[derive(Debug, Serialize, ToSchema)]
pub struct RedecidedClaim {
    /// The claim.
    pub id: ClaimId,
    /// The billing system's id of it.
    #[schema(example = "INV-2026-000123")]
    pub external_id: String,
    /// The status that deciding it alone would have had: 200, 404, 409 (its payer has it, or another claim replaced
    /// it), 412 (somebody changed it at that moment) or 500.
    #[schema(example = 200)]
    pub status: u16,
    /// Who is responsible now.
    pub payer: Option<Payer>,
    /// What happens next now.
    pub disposition: Option<Disposition>,
    /// The version of the claim now.
    #[schema(minimum = 1, example = 2)]
    pub version: Option<i64>,
    /// Whether another decision came out and is stored.
    #[schema(example = true)]
    pub changed: bool,
}

impl Backtests {
    /// Lists changed claims, each with both explanations.
    pub async fn list_changes(
        &self,
        actor: &Allowed<ReadBacktests>,
        version: &str,
        id: BacktestId,
        page: PageRequest,
    ) -> Result<Page<ExplainedChange>, AppError> {
        let clinic = actor.clinic;
        let backtest = self.find_run(clinic, version, id).await?;
        let page = self.store.backtest_changes(clinic, backtest.id, page);
        let page = page.await?;
        let explaining = acquire_in_time(&self.explaining, EXPLANATION_TIMEOUT).await?;
        let _permit = self.claims.load.acquire().await?;
        Ok(Page {
            data: self
                .explain(clinic, &backtest, page.data, explaining)
                .await?,
            older: page.older,
            newer: page.newer,
        })
    }

    /// Decides a page of changed claims again. `log` gets each fault of the service that concerns a single claim.
    pub async fn redecide_changes(
        &self,
        actor: &Allowed<RedecideBacktests>,
        version: &str,
        id: BacktestId,
        page: PageRequest,
        log: impl Fn(&AppError),
    ) -> Result<Page<RedecidedClaim>, AppError> {
        let backtest = self.find_run(actor.clinic, version, id).await?;
        let page = self
            .store
            .backtest_changes(actor.clinic, backtest.id, page)
            .await?;
        let redecide = |change| self.redecide_change(actor, change, &log);
        let work = stream::iter(page.data)
            .map(redecide)
            .buffered(MAX_CONCURRENT_REDECISIONS);
        Ok(Page {
            data: work.try_collect().await?,
            older: page.older,
            newer: page.newer,
        })
    }

    async fn redecide_change(
        &self,
        actor: &Actor,
        change: ChangedClaim,
        log: &impl Fn(&AppError),
    ) -> Result<RedecidedClaim, AppError> {
        let seen = self.store.claim(actor.clinic, change.claim).await?;
        let version = seen.map(|claim| claim.version);
        let expected = match version {
            Some(version) => ExpectedVersion::OneOf(vec![version]),
            None => ExpectedVersion::Any,
        };
        let outcome = self
            .claims
            .redecide_as(
                (actor.clinic, actor.id()),
                change.claim,
                &expected,
                Pace::Interactive,
            )
            .await;
        let (status, claim) = match outcome {
            Ok(claim) => (200, Some(claim)),
            Err(AppError::Stale) => (412, None),
            Err(AppError::NotFound(_)) => (404, None),
            Err(AppError::IllegalStep(_) | AppError::Replaced(_)) => (409, None),
            // An outage or a busy service concerns the whole page.
            Err(error) if error.is_transient() => return Err(error),
            Err(error) => {
                log(&error);
                (500, None)
            }
        };
        let claim = claim.as_ref();
        Ok(RedecidedClaim {
            id: change.claim,
            external_id: change.external_id,
            status,
            payer: claim.map(|it| it.payer),
            disposition: claim.map(|it| it.disposition),
            version: claim.map(|it| it.version),
            changed: claim.is_some_and(|it| Some(it.version) != version),
        })
    }
}
