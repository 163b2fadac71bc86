//! [`Access`]: the use cases on clinics and API keys.

use std::{sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use payerline_domain::{
    access::{Actor, ActorId, ApiKey, Clinic, Permission, Role, Roles},
    values::{
        ids::{ClinicId, KeyId},
        text::Label,
    },
};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use utoipa::ToSchema;

use super::permissions::{Allowed, Identify, ManageClinics, ManageKeys};
use crate::{
    app::{
        cache::Cache,
        changed::Resource,
        clock::{self, NoRandomness},
        error::AppError,
    },
    store::{Bootstrapped, KeyHash, Page, PageRequest, Store},
};

/// A valid key is not looked up again for this time. A key that another replica revoked works for as long; one that
/// this replica revoked stops at once.
const ACTOR_MAX_AGE: Duration = Duration::from_secs(1);
const MAX_CACHED_ACTORS: usize = 10_000;
/// Every generated key begins with it, so that scanners find leaked keys.
const KEY_PREFIX: &str = "pl_";
const KEY_BYTES: usize = 32;
pub(in crate::app) const DEFAULT_CLINIC_NAME: &str = "default";
const CONFIGURED_KEY_NAME: &str = "PAYERLINE_ADMIN_KEY";
const FIRST_KEY_NAME: &str = "first admin key";
pub(super) const API_KEY: Resource = Resource {
    name: "API key",
    unique_field: "id",
};

/// A key just created. It is shown this once; only its hash is stored.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreatedKey {
    /// What lists show of it.
    #[serde(flatten)]
    pub listed: ApiKey,
    /// The key. Keep it now: it is not shown again.
    #[schema(example = "pl_3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    pub key: String,
}

/// A clinic just created, with its first key, shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreatedClinic {
    /// The clinic.
    #[serde(flatten)]
    pub clinic: Clinic,
    /// Its first key, with the role `admin`. Keep it now: it is not shown again.
    #[schema(example = "pl_3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    pub admin_key: String,
}

/// Who calls with a key.
#[derive(Debug, Serialize, ToSchema)]
pub struct Identity {
    /// The clinic whose data the key sees.
    pub clinic: Clinic,
    /// The key.
    pub key: KeyName,
    /// What it may do.
    #[schema(value_type = Vec<Role>, example = json!(["billing"]))]
    pub roles: Roles,
}

/// The id and the name of a key.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeyName {
    /// The id of the key.
    pub id: KeyId,
    /// What it is for.
    #[schema(value_type = String, min_length = 1, max_length = 64, example = "front desk")]
    pub name: Label,
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Access {
    store: Store,
    actors: Arc<Cache<KeyHash, Actor>>,
}

impl Access {
    pub fn new(store: Store) -> Self {
        Self {
            store,
            actors: Arc::new(Cache::new(Some(ACTOR_MAX_AGE), MAX_CACHED_ACTORS)),
        }
    }

    /// Creates the first clinic and key in an empty database. Returns the key if it was generated because none was
    /// configured.
    pub async fn bootstrap(
        &self,
        configured: Option<SecretString>,
    ) -> Result<Option<SecretString>, AppError> {
        let (key, generated) = match configured {
            Some(key) => (key, false),
            None => (SecretString::from(generate_key()?), true),
        };
        let clinic = new_clinic(parse_built_in(DEFAULT_CLINIC_NAME)?);
        let roles = Roles::new(vec![Role::Admin, Role::Operator]);
        let listed = new_key(parse_built_in(CONFIGURED_KEY_NAME)?, roles);
        let hash = KeyHash::hash(key.expose_secret());
        match self.store.bootstrap(clinic, listed, hash).await? {
            Bootstrapped::Created if generated => Ok(Some(key)),
            Bootstrapped::Existing { same: false } if !generated => {
                tracing::warn!(
                    "PAYERLINE_ADMIN_KEY is ignored: the database has keys already, and this is none of the valid ones"
                );
                Ok(None)
            }
            Bootstrapped::Created | Bootstrapped::Existing { .. } => Ok(None),
        }
    }

    /// Returns the actor of a key, or `None` for a key that is unknown or revoked.
    pub async fn authenticate(&self, key: &[u8]) -> Result<Option<Actor>, AppError> {
        let hash = KeyHash::hash(key);
        let load = async { self.store.caller(hash).await };
        Ok(self.actors.get_or_load(hash, load).await?)
    }

    /// Says who an actor is.
    pub async fn identify(&self, actor: &Allowed<Identify>) -> Result<Identity, AppError> {
        let clinic = self.store.clinic(actor.clinic).await?;
        let key = self.store.key(actor.clinic, actor.key).await?;
        let key = key.ok_or(AppError::NotFound("API key"))?;
        Ok(Identity {
            clinic: clinic.ok_or(AppError::NotFound("clinic"))?,
            key: KeyName {
                id: key.id,
                name: key.name,
            },
            roles: actor.roles.clone(),
        })
    }

    pub async fn create_key(
        &self,
        actor: &Allowed<ManageKeys>,
        name: Label,
        roles: Roles,
    ) -> Result<CreatedKey, AppError> {
        if roles.include(Role::Operator) && !actor.roles.allow(Permission::ManageClinics) {
            return Err(AppError::OperatorOnly(actor.roles.clone()));
        }
        create_key(&self.store, actor.clinic, Some(actor.id()), name, roles).await
    }

    /// Creates another `admin` key of a clinic, which may have lost its own.
    pub async fn create_admin_key(
        &self,
        actor: &Allowed<ManageClinics>,
        clinic: ClinicId,
        name: Label,
    ) -> Result<CreatedKey, AppError> {
        let clinic = self.get_clinic(actor, clinic).await?.id;
        let roles = Roles::new(vec![Role::Admin]);
        create_key(&self.store, clinic, Some(actor.id()), name, roles).await
    }

    pub async fn list_keys(
        &self,
        actor: &Allowed<ManageKeys>,
        page: PageRequest,
    ) -> Result<Page<ApiKey>, AppError> {
        Ok(self.store.keys(actor.clinic, page).await?)
    }

    pub async fn revoke_key(&self, actor: &Allowed<ManageKeys>, id: KeyId) -> Result<(), AppError> {
        let revoked = self
            .store
            .revoke_key(actor.clinic, Some(actor.id()), id, clock::now())
            .await;
        // Also after an error: the answer of a commit may have been lost.
        self.actors.clear();
        API_KEY.resolve(revoked?)?;
        Ok(())
    }

    pub async fn create_clinic(
        &self,
        actor: &Allowed<ManageClinics>,
        name: Label,
    ) -> Result<CreatedClinic, AppError> {
        let clinic = new_clinic(name);
        let first = new_key(
            parse_built_in(FIRST_KEY_NAME)?,
            Roles::new(vec![Role::Admin]),
        );
        let admin_key = generate_key()?;
        let hash = KeyHash::hash(&admin_key);
        self.store
            .create_clinic(Some(actor.id()), clinic.clone(), first, hash)
            .await?;
        Ok(CreatedClinic { clinic, admin_key })
    }

    pub async fn get_clinic(
        &self,
        _actor: &Allowed<ManageClinics>,
        id: ClinicId,
    ) -> Result<Clinic, AppError> {
        let found = self.store.clinic(id).await?;
        found.ok_or(AppError::NotFound("clinic"))
    }

    pub async fn list_clinics(
        &self,
        _actor: &Allowed<ManageClinics>,
        page: PageRequest,
    ) -> Result<Page<Clinic>, AppError> {
        Ok(self.store.clinics(page).await?)
    }
}

/// Creates a key of a clinic. Without an actor the owner of the database does it.
pub(super) async fn create_key(
    store: &Store,
    clinic: ClinicId,
    actor: Option<ActorId>,
    name: Label,
    roles: Roles,
) -> Result<CreatedKey, AppError> {
    let listed = new_key(name, roles);
    let key = generate_key()?;
    let hash = KeyHash::hash(&key);
    store
        .create_key(clinic, actor, listed.clone(), hash)
        .await?;
    Ok(CreatedKey { listed, key })
}

fn generate_key() -> Result<String, NoRandomness> {
    let secret = clock::secret_bytes::<KEY_BYTES>()?;
    Ok(format!("{KEY_PREFIX}{}", URL_SAFE_NO_PAD.encode(secret)))
}

fn new_key(name: Label, roles: Roles) -> ApiKey {
    let now = clock::now();
    ApiKey {
        id: clock::new_id(now).into(),
        name,
        roles,
        created_at: now,
        revoked_at: None,
    }
}

fn new_clinic(name: Label) -> Clinic {
    let now = clock::now();
    Clinic {
        id: clock::new_id(now).into(),
        name,
        created_at: now,
    }
}

/// Makes a label of a name in this file.
fn parse_built_in(name: &'static str) -> Result<Label, AppError> {
    Label::parse(name).map_err(|(_, detail)| AppError::Internal(detail.into()))
}
