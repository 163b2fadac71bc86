//! Drafts: entered, written anew and thrown away, each in one transaction with its event. Shipped versions are entered
//! here too, so that later builds can make again what they decided.

use diesel::prelude::*;

use payerline_domain::{
    access::ActorId,
    events::{DiscardedRulebook, EventPayload},
    rulebooks::StoredRulebook,
    values::{
        ids::{ClinicId, RulebookId},
        names::VersionName,
        time::Timestamp,
    },
};

use super::{
    row::{self, Activations, NewRulebook, RulebookRow},
    versions,
};
use crate::store::{
    changed::{ChangeRefused, Changed},
    engine::{
        connection::{Connection, on_backend},
        error::StoreError,
        schema::rulebooks,
        sql_types::{Id, Json, Time},
        store::Store,
    },
    events::NewEvent,
};

fn create(
    connection: &mut Connection,
    (clinic, actor): (ClinicId, ActorId),
    id: RulebookId,
    new: &NewRulebook,
    now: Timestamp,
) -> Result<Changed<StoredRulebook>, StoreError> {
    let event = NewEvent {
        clinic,
        subject: id.uuid(),
        at: now,
        actor: Some(actor),
        payload: EventPayload::RulebookDrafted(new.payload()),
    };
    let is_first_try = !event.is_recorded(connection)?;
    if is_first_try && RulebookRow::new((clinic, Some(actor)), id, new, now).insert(connection)? {
        event.append(connection)?;
    }
    let Some(row) = row::find(connection, clinic, &new.version)? else {
        // An earlier try entered it, and it was discarded since.
        return Ok(Changed::NotFound);
    };
    let (stored_id, differences) = (row.summary.id.0, row.find_differences(new));
    let activations = Activations::load(connection, clinic)?;
    let stored = row.read(activations.effective_from(stored_id))?;
    // The id is this request's, whichever of its tries inserted it.
    Ok(if stored_id == id.uuid() {
        Changed::Made(stored)
    } else if differences.is_empty() {
        Changed::Replayed(stored)
    } else {
        Changed::Conflict {
            id: stored_id,
            differences,
        }
    })
}

/// A change of the revision of a draft that its author saw.
#[derive(Debug, Clone, Copy)]
pub struct DraftChange {
    pub clinic: ClinicId,
    pub actor: ActorId,
    pub expected_revision: i64,
    pub now: Timestamp,
}

impl DraftChange {
    /// Writes the draft anew, in the transaction of the caller.
    pub fn replace(
        &self,
        connection: &mut Connection,
        new: &NewRulebook,
    ) -> Result<Changed<StoredRulebook>, StoreError> {
        let Some(row) = row::find(connection, self.clinic, &new.version)? else {
            return Ok(Changed::NotFound);
        };
        let event = self.event(
            row.summary.id,
            EventPayload::RulebookRedrafted(new.payload()),
        );
        if self.update(connection, row.summary.id, new)? {
            event.append(connection)?;
        } else if !event.is_recorded(connection)? {
            return Ok(self.refuse(&row));
        }
        let stored = versions::find(connection, self.clinic, &new.version)?;
        Ok(stored.map_or(Changed::NotFound, Changed::Made))
    }

    /// One conditional statement, so that of two changes of one revision only one is made.
    fn update(
        &self,
        connection: &mut Connection,
        id: Id,
        new: &NewRulebook,
    ) -> Result<bool, StoreError> {
        let updated = on_backend!(connection, |c| {
            diesel::update(rulebooks::table)
                .filter(rulebooks::clinic_id.eq(Id(self.clinic.uuid())))
                .filter(rulebooks::id.eq(id))
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
        Ok(updated > 0)
    }

    /// Throws the draft away, in the transaction of the caller. `draft` is its row at the expected revision, read
    /// before the first try: once the row is gone, a second try could not learn its id.
    pub fn discard(
        &self,
        connection: &mut Connection,
        version: &VersionName,
        draft: &RulebookRow,
    ) -> Result<Changed<()>, StoreError> {
        let id = draft.summary.id;
        let deleted = on_backend!(connection, |c| {
            diesel::delete(rulebooks::table)
                .filter(rulebooks::clinic_id.eq(Id(self.clinic.uuid())))
                .filter(rulebooks::id.eq(id))
                .filter(rulebooks::revision.eq(self.expected_revision))
                .filter(rulebooks::activated_at.is_null())
                .execute(c)
        })?;
        let payload = DiscardedRulebook {
            version,
            sha256: &draft.summary.sha256,
        };
        let event = self.event(id, EventPayload::RulebookDiscarded(payload));
        if deleted > 0 {
            event.append(connection)?;
        } else if !event.is_recorded(connection)? {
            let row = row::find(connection, self.clinic, version)?;
            return Ok(row.map_or(Changed::NotFound, |row| self.refuse(&row)));
        }
        Ok(Changed::Made(()))
    }

    /// The row of a draft that may be changed, or the reason why it may not.
    pub fn find(
        &self,
        connection: &mut Connection,
        version: &VersionName,
    ) -> Result<Result<RulebookRow, Changed<()>>, StoreError> {
        let Some(row) = row::find(connection, self.clinic, version)? else {
            return Ok(Err(Changed::NotFound));
        };
        let current = row.summary.revision == self.expected_revision;
        Ok(if current && self.is_draft(&row) {
            Ok(row)
        } else {
            Err(self.refuse(&row))
        })
    }

    fn refuse<T>(&self, row: &RulebookRow) -> Changed<T> {
        if self.is_draft(row) {
            Changed::Stale
        } else {
            Changed::Refused(ChangeRefused::Immutable)
        }
    }

    fn is_draft(&self, row: &RulebookRow) -> bool {
        row.summary.clinic_id.0 == self.clinic.uuid() && row.summary.activated_at.is_none()
    }

    fn event<'a>(&self, subject: Id, payload: EventPayload<'a>) -> NewEvent<'a> {
        NewEvent {
            clinic: self.clinic,
            subject: subject.0,
            at: self.now,
            actor: Some(self.actor),
            payload,
        }
    }
}

impl Store {
    /// Keeps the rulebook that this build ships. Returns the digest of the table that the database has under this
    /// version, which is another one if an older build shipped it.
    pub async fn keep_shipped(
        &self,
        id: RulebookId,
        new: NewRulebook,
        now: Timestamp,
    ) -> Result<String, StoreError> {
        let clinic = ClinicId::SHIPPED;
        self.write("keeping the shipped rulebook", move |c| {
            if RulebookRow::new((clinic, None), id, &new, now).insert(c)? {
                NewEvent {
                    clinic,
                    subject: id.uuid(),
                    at: now,
                    actor: None,
                    payload: EventPayload::RulebookShipped(new.payload()),
                }
                .append(c)?;
            }
            let stored = row::find(c, clinic, &new.version)?;
            let missing = || StoreError::Internal("the shipped rulebook is not kept".to_owned());
            Ok(stored.ok_or_else(missing)?.summary.sha256)
        })
        .await
    }

    /// Enters a draft, or finds that its version is there.
    pub async fn create_rulebook(
        &self,
        who: (ClinicId, ActorId),
        id: RulebookId,
        new: NewRulebook,
        now: Timestamp,
    ) -> Result<Changed<StoredRulebook>, StoreError> {
        self.write("entering a rulebook", move |c| {
            create(c, who, id, &new, now)
        })
        .await
    }

    /// Writes a draft anew, if it still has the expected revision.
    pub async fn replace_rulebook(
        &self,
        change: DraftChange,
        new: NewRulebook,
    ) -> Result<Changed<StoredRulebook>, StoreError> {
        self.write("changing a rulebook", move |c| change.replace(c, &new))
            .await
    }

    /// Throws a draft away, if it still has the expected revision.
    pub async fn discard_rulebook(
        &self,
        change: DraftChange,
        version: VersionName,
    ) -> Result<Changed<()>, StoreError> {
        let name = version.clone();
        let find = move |c: &mut Connection| change.find(c, &name);
        match self.read("finding a draft", find).await? {
            Err(refused) => Ok(refused),
            Ok(draft) => {
                let discard = move |c: &mut Connection| change.discard(c, &version, &draft);
                self.write("discarding a rulebook", discard).await
            }
        }
    }
}
