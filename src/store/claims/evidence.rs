//! The evidence of a claim: the submission, the decision, and the facts from outside that the decision used.

use std::collections::HashMap;

use diesel::prelude::*;

use payerline_domain::values::ids::{ClaimId, ClinicId};

use crate::store::engine::{
    connection::{Connection, on_backend},
    error::StoreError,
    schema::claims,
    sql_types::{Id, Json},
    store::Store,
};

/// The texts from which a decision can be made again, byte for byte as they were written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimEvidence {
    /// The submission as it was sent.
    pub submission: String,
    /// The decision as it was made.
    pub decision: String,
    /// The facts from outside the submission.
    pub facts: String,
}

fn find(
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

fn find_many(
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
    pub async fn claim_evidence(
        &self,
        clinic: ClinicId,
        id: ClaimId,
    ) -> Result<Option<ClaimEvidence>, StoreError> {
        let work = move |c: &mut Connection| find(c, clinic, id);
        self.read_express("reading a claim's evidence", work).await
    }

    /// The evidence of some claims. Ids that the clinic does not have are left out.
    pub async fn claims_evidence(
        &self,
        clinic: ClinicId,
        ids: Vec<ClaimId>,
    ) -> Result<HashMap<ClaimId, ClaimEvidence>, StoreError> {
        let work = move |c: &mut Connection| find_many(c, clinic, &ids);
        self.read("reading the evidence of claims", work).await
    }
}
