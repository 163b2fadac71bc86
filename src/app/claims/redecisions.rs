//! A stored claim decided again by the rulebook and the approvals of now.

use payerline_domain::{
    access::Actor,
    claims::{claim::Claim, outside_facts::OutsideFacts},
    values::ids::ClaimId,
};

use super::{
    intake::Arrival,
    reproduction::Unreadable,
    service::{CLAIM, Claims},
};
use crate::{
    app::{
        access::permissions::{Allowed, RedecideClaims},
        error::AppError,
        expected_version::ExpectedVersion,
    },
    store::{NOT_SUBMITTED, Redecision},
};

impl Claims {
    /// Decides a claim again and stores what comes out with an event; the claim as it is when the decision is the
    /// same.
    ///
    /// # Errors
    /// [`AppError::AlreadySubmitted`] when its payer has it.
    pub async fn redecide(
        &self,
        actor: &Allowed<RedecideClaims>,
        id: ClaimId,
        expected: &ExpectedVersion,
    ) -> Result<Claim, AppError> {
        self.redecide_as(actor, id, expected).await
    }

    /// [`Claims::redecide`] for an actor who was checked for a wider grant.
    pub(crate) async fn redecide_as(
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
        if !NOT_SUBMITTED.contains(&claim.status) {
            return Err(AppError::AlreadySubmitted(claim.status));
        }
        let arrival = Arrival::parse(claim.submission.as_str().as_bytes()).map_err(|_| {
            AppError::internal(Unreadable {
                what: "submission",
                id,
            })
        })?;
        // A version that another replica activated just now counts: the actor may have waited for it.
        let timeline = self.rulebooks.read_timeline(actor.clinic).await?;
        let considered = self
            .decide(actor.clinic, arrival.submission, &timeline)
            .await?;
        let decision = considered.assessment.decision.to_json()?;
        if decision == claim.decision.as_str() {
            return Ok(claim);
        }
        let facts = OutsideFacts {
            today: arrival.today,
            ledger: considered.ledger,
        };
        let redecision = Redecision {
            clinic: actor.clinic,
            actor: actor.key,
            id,
            expected_version: claim.version,
            submission: considered.submission,
            assessment: considered.assessment,
            decision,
            facts: serde_json::to_string(&facts)?,
            now: arrival.at,
        };
        CLAIM.made(self.store.redecide(redecision).await?)
    }
}
