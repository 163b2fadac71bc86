//! A claim decided again: its row, its items and the event with both decisions, in one transaction.

use diesel::prelude::*;

use payerline_domain::{
    access::ActorId,
    claims::{
        claim::{Claim, Status},
        decision::Assessment,
        submission::Submission,
    },
    events::{EventKind, EventPayload, RecordedDecision, RedecidedClaim},
    values::{
        closed_enum::ClosedEnum,
        ids::{ClaimId, ClinicId},
        time::Timestamp,
    },
};

use super::{items, row as stored_claim};
use crate::store::{
    changed::Changed,
    engine::{
        connection::{Connection, on_backend},
        error::StoreError,
        horizon, rows,
        schema::{claim_items, claims},
        sql_types::{Id, Json, Time},
        store::{Store, json, json_error},
    },
    events::{NewEvent, find_recorded},
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
    /// The decision as JSON text.
    pub decision: String,
    /// The facts from outside the submission that it rests on, as JSON text.
    pub facts: String,
    pub now: Timestamp,
}

/// The statuses in which a claim has not been sent to its payer.
pub const NOT_SUBMITTED: [Status; 3] = [
    Status::NeedsReview,
    Status::NeedsPreauthorization,
    Status::Ready,
];

impl Redecision {
    /// Stores it, in the transaction of the caller.
    pub fn apply(&self, connection: &mut Connection) -> Result<Changed<Claim>, StoreError> {
        let key = (Id(self.clinic.uuid()), Id(self.id.uuid()));
        let Some(before) = self.find_claim(connection)? else {
            return Ok(Changed::NotFound);
        };
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
        self.replace_items(connection, key)?;
        let facts_before = facts_before.map_or_else(|| "{}".to_owned(), |Json(text)| text);
        self.append_event(connection, &before, &facts_before)?;
        let after = self.find_claim(connection)?;
        Ok(after.map_or(Changed::NotFound, Changed::Made))
    }

    fn append_event(
        &self,
        connection: &mut Connection,
        before: &Claim,
        facts_before: &str,
    ) -> Result<(), StoreError> {
        let payload = RedecidedClaim {
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

    fn find_claim(&self, connection: &mut Connection) -> Result<Option<Claim>, StoreError> {
        let key = (Id(self.clinic.uuid()), Id(self.id.uuid()));
        let found = stored_claim::by_ids(connection, &[key])?;
        found.into_iter().next().map(Claim::try_from).transpose()
    }

    /// One conditional statement, so that no change that the caller did not see is overwritten.
    fn update_claim(
        &self,
        connection: &mut Connection,
        (clinic_id, id): (Id, Id),
    ) -> Result<bool, StoreError> {
        let assessment = &self.assessment;
        let allocations = Json(json(&assessment.allocations)?);
        let updated_at = Time(horizon::draw_time(connection)?);
        let updated = on_backend!(connection, |c| {
            diesel::update(claims::table)
                .filter(claims::clinic_id.eq(clinic_id))
                .filter(claims::id.eq(id))
                .filter(claims::version.eq(self.expected_version))
                .filter(claims::status.eq_any(NOT_SUBMITTED.map(ClosedEnum::word)))
                .set((
                    claims::status.eq(Status::from(assessment.disposition).word()),
                    claims::payer.eq(assessment.payer.word()),
                    claims::disposition.eq(assessment.disposition.word()),
                    claims::billing_order.eq(assessment.billing_order.0.word()),
                    claims::allocations.eq(&allocations),
                    claims::decision.eq(Json(self.decision.clone())),
                    claims::facts.eq(Json(self.facts.clone())),
                    claims::updated_at.eq(updated_at),
                    claims::version.eq(claims::version + 1),
                ))
                .execute(c)
        })?;
        Ok(updated > 0)
    }

    fn replace_items(
        &self,
        connection: &mut Connection,
        (clinic_id, id): (Id, Id),
    ) -> Result<(), StoreError> {
        let rows = items::rows(clinic_id, id, &self.submission, &self.assessment)?;
        on_backend!(connection, |c| {
            diesel::delete(claim_items::table)
                .filter(claim_items::clinic_id.eq(clinic_id))
                .filter(claim_items::claim_id.eq(id))
                .execute(c)
        })?;
        rows::insert(connection, &rows)?;
        Ok(())
    }
}

impl Store {
    /// Stores a claim's new decision, if the claim still has the version that was decided again.
    pub async fn redecide(&self, redecision: Redecision) -> Result<Changed<Claim>, StoreError> {
        let work = move |c: &mut Connection| redecision.apply(c);
        self.write("storing a new decision", work).await
    }
}
