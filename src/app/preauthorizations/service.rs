//! [`Preauthorizations`]: the use cases on a clinic's ledger of payers' prior approvals.

use payerline_domain::{
    access::Actor,
    parse::decode::Decode,
    preauthorizations::{Preauthorization, PreauthorizationEntry, PreauthorizationReplacement},
    values::{
        ids::{ClinicId, PreauthorizationId},
        text::Label,
    },
};

use super::redecisions::Redecider;
use crate::app::{
    access::permissions::{Allowed, ReadPreauthorizations, WritePreauthorizations},
    changed::{Entered, Resource},
    clock,
    error::AppError,
    expected_version::ExpectedVersion,
};
use crate::store::{
    ChangePage, ChangeRequest, Page, PageRequest, PreauthorizationChange, PreauthorizationFilter,
    Store,
};

const PREAUTHORIZATION: Resource = Resource {
    name: "preauthorization",
    unique_field: "number",
};

/// Cheap to clone.
#[derive(Clone)]
pub struct Preauthorizations {
    store: Store,
    redecider: Redecider,
}

impl Preauthorizations {
    pub fn new(store: Store, redecider: Redecider) -> Self {
        Self { store, redecider }
    }

    pub async fn create(
        &self,
        actor: &Allowed<WritePreauthorizations>,
        body: &[u8],
    ) -> Result<Entered<Preauthorization>, AppError> {
        let now = clock::now();
        let id = clock::new_id(now).into();
        let new = Preauthorization::new(id, PreauthorizationEntry::parse(body)?, now);
        let created = self.store.create_preauthorization(
            actor.clinic,
            actor.id(),
            new,
            self.redecider.finds_all(),
        );
        let entered = PREAUTHORIZATION.resolve_entered(created.await?)?;
        let answer = self.answer(actor.clinic, entered.stored().clone()).await?;
        Ok(match entered {
            Entered::New(_) => Entered::New(answer),
            Entered::Replayed(_) => Entered::Replayed(answer),
        })
    }

    /// Decides claims that name a stored approval again, some of them at once, and returns the approval with its draws.
    /// Whatever happens here is made up for in the background.
    async fn answer(
        &self,
        clinic: ClinicId,
        stored: Preauthorization,
    ) -> Result<Preauthorization, AppError> {
        if stored.redecisions.waiting > 0
            && let Err(error) = self.redecider.redecide_some((clinic, stored.id)).await
            && !error.is_transient()
        {
            tracing::warn!(%error, "claims that name an approval are decided again later");
        }
        // Somebody may have changed it since, and it may not be read at this moment; the answer is about this change.
        match self.find(clinic, stored.id).await {
            Ok(now) if now.version == stored.version => Ok(now),
            Err(error) if !error.is_transient() => Err(error),
            _ => Ok(stored),
        }
    }

    pub async fn get(
        &self,
        actor: &Allowed<ReadPreauthorizations>,
        id: PreauthorizationId,
    ) -> Result<Preauthorization, AppError> {
        self.find(actor.clinic, id).await
    }

    async fn find(
        &self,
        clinic: ClinicId,
        id: PreauthorizationId,
    ) -> Result<Preauthorization, AppError> {
        let found = self.store.preauthorization_with_draws(clinic, id);
        found.await?.ok_or(PREAUTHORIZATION.not_found())
    }

    pub async fn list(
        &self,
        actor: &Allowed<ReadPreauthorizations>,
        filter: PreauthorizationFilter,
        page: PageRequest,
    ) -> Result<Page<Preauthorization>, AppError> {
        Ok(self
            .store
            .preauthorizations(actor.clinic, filter, page)
            .await?)
    }

    /// Lists approvals, oldest change first.
    pub async fn list_changes(
        &self,
        actor: &Allowed<ReadPreauthorizations>,
        filter: PreauthorizationFilter,
        request: ChangeRequest,
    ) -> Result<ChangePage<Preauthorization>, AppError> {
        Ok(self
            .store
            .changed_preauthorizations(actor.clinic, filter, request)
            .await?)
    }

    /// Reads what is to replace an approval. A number or patient that the approval has already stays allowed, though it
    /// may break a rule that came later.
    async fn read_replacement(
        &self,
        actor: &Actor,
        id: PreauthorizationId,
        body: &[u8],
    ) -> Result<PreauthorizationEntry, AppError> {
        let refusal = match PreauthorizationReplacement::parse(body) {
            Ok(PreauthorizationReplacement(entry)) => return Ok(entry),
            Err(refusal) => refusal,
        };
        if let Ok(PreauthorizationReplacement(entry)) =
            PreauthorizationReplacement::read_stored(body)
            && let Some(stored) = self.store.preauthorization(actor.clinic, id).await?
        {
            let stays = |new: &Label, old: &Label| new == old || Label::parse(new.as_str()).is_ok();
            let kept = &stored.entry;
            if stays(&entry.number, &kept.number) && stays(&entry.patient_id, &kept.patient_id) {
                return Ok(entry);
            }
        }
        Err(refusal.into())
    }

    /// Replaces all fields of an approval except its number.
    pub async fn replace(
        &self,
        actor: &Allowed<WritePreauthorizations>,
        id: PreauthorizationId,
        expected: &ExpectedVersion,
        confirmed: bool,
        body: &[u8],
    ) -> Result<Preauthorization, AppError> {
        let entry = self.read_replacement(actor, id, body).await?;
        let current = async { Ok(self.find(actor.clinic, id).await?.version) };
        let replaced = self.store.replace_preauthorization(PreauthorizationChange {
            clinic: actor.clinic,
            actor: actor.id(),
            id,
            expected_version: expected.resolve(current).await?,
            entry,
            confirmed,
            finds_all: self.redecider.finds_all(),
            now: clock::now(),
        });
        let replaced = PREAUTHORIZATION.resolve(replaced.await?)?;
        self.answer(actor.clinic, replaced).await
    }
}
