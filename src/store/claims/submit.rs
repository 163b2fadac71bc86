//! Submitting a claim, and reading it back by its id.

use payerline_domain::{
    claims::claim::Claim,
    values::ids::{ClaimId, ClinicId},
};

use super::{
    batch::Stored,
    prepared::{NewClaim, PreparedClaim},
};
use crate::store::engine::{error::StoreError, sql_types::Id, store::Store};

/// The result of submitting a claim.
#[derive(Debug, Clone)]
pub enum Submitted {
    Created(Claim),
    /// The clinic sent the same content before: the stored claim.
    Replayed(Claim),
    /// The clinic used this external id for other content: the stored claim's id.
    Conflict(ClaimId),
}

impl Store {
    /// Stores a claim, or finds that its clinic sent it before.
    pub async fn submit(&self, claim: NewClaim) -> Result<Submitted, StoreError> {
        let claim = Box::new(PreparedClaim::new(claim)?);
        let (claim, stored) = self.write_grouped("storing a claim", claim).await?;
        // Rows are decoded here, not on the writer's thread.
        Ok(match stored {
            Stored::Created => Submitted::Created(claim.into_claim()),
            Stored::Replayed(row) => Submitted::Replayed(Claim::try_from(*row)?),
            Stored::Conflict(id) => Submitted::Conflict(id),
        })
    }

    pub async fn claim(&self, clinic: ClinicId, id: ClaimId) -> Result<Option<Claim>, StoreError> {
        let key = (Id(clinic.uuid()), Id(id.uuid()));
        let row = self.look_up("reading a claim", key).await?;
        row.map(Claim::try_from).transpose()
    }
}
