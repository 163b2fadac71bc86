//! The rulebook_activations table: which version decides from which day of service on, one a clinic and day.

use diesel::prelude::*;
use serde::Serialize;
use uuid::Uuid;

use payerline_domain::{
    backtests::limits::Limits,
    events::EventKind,
    rulebooks::{Activation, RulebookSummary},
    values::{
        ids::{ClinicId, KeyId},
        names::VersionName,
        time::{Day, Timestamp},
    },
};

use super::{drafts as rulebook_drafts, versions as rulebooks};
use crate::store::{
    Store,
    access::clinics,
    engine::{
        connection::{Connection, on_backend},
        error::StoreError,
        reading::Reading,
        schema::rulebook_activations as activations,
        sql_types::{Date, Id, Time},
    },
    events::NewEvent,
};

#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = activations, treat_none_as_default_value = false)]
struct Row {
    clinic_id: Id,
    effective_from: Date,
    rulebook_id: Id,
    version: String,
    sha256: String,
    activated_at: Time,
    activated_by: Id,
}

/// A clinic's activations, to tell where each version stands.
pub struct Activations(Vec<Row>);

impl Activations {
    /// All of a clinic.
    pub fn of_clinic(connection: &mut Connection, clinic: ClinicId) -> Result<Self, StoreError> {
        rows(connection, clinic).map(Self)
    }

    /// From when on a version decides.
    pub fn of(&self, rulebook: Uuid) -> Option<Day> {
        let mut rows = self.0.iter();
        let row = rows.find(|row| row.rulebook_id.0 == rulebook);
        row.map(|row| row.effective_from.0)
    }
}

fn rows(connection: &mut Connection, clinic: ClinicId) -> Result<Vec<Row>, StoreError> {
    Ok(on_backend!(connection, |c| {
        activations::table
            .select(Row::as_select())
            .filter(activations::clinic_id.eq(Id(clinic.uuid())))
            .order(activations::effective_from.asc())
            .load(c)
    })?)
}

/// A clinic's activations in the order of their days.
pub fn of_clinic(
    connection: &mut Connection,
    clinic: ClinicId,
) -> Result<Vec<Activation>, StoreError> {
    let read = |row: Row| {
        let read = Reading {
            table: "rulebook_activations",
            id: row.rulebook_id.0,
        };
        Ok(Activation {
            effective_from: row.effective_from.0,
            version: read.version_name("version", &row.version)?,
            sha256: row.sha256,
        })
    };
    rows(connection, clinic)?.into_iter().map(read).collect()
}

/// A version that is to decide.
#[derive(Debug, Clone)]
pub struct NewActivation {
    /// The clinic.
    pub clinic: ClinicId,
    /// The key that wants it.
    pub actor: KeyId,
    /// The version.
    pub version: VersionName,
    /// The digest of the table that was checked.
    pub sha256: String,
    /// The revision that was checked.
    pub revision: i64,
    /// The first day of service that it decides.
    pub effective_from: Day,
    /// The back-test that it was held to, and its limits.
    pub limits: Option<Limits>,
    /// When.
    pub now: Timestamp,
}

/// What became of an activation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Activated {
    /// The version decides; how it stands now.
    Active(Box<RulebookSummary>),
    /// Somebody changed it since it was checked.
    Stale,
    /// There is no such version.
    NotFound,
}

/// The data of the event.
#[derive(Serialize)]
struct PutIntoForce<'a> {
    version: &'a VersionName,
    sha256: &'a str,
    effective_from: Day,
    /// The day from which it decided until now.
    moved_from: Option<Day>,
    /// The version that decided from this day on until now.
    supersedes: Option<&'a str>,
    /// The back-test that it was held to, and its limits.
    limits: Option<Limits>,
}

/// The data of the event of a version that another one takes the place of.
#[derive(Serialize)]
struct TakenOutOfForce<'a> {
    superseded_by: &'a VersionName,
    effective_from: Day,
}

impl NewActivation {
    /// Puts the version into force, in the transaction of the caller: it takes the place of the version
    /// that had this day, and leaves the day that it had itself.
    pub fn apply(&self, connection: &mut Connection) -> Result<Activated, StoreError> {
        clinics::lock(connection, self.clinic)?;
        let Some(current) = rulebooks::current(connection, self.clinic, &self.version)? else {
            return Ok(Activated::NotFound);
        };
        if current.effective_from == Some(self.effective_from) && current.sha256 == self.sha256 {
            // So it is already, perhaps by an earlier try whose answer was lost.
            return Ok(Activated::Active(Box::new(current)));
        }
        if current.revision != self.revision || current.sha256 != self.sha256 {
            return Ok(Activated::Stale);
        }
        if !rulebook_drafts::seal(connection, &current, self.clinic, self.now)? {
            return Ok(Activated::Stale);
        }
        let superseded = self.make_room(connection)?;
        self.insert(connection, &current)?;
        NewEvent {
            clinic: self.clinic,
            subject: current.id.uuid(),
            kind: EventKind::RulebookActivated,
            at: self.now,
            actor: Some(self.actor),
            data: &PutIntoForce {
                version: &self.version,
                sha256: &self.sha256,
                effective_from: self.effective_from,
                moved_from: current.effective_from,
                supersedes: superseded.as_ref().map(|it| it.version.as_str()),
                limits: self.limits,
            },
        }
        .append(connection)?;
        let active = rulebooks::current(connection, self.clinic, &self.version)?;
        Ok(active.map_or(Activated::NotFound, |it| Activated::Active(Box::new(it))))
    }

    /// Takes away what stands in the way: the version's own earlier day, and who has the new day, which is
    /// returned.
    fn make_room(&self, connection: &mut Connection) -> Result<Option<Row>, StoreError> {
        let (clinic, day) = (Id(self.clinic.uuid()), Date(self.effective_from));
        let superseded: Option<Row> = on_backend!(connection, |c| {
            activations::table
                .select(Row::as_select())
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
            self.retire(connection, row)?;
        }
        Ok(superseded)
    }

    /// Records with the superseded version that it decides no more: it has another revision, so that nobody
    /// who saw it in force puts it into force again unseen.
    fn retire(&self, connection: &mut Connection, superseded: &Row) -> Result<(), StoreError> {
        rulebook_drafts::touch(connection, self.clinic, superseded.rulebook_id, self.now)?;
        NewEvent {
            clinic: self.clinic,
            subject: superseded.rulebook_id.0,
            kind: EventKind::RulebookSuperseded,
            at: self.now,
            actor: Some(self.actor),
            data: &TakenOutOfForce {
                superseded_by: &self.version,
                effective_from: self.effective_from,
            },
        }
        .append(connection)
    }

    fn insert(
        &self,
        connection: &mut Connection,
        current: &RulebookSummary,
    ) -> Result<(), StoreError> {
        let row = Row {
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
}

impl Store {
    /// Puts a version into force.
    ///
    /// # Errors
    /// When the store is busy or closed, or the database fails.
    pub async fn activate_rulebook(&self, new: NewActivation) -> Result<Activated, StoreError> {
        let work = move |c: &mut Connection| new.apply(c);
        self.write("activating a rulebook", work).await
    }
}
