//! The rows of the tables clinics and api_keys.

use diesel::prelude::*;

use payerline_domain::{
    access::{ApiKey, Clinic, Roles},
    values::{digest::sha256, ids::ClinicId},
};

use crate::store::engine::{
    connection::{Connection, on_backend},
    error::StoreError,
    reading::Reading,
    schema::{api_keys, clinics},
    sql_types::{Id, Time},
};

#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = clinics)]
pub struct ClinicRow {
    pub clinic_id: Id,
    name: String,
    created_at: Time,
}

impl ClinicRow {
    /// Inserts a clinic; returns false if its id is there already.
    pub fn insert(connection: &mut Connection, clinic: &Clinic) -> Result<bool, StoreError> {
        let row = Self {
            clinic_id: Id(clinic.id.uuid()),
            name: clinic.name.as_str().to_owned(),
            created_at: Time(clinic.created_at),
        };
        let inserted = on_backend!(connection, |c| {
            diesel::insert_into(clinics::table)
                .values(&row)
                .on_conflict(clinics::clinic_id)
                .do_nothing()
                .execute(c)
        })?;
        Ok(inserted > 0)
    }

    pub fn read(self) -> Result<Clinic, StoreError> {
        let read = Reading::new("clinics", self.clinic_id.0);
        Ok(Clinic {
            id: self.clinic_id.0.into(),
            name: read.label("name", &self.name)?,
            created_at: self.created_at.0,
        })
    }
}

/// Locks a clinic's row until the end of the transaction, for changes that must not cross. It is an update that
/// changes nothing, since that locks on both databases.
pub fn lock_clinic(connection: &mut Connection, clinic: ClinicId) -> Result<(), StoreError> {
    on_backend!(connection, |c| {
        diesel::update(clinics::table)
            .filter(clinics::clinic_id.eq(Id(clinic.uuid())))
            .set(clinics::name.eq(clinics::name))
            .execute(c)
    })?;
    Ok(())
}

/// Locks the row of the clinic that was created first, for changes of which no two may cross in any clinic.
pub fn lock_first_clinic(connection: &mut Connection) -> Result<(), StoreError> {
    let first: Option<Id> = on_backend!(connection, |c| {
        clinics::table
            .select(clinics::clinic_id)
            .order(clinics::clinic_id.asc())
            .first(c)
            .optional()
    })?;
    match first {
        Some(Id(id)) => lock_clinic(connection, id.into()),
        None => Ok(()),
    }
}

/// SHA-256 of an API key. Keys are long and random, so that a plain hash does not give them away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyHash(pub(super) [u8; 32]);

impl KeyHash {
    /// Hashes a key, without blanks around it, which a header cannot carry.
    pub fn hash(key: impl AsRef<[u8]>) -> Self {
        Self(sha256(key.as_ref().trim_ascii()))
    }
}

#[derive(Debug, Insertable)]
#[diesel(table_name = api_keys, treat_none_as_default_value = false)]
struct NewKeyRow {
    clinic_id: Id,
    id: Id,
    name: String,
    roles: String,
    key_hash: [u8; 32],
    created_at: Time,
    revoked_at: Option<Time>,
}

/// A key as it is read: without its hash.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = api_keys)]
pub struct KeyRow {
    pub id: Id,
    name: String,
    roles: String,
    created_at: Time,
    revoked_at: Option<Time>,
}

impl KeyRow {
    /// Inserts a key; returns false if its id is there already.
    pub fn insert(
        connection: &mut Connection,
        clinic: ClinicId,
        key: &ApiKey,
        hash: KeyHash,
    ) -> Result<bool, StoreError> {
        let row = NewKeyRow {
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
        Ok(inserted > 0)
    }

    pub fn read(self) -> Result<ApiKey, StoreError> {
        let read = Reading::new("api_keys", self.id.0);
        Ok(ApiKey {
            id: self.id.0.into(),
            name: read.label("name", &self.name)?,
            roles: Roles::from_stored(&self.roles).ok_or_else(|| read.corrupt("roles"))?,
            created_at: self.created_at.0,
            revoked_at: self.revoked_at.map(|Time(at)| at),
        })
    }
}
