//! Changing an approval: everything but its number.

use diesel::prelude::*;

use payerline_domain::{
    access::ActorId,
    events::EventPayload,
    preauthorizations::{Preauthorization, PreauthorizationEntry},
    values::{
        ids::{ClinicId, PreauthorizationId},
        time::Timestamp,
    },
};

use super::row::{self, EntryRow};
use crate::store::{
    changed::{ChangeRefused, Changed},
    engine::{
        connection::{Connection, on_backend},
        error::StoreError,
        schema::preauthorizations,
        sql_types::{Id, Time},
        store::Store,
    },
    events::NewEvent,
};

/// A new entry for an approval, and the version that its author saw.
#[derive(Debug)]
pub struct PreauthorizationChange {
    pub clinic: ClinicId,
    pub actor: ActorId,
    pub id: PreauthorizationId,
    pub expected_version: i64,
    pub entry: PreauthorizationEntry,
    pub now: Timestamp,
}

impl PreauthorizationChange {
    /// Makes the change, in the transaction of the caller.
    pub fn apply(
        &self,
        connection: &mut Connection,
    ) -> Result<Changed<Preauthorization>, StoreError> {
        let updated = self.update(connection)?;
        let Some(current) = row::find(connection, self.clinic, self.id)? else {
            return Ok(Changed::NotFound);
        };
        let event = NewEvent {
            clinic: self.clinic,
            subject: self.id.uuid(),
            at: self.now,
            actor: Some(self.actor),
            payload: EventPayload::PreauthorizationUpdated(&self.entry),
        };
        if updated {
            event.append(connection)?;
        } else if !event.is_recorded(connection)? {
            return Ok(self.refuse(&current));
        }
        Ok(Changed::Made(current))
    }

    /// One conditional statement, so that of two changes of one version only one is made.
    fn update(&self, connection: &mut Connection) -> Result<bool, StoreError> {
        let entry = EntryRow::new(&self.entry)?;
        let updated = on_backend!(connection, |c| {
            diesel::update(preauthorizations::table)
                .filter(preauthorizations::clinic_id.eq(Id(self.clinic.uuid())))
                .filter(preauthorizations::id.eq(Id(self.id.uuid())))
                .filter(preauthorizations::version.eq(self.expected_version))
                .filter(preauthorizations::number.eq(&entry.number))
                .set((
                    &entry,
                    preauthorizations::updated_at.eq(Time(self.now)),
                    preauthorizations::version.eq(preauthorizations::version + 1),
                ))
                .execute(c)
        })?;
        Ok(updated > 0)
    }

    fn refuse(&self, current: &Preauthorization) -> Changed<Preauthorization> {
        if current.version == self.expected_version {
            Changed::Refused(ChangeRefused::NumberChanged)
        } else {
            Changed::Stale
        }
    }
}

impl Store {
    /// Replaces everything of an approval but its number, if it still has the expected version.
    pub async fn replace_preauthorization(
        &self,
        clinic: ClinicId,
        actor: ActorId,
        id: PreauthorizationId,
        expected_version: i64,
        entry: PreauthorizationEntry,
        now: Timestamp,
    ) -> Result<Changed<Preauthorization>, StoreError> {
        let change = PreauthorizationChange {
            clinic,
            actor,
            id,
            expected_version,
            entry,
            now,
        };
        let work = move |c: &mut Connection| change.apply(c);
        self.write("changing an approval", work).await
    }
}
