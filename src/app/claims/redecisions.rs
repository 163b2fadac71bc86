//! Stored claims are decided again by today's rulebook and approvals.

use payerline_domain::{
    access::Actor,
    claims::{claim::Claim, outside_facts::OutsideFacts, submission::Submission},
    values::{ids::ClaimId, time::Day},
};

use super::{
    reproduction::Unreadable,
    service::{CLAIM, Claims},
};
use crate::{
    app::{
        access::permissions::{Allowed, RedecideClaims},
        clock,
        error::AppError,
        expected_version::ExpectedVersion,
    },
    store::{NOT_SUBMITTED, Redecision},
};

impl Claims {
    /// Decides a claim again and stores a new decision with an event. Returns the claim unchanged if the decision is the
    /// same. Refuses a claim that its payer has, and one that another claim replaced.
    pub async fn redecide(
        &self,
        actor: &Allowed<RedecideClaims>,
        id: ClaimId,
        expected: &ExpectedVersion,
    ) -> Result<Claim, AppError> {
        self.redecide_as(actor, id, expected).await
    }

    /// Does what [`Claims::redecide`] does for an actor who was checked for a wider grant.
    pub(in crate::app) async fn redecide_as(
        &self,
        actor: &Actor,
        id: ClaimId,
        expected: &ExpectedVersion,
    ) -> Result<Claim, AppError> {
        let _permit = self.load.acquire().await?;
        let Some(claim) = self.store.claim(actor.clinic, id).await? else {
            return Err(CLAIM.not_found());
        };
        if !expected.accepts(claim.version) {
            return Err(AppError::Stale);
        }
        if let Some(correction) = claim.replaced_by {
            return Err(AppError::Replaced(correction));
        }
        if !NOT_SUBMITTED.contains(&claim.status) {
            return Err(AppError::AlreadySubmitted(claim.status));
        }
        let submission =
            Submission::read_stored(claim.submission.as_str().as_bytes()).map_err(|_| {
                AppError::internal(Unreadable {
                    what: "submission",
                    id,
                })
            })?;
        let now = clock::now();
        // The cache may lack a version that another replica has just activated, and the actor may wait for it.
        let timeline = self.rulebooks.load_timeline(actor.clinic).await?;
        let decided = self.decide(actor.clinic, submission, &timeline).await?;
        let decision = decided.assessment.decision.to_json()?;
        if decision == claim.decision.as_str() {
            return Ok(claim);
        }
        let facts = OutsideFacts {
            today: Day::in_ontario(now),
            ledger: decided.ledger,
        };
        let redecision = Redecision {
            clinic: actor.clinic,
            actor: actor.id(),
            id,
            expected_version: claim.version,
            submission: decided.submission,
            assessment: decided.assessment,
            decision,
            facts: serde_json::to_string(&facts)?,
            now,
        };
        CLAIM.resolve(self.store.redecide(redecision).await?)
    }
}
