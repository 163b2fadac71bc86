//! Explanations of claims. One of a claim with hundreds of items takes a core for a while: these run one at a time, on a
//! thread of their own, so that other requests keep their pace.

use std::{sync::Arc, time::Duration};

use tokio::sync::Semaphore;

use super::decided::DecidedClaim;
use crate::app::{error::AppError, load::acquire_in_time};
use payerline_rulebook::{decide::trace::ItemTrace, explain::Explanation};

/// A claim with up to this many items is explained at once, where the request is processed.
const MAX_INLINE_ITEMS: usize = 20;
const MAX_WAIT: Duration = Duration::from_secs(8);

/// A claim with its explanation.
pub struct ExplainedClaim {
    pub claim: DecidedClaim,
    pub explanation: Explanation,
    /// The rules that were tried for each item.
    pub trace: Vec<ItemTrace>,
}

pub struct Explainer {
    permit: Arc<Semaphore>,
}

impl Default for Explainer {
    fn default() -> Self {
        Self {
            permit: Arc::new(Semaphore::new(1)),
        }
    }
}

impl Explainer {
    /// Explains a claim. Fails as busy if too many large claims are before it.
    pub async fn explain(&self, claim: DecidedClaim) -> Result<ExplainedClaim, AppError> {
        if claim.submission.items.len() <= MAX_INLINE_ITEMS {
            return Ok(explain(claim));
        }
        let permit = acquire_in_time(&self.permit, MAX_WAIT).await?;
        let explained = tokio::task::spawn_blocking(move || {
            // Held by the work, which goes on if the client hangs up.
            let _permit = permit;
            explain(claim)
        })
        .await;
        explained.map_err(AppError::internal)
    }
}

fn explain(claim: DecidedClaim) -> ExplainedClaim {
    ExplainedClaim {
        explanation: claim.explain(),
        trace: claim.trace(),
        claim,
    }
}
