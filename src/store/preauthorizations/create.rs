//! Entering an approval in the ledger.

use diesel::prelude::*;

use payerline_domain::{
    access::ActorId, events::EventPayload, preauthorizations::Preauthorization,
    values::ids::ClinicId,
};

use super::row::PreauthorizationRow;
use crate::store::{
    changed::Changed,
    engine::{
        connection::{Connection, on_backend},
        error::StoreError,
        schema::preauthorizations,
        store::Store,
    },
    events::NewEvent,
};

fn create(
    connection: &mut Connection,
    clinic: ClinicId,
    actor: ActorId,
    new: &Preauthorization,
) -> Result<Changed<Preauthorization>, StoreError> {
    let row = PreauthorizationRow::new(clinic, new)?;
    let inserted = on_backend!(connection, |c| {
        diesel::insert_into(preauthorizations::table)
            .values(&row)
            .on_conflict((preauthorizations::clinic_id, preauthorizations::number))
            .do_nothing()
            .execute(c)
    })?;
    if inserted == 0 {
        return find_taken(connection, &row, new);
    }
    NewEvent {
        clinic,
        subject: new.id.uuid(),
        at: new.created_at,
        actor: Some(actor),
        payload: EventPayload::PreauthorizationCreated(&new.entry),
    }
    .append(connection)?;
    Ok(Changed::Made(new.clone()))
}

/// Compares a new approval with the one that has its number.
fn find_taken(
    connection: &mut Connection,
    row: &PreauthorizationRow,
    new: &Preauthorization,
) -> Result<Changed<Preauthorization>, StoreError> {
    let found = on_backend!(connection, |c| {
        preauthorizations::table
            .select(PreauthorizationRow::as_select())
            .filter(preauthorizations::clinic_id.eq(row.clinic_id))
            .filter(preauthorizations::number.eq(&row.entry.number))
            .first(c)
    })?;
    let stored = Preauthorization::try_from(found)?;
    Ok(if stored.id == new.id {
        // Inserted by an earlier try whose answer was lost.
        Changed::Made(stored)
    } else if stored.entry == new.entry {
        Changed::Replayed(stored)
    } else {
        Changed::Conflict(stored.id.uuid())
    })
}

impl Store {
    /// Enters an approval in the ledger, or finds that its number is there.
    pub async fn create_preauthorization(
        &self,
        clinic: ClinicId,
        actor: ActorId,
        new: Preauthorization,
    ) -> Result<Changed<Preauthorization>, StoreError> {
        let work = move |c: &mut Connection| create(c, clinic, actor, &new);
        self.write("entering an approval", work).await
    }
}
