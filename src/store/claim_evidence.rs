//! The evidence of a claim: what was sent, what was decided, and what the decision used from outside.

use diesel::prelude::*;

use crate::domain::ids::{ClaimId, ClinicId};

use super::{
    connection::{Connection, on_backend},
    error::StoreError,
    schema::claims,
    sql_types::{Id, Json},
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
pub fn of(
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
