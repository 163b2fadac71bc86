//! The rulebooks table: the clinics' own versions, and under the nil clinic those that Payerline ships.

use diesel::prelude::*;
use serde::Serialize;
use uuid::Uuid;

use crate::domain::{
    claim::Evidence,
    event::EventKind,
    ids::{ClinicId, KeyId, RulebookId},
    names::VersionName,
    rulebook_entry::{Origin, RulebookState, RulebookSummary, StoredRulebook},
    text::Label,
    time::Instant,
};

use super::{
    Store,
    connection::{Connection, on_backend},
    error::StoreError,
    events::Happening,
    outcome::Registered,
    page::{self, Page, PageRequest, keyset},
    reading::Reading,
    rulebook_activations::{self, Activations},
    schema::rulebooks,
    sql_types::{Id, Json, Time},
};

/// What is written of a draft. The table is in its canonical form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRulebook {
    /// Its version, unique in the clinic.
    pub version: VersionName,
    /// Its name.
    pub name: Label,
    /// The digest of `table`.
    pub sha256: String,
    /// The table.
    pub table: String,
    /// The claims that it must decide as they say, a JSON list.
    pub golden_cases: String,
    /// What it is for.
    pub note: String,
    /// The version it was copied from.
    pub based_on: Option<VersionName>,
}

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
    golden_cases: &'a serde_json::value::RawValue,
}

#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = rulebooks, treat_none_as_default_value = false)]
struct Row {
    #[diesel(embed)]
    summary: SummaryRow,
    document: Json,
    golden_cases: Json,
}

#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = rulebooks, treat_none_as_default_value = false)]
struct SummaryRow {
    clinic_id: Id,
    id: Id,
    version: String,
    name: String,
    sha256: String,
    note: String,
    based_on: Option<String>,
    author: Option<Id>,
    created_at: Time,
    updated_at: Time,
    activated_at: Option<Time>,
    revision: i64,
}

impl Row {
    fn new(
        (clinic, author): (ClinicId, Option<KeyId>),
        id: RulebookId,
        new: &NewRulebook,
        now: Instant,
    ) -> Self {
        Self {
            summary: SummaryRow {
                clinic_id: Id(clinic.uuid()),
                id: Id(id.uuid()),
                version: new.version.as_str().to_owned(),
                name: new.name.as_str().to_owned(),
                sha256: new.sha256.clone(),
                note: new.note.clone(),
                based_on: new.based_on.as_ref().map(|it| it.as_str().to_owned()),
                author: author.map(|key| Id(key.uuid())),
                created_at: Time(now),
                updated_at: Time(now),
                activated_at: None,
                revision: 1,
            },
            document: Json(new.table.clone()),
            golden_cases: Json(new.golden_cases.clone()),
        }
    }

    fn is(&self, new: &NewRulebook) -> bool {
        self.document.0 == new.table
            && self.golden_cases.0 == new.golden_cases
            && self.summary.based_on.as_deref() == new.based_on.as_ref().map(VersionName::as_str)
    }

    fn read(self, activations: &Activations) -> Result<StoredRulebook, StoreError> {
        Ok(StoredRulebook {
            summary: self.summary.read(activations)?,
            table: Evidence::new(self.document.0),
            golden_cases: Evidence::new(self.golden_cases.0),
        })
    }
}

impl SummaryRow {
    fn read(self, activations: &Activations) -> Result<RulebookSummary, StoreError> {
        let read = Reading {
            table: "rulebooks",
            id: self.id.0,
        };
        let based_on = self
            .based_on
            .map(|version| read.version_name("based_on", &version));
        let effective_from = activations.of(self.id.0);
        let shipped = self.clinic_id.0 == ClinicId::SHIPPED.uuid();
        Ok(RulebookSummary {
            id: self.id.0.into(),
            version: read.version_name("version", &self.version)?,
            name: read.label("name", &self.name)?,
            origin: if shipped {
                Origin::Shipped
            } else {
                Origin::Clinic
            },
            state: match (effective_from, self.activated_at) {
                (Some(_), _) => RulebookState::Active,
                (None, None) if !shipped => RulebookState::Draft,
                _ => RulebookState::Retired,
            },
            sha256: self.sha256,
            note: self.note,
            based_on: based_on.transpose()?,
            author: self.author.map(|Id(key)| key.into()),
            effective_from,
            created_at: self.created_at.0,
            updated_at: self.updated_at.0,
            activated_at: self.activated_at.map(|Time(at)| at),
            revision: self.revision,
        })
    }
}

/// The clinic's own and the shipped ones.
fn visible(clinic: ClinicId) -> [Id; 2] {
    [Id(clinic.uuid()), Id(ClinicId::SHIPPED.uuid())]
}

/// The row of a version; the clinic's own before a shipped one.
fn row(
    connection: &mut Connection,
    clinic: ClinicId,
    version: &str,
) -> Result<Option<Row>, StoreError> {
    let rows: Vec<Row> = on_backend!(connection, |c| {
        rulebooks::table
            .select(Row::as_select())
            .filter(rulebooks::clinic_id.eq_any(visible(clinic)))
            .filter(rulebooks::version.eq(version))
            .load(c)
    })?;
    let own = |row: &Row| row.summary.clinic_id.0 == clinic.uuid();
    Ok(rows.into_iter().max_by_key(own))
}

fn by_version(
    connection: &mut Connection,
    clinic: ClinicId,
    version: &str,
) -> Result<Option<StoredRulebook>, StoreError> {
    let Some(row) = row(connection, clinic, version)? else {
        return Ok(None);
    };
    let activations = Activations::of_clinic(connection, clinic)?;
    row.read(&activations).map(Some)
}

fn list(
    connection: &mut Connection,
    clinic: ClinicId,
    request: PageRequest,
) -> Result<Page<RulebookSummary>, StoreError> {
    let activations = Activations::of_clinic(connection, clinic)?;
    let fetch = |window: page::Window| {
        on_backend!(connection, |c| {
            let query = rulebooks::table
                .select(SummaryRow::as_select())
                .filter(rulebooks::clinic_id.eq_any(visible(clinic)))
                .into_boxed();
            Ok(keyset!(query, rulebooks::id, window).load::<SummaryRow>(c)?)
        })
    };
    let read = |row: SummaryRow| row.read(&activations);
    page::read(request, |row: &SummaryRow| row.id.0, fetch, read)
}

/// The table of this digest that the clinic has or that was shipped.
fn by_digest(
    connection: &mut Connection,
    clinic: ClinicId,
    sha256: &str,
) -> Result<Option<Evidence>, StoreError> {
    let found: Option<Json> = on_backend!(connection, |c| {
        rulebooks::table
            .select(rulebooks::document)
            .filter(rulebooks::clinic_id.eq_any(visible(clinic)))
            .filter(rulebooks::sha256.eq(sha256))
            .first(c)
            .optional()
    })?;
    Ok(found.map(|document| Evidence::new(document.0)))
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
    at: Instant,
) -> Result<(), StoreError> {
    let golden_cases = serde_json::from_str(&new.golden_cases).map_err(super::json_error)?;
    Happening {
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
            golden_cases,
        },
    }
    .append(connection)
}

fn create(
    connection: &mut Connection,
    (clinic, actor): (ClinicId, KeyId),
    id: RulebookId,
    new: &NewRulebook,
    now: Instant,
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
    now: Instant,
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
        Happening {
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
pub(super) fn seal(
    connection: &mut Connection,
    summary: &RulebookSummary,
    clinic: ClinicId,
    now: Instant,
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

fn keep_shipped(
    connection: &mut Connection,
    id: RulebookId,
    new: &NewRulebook,
    now: Instant,
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

/// Rulebooks. All methods fail when the store is busy or closed, or the database fails.
impl Store {
    /// Keeps the rulebook that this build ships, so that what it decides can be made again by later builds.
    ///
    /// # Errors
    /// When the store is busy or closed, or the database fails.
    pub async fn keep_shipped(
        &self,
        id: RulebookId,
        new: NewRulebook,
        now: Instant,
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
        now: Instant,
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
        now: Instant,
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
        now: Instant,
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

    /// A version: the clinic's own, or a shipped one.
    ///
    /// # Errors
    /// When the store is busy or closed, or the database fails.
    pub async fn rulebook(
        &self,
        clinic: ClinicId,
        version: VersionName,
    ) -> Result<Option<StoredRulebook>, StoreError> {
        let work = move |c: &mut Connection| by_version(c, clinic, version.as_str());
        self.read("reading a rulebook", work).await
    }

    /// A page of the clinic's versions and the shipped ones, newest first.
    ///
    /// # Errors
    /// When the store is busy or closed, or the database fails.
    pub async fn rulebooks(
        &self,
        clinic: ClinicId,
        page: PageRequest,
    ) -> Result<Page<RulebookSummary>, StoreError> {
        let work = move |c: &mut Connection| list(c, clinic, page);
        self.read("listing rulebooks", work).await
    }

    /// The table with a digest.
    ///
    /// # Errors
    /// When the store is busy or closed, or the database fails.
    pub async fn table_of(
        &self,
        clinic: ClinicId,
        sha256: String,
    ) -> Result<Option<Evidence>, StoreError> {
        let work = move |c: &mut Connection| by_digest(c, clinic, &sha256);
        self.read("reading a rulebook's table", work).await
    }

    /// Which versions decide from when on, in the order of their days.
    ///
    /// # Errors
    /// When the store is busy or closed, or the database fails.
    pub async fn activations(
        &self,
        clinic: ClinicId,
    ) -> Result<Vec<crate::domain::rulebook_entry::Activation>, StoreError> {
        let work = move |c: &mut Connection| rulebook_activations::of_clinic(c, clinic);
        let (job, result) = super::reader::job(work);
        self.threads.read_express(job)?;
        super::wait("reading which rulebook decides", super::WAIT, result).await
    }

    /// Puts a version into force.
    ///
    /// # Errors
    /// When the store is busy or closed, or the database fails.
    pub async fn activate_rulebook(
        &self,
        new: rulebook_activations::NewActivation,
    ) -> Result<rulebook_activations::Activated, StoreError> {
        let work = move |c: &mut Connection| new.apply(c);
        self.write("activating a rulebook", work).await
    }
}

/// A version as it stands, for those who change it in a transaction of their own.
pub(super) fn current(
    connection: &mut Connection,
    clinic: ClinicId,
    version: &VersionName,
) -> Result<Option<RulebookSummary>, StoreError> {
    Ok(by_version(connection, clinic, version.as_str())?.map(|stored| stored.summary))
}
