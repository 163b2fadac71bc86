//! Changed claims are explained twice: by the rulebook that decided them and by the tested one.

use std::{collections::HashMap, sync::Arc};

use serde::Serialize;
use tokio::sync::OwnedSemaphorePermit;
use utoipa::ToSchema;

use super::service::Backtests;
use crate::{
    app::{
        claims::{decided::DecidedClaim, reproduction},
        error::AppError,
        rulebooks::in_force::{self as rulebooks, RulebooksError},
    },
    store::{ClaimEvidence, StoreError},
};
use payerline_domain::{
    backtests::backtest::{Backtest, ChangedClaim, PayerAndDisposition},
    values::{
        digest::sha256,
        ids::{ClaimId, ClinicId},
        money::Cents,
    },
};
use payerline_rulebook::{Rulebook, explain::Explanation};

/// The reasons why a claim has no explanations.
const CHANGED_SINCE: &str = "The claim was decided again since the back-test compared it.";
const NOT_REPRODUCIBLE: &str =
    "The stored decision does not come out again in this version of Payerline.";
const UNREADABLE: &str = "What is stored of the claim cannot be read back.";
const TOO_MANY_ITEMS: &str = "The page has too many items to explain them all; ask for fewer claims by `limit`, or for this claim's own explanation.";

/// Bounds the memory of a page.
const MAX_EXPLAINED_ITEMS: usize = 2_000;

/// A claim that the tested version would decide otherwise.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ExplainedChange {
    /// The claim.
    pub claim_id: ClaimId,
    /// The billing system's id of it.
    #[schema(example = "INV-2026-000123")]
    pub external_id: String,
    /// What was stored when it was compared.
    pub before: PayerAndDisposition,
    /// What the tested version decides.
    pub after: PayerAndDisposition,
    /// The amounts of its items that would have another payer, added up.
    pub moved_cents: Cents,
    /// Why it was decided as it is stored.
    pub before_explanation: Option<Explanation>,
    /// Why the tested version decides as it does.
    pub after_explanation: Option<Explanation>,
    /// Why there are no explanations; null when there are.
    #[schema(example = "The claim was decided again since the back-test compared it.")]
    pub not_explained: Option<String>,
}

/// A stored claim and the rulebook that decided it.
struct Explainable {
    evidence: ClaimEvidence,
    stored: reproduction::StoredDecision,
    decided_by: Arc<Rulebook>,
}

impl Backtests {
    /// Explains changed claims. The work keeps the permit of `Backtests::explaining` until it is done, even if
    /// the client hangs up.
    pub async fn explain(
        &self,
        clinic: ClinicId,
        backtest: &Backtest,
        changes: Vec<ChangedClaim>,
        permit: OwnedSemaphorePermit,
    ) -> Result<Vec<ExplainedChange>, AppError> {
        let missing = || StoreError::Internal("a back-test without a table".to_owned());
        let table = self.store.backtest_table(clinic, backtest.id).await?;
        let tested = Arc::new(rulebooks::read_table(
            &table.ok_or_else(missing)?,
            &backtest.sha256,
        )?);
        let ids = changes.iter().map(|change| change.claim).collect();
        let mut evidence: HashMap<ClaimId, ClaimEvidence> =
            self.store.claims_evidence(clinic, ids).await?;
        let mut work = Vec::with_capacity(changes.len());
        for change in changes {
            let evidence = evidence.remove(&change.claim);
            let explainable = self.find_explainable(clinic, &change, evidence).await?;
            work.push((change, explainable));
        }
        // Some hundred explanations would block the threads that answer requests.
        let explained = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let mut items_left = MAX_EXPLAINED_ITEMS;
            let explain =
                |(change, explainable)| explain(change, explainable, &tested, &mut items_left);
            work.into_iter().map(explain).collect()
        });
        let failed = |error| StoreError::Internal(format!("explaining changed claims: {error}"));
        Ok(explained.await.map_err(failed)?)
    }

    async fn find_explainable(
        &self,
        clinic: ClinicId,
        change: &ChangedClaim,
        evidence: Option<ClaimEvidence>,
    ) -> Result<Result<Explainable, &'static str>, AppError> {
        let Some(evidence) = evidence else {
            return Ok(Err(UNREADABLE));
        };
        if sha256(&evidence.decision) != change.decision_digest {
            return Ok(Err(CHANGED_SINCE));
        }
        let Ok(stored) = reproduction::StoredDecision::read(change.claim, &evidence) else {
            return Ok(Err(UNREADABLE));
        };
        match self
            .rulebooks
            .find_by_digest(clinic, stored.rulebook_sha256())
            .await
        {
            Ok(decided_by) => Ok(Ok(Explainable {
                evidence,
                stored,
                decided_by,
            })),
            Err(RulebooksError::Unknown { .. }) => Ok(Err(NOT_REPRODUCIBLE)),
            Err(error) => Err(error.into()),
        }
    }
}

fn explain(
    change: ChangedClaim,
    explainable: Result<Explainable, &'static str>,
    tested: &Arc<Rulebook>,
    items_left: &mut usize,
) -> ExplainedChange {
    let explained = explainable
        .and_then(|explainable| explain_before_and_after(explainable, tested, items_left));
    let (before_explanation, after_explanation, not_explained) = match explained {
        Ok((before, after)) => (Some(before), Some(after), None),
        Err(why) => (None, None, Some(why.to_owned())),
    };
    ExplainedChange {
        claim_id: change.claim,
        external_id: change.external_id,
        before: change.before,
        after: change.after,
        moved_cents: change.moved_cents,
        before_explanation,
        after_explanation,
        not_explained,
    }
}

fn explain_before_and_after(
    explainable: Explainable,
    tested: &Arc<Rulebook>,
    items_left: &mut usize,
) -> Result<(Explanation, Explanation), &'static str> {
    let remade = explainable
        .stored
        .remake(explainable.decided_by, &explainable.evidence);
    let remade = remade.map_err(|_| UNREADABLE)?;
    let before = remade.into_reproduced().map_err(|_| NOT_REPRODUCIBLE)?;
    let items = before.submission.items.len();
    *items_left = items_left.checked_sub(items).ok_or(TOO_MANY_ITEMS)?;
    let explanation = before.explain();
    let after = DecidedClaim::decide(tested.clone(), before.submission, before.outside);
    Ok((explanation, after.map_err(|_| UNREADABLE)?.explain()))
}
