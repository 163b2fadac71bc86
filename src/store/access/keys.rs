//! The api_keys table: bearer keys, stored as hashes.

use diesel::prelude::*;
use serde::Serialize;

use payerline_domain::{
    access::{Actor, ApiKey, Roles},
    events::EventKind,
    values::{
        digest::sha256,
        ids::{ClinicId, KeyId},
        time::Timestamp,
    },
};

use crate::store::{
    Store,
    engine::{
        connection::{Connection, on_backend},
        error::StoreError,
        page::{self, Page, PageRequest, keyset},
        reading::Reading,
        schema::api_keys,
        sql_types::{Id, Time},
    },
    events::NewEvent,
};

/// SHA-256 of an API key. Keys are long and random, so that a plain hash does not give them away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyHash([u8; 32]);

impl KeyHash {
    /// The hash of a key, without blanks around it, which a header cannot carry.
    pub fn of(key: impl AsRef<[u8]>) -> Self {
        Self(sha256(key.as_ref().trim_ascii()))
    }
}

#[derive(Debug, Insertable)]
#[diesel(table_name = api_keys, treat_none_as_default_value = false)]
struct NewRow {
    clinic_id: Id,
    id: Id,
    name: String,
    roles: String,
    key_hash: [u8; 32],
    created_at: Time,
    revoked_at: Option<Time>,
}

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = api_keys)]
struct Row {
    id: Id,
    name: String,
    roles: String,
    created_at: Time,
    revoked_at: Option<Time>,
}

/// What an event says of a key: never the key, nor its hash.
#[derive(Serialize)]
struct KeyData<'a> {
    name: &'a str,
    roles: &'a Roles,
}

impl<'a> From<&'a ApiKey> for KeyData<'a> {
    fn from(key: &'a ApiKey) -> Self {
        Self {
            name: key.name.as_str(),
            roles: &key.roles,
        }
    }
}

impl TryFrom<Row> for ApiKey {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let Row {
            id: Id(id),
            name,
            roles,
            created_at: Time(created_at),
            revoked_at,
        } = row;
        let read = Reading {
            table: "api_keys",
            id,
        };
        Ok(Self {
            id: id.into(),
            name: read.label("name", &name)?,
            roles: Roles::from_stored(&roles)
                .ok_or_else(|| StoreError::corrupt("api_keys", id, "roles"))?,
            created_at,
            revoked_at: revoked_at.map(|Time(at)| at),
        })
    }
}

/// Stores a new key, in the transaction of the caller. Done twice it stores it once.
pub fn create(
    connection: &mut Connection,
    clinic: ClinicId,
    actor: Option<KeyId>,
    key: &ApiKey,
    hash: KeyHash,
) -> Result<(), StoreError> {
    let row = NewRow {
        clinic_id: Id(clinic.uuid()),
        id: Id(key.id.uuid()),
        name: key.name.as_str().to_owned(),
        roles: key.roles.stored(),
        key_hash: hash.0,
        created_at: Time(key.created_at),
        revoked_at: key.revoked_at.map(Time),
    };
    let inserted = on_backend!(connection, |c| {
        diesel::insert_into(api_keys::table)
            .values(&row)
            .on_conflict((api_keys::clinic_id, api_keys::id))
            .do_nothing()
            .execute(c)
    })?;
    if inserted == 0 {
        return Ok(());
    }
    NewEvent {
        clinic,
        subject: key.id.uuid(),
        kind: EventKind::KeyCreated,
        at: key.created_at,
        actor,
        data: &KeyData::from(key),
    }
    .append(connection)
}

/// Revokes a key, in the transaction of the caller. `None` when the clinic has no such key; one
/// that is revoked already keeps its first time.
pub fn revoke(
    connection: &mut Connection,
    clinic: ClinicId,
    actor: KeyId,
    id: KeyId,
    now: Timestamp,
) -> Result<Option<ApiKey>, StoreError> {
    let (clinic_id, key_id) = (Id(clinic.uuid()), Id(id.uuid()));
    let updated = on_backend!(connection, |c| {
        diesel::update(api_keys::table)
            .filter(api_keys::clinic_id.eq(clinic_id))
            .filter(api_keys::id.eq(key_id))
            .filter(api_keys::revoked_at.is_null())
            .set(api_keys::revoked_at.eq(Some(Time(now))))
            .execute(c)
    })?;
    let row: Option<Row> = on_backend!(connection, |c| {
        api_keys::table
            .select(Row::as_select())
            .filter(api_keys::clinic_id.eq(clinic_id))
            .filter(api_keys::id.eq(key_id))
            .first(c)
            .optional()
    })?;
    let Some(key) = row.map(ApiKey::try_from).transpose()? else {
        return Ok(None);
    };
    if updated > 0 {
        NewEvent {
            clinic,
            subject: id.uuid(),
            kind: EventKind::KeyRevoked,
            at: now,
            actor: Some(actor),
            data: &KeyData::from(&key),
        }
        .append(connection)?;
    }
    Ok(Some(key))
}

/// A page of a clinic's keys, revoked ones too.
pub fn list(
    connection: &mut Connection,
    clinic: ClinicId,
    request: PageRequest,
) -> Result<Page<ApiKey>, StoreError> {
    let fetch = |window: page::Window| {
        on_backend!(connection, |c| {
            let query = api_keys::table
                .select(Row::as_select())
                .filter(api_keys::clinic_id.eq(Id(clinic.uuid())))
                .into_boxed();
            Ok(keyset!(query, api_keys::id, window).load::<Row>(c)?)
        })
    };
    page::read(request, |row: &Row| row.id.0, fetch, ApiKey::try_from)
}

/// The callers behind some hashes: of those keys that exist and are not revoked. This is the one
/// question asked without a clinic, since the key tells which clinic it is.
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
            let caller = Actor {
                clinic: clinic.into(),
                key: key.into(),
                roles,
            };
            Ok((KeyHash(hash), caller))
        })
        .collect()
}

/// Whether there is any key at all, revoked ones too.
pub fn any(connection: &mut Connection) -> Result<bool, StoreError> {
    let row: Option<Id> = on_backend!(connection, |c| {
        api_keys::table
            .select(api_keys::id)
            .limit(1)
            .first(c)
            .optional()
    })?;
    Ok(row.is_some())
}

/// Whether a clinic has a key of this id.
pub fn exists(
    connection: &mut Connection,
    clinic: ClinicId,
    id: KeyId,
) -> Result<bool, StoreError> {
    let row: Option<Id> = on_backend!(connection, |c| {
        api_keys::table
            .select(api_keys::id)
            .filter(api_keys::clinic_id.eq(Id(clinic.uuid())))
            .filter(api_keys::id.eq(Id(id.uuid())))
            .first(c)
            .optional()
    })?;
    Ok(row.is_some())
}

impl Store {
    /// Stores a new key of a clinic.
    ///
    /// # Errors
    /// When the store is busy or closed, or the database fails.
    pub async fn create_key(
        &self,
        clinic: ClinicId,
        actor: Option<KeyId>,
        key: ApiKey,
        hash: KeyHash,
    ) -> Result<(), StoreError> {
        let work = move |c: &mut Connection| create(c, clinic, actor, &key, hash);
        self.write("creating a key", work).await
    }

    /// A page of a clinic's keys, revoked ones too, newest first.
    ///
    /// # Errors
    /// When the store is busy or closed, or the database fails.
    pub async fn keys(
        &self,
        clinic: ClinicId,
        page: PageRequest,
    ) -> Result<Page<ApiKey>, StoreError> {
        let work = move |c: &mut Connection| list(c, clinic, page);
        self.read("listing keys", work).await
    }

    /// Revokes a key; `None` when the clinic has no such key. A key revoked before keeps that time.
    ///
    /// # Errors
    /// When the store is busy or closed, or the database fails.
    pub async fn revoke_key(
        &self,
        clinic: ClinicId,
        actor: KeyId,
        id: KeyId,
        now: Timestamp,
    ) -> Result<Option<ApiKey>, StoreError> {
        let work = move |c: &mut Connection| revoke(c, clinic, actor, id, now);
        self.write("revoking a key", work).await
    }

    /// Who is behind a key; `None` when it is unknown or revoked.
    ///
    /// # Errors
    /// When the store is busy or closed, or the database fails.
    pub async fn caller(&self, hash: KeyHash) -> Result<Option<Actor>, StoreError> {
        let (answer, found) = tokio::sync::oneshot::channel();
        self.threads
            .look_up(crate::store::engine::reader::Lookup::Caller(hash, answer))?;
        crate::store::engine::store::wait("reading a key", crate::store::engine::store::WAIT, found)
            .await
    }
}
