//! [`Preauthorizations`]: the use cases on a clinic's ledger of payers' prior approvals.

use payerline_domain::{
    parse::decode::Decode,
    preauthorizations::{Preauthorization, PreauthorizationEntry},
    values::ids::{ClinicId, PreauthorizationId},
};

use super::{
    access::permissions::{Allowed, ReadPreauthorizations, WritePreauthorizations},
    changed::{Entered, Resource},
    clock,
    error::AppError,
    expected_version::ExpectedVersion,
};
use crate::store::{Page, PageRequest, PreauthorizationChange, PreauthorizationFilter, Store};

const PREAUTHORIZATION: Resource = Resource {
    name: "preauthorization",
    unique_field: "number",
};

/// Cheap to clone.
#[derive(Clone)]
pub struct Preauthorizations {
    store: Store,
}

impl Preauthorizations {
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    pub async fn create(
        &self,
        actor: &Allowed<WritePreauthorizations>,
        body: &[u8],
    ) -> Result<Entered<Preauthorization>, AppError> {
        let now = clock::now();
        let new = Preauthorization {
            id: clock::new_id(now).into(),
            entry: PreauthorizationEntry::parse(body)?,
            created_at: now,
            updated_at: now,
            version: 1,
        };
        let created = self
            .store
            .create_preauthorization(actor.clinic, actor.id(), new);
        PREAUTHORIZATION.resolve_entered(created.await?)
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
        let found = self.store.preauthorization(clinic, id).await?;
        found.ok_or(PREAUTHORIZATION.not_found())
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

    /// Replaces all fields of an approval except its number.
    pub async fn replace(
        &self,
        actor: &Allowed<WritePreauthorizations>,
        id: PreauthorizationId,
        expected: &ExpectedVersion,
        body: &[u8],
    ) -> Result<Preauthorization, AppError> {
        let entry = PreauthorizationEntry::parse(body)?;
        let current = async { Ok(self.find(actor.clinic, id).await?.version) };
        let replaced = self.store.replace_preauthorization(PreauthorizationChange {
            clinic: actor.clinic,
            actor: actor.id(),
            id,
            expected_version: expected.resolve(current).await?,
            entry,
            now: clock::now(),
        });
        PREAUTHORIZATION.resolve(replaced.await?)
    }
}
