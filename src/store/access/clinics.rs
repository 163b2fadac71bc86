//! Clinics: the tenants, each created with its first key.

use diesel::prelude::*;

use payerline_domain::{
    access::{ActorId, ApiKey, Clinic},
    events::{EventPayload, NamedClinic},
    values::{ids::ClinicId, text::Label},
};

use super::{
    keys,
    row::{ClinicRow, KeyHash},
};
use crate::store::{
    engine::{
        connection::{Connection, on_backend},
        error::StoreError,
        page::{Page, PageRequest, read_page},
        schema::clinics,
        sql_types::Id,
        store::Store,
    },
    events::NewEvent,
};

/// Enough to name those that a person meant.
const MAX_NAMESAKES: i64 = 20;

/// What became of the first clinic and its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bootstrapped {
    /// The database had no key.
    Created,
    /// The database has keys: nothing was changed.
    Existing {
        /// True if the key is one of them and not revoked.
        same: bool,
    },
}

/// Creates a clinic with its first key, in the transaction of the caller. Done twice it creates
/// them once.
fn create(
    connection: &mut Connection,
    actor: Option<ActorId>,
    clinic: &Clinic,
    first_key: &ApiKey,
    hash: KeyHash,
) -> Result<(), StoreError> {
    if ClinicRow::insert(connection, clinic)? {
        NewEvent {
            clinic: clinic.id,
            subject: clinic.id.uuid(),
            at: clinic.created_at,
            actor,
            payload: EventPayload::ClinicCreated(NamedClinic { name: &clinic.name }),
        }
        .append(connection)?;
    }
    keys::create(connection, clinic.id, actor, first_key, hash)
}

/// Creates the first clinic and key of an empty database, in the transaction of the caller.
fn bootstrap(
    connection: &mut Connection,
    clinic: &Clinic,
    key: &ApiKey,
    hash: KeyHash,
) -> Result<Bootstrapped, StoreError> {
    // Of replicas that start together on an empty database the first creates, the others find.
    connection.wait_for_other_starts()?;
    if keys::any_exists(connection)? {
        // With this very id it was created by an earlier try whose answer was lost.
        if keys::find(connection, clinic.id, key.id)?.is_some() {
            return Ok(Bootstrapped::Created);
        }
        let same = !keys::callers(connection, &[hash])?.is_empty();
        return Ok(Bootstrapped::Existing { same });
    }
    create(connection, None, clinic, key, hash)?;
    Ok(Bootstrapped::Created)
}

impl Store {
    /// Creates a clinic with its first key.
    pub async fn create_clinic(
        &self,
        actor: Option<ActorId>,
        clinic: Clinic,
        first_key: ApiKey,
        hash: KeyHash,
    ) -> Result<(), StoreError> {
        let work = move |c: &mut Connection| create(c, actor, &clinic, &first_key, hash);
        self.write("creating a clinic", work).await
    }

    /// A page of all clinics, newest first.
    pub async fn clinics(&self, page: PageRequest) -> Result<Page<Clinic>, StoreError> {
        self.read("listing clinics", move |connection| {
            read_page!(
                connection,
                page,
                clinics::clinic_id,
                ClinicRow,
                ClinicRow::read,
                clinics::table.select(ClinicRow::as_select()).into_boxed()
            )
        })
        .await
    }

    /// The ids of all clinics, newest first: for work that concerns all of them.
    pub async fn clinic_ids(&self) -> Result<Vec<ClinicId>, StoreError> {
        self.read("listing clinics", |connection| {
            let ids: Vec<Id> = on_backend!(connection, |c| {
                clinics::table
                    .select(clinics::clinic_id)
                    .order(clinics::clinic_id.desc())
                    .load(c)
            })?;
            Ok(ids.into_iter().map(|id| id.0.into()).collect())
        })
        .await
    }

    pub async fn clinic(&self, id: ClinicId) -> Result<Option<Clinic>, StoreError> {
        self.read("reading a clinic", move |connection| {
            let row: Option<ClinicRow> = on_backend!(connection, |c| {
                clinics::table
                    .select(ClinicRow::as_select())
                    .filter(clinics::clinic_id.eq(Id(id.uuid())))
                    .first(c)
                    .optional()
            })?;
            row.map(ClinicRow::read).transpose()
        })
        .await
    }

    /// The clinics of a name, which need not be unique; not more than a few.
    pub async fn clinics_named(&self, name: Label) -> Result<Vec<Clinic>, StoreError> {
        self.read("finding a clinic by its name", move |connection| {
            let rows: Vec<ClinicRow> = on_backend!(connection, |c| {
                clinics::table
                    .select(ClinicRow::as_select())
                    .filter(clinics::name.eq(name.as_str()))
                    .order(clinics::clinic_id.asc())
                    .limit(MAX_NAMESAKES)
                    .load(c)
            })?;
            rows.into_iter().map(ClinicRow::read).collect()
        })
        .await
    }

    /// Creates the first clinic and its key on a database without keys; on any other database it changes nothing.
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
