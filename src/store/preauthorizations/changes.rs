//! Changes of the ledger: an approval is entered, or everything but its number is changed.

use diesel::{prelude::*, sql_types::Bool};

use payerline_domain::{
    access::ActorId,
    events::EventPayload,
    parse::compare,
    preauthorizations::{ClaimRedecisions, Preauthorization, PreauthorizationEntry},
    values::{
        ids::{ClinicId, PreauthorizationId},
        text::Label,
        time::Timestamp,
    },
};

use super::{
    account::{self, NumberLock, lock_numbers},
    redecisions,
    row::{self, EntryRow, PreauthorizationRow},
};
use crate::store::{
    changed::{ChangeRefused, Changed},
    engine::{
        connection::{Connection, on_backend},
        error::StoreError,
        horizon,
        schema::preauthorizations,
        sql_types::{Id, Time},
        store::Store,
    },
    events::NewEvent,
};

fn create(
    connection: &mut Connection,
    clinic: ClinicId,
    actor: ActorId,
    new: &Preauthorization,
    finds_all: bool,
) -> Result<Changed<Preauthorization>, StoreError> {
    let number = &new.entry.number;
    lock_numbers(connection, clinic, &[number], NumberLock::Exclusive)?;
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
        actor: Some(actor),
        payload: EventPayload::PreauthorizationCreated(&new.entry),
    }
    .append(connection)?;
    let waiting = note_waiting(connection, (clinic, new.id), number, (actor, finds_all))?;
    Ok(Changed::Made(Preauthorization {
        redecisions: ClaimRedecisions {
            waiting,
            ..ClaimRedecisions::default()
        },
        ..new.clone()
    }))
}

/// Counts the claims that name an approval, and notes that they are to be decided again, by the actor who changed the
/// approval. `finds_all` is false while claims of earlier builds are not found by what they name: then that is noted even
/// if none is found.
fn note_waiting(
    connection: &mut Connection,
    (clinic, id): (ClinicId, PreauthorizationId),
    number: &Label,
    (actor, finds_all): (ActorId, bool),
) -> Result<i64, StoreError> {
    let clinic_id = Id(clinic.uuid());
    let waiting = redecisions::count_claims(connection, clinic_id, &number.normal_form())?;
    let changed_by = Some(Id(actor.uuid())).filter(|_| waiting > 0 || !finds_all);
    on_backend!(connection, |c| {
        diesel::update(preauthorizations::table)
            .filter(preauthorizations::clinic_id.eq(clinic_id))
            .filter(preauthorizations::id.eq(Id(id.uuid())))
            .set((
                preauthorizations::redecided_by.eq(changed_by),
                preauthorizations::redecided_to.eq(Some(Id(redecisions::START))),
                preauthorizations::redecides_ready.eq(true),
                preauthorizations::redecided_until.eq(None::<Time>),
                preauthorizations::claims_decided.eq(0),
                preauthorizations::claims_changed.eq(0),
                preauthorizations::claims_waiting.eq(waiting),
            ))
            .execute(c)
    })?;
    Ok(waiting)
}

/// Compares a new approval with the one that has its number.
fn find_taken(
    connection: &mut Connection,
    row: &PreauthorizationRow,
    new: &Preauthorization,
) -> Result<Changed<Preauthorization>, StoreError> {
    // An earlier build may have stored two forms of one number: the one that was sent goes before.
    let forms = [Some(&row.number), row.number_sent.as_ref()];
    let found: PreauthorizationRow = on_backend!(connection, |c| {
        preauthorizations::table
            .select(PreauthorizationRow::as_select())
            .filter(preauthorizations::clinic_id.eq(row.clinic_id))
            .filter(preauthorizations::number.eq_any(forms.into_iter().flatten()))
            .order(preauthorizations::number.eq(&row.number).asc())
            .first(c)
    })?;
    let stored = found.read()?;
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

/// A new entry for an approval, and the version that its author saw.
#[derive(Debug)]
pub struct PreauthorizationChange {
    pub clinic: ClinicId,
    pub actor: ActorId,
    pub id: PreauthorizationId,
    pub expected_version: i64,
    pub entry: PreauthorizationEntry,
    /// It may be lowered below what claims have drawn.
    pub confirmed: bool,
    /// Whether claims of earlier builds are found by the approvals that they name.
    pub finds_all: bool,
    pub now: Timestamp,
}

impl PreauthorizationChange {
    /// Makes the change, in the transaction of the caller.
    pub fn apply(
        &self,
        connection: &mut Connection,
    ) -> Result<Changed<Preauthorization>, StoreError> {
        // Before the time of the change is drawn: others wait for what has drawn one.
        account::lock_one(connection, self.clinic, self.id)?;
        let updated = self.update(connection)?;
        if updated {
            let by = (self.actor, self.finds_all);
            note_waiting(connection, (self.clinic, self.id), &self.entry.number, by)?;
        }
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
        let approved = self.entry.approved_cents.get();
        let drawn = preauthorizations::reserved_cents + preauthorizations::consumed_cents;
        let suffices = preauthorizations::approved_cents
            .le(approved)
            .or(drawn.le(approved));
        let updated_at = Time(horizon::draw_time(connection)?);
        // A value alone as a condition.
        let is_confirmed = diesel::dsl::sql::<Bool>("").bind::<Bool, _>(self.confirmed);
        let updated = on_backend!(connection, |c| {
            diesel::update(preauthorizations::table)
                .filter(preauthorizations::clinic_id.eq(Id(self.clinic.uuid())))
                .filter(preauthorizations::id.eq(Id(self.id.uuid())))
                .filter(preauthorizations::version.eq(self.expected_version))
                .filter(preauthorizations::number.eq_any(self.entry.number.stored_forms()))
                .filter(suffices.or(is_confirmed))
                .set((
                    &entry,
                    preauthorizations::updated_at.eq(updated_at),
                    preauthorizations::version.eq(preauthorizations::version + 1),
                ))
                .execute(c)
        })?;
        Ok(updated > 0)
    }

    fn refuse(&self, current: &Preauthorization) -> Changed<Preauthorization> {
        if current.version == self.expected_version {
            let is_same = self
                .entry
                .number
                .has_same_normal_form(&current.entry.number);
            Changed::Refused(if is_same {
                ChangeRefused::LoweredBelowDraws
            } else {
                ChangeRefused::NumberChanged
            })
        } else {
            Changed::Stale
        }
    }
}

impl Store {
    /// Enters an approval in the ledger, or finds that its number is there.
    pub async fn create_preauthorization(
        &self,
        clinic: ClinicId,
        actor: ActorId,
        new: Preauthorization,
        finds_all: bool,
    ) -> Result<Changed<Preauthorization>, StoreError> {
        self.write("entering an approval", move |c| {
            create(c, clinic, actor, &new, finds_all)
        })
        .await
    }

    /// Replaces everything of an approval but its number, if it still has the expected version.
    pub async fn replace_preauthorization(
        &self,
        change: PreauthorizationChange,
    ) -> Result<Changed<Preauthorization>, StoreError> {
        self.write("changing an approval", move |c| change.apply(c))
            .await
    }
}
