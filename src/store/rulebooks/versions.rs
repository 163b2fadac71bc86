//! The rulebooks table: the clinics' own versions, and under the nil clinic those that Payerline ships. Here they
//! are read; `rulebook_drafts` writes them.

use diesel::prelude::*;

use payerline_domain::{
    claims::claim::Evidence,
    rulebooks::{Activation, Origin, RulebookState, RulebookSummary, StoredRulebook},
    values::{
        ids::{ClinicId, KeyId, RulebookId},
        names::VersionName,
        text::Label,
        time::Timestamp,
    },
};

use super::activations::{self as rulebook_activations, Activations};
use crate::store::{
    Store,
    engine::{
        connection::{Connection, on_backend},
        error::StoreError,
        page::{self, Page, PageRequest, keyset},
        reading::Reading,
        schema::rulebooks,
        sql_types::{Id, Json, Time},
    },
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

/// A version as a row.
#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = rulebooks, treat_none_as_default_value = false)]
pub(crate) struct Row {
    #[diesel(embed)]
    pub summary: SummaryRow,
    document: Json,
    golden_cases: Json,
}

/// The part of it that lists show.
#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = rulebooks, treat_none_as_default_value = false)]
pub(crate) struct SummaryRow {
    pub clinic_id: Id,
    pub id: Id,
    pub version: String,
    name: String,
    pub sha256: String,
    note: String,
    based_on: Option<String>,
    author: Option<Id>,
    created_at: Time,
    updated_at: Time,
    pub activated_at: Option<Time>,
    pub revision: i64,
}

impl Row {
    /// A version that is new.
    pub fn new(
        (clinic, author): (ClinicId, Option<KeyId>),
        id: RulebookId,
        new: &NewRulebook,
        now: Timestamp,
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

    /// Whether it has this content.
    pub fn is(&self, new: &NewRulebook) -> bool {
        self.document.0 == new.table
            && self.golden_cases.0 == new.golden_cases
            && self.summary.based_on.as_deref() == new.based_on.as_ref().map(VersionName::as_str)
    }

    /// What it stands for.
    pub fn read(self, activations: &Activations) -> Result<StoredRulebook, StoreError> {
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
pub(crate) fn row(
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

/// A version: the clinic's own, or a shipped one.
pub(crate) fn by_version(
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

/// A version as it stands, for those who change it in a transaction of their own.
pub(crate) fn current(
    connection: &mut Connection,
    clinic: ClinicId,
    version: &VersionName,
) -> Result<Option<RulebookSummary>, StoreError> {
    Ok(by_version(connection, clinic, version.as_str())?.map(|stored| stored.summary))
}

/// Rulebooks as they are read.
impl Store {
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
    pub async fn activations(&self, clinic: ClinicId) -> Result<Vec<Activation>, StoreError> {
        let work = move |c: &mut Connection| rulebook_activations::of_clinic(c, clinic);
        let (job, result) = crate::store::engine::reader::job(work);
        self.threads.read_express(job)?;
        crate::store::engine::store::wait(
            "reading which rulebook decides",
            crate::store::engine::store::WAIT,
            result,
        )
        .await
    }
}
