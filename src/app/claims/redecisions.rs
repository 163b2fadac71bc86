//! Stored claims are decided again by today's rulebook, approvals and other claims.

use std::collections::HashMap;

use payerline_domain::{
    access::ActorId,
    claims::{
        claim::Claim,
        lifecycle::Step,
        review::{Review, Standing},
        submission::Submission,
    },
    events::EventKind,
    values::{
        ids::{ClaimId, ClinicId, PreauthorizationId},
        time::Day,
    },
};

use super::{
    decided::{DecidedClaim, missing_items},
    intake::{Decided, MAX_DECISIONS, UndecidedClaim},
    reproduction::Unreadable,
    service::{CLAIM, Claims},
    steps::check_change,
};
use crate::{
    app::{
        access::permissions::{Allowed, RedecideClaims},
        changed::Entered,
        clock,
        error::AppError,
        expected_version::ExpectedVersion,
    },
    store::{ClaimAccounts, FoundApproval, Redecision},
};

/// Whether somebody waits for the answer.
#[derive(Debug, Clone, Copy)]
pub(in crate::app) enum Pace {
    Interactive,
    Bulk,
}

impl Claims {
    /// Decides a claim again and stores a new decision with an event. Returns the claim unchanged if the decision is the
    /// same. Refuses a claim that its payer has, and one that another claim replaced.
    pub async fn redecide(
        &self,
        actor: &Allowed<RedecideClaims>,
        id: ClaimId,
        expected: &ExpectedVersion,
    ) -> Result<Entered<Claim>, AppError> {
        let by = (actor.clinic, actor.id());
        match self.redecide_as(by, id, expected, Pace::Interactive).await {
            Err(AppError::Stale) => {}
            decided => return decided.map(Entered::New),
        }
        // It has no body, so only the version after the one that was seen can be its own.
        let key = (actor.clinic, id);
        let next = expected.next_versions();
        let kind = EventKind::ClaimRedecided;
        let made = self.store.made_claim_version(key, kind, next, None::<&()>);
        if !made.await? {
            return Err(AppError::Stale);
        }
        let claim = self.find_complete(actor.clinic, id).await?;
        Ok(Entered::Replayed(claim))
    }

    /// Does what [`Claims::redecide`] does for an actor who was checked for a wider grant.
    pub(in crate::app) async fn redecide_as(
        &self,
        by: (ClinicId, ActorId),
        id: ClaimId,
        expected: &ExpectedVersion,
        pace: Pace,
    ) -> Result<Claim, AppError> {
        let _permit = match pace {
            Pace::Interactive => self.load.acquire().await?,
            Pace::Bulk => self.load.acquire_bulk().await?,
        };
        let mut tries = 1;
        loop {
            match self.redecide_once(by, id, expected).await {
                // Its approvals changed while it was decided.
                Err(AppError::ApprovalsChanged) if tries < MAX_DECISIONS => tries += 1,
                Err(AppError::ApprovalsChanged) => return Err(AppError::busy()),
                redecided => return redecided,
            }
        }
    }

    async fn redecide_once(
        &self,
        (clinic, actor): (ClinicId, ActorId),
        id: ClaimId,
        expected: &ExpectedVersion,
    ) -> Result<Claim, AppError> {
        let Some(claim) = self.store.claim(clinic, id).await? else {
            return Err(CLAIM.not_found());
        };
        check_change(&claim, Some(expected), Step::DecideAgain.rule().from)?;
        let submission =
            Submission::read_stored(claim.submission.as_str().as_bytes()).map_err(|_| {
                AppError::internal(Unreadable {
                    what: "submission",
                    id,
                })
            })?;
        let now = clock::now();
        // The cache may lack a version that another replica has just activated, and the actor may wait for it.
        let timeline = self.rulebooks.load_timeline(clinic).await?;
        let today = Day::in_ontario(now);
        let undecided = UndecidedClaim::stored(clinic, id, submission, today)?;
        let Decided {
            claim: decided,
            approvals,
        } = self.decide(undecided, &timeline).await?;
        let (decided, review) = keep_review(decided, claim.review.as_ref())?;
        let decision = decided.assessment.decision.to_json()?;
        let standing = Standing::find(
            &decided.submission,
            &decided.assessment.decision,
            review.as_ref(),
        );
        let standing = standing.ok_or_else(missing_items)?;
        let accounts = decided.find_standing_accounts(&approvals, &standing);
        if decision == claim.decision.as_str()
            && review == claim.review
            && self.has_drawn((clinic, id), &accounts, &approvals).await?
        {
            return self.complete(clinic, claim).await;
        }
        let redecision = Redecision {
            clinic,
            actor,
            id,
            expected_version: claim.version,
            standing,
            accounts,
            payers_due: decided.find_payers_due(review.as_ref()),
            review,
            submission: decided.submission,
            assessment: decided.assessment,
            decision,
            facts: serde_json::to_string(&decided.outside)?,
            now,
        };
        CLAIM.resolve(self.store.redecide(redecision).await?)
    }

    /// Returns true if a claim has drawn what it would draw now.
    async fn has_drawn(
        &self,
        (clinic, id): (ClinicId, ClaimId),
        accounts: &ClaimAccounts,
        approvals: &[FoundApproval],
    ) -> Result<bool, AppError> {
        if accounts.is_empty() {
            return Ok(true);
        }
        let drawn = self.store.claim_draws(clinic, id).await?;
        Ok(drawn == expected_draws(accounts, approvals))
    }
}

/// What a claim would draw, item by item.
fn expected_draws(
    accounts: &ClaimAccounts,
    approvals: &[FoundApproval],
) -> Vec<(PreauthorizationId, u16, i64)> {
    let mut own: HashMap<PreauthorizationId, i64> = HashMap::new();
    let mut draws = Vec::with_capacity(accounts.draws.len());
    for draw in &accounts.draws {
        let id = draw.preauthorization;
        let own = own.entry(id).or_default();
        let approval = approvals.iter().find(|it| it.id == id);
        let left = approval.map_or(0, |it| {
            it.entry.approved_cents.get() - it.drawn.get() - *own
        });
        let cents = if draw.is_short {
            draw.cents.min(left.max(0))
        } else {
            draw.cents
        };
        *own += cents;
        if cents > 0 {
            draws.push((id, draw.sequence, cents));
        }
    }
    draws
}

/// Looks whether a review still counts for what is decided now. If it does not, the claim is decided with that finding.
fn keep_review(
    mut decided: DecidedClaim,
    review: Option<&Review>,
) -> Result<(DecidedClaim, Option<Review>), AppError> {
    let Some(review) = review else {
        return Ok((decided, None));
    };
    let review = decided.renew(review);
    if review.outdated {
        decided.outside.review_outdated = true;
        decided = DecidedClaim::decide(decided.rulebook, decided.submission, decided.outside)?;
    }
    Ok((decided, Some(review)))
}
