//! The rulebooks table as it is written: drafts, changes of drafts, what is shipped; each in one transaction with its event.

use diesel::prelude::*;
use serde::Serialize;
use uuid::Uuid;

use payerline_domain::{
    events::EventKind,
    rulebooks::{Origin, RulebookSummary, StoredRulebook},
    values::{
        digest::hexadecimal,
        ids::{ClinicId, KeyId, RulebookId},
        names::VersionName,
        time::Timestamp,
    },
};

use super::{
    activations::Activations,
    versions::{NewRulebook, Row, by_version, row},
};
use crate::store::{
    Store,
    engine::{
        connection::{Connection, on_backend},
        error::StoreError,
        outcome::Registered,
        schema::rulebooks,
        sql_types::{Id, Json, Time},
    },
    events::NewEvent,
};

/// What became of a change of a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DraftChange<T> {
    /// It was made.
    Made(T),
    /// Somebody else changed it first.
    Stale,
    /// There is no such version.
    NotFound,
    /// It was activated, or shipped: it never changes.
    Immutable,
}

/// What is known of the rulebook that this build ships.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shipped {
    /// The database has it, now or before.
    Kept,
    /// The database has another table under this version: its digest.
    Differs(String),
}

/// What the events of a rulebook say. Digests tie the table and its cases to the chain.
#[derive(Serialize)]
struct Written<'a> {
    version: &'a str,
    name: &'a str,
    sha256: &'a str,
    based_on: Option<&'a str>,
    golden_cases_sha256: String,
}

fn insert(connection: &mut Connection, row: &Row) -> Result<bool, StoreError> {
    let inserted = on_backend!(connection, |c| {
        diesel::insert_into(rulebooks::table)
            .values(row)
            .on_conflict((rulebooks::clinic_id, rulebooks::version))
            .do_nothing()
            .execute(c)
    })?;
    Ok(inserted > 0)
}

/// Records that a version was written, in the transaction of the caller.
fn record(
    connection: &mut Connection,
    (clinic, actor): (ClinicId, Option<KeyId>),
    (id, kind): (Uuid, EventKind),
    new: &NewRulebook,
    at: Timestamp,
) -> Result<(), StoreError> {
    NewEvent {
        clinic,
        subject: id,
        kind,
        at,
        actor,
        data: &Written {
            version: new.version.as_str(),
            name: new.name.as_str(),
            sha256: &new.sha256,
            based_on: new.based_on.as_ref().map(VersionName::as_str),
            golden_cases_sha256: hexadecimal(&new.golden_cases),
        },
    }
    .append(connection)
}

fn create(
    connection: &mut Connection,
    (clinic, actor): (ClinicId, KeyId),
    id: RulebookId,
    new: &NewRulebook,
    now: Timestamp,
) -> Result<Registered<StoredRulebook>, StoreError> {
    let wanted = Row::new((clinic, Some(actor)), id, new, now);
    let inserted = insert(connection, &wanted)?;
    let Some(stored) = row(connection, clinic, new.version.as_str())? else {
        return Err(StoreError::Internal("a draft vanished".to_owned()));
    };
    let (stored_id, same) = (stored.summary.id.0, stored.is(new));
    let read = stored.read(&Activations::of_clinic(connection, clinic)?)?;
    if inserted {
        record(
            connection,
            (clinic, Some(actor)),
            (id.uuid(), EventKind::RulebookDrafted),
            new,
            now,
        )?;
        return Ok(Registered::Created(read));
    }
    Ok(if stored_id == id.uuid() {
        // Written by an earlier try whose answer was lost.
        Registered::Created(read)
    } else if same {
        Registered::Replayed(read)
    } else {
        Registered::Conflict(stored_id)
    })
}

/// A draft that is to be written anew or thrown away, if it still has the expected revision.
struct Draft {
    clinic: ClinicId,
    actor: KeyId,
    expected_revision: i64,
    now: Timestamp,
}

impl Draft {
    /// Its row, or why it may not be changed. The update that follows is conditional, so that of two
    /// changes of one revision only one is made.
    fn find<T>(
        &self,
        connection: &mut Connection,
        version: &VersionName,
    ) -> Result<Result<Row, DraftChange<T>>, StoreError> {
        let found = row(connection, self.clinic, version.as_str())?;
        Ok(match found {
            None => Err(DraftChange::NotFound),
            Some(row) if row.summary.clinic_id.0 != self.clinic.uuid() => {
                Err(DraftChange::Immutable)
            }
            Some(row) if row.summary.activated_at.is_some() => Err(DraftChange::Immutable),
            Some(row) if row.summary.revision != self.expected_revision => Err(DraftChange::Stale),
            Some(row) => Ok(row),
        })
    }

    fn replace(
        &self,
        connection: &mut Connection,
        new: &NewRulebook,
    ) -> Result<DraftChange<StoredRulebook>, StoreError> {
        let row = match self.find(connection, &new.version)? {
            Ok(row) => row,
            Err(refused) => return Ok(refused),
        };
        let updated = on_backend!(connection, |c| {
            diesel::update(rulebooks::table)
                .filter(rulebooks::clinic_id.eq(row.summary.clinic_id))
                .filter(rulebooks::id.eq(row.summary.id))
                .filter(rulebooks::revision.eq(self.expected_revision))
                .filter(rulebooks::activated_at.is_null())
                .set((
                    rulebooks::name.eq(new.name.as_str()),
                    rulebooks::sha256.eq(&new.sha256),
                    rulebooks::document.eq(Json(new.table.clone())),
                    rulebooks::golden_cases.eq(Json(new.golden_cases.clone())),
                    rulebooks::note.eq(&new.note),
                    rulebooks::based_on.eq(new.based_on.as_ref().map(VersionName::as_str)),
                    rulebooks::updated_at.eq(Time(self.now)),
                    rulebooks::revision.eq(rulebooks::revision + 1),
                ))
                .execute(c)
        })?;
        if updated == 0 {
            return Ok(DraftChange::Stale);
        }
        let who = (self.clinic, Some(self.actor));
        let what = (row.summary.id.0, EventKind::RulebookRedrafted);
        record(connection, who, what, new, self.now)?;
        let stored = by_version(connection, self.clinic, new.version.as_str())?;
        Ok(stored.map_or(DraftChange::NotFound, DraftChange::Made))
    }

    fn discard(
        &self,
        connection: &mut Connection,
        version: &VersionName,
    ) -> Result<DraftChange<()>, StoreError> {
        let row = match self.find(connection, version)? {
            Ok(row) => row,
            Err(refused) => return Ok(refused),
        };
        let deleted = on_backend!(connection, |c| {
            diesel::delete(rulebooks::table)
                .filter(rulebooks::clinic_id.eq(row.summary.clinic_id))
                .filter(rulebooks::id.eq(row.summary.id))
                .filter(rulebooks::revision.eq(self.expected_revision))
                .filter(rulebooks::activated_at.is_null())
                .execute(c)
        })?;
        if deleted == 0 {
            return Ok(DraftChange::Stale);
        }
        NewEvent {
            clinic: self.clinic,
            subject: row.summary.id.0,
            kind: EventKind::RulebookDiscarded,
            at: self.now,
            actor: Some(self.actor),
            data: &serde_json::json!({"version": row.summary.version, "sha256": row.summary.sha256}),
        }
        .append(connection)?;
        Ok(DraftChange::Made(()))
    }
}

/// Notes, in the transaction of an activation, that a version never changes again. `false` when it is
/// not at the expected revision any more. Shipped ones never change in any case.
pub(crate) fn seal(
    connection: &mut Connection,
    summary: &RulebookSummary,
    clinic: ClinicId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    if summary.origin == Origin::Shipped {
        return Ok(true);
    }
    let first = summary.activated_at.unwrap_or(now);
    let sealed = on_backend!(connection, |c| {
        diesel::update(rulebooks::table)
            .filter(rulebooks::clinic_id.eq(Id(clinic.uuid())))
            .filter(rulebooks::id.eq(Id(summary.id.uuid())))
            .filter(rulebooks::revision.eq(summary.revision))
            .set((
                rulebooks::activated_at.eq(Some(Time(first))),
                rulebooks::updated_at.eq(Time(now)),
                rulebooks::revision.eq(rulebooks::revision + 1),
            ))
            .execute(c)
    })?;
    Ok(sealed > 0)
}

/// Gives one of the clinic's own versions its next revision; shipped ones have one for all clinics.
pub(crate) fn touch(
    connection: &mut Connection,
    clinic: ClinicId,
    id: Id,
    now: Timestamp,
) -> Result<(), StoreError> {
    on_backend!(connection, |c| {
        diesel::update(rulebooks::table)
            .filter(rulebooks::clinic_id.eq(Id(clinic.uuid())))
            .filter(rulebooks::id.eq(id))
            .set((
                rulebooks::updated_at.eq(Time(now)),
                rulebooks::revision.eq(rulebooks::revision + 1),
            ))
            .execute(c)
    })?;
    Ok(())
}

fn keep_shipped(
    connection: &mut Connection,
    id: RulebookId,
    new: &NewRulebook,
    now: Timestamp,
) -> Result<Shipped, StoreError> {
    let clinic = ClinicId::SHIPPED;
    if insert(connection, &Row::new((clinic, None), id, new, now))? {
        let what = (id.uuid(), EventKind::RulebookShipped);
        record(connection, (clinic, None), what, new, now)?;
        return Ok(Shipped::Kept);
    }
    let stored = row(connection, clinic, new.version.as_str())?;
    Ok(match stored {
        Some(row) if row.summary.sha256 != new.sha256 => Shipped::Differs(row.summary.sha256),
        _ => Shipped::Kept,
    })
}

/// Rulebooks as they are written.
impl Store {
    /// Keeps the rulebook that this build ships, so that what it decides can be made again by later builds.
    ///
    /// # Errors
    /// When the store is busy or closed, or the database fails.
    pub async fn keep_shipped(
        &self,
        id: RulebookId,
        new: NewRulebook,
        now: Timestamp,
    ) -> Result<Shipped, StoreError> {
        let work = move |c: &mut Connection| keep_shipped(c, id, &new, now);
        self.write("keeping the shipped rulebook", work).await
    }

    /// Enters a draft, or finds that its version is there.
    ///
    /// # Errors
    /// When the store is busy or closed, or the database fails.
    pub async fn create_rulebook(
        &self,
        who: (ClinicId, KeyId),
        id: RulebookId,
        new: NewRulebook,
        now: Timestamp,
    ) -> Result<Registered<StoredRulebook>, StoreError> {
        let work = move |c: &mut Connection| create(c, who, id, &new, now);
        self.write("entering a rulebook", work).await
    }

    /// Writes a draft anew, if it still has the expected revision.
    ///
    /// # Errors
    /// When the store is busy or closed, or the database fails.
    pub async fn replace_rulebook(
        &self,
        (clinic, actor): (ClinicId, KeyId),
        expected_revision: i64,
        new: NewRulebook,
        now: Timestamp,
    ) -> Result<DraftChange<StoredRulebook>, StoreError> {
        let draft = Draft {
            clinic,
            actor,
            expected_revision,
            now,
        };
        let work = move |c: &mut Connection| draft.replace(c, &new);
        self.write("changing a rulebook", work).await
    }

    /// Throws a draft away, if it still has the expected revision.
    ///
    /// # Errors
    /// When the store is busy or closed, or the database fails.
    pub async fn discard_rulebook(
        &self,
        (clinic, actor): (ClinicId, KeyId),
        version: VersionName,
        expected_revision: i64,
        now: Timestamp,
    ) -> Result<DraftChange<()>, StoreError> {
        let draft = Draft {
            clinic,
            actor,
            expected_revision,
            now,
        };
        let work = move |c: &mut Connection| draft.discard(c, &version);
        self.write("discarding a rulebook", work).await
    }
}
