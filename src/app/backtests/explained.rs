//! A changed claim with both explanations: why it was decided so, and why the tested version would decide otherwise.

use std::{collections::HashMap, sync::Arc};

use serde::Serialize;
use tokio::sync::OwnedSemaphorePermit;
use utoipa::ToSchema;

use super::service::Backtests;
use crate::{
    app::{
        claims::{considered::Considered, reproduction},
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

/// Why a claim has no explanations.
const CHANGED_SINCE: &str = "The claim was decided again since the back-test compared it.";
const NOT_MADE_AGAIN: &str =
    "The stored decision does not come out again in this version of Payerline.";
const UNREADABLE: &str = "What is stored of the claim cannot be read back.";
const TOO_MANY_ITEMS: &str = "The page has too many items to explain them all; ask for fewer claims by `limit`, or for this claim's own explanation.";

/// Items of a page that are explained at most: an answer is made in memory.
const ITEMS_MOST: usize = 2_000;

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

/// What is at hand to explain a claim: what is stored of it, and the rulebook that decided.
struct AtHand {
    evidence: ClaimEvidence,
    stored: reproduction::Stored,
    decided_by: Arc<Rulebook>,
}

impl Backtests {
    /// Explains what a back-test found of some claims, in a [`Backtests::turn`], which the work keeps until it is done
    /// even if nobody waits for it any more.
    ///
    /// # Errors
    /// When the table that was tried cannot be read, or the store fails.
    pub async fn explain(
        &self,
        clinic: ClinicId,
        backtest: &Backtest,
        changes: Vec<ChangedClaim>,
        turn: OwnedSemaphorePermit,
    ) -> Result<Vec<ExplainedChange>, AppError> {
        let gone = || StoreError::Internal("a back-test without a table".to_owned());
        let table = self.store.backtest_table(clinic, backtest.id).await?;
        let tested = Arc::new(rulebooks::read(&table.ok_or_else(gone)?, &backtest.sha256)?);
        let ids = changes.iter().map(|change| change.claim).collect();
        let mut evidence: HashMap<ClaimId, ClaimEvidence> =
            self.store.claims_evidence(clinic, ids).await?;
        let mut work = Vec::with_capacity(changes.len());
        for change in changes {
            let evidence = evidence.remove(&change.claim);
            let at_hand = self.at_hand(clinic, &change, evidence).await?;
            work.push((change, at_hand));
        }
        // Some hundred explanations take a while: elsewhere than where requests are answered.
        let explained = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let mut room = ITEMS_MOST;
            let explain = |(change, at_hand)| explain(change, at_hand, &tested, &mut room);
            work.into_iter().map(explain).collect()
        });
        let failed = |error| StoreError::Internal(format!("explaining changed claims: {error}"));
        Ok(explained.await.map_err(failed)?)
    }

    async fn at_hand(
        &self,
        clinic: ClinicId,
        change: &ChangedClaim,
        evidence: Option<ClaimEvidence>,
    ) -> Result<Result<AtHand, &'static str>, AppError> {
        let Some(evidence) = evidence else {
            return Ok(Err(UNREADABLE));
        };
        if sha256(&evidence.decision) != change.decision_digest {
            return Ok(Err(CHANGED_SINCE));
        }
        let Ok(stored) = reproduction::Stored::read(change.claim, &evidence) else {
            return Ok(Err(UNREADABLE));
        };
        match self.rulebooks.with_digest(clinic, stored.sha256()).await {
            Ok(decided_by) => Ok(Ok(AtHand {
                evidence,
                stored,
                decided_by,
            })),
            Err(RulebooksError::Unknown { .. }) => Ok(Err(NOT_MADE_AGAIN)),
            Err(error) => Err(error.into()),
        }
    }
}

fn explain(
    change: ChangedClaim,
    at_hand: Result<AtHand, &'static str>,
    tested: &Arc<Rulebook>,
    room: &mut usize,
) -> ExplainedChange {
    let explained = at_hand.and_then(|at_hand| explain_both(at_hand, tested, room));
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

fn explain_both(
    at_hand: AtHand,
    tested: &Arc<Rulebook>,
    room: &mut usize,
) -> Result<(Explanation, Explanation), &'static str> {
    let AtHand {
        evidence,
        stored,
        decided_by,
    } = at_hand;
    let remade = stored.decide_again(decided_by, &evidence);
    let remade = remade.map_err(|_| UNREADABLE)?;
    let before = remade.into_same().map_err(|_| NOT_MADE_AGAIN)?;
    let items = before.submission.items.len();
    *room = room.checked_sub(items).ok_or(TOO_MANY_ITEMS)?;
    let explanation = before.explain();
    let after = Considered::decide(tested.clone(), before.submission, before.ledger);
    Ok((explanation, after.map_err(|_| UNREADABLE)?.explain()))
}
