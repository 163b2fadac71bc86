//! The clinics table: the tenants, each created with its first key.

use diesel::prelude::*;
use serde::Serialize;

use payerline_domain::{
    access::{ApiKey, Clinic},
    events::EventKind,
    values::ids::{ClinicId, KeyId},
};

use super::keys::{self, KeyHash};
use crate::store::{
    Store,
    engine::{
        connection::{Connection, on_backend},
        error::StoreError,
        page::{self, Page, PageRequest, keyset},
        reading::Reading,
        schema::clinics,
        sql_types::{Id, Time},
    },
    events::NewEvent,
};

/// What became of the first clinic and its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bootstrapped {
    /// The database had no key: both were created.
    Created,
    /// The database has keys: nothing was changed.
    Existing {
        /// Whether the key is one of them, not revoked.
        same: bool,
    },
}

#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = clinics)]
struct Row {
    clinic_id: Id,
    name: String,
    created_at: Time,
}

/// What an event says of a clinic.
#[derive(Serialize)]
struct ClinicData<'a> {
    name: &'a str,
}

impl TryFrom<Row> for Clinic {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let Row {
            clinic_id: Id(id),
            name,
            created_at: Time(created_at),
        } = row;
        let read = Reading {
            table: "clinics",
            id,
        };
        Ok(Self {
            id: id.into(),
            name: read.label("name", &name)?,
            created_at,
        })
    }
}

/// Creates a clinic with its first key, in the transaction of the caller. Done twice it creates
/// them once.
pub fn create(
    connection: &mut Connection,
    actor: Option<KeyId>,
    clinic: &Clinic,
    first_key: &ApiKey,
    hash: KeyHash,
) -> Result<(), StoreError> {
    let row = Row {
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
    if inserted > 0 {
        NewEvent {
            clinic: clinic.id,
            subject: clinic.id.uuid(),
            kind: EventKind::ClinicCreated,
            at: clinic.created_at,
            actor,
            data: &ClinicData {
                name: clinic.name.as_str(),
            },
        }
        .append(connection)?;
    }
    keys::create(connection, clinic.id, actor, first_key, hash)
}

/// Creates the first clinic and key of an empty database, in the transaction of the caller.
pub fn bootstrap(
    connection: &mut Connection,
    clinic: &Clinic,
    key: &ApiKey,
    hash: KeyHash,
) -> Result<Bootstrapped, StoreError> {
    // Replicas that start together on an empty database: the first creates, the others find.
    connection.wait_for_other_starts()?;
    if keys::any(connection)? {
        // With this very id it was created by an earlier try whose answer was lost.
        if keys::exists(connection, clinic.id, key.id)? {
            return Ok(Bootstrapped::Created);
        }
        let same = !keys::callers(connection, &[hash])?.is_empty();
        return Ok(Bootstrapped::Existing { same });
    }
    create(connection, None, clinic, key, hash)?;
    Ok(Bootstrapped::Created)
}

/// Locks a clinic's row until the end of the transaction, for changes that must not cross. An update that
/// changes nothing, since it locks on both databases.
pub fn lock(connection: &mut Connection, clinic: ClinicId) -> Result<(), StoreError> {
    on_backend!(connection, |c| {
        diesel::update(clinics::table)
            .filter(clinics::clinic_id.eq(Id(clinic.uuid())))
            .set(clinics::name.eq(clinics::name))
            .execute(c)
    })?;
    Ok(())
}

/// A page of all clinics.
pub fn list(connection: &mut Connection, request: PageRequest) -> Result<Page<Clinic>, StoreError> {
    let fetch = |window: page::Window| {
        on_backend!(connection, |c| {
            let query = clinics::table.select(Row::as_select()).into_boxed();
            Ok(keyset!(query, clinics::clinic_id, window).load::<Row>(c)?)
        })
    };
    page::read(
        request,
        |row: &Row| row.clinic_id.0,
        fetch,
        Clinic::try_from,
    )
}

/// A clinic by its id.
pub fn by_id(connection: &mut Connection, id: ClinicId) -> Result<Option<Clinic>, StoreError> {
    let row: Option<Row> = on_backend!(connection, |c| {
        clinics::table
            .select(Row::as_select())
            .filter(clinics::clinic_id.eq(Id(id.uuid())))
            .first(c)
            .optional()
    })?;
    row.map(Clinic::try_from).transpose()
}

impl Store {
    /// Creates a clinic with its first key.
    ///
    /// # Errors
    /// When the store is busy or closed, or the database fails.
    pub async fn create_clinic(
        &self,
        actor: Option<KeyId>,
        clinic: Clinic,
        first_key: ApiKey,
        hash: KeyHash,
    ) -> Result<(), StoreError> {
        let work = move |c: &mut Connection| create(c, actor, &clinic, &first_key, hash);
        self.write("creating a clinic", work).await
    }

    /// A page of all clinics, newest first.
    ///
    /// # Errors
    /// When the store is busy or closed, or the database fails.
    pub async fn clinics(&self, page: PageRequest) -> Result<Page<Clinic>, StoreError> {
        let work = move |c: &mut Connection| list(c, page);
        self.read("listing clinics", work).await
    }

    /// A clinic by its id.
    ///
    /// # Errors
    /// When the store is busy or closed, or the database fails.
    pub async fn clinic(&self, id: ClinicId) -> Result<Option<Clinic>, StoreError> {
        let work = move |c: &mut Connection| by_id(c, id);
        self.read("reading a clinic", work).await
    }

    /// Creates the first clinic and its key on a database without keys, atomically; on any other
    /// database changes nothing.
    ///
    /// # Errors
    /// When the store is busy or closed, or the database fails.
    pub async fn bootstrap(
        &self,
        clinic: Clinic,
        key: ApiKey,
        hash: KeyHash,
    ) -> Result<Bootstrapped, StoreError> {
        let work = move |c: &mut Connection| bootstrap(c, &clinic, &key, hash);
        self.write("creating the first clinic", work).await
    }
}
