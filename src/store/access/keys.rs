//! API keys: bearer keys, stored as hashes.

use diesel::prelude::*;

use payerline_domain::{
    access::{Actor, ActorId, ApiKey, Role, Roles},
    events::{EventPayload, NamedKey},
    values::{
        closed_enum::ClosedEnum,
        ids::{ClinicId, KeyId},
        time::Timestamp,
    },
};

pub use super::row::KeyHash;
use super::row::{KeyRow, lock_first_clinic};
use crate::store::{
    changed::{ChangeRefused, Changed},
    engine::{
        connection::{Connection, on_backend},
        error::StoreError,
        lookup::Lookup,
        page::{Page, PageRequest, read_page},
        schema::api_keys,
        sql_types::{Id, Time},
        store::Store,
    },
    events::NewEvent,
};

/// Stores a new key, in the transaction of the caller. Done twice it stores it once.
pub fn create(
    connection: &mut Connection,
    clinic: ClinicId,
    actor: Option<ActorId>,
    key: &ApiKey,
    hash: KeyHash,
) -> Result<(), StoreError> {
    if !KeyRow::insert(connection, clinic, key, hash)? {
        return Ok(());
    }
    NewEvent {
        clinic,
        subject: key.id.uuid(),
        at: key.created_at,
        actor,
        payload: EventPayload::KeyCreated(name(key)),
    }
    .append(connection)
}

/// Revokes a key, in the transaction of the caller, unless nobody could do its work any more. A key that is revoked
/// already keeps its first time.
fn revoke(
    connection: &mut Connection,
    clinic: ClinicId,
    actor: Option<ActorId>,
    id: KeyId,
    now: Timestamp,
) -> Result<Changed<ApiKey>, StoreError> {
    // Operators of all clinics count, so revocations of all clinics wait for each other.
    lock_first_clinic(connection)?;
    let Some(key) = find(connection, clinic, id)? else {
        return Ok(Changed::NotFound);
    };
    if key.revoked_at.is_some() {
        return Ok(Changed::Made(key));
    }
    if let Some(role) = find_last_role(connection, clinic, &key)? {
        return Ok(Changed::Refused(ChangeRefused::LastKey(role)));
    }
    on_backend!(connection, |c| {
        diesel::update(api_keys::table)
            .filter(api_keys::clinic_id.eq(Id(clinic.uuid())))
            .filter(api_keys::id.eq(Id(id.uuid())))
            .set(api_keys::revoked_at.eq(Some(Time(now))))
            .execute(c)
    })?;
    NewEvent {
        clinic,
        subject: id.uuid(),
        at: now,
        actor,
        payload: EventPayload::KeyRevoked(name(&key)),
    }
    .append(connection)?;
    Ok(Changed::Made(ApiKey {
        revoked_at: Some(now),
        ..key
    }))
}

/// Finds a role that no key would have any more without this one: `admin` in its clinic, `operator` anywhere.
fn find_last_role(
    connection: &mut Connection,
    clinic: ClinicId,
    key: &ApiKey,
) -> Result<Option<Role>, StoreError> {
    for (role, of_clinic) in [(Role::Admin, Some(clinic)), (Role::Operator, None)] {
        if key.roles.include(role) && !has_other(connection, of_clinic, key.id, role)? {
            return Ok(Some(role));
        }
    }
    Ok(None)
}

/// Returns true if another key than this one has a role and is not revoked, in one clinic or in any.
fn has_other(
    connection: &mut Connection,
    clinic: Option<ClinicId>,
    id: KeyId,
    role: Role,
) -> Result<bool, StoreError> {
    let row: Option<Id> = on_backend!(connection, |c| {
        let mut query = api_keys::table
            .select(api_keys::id)
            .filter(api_keys::id.ne(Id(id.uuid())))
            .filter(api_keys::revoked_at.is_null())
            // No role's word is part of another's.
            .filter(api_keys::roles.like(format!("%{}%", role.word())))
            .into_boxed();
        if let Some(clinic) = clinic {
            query = query.filter(api_keys::clinic_id.eq(Id(clinic.uuid())));
        }
        query.first(c).optional()
    })?;
    Ok(row.is_some())
}

/// Finds a key of a clinic, revoked or not.
pub fn find(
    connection: &mut Connection,
    clinic: ClinicId,
    id: KeyId,
) -> Result<Option<ApiKey>, StoreError> {
    let row: Option<KeyRow> = on_backend!(connection, |c| {
        api_keys::table
            .select(KeyRow::as_select())
            .filter(api_keys::clinic_id.eq(Id(clinic.uuid())))
            .filter(api_keys::id.eq(Id(id.uuid())))
            .first(c)
            .optional()
    })?;
    row.map(KeyRow::read).transpose()
}

/// What events record of a key.
fn name(key: &ApiKey) -> NamedKey<'_> {
    NamedKey {
        name: &key.name,
        roles: &key.roles,
    }
}

/// Finds the actors behind the hashes of keys that exist and are not revoked. No other query goes without a clinic;
/// here the key tells which clinic it is.
pub fn callers(
    connection: &mut Connection,
    hashes: &[KeyHash],
) -> Result<Vec<(KeyHash, Actor)>, StoreError> {
    let hashes: Vec<&[u8]> = hashes.iter().map(|hash| hash.0.as_slice()).collect();
    let rows: Vec<(Vec<u8>, Id, Id, String)> = on_backend!(connection, |c| {
        api_keys::table
            .select((
                api_keys::key_hash,
                api_keys::clinic_id,
                api_keys::id,
                api_keys::roles,
            ))
            .filter(api_keys::key_hash.eq_any(&hashes))
            .filter(api_keys::revoked_at.is_null())
            .load(c)
    })?;
    rows.into_iter()
        .map(|(hash, Id(clinic), Id(key), roles)| {
            let corrupt = |field| StoreError::corrupt("api_keys", key, field);
            let hash = hash.try_into().map_err(|_| corrupt("key_hash"))?;
            let roles = Roles::from_stored(&roles).ok_or_else(|| corrupt("roles"))?;
            let actor = Actor {
                clinic: clinic.into(),
                key: key.into(),
                roles,
            };
            Ok((KeyHash(hash), actor))
        })
        .collect()
}

impl Lookup for KeyHash {
    type Row = Actor;

    fn find(connection: &mut Connection, keys: &[Self]) -> Result<Vec<(Self, Actor)>, StoreError> {
        callers(connection, keys)
    }
}

/// Returns true if there is any key at all, revoked ones included.
pub fn any_exists(connection: &mut Connection) -> Result<bool, StoreError> {
    let row: Option<Id> = on_backend!(connection, |c| {
        api_keys::table
            .select(api_keys::id)
            .limit(1)
            .first(c)
            .optional()
    })?;
    Ok(row.is_some())
}

impl Store {
    /// Stores a new key of a clinic.
    pub async fn create_key(
        &self,
        clinic: ClinicId,
        actor: Option<ActorId>,
        key: ApiKey,
        hash: KeyHash,
    ) -> Result<(), StoreError> {
        let work = move |c: &mut Connection| create(c, clinic, actor, &key, hash);
        self.write("creating a key", work).await
    }

    /// A key of a clinic, revoked or not.
    pub async fn key(&self, clinic: ClinicId, id: KeyId) -> Result<Option<ApiKey>, StoreError> {
        self.read("reading a key", move |c| find(c, clinic, id))
            .await
    }

    /// A page of a clinic's keys, revoked ones too, newest first.
    pub async fn keys(
        &self,
        clinic: ClinicId,
        page: PageRequest,
    ) -> Result<Page<ApiKey>, StoreError> {
        self.read("listing keys", move |connection| {
            read_page!(
                connection,
                page,
                api_keys::id,
                KeyRow,
                KeyRow::read,
                api_keys::table
                    .select(KeyRow::as_select())
                    .filter(api_keys::clinic_id.eq(Id(clinic.uuid())))
                    .into_boxed()
            )
        })
        .await
    }

    /// Revokes a key, unless it is the last of its clinic with the role `admin`, or the last of all with the role
    /// `operator`. A key revoked before keeps that time. Without an actor the service's owner does it.
    pub async fn revoke_key(
        &self,
        clinic: ClinicId,
        actor: Option<ActorId>,
        id: KeyId,
        now: Timestamp,
    ) -> Result<Changed<ApiKey>, StoreError> {
        let work = move |c: &mut Connection| revoke(c, clinic, actor, id, now);
        self.write("revoking a key", work).await
    }

    /// The actor behind a key; `None` if the key is unknown or revoked.
    pub async fn caller(&self, hash: KeyHash) -> Result<Option<Actor>, StoreError> {
        self.look_up("reading a key", hash).await
    }
}
