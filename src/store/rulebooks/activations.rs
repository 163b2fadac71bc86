//! Putting a version into force: the activations, the versions that it seals or supersedes and their events, in
//! one transaction.

use diesel::prelude::*;
use uuid::Uuid;

use payerline_domain::{
    access::ActorId,
    backtests::limits::Limits,
    events::{ActivatedRulebook, EventKind, EventPayload, SupersededRulebook},
    rulebooks::{Origin, RulebookSummary, StoredRulebook},
    values::{
        ids::ClinicId,
        names::VersionName,
        time::{Day, Timestamp},
    },
};

use super::{row::ActivationRow, versions};
use crate::store::{
    access,
    changed::Changed,
    engine::{
        connection::{Connection, on_backend},
        error::StoreError,
        schema::{rulebook_activations as activations, rulebooks},
        sql_types::{Date, Id, Time},
        store::Store,
    },
    events::{NewEvent, find_recorded},
};

/// A version that is to decide.
#[derive(Debug, Clone)]
pub struct NewActivation {
    pub clinic: ClinicId,
    pub actor: ActorId,
    pub version: VersionName,
    /// The digest of the table that was checked.
    pub sha256: String,
    /// The revision that was checked.
    pub revision: i64,
    /// The first day of service that it decides.
    pub effective_from: Day,
    /// The back-test that it was held to, with its limits.
    pub limits: Option<Limits>,
    pub now: Timestamp,
}

impl NewActivation {
    /// Puts the version into force, in the transaction of the caller: it takes the place of the version
    /// that had this day, and leaves the day that it had itself.
    pub fn apply(
        &self,
        connection: &mut Connection,
    ) -> Result<Changed<StoredRulebook>, StoreError> {
        access::lock_clinic(connection, self.clinic)?;
        let Some(stored) = versions::find(connection, self.clinic, &self.version)? else {
            return Ok(Changed::NotFound);
        };
        let current = &stored.summary;
        let in_force =
            current.effective_from == Some(self.effective_from) && current.sha256 == self.sha256;
        if in_force || self.is_recorded(connection, current.id.uuid())? {
            return Ok(Changed::Made(stored));
        }
        let seen = current.revision == self.revision && current.sha256 == self.sha256;
        if !seen || !self.seal(connection, current)? {
            return Ok(Changed::Stale);
        }
        let superseded = self.make_room(connection)?;
        self.insert(connection, current)?;
        let supersedes = superseded.map(|row| row.version_name()).transpose()?;
        let payload = ActivatedRulebook {
            version: &self.version,
            sha256: &self.sha256,
            effective_from: self.effective_from,
            moved_from: current.effective_from,
            supersedes: supersedes.as_ref(),
            limits: self.limits,
        };
        self.event(current.id.uuid(), EventPayload::RulebookActivated(payload))
            .append(connection)?;
        let active = versions::find(connection, self.clinic, &self.version)?;
        Ok(active.map_or(Changed::NotFound, Changed::Made))
    }

    /// Returns true if an earlier try committed. Somebody else may have changed the activations again since, so
    /// how they stand now does not tell.
    fn is_recorded(&self, connection: &mut Connection, rulebook: Uuid) -> Result<bool, StoreError> {
        let act = (EventKind::RulebookActivated, self.now, Some(self.actor));
        let recorded = find_recorded(connection, self.clinic, rulebook, act)?;
        Ok(!recorded.is_empty())
    }

    /// Notes that the version never changes again; returns false if it is not at the expected revision any more.
    /// Shipped versions never change in any case.
    fn seal(
        &self,
        connection: &mut Connection,
        current: &RulebookSummary,
    ) -> Result<bool, StoreError> {
        if current.origin == Origin::Shipped {
            return Ok(true);
        }
        let first = current.activated_at.unwrap_or(self.now);
        let sealed = on_backend!(connection, |c| {
            diesel::update(rulebooks::table)
                .filter(rulebooks::clinic_id.eq(Id(self.clinic.uuid())))
                .filter(rulebooks::id.eq(Id(current.id.uuid())))
                .filter(rulebooks::revision.eq(current.revision))
                .set((
                    rulebooks::activated_at.eq(Some(Time(first))),
                    rulebooks::updated_at.eq(Time(self.now)),
                    rulebooks::revision.eq(rulebooks::revision + 1),
                ))
                .execute(c)
        })?;
        Ok(sealed > 0)
    }

    /// Takes away what stands in the way: the version's own earlier day, and the version that has the new day,
    /// which is returned.
    fn make_room(&self, connection: &mut Connection) -> Result<Option<ActivationRow>, StoreError> {
        let (clinic, day) = (Id(self.clinic.uuid()), Date(self.effective_from));
        let superseded: Option<ActivationRow> = on_backend!(connection, |c| {
            activations::table
                .select(ActivationRow::as_select())
                .filter(activations::clinic_id.eq(clinic))
                .filter(activations::effective_from.eq(day))
                .filter(activations::version.ne(self.version.as_str()))
                .first(c)
                .optional()
        })?;
        on_backend!(connection, |c| {
            diesel::delete(activations::table)
                .filter(activations::clinic_id.eq(clinic))
                .filter(
                    activations::effective_from
                        .eq(day)
                        .or(activations::version.eq(self.version.as_str())),
                )
                .execute(c)
        })?;
        if let Some(row) = &superseded {
            self.retire(connection, row.rulebook_id)?;
        }
        Ok(superseded)
    }

    /// Records with the superseded version that it decides no more. It gets another revision (a shipped one has
    /// one for all clinics), so that nobody who saw it in force puts it into force again unseen.
    fn retire(&self, connection: &mut Connection, superseded: Id) -> Result<(), StoreError> {
        on_backend!(connection, |c| {
            diesel::update(rulebooks::table)
                .filter(rulebooks::clinic_id.eq(Id(self.clinic.uuid())))
                .filter(rulebooks::id.eq(superseded))
                .set((
                    rulebooks::updated_at.eq(Time(self.now)),
                    rulebooks::revision.eq(rulebooks::revision + 1),
                ))
                .execute(c)
        })?;
        let payload = SupersededRulebook {
            superseded_by: &self.version,
            effective_from: self.effective_from,
        };
        self.event(superseded.0, EventPayload::RulebookSuperseded(payload))
            .append(connection)
    }

    fn insert(
        &self,
        connection: &mut Connection,
        current: &RulebookSummary,
    ) -> Result<(), StoreError> {
        let row = ActivationRow {
            clinic_id: Id(self.clinic.uuid()),
            effective_from: Date(self.effective_from),
            rulebook_id: Id(current.id.uuid()),
            version: self.version.as_str().to_owned(),
            sha256: self.sha256.clone(),
            activated_at: Time(self.now),
            activated_by: Id(self.actor.uuid()),
        };
        on_backend!(connection, |c| {
            diesel::insert_into(activations::table)
                .values(&row)
                .execute(c)
        })?;
        Ok(())
    }

    fn event<'a>(&self, subject: Uuid, payload: EventPayload<'a>) -> NewEvent<'a> {
        NewEvent {
            clinic: self.clinic,
            subject,
            at: self.now,
            actor: Some(self.actor),
            payload,
        }
    }
}

impl Store {
    /// Puts a version into force.
    pub async fn activate_rulebook(
        &self,
        new: NewActivation,
    ) -> Result<Changed<StoredRulebook>, StoreError> {
        self.write("activating a rulebook", move |c| new.apply(c))
            .await
    }
}
