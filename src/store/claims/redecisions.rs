//! A claim decided again: its row, its items and the event with both decisions, in one transaction.

use diesel::prelude::*;

use payerline_domain::{
    access::ActorId,
    claims::{
        claim::{Claim, Status},
        decision::Assessment,
        lifecycle::Step,
        payers_due::PayersDue,
        review::{Review, Standing},
        submission::Submission,
    },
    events::{EventKind, EventPayload, RecordedDecision, RedecidedClaim},
    values::{
        closed_enum::ClosedEnum,
        ids::{ClaimId, ClinicId},
        time::Timestamp,
    },
};

use super::{items, payers_due, row as stored_claim};
use crate::store::{
    changed::{ChangeRefused, Changed},
    engine::{
        connection::{Connection, on_backend},
        error::StoreError,
        horizon,
        schema::claims,
        sql_types::{Id, Json, Time},
        store::{Store, json, json_error},
    },
    events::{NewEvent, find_recorded},
    preauthorizations::account::{AccountedClaim, ClaimAccounts, LockedAccounts},
};

/// A new decision of a stored claim.
#[derive(Debug, Clone)]
pub struct Redecision {
    pub clinic: ClinicId,
    pub actor: ActorId,
    pub id: ClaimId,
    /// The version that was decided again.
    pub expected_version: i64,
    pub submission: Submission,
    pub assessment: Assessment,
    /// How the claim stands by the decision and the review.
    pub standing: Standing,
    pub payers_due: PayersDue,
    /// The review of the claim, if there is one.
    pub review: Option<Review>,
    /// The decision as JSON text.
    pub decision: String,
    /// The facts from outside the submission that it rests on, as JSON text.
    pub facts: String,
    /// What it names and draws in the ledger now.
    pub accounts: ClaimAccounts,
    pub now: Timestamp,
}

impl Redecision {
    /// Stores it, in the transaction of the caller.
    pub fn apply(&self, connection: &mut Connection) -> Result<Changed<Claim>, StoreError> {
        let key = (Id(self.clinic.uuid()), Id(self.id.uuid()));
        let own = [self.id];
        let naming = std::iter::once(&self.accounts);
        let mut accounts = LockedAccounts::lock(connection, self.clinic, &own, naming)?;
        let Some(before) = stored_claim::find(connection, key)? else {
            return Ok(Changed::NotFound);
        };
        accounts.release(self.id);
        let suffices = accounts.take(AccountedClaim {
            id: key.1,
            accounts: &self.accounts,
        });
        if !suffices && before.version == self.expected_version {
            return Ok(Changed::Refused(ChangeRefused::ApprovalsChanged));
        }
        let facts_before: Option<Json> = on_backend!(connection, |c| {
            claims::table
                .select(claims::facts)
                .filter(claims::clinic_id.eq(key.0))
                .filter(claims::id.eq(key.1))
                .first(c)
                .optional()
        })?;
        if !self.update_claim(connection, key)? {
            return Ok(if self.is_recorded(connection)? {
                Changed::Made(before)
            } else {
                Changed::Stale
            });
        }
        accounts.check_draws(connection, &own)?;
        accounts.write(connection)?;
        let decision = &self.assessment.decision;
        items::replace(connection, key, &self.submission, decision, &self.standing)?;
        let facts_before = facts_before.map_or_else(|| "{}".to_owned(), |Json(text)| text);
        self.append_event(connection, &before, &facts_before)?;
        let after = stored_claim::find(connection, key)?;
        Ok(after.map_or(Changed::NotFound, Changed::Made))
    }

    fn append_event(
        &self,
        connection: &mut Connection,
        before: &Claim,
        facts_before: &str,
    ) -> Result<(), StoreError> {
        let review = self.review.as_ref().map(json).transpose()?;
        let payload = RedecidedClaim {
            review: review
                .as_deref()
                .map(serde_json::from_str)
                .transpose()
                .map_err(json_error)?,
            before: RecordedDecision::new(
                before.payer,
                before.disposition,
                before.decision.as_str(),
                facts_before,
            )
            .map_err(json_error)?,
            after: RecordedDecision::new(
                self.assessment.payer,
                self.assessment.disposition,
                &self.decision,
                &self.facts,
            )
            .map_err(json_error)?,
        };
        NewEvent {
            clinic: self.clinic,
            subject: self.id.uuid(),
            at: self.now,
            actor: Some(self.actor),
            payload: EventPayload::ClaimRedecided(payload),
        }
        .append(connection)
    }

    /// Returns true if an earlier try committed, whose answer was lost.
    fn is_recorded(&self, connection: &mut Connection) -> Result<bool, StoreError> {
        let act = (EventKind::ClaimRedecided, self.now, Some(self.actor));
        let recorded = find_recorded(connection, self.clinic, self.id.uuid(), act)?;
        Ok(recorded.iter().any(|payload| {
            serde_json::from_str::<RedecidedClaim<'_>>(payload)
                .is_ok_and(|recorded| recorded.after.decision.get() == self.decision)
        }))
    }

    /// One conditional statement, so that no change that the caller did not see is overwritten.
    fn update_claim(
        &self,
        connection: &mut Connection,
        (clinic_id, id): (Id, Id),
    ) -> Result<bool, StoreError> {
        let standing = &self.standing;
        let allocations = Json(json(&standing.allocations)?);
        let payers_due = payers_due::write(&self.payers_due)?;
        let review = self.review.as_ref().map(json).transpose()?.map(Json);
        let updated_at = Time(horizon::draw_time(connection)?);
        let statuses = Step::DecideAgain.rule().from.iter().map(|it| it.word());
        let statuses: Vec<&str> = statuses.collect();
        let updated = on_backend!(connection, |c| {
            diesel::update(claims::table)
                .filter(claims::clinic_id.eq(clinic_id))
                .filter(claims::id.eq(id))
                .filter(claims::version.eq(self.expected_version))
                .filter(claims::status.eq_any(&statuses))
                .set((
                    claims::status.eq(Status::from(standing.disposition).word()),
                    claims::payer.eq(standing.payer.word()),
                    claims::disposition.eq(standing.disposition.word()),
                    claims::billing_order.eq(standing.billing_order.0.word()),
                    claims::payers_due.eq(&payers_due),
                    claims::allocations.eq(&allocations),
                    claims::review.eq(&review),
                    claims::decision.eq(Json(self.decision.clone())),
                    claims::facts.eq(Json(self.facts.clone())),
                    claims::updated_at.eq(updated_at),
                    claims::version.eq(claims::version + 1),
                ))
                .execute(c)
        })?;
        Ok(updated > 0)
    }
}

impl Store {
    /// Stores a claim's new decision, if the claim still has the version that was decided again.
    pub async fn redecide(&self, redecision: Redecision) -> Result<Changed<Claim>, StoreError> {
        let work = move |c: &mut Connection| redecision.apply(c);
        self.write("storing a new decision", work).await
    }
}
