//! Submitting a claim, and reading it back by its ids.

use diesel::prelude::*;

use payerline_domain::{
    claims::{claim::Claim, submission::Submission},
    values::{
        ids::{ClaimId, ClinicId},
        text::Label,
    },
};

use super::{
    accounts::drawing::{DrawingClaim, StoredDrawing},
    batch::Stored,
    prepared::{NewClaim, PreparedClaim},
};
use crate::store::{
    changed::{ChangeRefused, Changed},
    engine::{
        connection::{Connection, on_backend},
        error::StoreError,
        schema::claims,
        sql_types::Id,
        store::Store,
    },
};

/// Compares the content of a submission with that of a stored claim, both parsed by the rules of this build.
pub fn compare(body: &str, stored: Claim) -> Result<Changed<Claim>, StoreError> {
    let id = stored.id.uuid();
    let read = |text: &str| {
        Submission::read_stored(text.as_bytes())
            .map_err(|_| StoreError::corrupt("claims", id, "submission"))
    };
    let differences = read(body)?.find_differences(&read(stored.submission.as_str())?);
    Ok(if differences.is_empty() {
        Changed::Replayed(stored)
    } else {
        Changed::Conflict { id, differences }
    })
}

/// Reads what was stored: here, not on the writer's thread.
fn read_stored(claim: PreparedClaim, stored: Stored) -> Result<Changed<Claim>, StoreError> {
    Ok(match stored {
        Stored::Created(at) => Changed::Made(claim.into_claim(at)),
        Stored::Replayed(row) => Changed::Replayed(Claim::try_from(*row)?),
        Stored::OtherDigest(row) => compare(claim.body(), Claim::try_from(*row)?)?,
    })
}

impl Store {
    /// Stores a claim, or finds that its clinic sent it before.
    pub async fn submit(&self, claim: NewClaim) -> Result<Changed<Claim>, StoreError> {
        // Corrections are few: each has a transaction of its own, and groups stay as quick as without them.
        if let Some(replaced) = claim.submission.replaces {
            return self.submit_correction(claim, replaced).await;
        }
        let what = "storing a claim";
        if claim.accounts.is_empty() {
            let claim = Box::new(PreparedClaim::new(claim)?);
            let (claim, stored) = self.write_grouped(what, claim).await?;
            return read_stored(*claim, stored);
        }
        let drawing = Box::new(DrawingClaim {
            accounts: claim.accounts.clone(),
            claim: PreparedClaim::new(claim)?,
        });
        match self.write_grouped(what, drawing).await? {
            (drawing, StoredDrawing::Stored(stored)) => read_stored(drawing.claim, stored),
            (_, StoredDrawing::ApprovalsChanged) => {
                Ok(Changed::Refused(ChangeRefused::ApprovalsChanged))
            }
        }
    }

    pub async fn claim(&self, clinic: ClinicId, id: ClaimId) -> Result<Option<Claim>, StoreError> {
        let key = (Id(clinic.uuid()), Id(id.uuid()));
        let row = self.look_up("reading a claim", key).await?;
        row.map(Claim::try_from).transpose()
    }

    /// Finds a claim by its external id. Earlier builds stored ids in the form they were sent in, so there may be one of
    /// each form: then it is the one that was sent just so.
    pub async fn claim_id(
        &self,
        clinic: ClinicId,
        external_id: Label,
    ) -> Result<Option<ClaimId>, StoreError> {
        let work = move |connection: &mut Connection| {
            let rows: Vec<(String, Option<String>, Id)> = on_backend!(connection, |c| {
                claims::table
                    .select((claims::external_id, claims::external_id_sent, claims::id))
                    .filter(claims::clinic_id.eq(Id(clinic.uuid())))
                    .filter(claims::external_id.eq_any(external_id.stored_forms()))
                    .order(claims::id.asc())
                    .load(c)
            })?;
            let is_sent = |(stored, sent, _): &&(String, Option<String>, Id)| {
                sent.as_ref().unwrap_or(stored) == external_id.as_str()
            };
            let found = rows.iter().find(is_sent).or(rows.first());
            Ok(found.map(|(.., id)| id.0.into()))
        };
        self.read_express("finding a claim by its external id", work)
            .await
    }
}
