//! Entering an approval in the ledger.

use diesel::prelude::*;

use payerline_domain::{
    events::EventPayload,
    parse::compare,
    preauthorizations::Preauthorization,
    values::ids::{ClinicId, KeyId},
};

use super::row::PreauthorizationRow;
use crate::store::{
    changed::Changed,
    engine::{
        connection::{Connection, on_backend},
        error::StoreError,
        horizon,
        schema::preauthorizations,
        store::Store,
    },
    events::NewEvent,
};

fn create(
    connection: &mut Connection,
    clinic: ClinicId,
    actor: KeyId,
    new: &Preauthorization,
) -> Result<Changed<Preauthorization>, StoreError> {
    let new = &Preauthorization {
        updated_at: horizon::draw_time(connection)?,
        ..new.clone()
    };
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
        actor: Some(actor.into()),
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
    // An earlier build may have stored two forms of one number: the one that was sent goes before.
    let forms = [Some(&row.number), row.number_sent.as_ref()];
    let found = on_backend!(connection, |c| {
        preauthorizations::table
            .select(PreauthorizationRow::as_select())
            .filter(preauthorizations::clinic_id.eq(row.clinic_id))
            .filter(preauthorizations::number.eq_any(forms.into_iter().flatten()))
            .order(preauthorizations::number.eq(&row.number).asc())
            .first(c)
    })?;
    let stored = Preauthorization::try_from(found)?;
    // Inserted by an earlier try whose answer was lost.
    if stored.id == new.id {
        return Ok(Changed::Made(stored));
    }
    let differences = compare::find_differences(&new.entry, &stored.entry);
    Ok(if differences.is_empty() {
        Changed::Replayed(stored)
    } else {
        Changed::Conflict {
            id: stored.id.uuid(),
            differences,
        }
    })
}

impl Store {
    /// Enters an approval in the ledger, or finds that its number is there.
    pub async fn create_preauthorization(
        &self,
        clinic: ClinicId,
        actor: KeyId,
        new: Preauthorization,
    ) -> Result<Changed<Preauthorization>, StoreError> {
        let work = move |c: &mut Connection| create(c, clinic, actor, &new);
        self.write("entering an approval", work).await
    }
}
