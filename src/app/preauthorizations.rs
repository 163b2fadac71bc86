//! Preauthorizations: the clinic's ledger of payers' prior approvals.

use payerline_domain::{
    parse::fault::{Fault, Refusal},
    preauthorizations::{Preauthorization, PreauthorizationEntry},
    values::ids::PreauthorizationId,
};

use super::{
    access::permissions::{Allowed, ReadPreauthorizations, WritePreauthorizations},
    clock,
    error::AppError,
    expected_version::ExpectedVersion,
};
use crate::store::{Page, PageRequest, PreauthorizationFilter, Registered, Replaced, Store};

const NOT_FOUND: AppError = AppError::NotFound("preauthorization");

/// The ledger. Cheap to clone.
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
    ) -> Result<Registered<Preauthorization>, AppError> {
        let now = clock::now();
        let new = Preauthorization {
            id: clock::new_id(now).into(),
            entry: PreauthorizationEntry::parse(body)?,
            created_at: now,
            updated_at: now,
            version: 1,
        };
        Ok(self
            .store
            .create_preauthorization(actor.clinic, actor.key, new)
            .await?)
    }

    pub async fn get(
        &self,
        actor: &Allowed<ReadPreauthorizations>,
        id: PreauthorizationId,
    ) -> Result<Preauthorization, AppError> {
        let found = self.store.preauthorization(actor.clinic, id).await?;
        found.ok_or(NOT_FOUND)
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

    /// Replaces everything of an approval but its number, if it has an expected version.
    pub async fn replace(
        &self,
        actor: &Allowed<WritePreauthorizations>,
        id: PreauthorizationId,
        expected: &ExpectedVersion,
        body: &[u8],
    ) -> Result<Preauthorization, AppError> {
        let entry = PreauthorizationEntry::parse(body)?;
        let expected_version = match expected.single() {
            Some(version) => version,
            None => {
                let found = self.store.preauthorization(actor.clinic, id).await?;
                let current = found.ok_or(NOT_FOUND)?.version;
                if !expected.accepts(current) {
                    return Err(AppError::Stale);
                }
                current
            }
        };
        let replaced = self.store.replace_preauthorization(
            actor.clinic,
            actor.key,
            id,
            expected_version,
            entry,
            clock::now(),
        );
        match replaced.await? {
            Replaced::Replaced(stored) => Ok(stored),
            Replaced::Stale(_) => Err(AppError::Stale),
            Replaced::NotFound => Err(NOT_FOUND),
            Replaced::NumberChanged => Err(AppError::Refused(Refusal::Rules(vec![Fault {
                code: "number_changed",
                pointer: "/number".to_owned(),
                detail: "the number cannot change; enter another preauthorization instead"
                    .to_owned(),
            }]))),
        }
    }
}
