//! The evidence of a claim: what was sent, what was decided, and what the decision used from outside.

use std::collections::HashMap;

use diesel::prelude::*;

use payerline_domain::values::ids::{ClaimId, ClinicId};

use crate::store::{
    Store,
    engine::{
        connection::{Connection, on_backend},
        error::StoreError,
        schema::claims,
        sql_types::{Id, Json},
    },
};

/// The texts that a decision can be made again from, byte for byte as they were written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimEvidence {
    /// The submission as it was sent.
    pub submission: String,
    /// The decision as it was made.
    pub decision: String,
    /// The facts from outside the submission.
    pub facts: String,
}

/// The evidence of a clinic's claim.
fn of(
    connection: &mut Connection,
    clinic: ClinicId,
    id: ClaimId,
) -> Result<Option<ClaimEvidence>, StoreError> {
    let found: Option<(Json, Json, Json)> = on_backend!(connection, |c| {
        claims::table
            .select((claims::submission, claims::decision, claims::facts))
            .filter(claims::clinic_id.eq(Id(clinic.uuid())))
            .filter(claims::id.eq(Id(id.uuid())))
            .first(c)
            .optional()
    })?;
    Ok(found.map(|(submission, decision, facts)| ClaimEvidence {
        submission: submission.0,
        decision: decision.0,
        facts: facts.0,
    }))
}

/// The evidence of some of a clinic's claims.
fn of_many(
    connection: &mut Connection,
    clinic: ClinicId,
    ids: &[ClaimId],
) -> Result<HashMap<ClaimId, ClaimEvidence>, StoreError> {
    let ids: Vec<Id> = ids.iter().map(|id| Id(id.uuid())).collect();
    let found: Vec<(Id, Json, Json, Json)> = on_backend!(connection, |c| {
        claims::table
            .select((
                claims::id,
                claims::submission,
                claims::decision,
                claims::facts,
            ))
            .filter(claims::clinic_id.eq(Id(clinic.uuid())))
            .filter(claims::id.eq_any(&ids))
            .load(c)
    })?;
    let read = |(id, submission, decision, facts): (Id, Json, Json, Json)| {
        let evidence = ClaimEvidence {
            submission: submission.0,
            decision: decision.0,
            facts: facts.0,
        };
        (id.0.into(), evidence)
    };
    Ok(found.into_iter().map(read).collect())
}

impl Store {
    /// What a claim's decision was made from, by the claim's id.
    ///
    /// # Errors
    /// When the store is busy or closed, or the database fails.
    pub async fn claim_evidence(
        &self,
        clinic: ClinicId,
        id: ClaimId,
    ) -> Result<Option<ClaimEvidence>, StoreError> {
        let work = move |c: &mut Connection| of(c, clinic, id);
        let (job, result) = crate::store::engine::reader::job(work);
        self.threads.read_express(job)?;
        crate::store::engine::store::wait(
            "reading a claim's evidence",
            crate::store::engine::store::WAIT,
            result,
        )
        .await
    }

    /// The same of some claims; those that the clinic has not got are left out.
    ///
    /// # Errors
    /// When the store is busy or closed, or the database fails.
    pub async fn claims_evidence(
        &self,
        clinic: ClinicId,
        ids: Vec<ClaimId>,
    ) -> Result<HashMap<ClaimId, ClaimEvidence>, StoreError> {
        let work = move |c: &mut Connection| of_many(c, clinic, &ids);
        self.read("reading the evidence of claims", work).await
    }
}
