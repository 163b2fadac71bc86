//! [`Claims`]: the use cases on claims. This file reads claims, `intake` accepts new ones, `redecisions` decides stored
//! ones again.

use std::sync::Arc;

use payerline_domain::{
    claims::claim::{Claim, ClaimSummary},
    values::ids::{ClaimId, ClinicId},
};

use super::{
    decided::DecidedClaim,
    explaining::{ExplainedClaim, Explainer},
    reproduction::{RemadeDecision, Replayed, StoredDecision},
    search::{ClaimSearch, TermWriter},
};
use crate::{
    app::{
        access::permissions::{Allowed, ReadClaims},
        changed::Resource,
        error::AppError,
        load::LoadLimit,
        rulebooks::in_force::{Rulebooks, RulebooksError},
        turns::Turns,
    },
    store::{ChangePage, ChangeRequest, ClaimEvidence, ClaimFilter, Page, PageRequest, Store},
};

pub const CLAIM: Resource = Resource {
    name: "claim",
    unique_field: "external_id",
};

/// Cheap to clone.
#[derive(Clone)]
pub struct Claims {
    pub(in crate::app) store: Store,
    pub(in crate::app) rulebooks: Rulebooks,
    pub(in crate::app) load: Arc<LoadLimit>,
    pub(in crate::app) explainer: Arc<Explainer>,
    pub(in crate::app) terms: TermWriter,
    /// Who books a line on a claim. Lines of many clients for one claim would only make each other work it out anew.
    pub(super) booking: Turns<ClaimId>,
}

impl Claims {
    pub fn new(store: Store, rulebooks: Rulebooks) -> Self {
        Self {
            terms: TermWriter::new(store.clone()),
            store,
            rulebooks,
            load: Arc::default(),
            explainer: Arc::default(),
            booking: Turns::default(),
        }
    }

    pub async fn get(&self, actor: &Allowed<ReadClaims>, id: ClaimId) -> Result<Claim, AppError> {
        self.find_complete(actor.clinic, id).await
    }

    /// Looks up what a search asks for, once for all pages of its list.
    pub async fn find_filter(
        &self,
        actor: &Allowed<ReadClaims>,
        search: ClaimSearch,
    ) -> Result<ClaimFilter, AppError> {
        self.terms.find_filter(actor.clinic, search).await
    }

    /// Lists claims, newest received first.
    pub async fn list(
        &self,
        actor: &Allowed<ReadClaims>,
        filter: ClaimFilter,
        page: PageRequest,
    ) -> Result<Page<ClaimSummary>, AppError> {
        Ok(self.store.claims(actor.clinic, filter, page).await?)
    }

    /// Lists claims, oldest change first.
    pub async fn list_changes(
        &self,
        actor: &Allowed<ReadClaims>,
        filter: ClaimFilter,
        request: ChangeRequest,
    ) -> Result<ChangePage<ClaimSummary>, AppError> {
        Ok(self
            .store
            .changed_claims(actor.clinic, filter, request)
            .await?)
    }

    /// Explains a stored claim, which is decided again from its evidence. Fails if another decision comes out.
    pub async fn explain(
        &self,
        actor: &Allowed<ReadClaims>,
        id: ClaimId,
    ) -> Result<ExplainedClaim, AppError> {
        let claim = self.reproduce(actor, id).await?;
        self.explainer.explain(claim).await
    }

    async fn reproduce(
        &self,
        actor: &Allowed<ReadClaims>,
        id: ClaimId,
    ) -> Result<DecidedClaim, AppError> {
        let _permit = self.load.acquire().await?;
        let evidence = self.find_evidence(actor.clinic, id).await?;
        self.remake(actor.clinic, id, &evidence)
            .await?
            .into_reproduced()
    }

    /// Decides a stored claim again from its evidence and compares the decision with the stored one, byte for byte.
    pub async fn replay(
        &self,
        actor: &Allowed<ReadClaims>,
        id: ClaimId,
    ) -> Result<Replayed, AppError> {
        let _permit = self.load.acquire().await?;
        let evidence = self.find_evidence(actor.clinic, id).await?;
        let remade = self.remake(actor.clinic, id, &evidence).await?;
        remade.compare(&evidence)
    }

    pub(in crate::app) async fn find_evidence(
        &self,
        clinic: ClinicId,
        id: ClaimId,
    ) -> Result<ClaimEvidence, AppError> {
        let found = self.store.claim_evidence(clinic, id).await?;
        found.ok_or(CLAIM.not_found())
    }

    pub(super) async fn remake(
        &self,
        clinic: ClinicId,
        id: ClaimId,
        evidence: &ClaimEvidence,
    ) -> Result<RemadeDecision, AppError> {
        let stored = StoredDecision::read(id, evidence)?;
        let rulebook = match self
            .rulebooks
            .find_by_digest(clinic, stored.rulebook_sha256())
            .await
        {
            Err(RulebooksError::Unknown { .. }) => return Err(stored.not_reproducible()),
            found => found?,
        };
        stored.remake(rulebook, evidence)
    }
}
