//! [`Claims`]: the use cases on claims. Those that read are here; `intake` takes claims in, `redecisions` decides
//! stored ones again.

use std::sync::Arc;

use payerline_domain::{
    claims::claim::{Claim, ClaimSummary},
    values::ids::{ClaimId, ClinicId},
};

use super::{
    considered::Considered,
    reproduction::{Remade, Replayed, Stored},
};
use crate::{
    app::{
        access::permissions::{Allowed, ReadClaims},
        changed::Resource,
        error::AppError,
        load::LoadLimit,
        rulebooks::in_force::{Rulebooks, RulebooksError},
    },
    store::{ClaimEvidence, ClaimFilter, Page, PageRequest, Store},
};

pub const CLAIM: Resource = Resource {
    name: "claim",
    unique_field: "external_id",
};

/// Claims. Cheap to clone.
#[derive(Clone)]
pub struct Claims {
    pub(crate) store: Store,
    pub(crate) rulebooks: Rulebooks,
    pub(crate) load: Arc<LoadLimit>,
}

impl Claims {
    pub fn new(store: Store, rulebooks: Rulebooks) -> Self {
        Self {
            store,
            rulebooks,
            load: Arc::default(),
        }
    }

    pub async fn get(&self, actor: &Allowed<ReadClaims>, id: ClaimId) -> Result<Claim, AppError> {
        let found = self.store.claim(actor.clinic, id).await?;
        found.ok_or(CLAIM.not_found())
    }

    /// A page of claims, newest received first.
    pub async fn list(
        &self,
        actor: &Allowed<ReadClaims>,
        filter: ClaimFilter,
        page: PageRequest,
    ) -> Result<Page<ClaimSummary>, AppError> {
        Ok(self.store.claims(actor.clinic, filter, page).await?)
    }

    /// Decides a stored claim again, from the submission and the facts that are kept with it.
    ///
    /// # Errors
    /// [`AppError::NotReproducible`] when another decision comes out.
    pub async fn reconsider(
        &self,
        actor: &Allowed<ReadClaims>,
        id: ClaimId,
    ) -> Result<Considered, AppError> {
        let _permit = self.load.acquire().await?;
        let evidence = self.evidence(actor.clinic, id).await?;
        self.remake(actor.clinic, id, &evidence).await?.into_same()
    }

    /// Decides a stored claim again and compares the decision with the stored one, byte for byte.
    pub async fn replay(
        &self,
        actor: &Allowed<ReadClaims>,
        id: ClaimId,
    ) -> Result<Replayed, AppError> {
        let _permit = self.load.acquire().await?;
        let evidence = self.evidence(actor.clinic, id).await?;
        let remade = self.remake(actor.clinic, id, &evidence).await?;
        remade.compare(&evidence)
    }

    async fn evidence(&self, clinic: ClinicId, id: ClaimId) -> Result<ClaimEvidence, AppError> {
        let found = self.store.claim_evidence(clinic, id).await?;
        found.ok_or(CLAIM.not_found())
    }

    async fn remake(
        &self,
        clinic: ClinicId,
        id: ClaimId,
        evidence: &ClaimEvidence,
    ) -> Result<Remade, AppError> {
        let stored = Stored::read(id, evidence)?;
        let rulebook = match self.rulebooks.with_digest(clinic, stored.sha256()).await {
            Err(RulebooksError::Unknown { .. }) => return Err(stored.not_reproducible()),
            found => found?,
        };
        stored.decide_again(rulebook, evidence)
    }
}
