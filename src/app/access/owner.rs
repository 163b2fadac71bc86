//! [`DatabaseOwner`]: keys without a running service and without a key, for whoever has the database.

use payerline_domain::{
    access::{ApiKey, Clinic, Roles},
    values::{
        ids::{ClinicId, KeyId},
        text::Label,
    },
};

use super::service::{self, API_KEY, CreatedKey};
use crate::{
    app::{clock, error::AppError, pages::read_all},
    store::Store,
};

#[derive(Debug, thiserror::Error)]
pub enum ClinicError {
    #[error("there is no clinic of the name or id {0:?}; `payerline keys list` shows all")]
    Unknown(String),
    #[error("several clinics are called {name:?}; give the id of one: {ids}")]
    Ambiguous { name: String, ids: String },
    #[error(transparent)]
    App(#[from] AppError),
}

pub struct DatabaseOwner {
    store: Store,
}

impl DatabaseOwner {
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// Finds a clinic by its id or its name.
    pub async fn find_clinic(&self, id_or_name: &str) -> Result<Clinic, ClinicError> {
        let unknown = || ClinicError::Unknown(id_or_name.to_owned());
        if let Some(id) = ClinicId::parse(id_or_name) {
            let found = self.store.clinic(id).await.map_err(AppError::from)?;
            return found.ok_or_else(unknown);
        }
        let name = Label::parse(id_or_name).map_err(|_| unknown())?;
        let mut found = self
            .store
            .clinics_named(name)
            .await
            .map_err(AppError::from)?;
        match (found.pop(), &*found) {
            (Some(clinic), []) => Ok(clinic),
            (Some(last), others) => {
                let ids = others.iter().chain([&last]).map(|it| it.id.to_string());
                Err(ClinicError::Ambiguous {
                    name: id_or_name.to_owned(),
                    ids: ids.collect::<Vec<_>>().join(", "),
                })
            }
            (None, _) => Err(unknown()),
        }
    }

    pub async fn create_key(
        &self,
        clinic: ClinicId,
        name: Label,
        roles: Roles,
    ) -> Result<CreatedKey, AppError> {
        service::create_key(&self.store, clinic, None, name, roles).await
    }

    /// Revokes a key under the same rule as a request. Running services refuse it within a second.
    pub async fn revoke_key(&self, clinic: ClinicId, id: KeyId) -> Result<ApiKey, AppError> {
        let revoked = self.store.revoke_key(clinic, None, id, clock::now()).await;
        API_KEY.resolve(revoked?)
    }

    /// Lists all clinics, newest first.
    pub async fn list_clinics(&self) -> Result<Vec<Clinic>, AppError> {
        Ok(read_all(async |page| self.store.clinics(page).await).await?)
    }

    /// Lists all keys of a clinic, revoked ones too, newest first.
    pub async fn list_keys(&self, clinic: ClinicId) -> Result<Vec<ApiKey>, AppError> {
        Ok(read_all(async |page| self.store.keys(clinic, page).await).await?)
    }
}
