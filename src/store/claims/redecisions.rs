//! A claim decided again: its row, its items and the event with both decisions, in one transaction.

use diesel::prelude::*;
use serde::Serialize;
use serde_json::value::RawValue;

use payerline_domain::{
    claims::{
        claim::{Claim, Status},
        decision::Assessment,
        payer::{Disposition, Payer},
        submission::Submission,
    },
    events::EventKind,
    values::{
        closed_enum::ClosedEnum,
        digest::hexadecimal,
        ids::{ClaimId, ClinicId, KeyId},
        time::Timestamp,
    },
};

use super::{items, row as stored_claim};
use crate::store::{
    Store,
    engine::{
        connection::{Connection, on_backend},
        error::StoreError,
        rows,
        schema::{claim_items, claims},
        sql_types::{Id, Json, Time},
    },
    events::NewEvent,
};

/// A claim as it was decided again.
#[derive(Debug, Clone)]
pub struct Redecision {
    /// The clinic.
    pub clinic: ClinicId,
    /// The key that wants it.
    pub actor: KeyId,
    /// The claim.
    pub id: ClaimId,
    /// The version that was decided again.
    pub expected_version: i64,
    /// What was submitted.
    pub submission: Submission,
    /// What is decided now.
    pub assessment: Assessment,
    /// The decision as JSON text.
    pub decision: String,
    /// The facts from outside the submission that it rests on, as JSON text.
    pub facts: String,
    /// When.
    pub now: Timestamp,
}

/// What became of it.
#[derive(Debug, Clone)]
pub enum Redecided {
    /// It is stored.
    Stored(Box<Claim>),
    /// Somebody changed the claim first, or sent it to its payer.
    Stale,
    /// There is no such claim.
    NotFound,
}

/// One side of the event: enough to make the decision again.
#[derive(Serialize)]
struct Evidence<'a> {
    payer: Payer,
    disposition: Disposition,
    decision_sha256: String,
    decision: &'a RawValue,
    facts: &'a RawValue,
}

#[derive(Serialize)]
struct ClaimRedecided<'a> {
    before: Evidence<'a>,
    after: Evidence<'a>,
}

impl<'a> Evidence<'a> {
    fn new(
        payer: Payer,
        disposition: Disposition,
        decision: &'a str,
        facts: &'a str,
    ) -> Result<Self, StoreError> {
        let raw = |text: &'a str| {
            serde_json::from_str(text).map_err(crate::store::engine::store::json_error)
        };
        Ok(Self {
            payer,
            disposition,
            decision_sha256: hexadecimal(decision),
            decision: raw(decision)?,
            facts: raw(facts)?,
        })
    }
}

/// The statuses in which a claim is still the clinic's: its payer has not got it.
pub const NOT_SUBMITTED: [Status; 3] = [
    Status::NeedsReview,
    Status::NeedsPreauthorization,
    Status::Ready,
];

impl Redecision {
    /// Stores it, in the transaction of the caller.
    fn apply(&self, connection: &mut Connection) -> Result<Redecided, StoreError> {
        let key = (Id(self.clinic.uuid()), Id(self.id.uuid()));
        let Some(before) = self.claim(connection)? else {
            return Ok(Redecided::NotFound);
        };
        if before.version == self.expected_version + 1 && before.updated_at == self.now {
            // Stored by an earlier try whose answer was lost.
            return Ok(Redecided::Stored(Box::new(before)));
        }
        let facts: Option<Json> = on_backend!(connection, |c| {
            claims::table
                .select(claims::facts)
                .filter(claims::clinic_id.eq(key.0))
                .filter(claims::id.eq(key.1))
                .first(c)
                .optional()
        })?;
        if !self.update_claim(connection, key)? {
            return Ok(Redecided::Stale);
        }
        self.replace_items(connection, key)?;
        let facts = facts.map_or_else(|| "{}".to_owned(), |Json(text)| text);
        let (was, is) = (before.decision.as_str(), self.decision.as_str());
        NewEvent {
            clinic: self.clinic,
            subject: self.id.uuid(),
            kind: EventKind::ClaimRedecided,
            at: self.now,
            actor: Some(self.actor),
            data: &ClaimRedecided {
                before: Evidence::new(before.payer, before.disposition, was, &facts)?,
                after: Evidence::new(
                    self.assessment.payer,
                    self.assessment.disposition,
                    is,
                    &self.facts,
                )?,
            },
        }
        .append(connection)?;
        let after = self.claim(connection)?;
        Ok(after.map_or(Redecided::NotFound, |it| Redecided::Stored(Box::new(it))))
    }

    fn claim(&self, connection: &mut Connection) -> Result<Option<Claim>, StoreError> {
        let key = (Id(self.clinic.uuid()), Id(self.id.uuid()));
        let found = stored_claim::by_ids(connection, &[key])?;
        found.into_iter().next().map(Claim::try_from).transpose()
    }

    /// One conditional statement, so that nothing is written over that was not seen.
    fn update_claim(
        &self,
        connection: &mut Connection,
        (clinic_id, id): (Id, Id),
    ) -> Result<bool, StoreError> {
        let assessment = &self.assessment;
        let allocations = Json(crate::store::engine::store::json(&assessment.allocations)?);
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
                    claims::updated_at.eq(Time(self.now)),
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
    ///
    /// # Errors
    /// When the store is busy or closed, or the database fails.
    pub async fn redecide(&self, redecision: Redecision) -> Result<Redecided, StoreError> {
        let work = move |c: &mut Connection| redecision.apply(c);
        self.write("storing a new decision", work).await
    }
}
