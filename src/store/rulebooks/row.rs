//! The rows of the tables rulebooks and rulebook_activations. Under the nil clinic are the versions that Payerline
//! ships, beside the clinics' own. A clinic has one activation for a day of service.

use diesel::prelude::*;
use uuid::Uuid;

use payerline_domain::{
    access::ActorId,
    claims::claim::Evidence,
    events::WrittenRulebook,
    parse::{
        compare,
        fault::{At, Fault},
    },
    rulebooks::{Activation, Origin, RulebookState, RulebookSummary, StoredRulebook},
    values::{
        digest::sha256_hex,
        ids::{ClinicId, RulebookId},
        names::VersionName,
        text::Label,
        time::{Day, Timestamp},
    },
};

use crate::store::engine::{
    connection::{Connection, on_backend},
    error::StoreError,
    reading::Reading,
    schema::{rulebook_activations as activations, rulebooks},
    sql_types::{Date, Id, Json, Time},
};

/// What is written of a version. The table is in its canonical form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRulebook {
    /// Unique in the clinic.
    pub version: VersionName,
    pub name: Label,
    /// The digest of `table`.
    pub sha256: String,
    pub table: String,
    /// The claims that it must decide as they say, a JSON list.
    pub golden_cases: String,
    pub note: String,
    /// The version it was copied from.
    pub based_on: Option<VersionName>,
}

impl NewRulebook {
    /// What events record of it.
    pub fn payload(&self) -> WrittenRulebook<'_> {
        WrittenRulebook {
            version: &self.version,
            name: &self.name,
            sha256: &self.sha256,
            based_on: self.based_on.as_ref(),
            golden_cases_sha256: sha256_hex(&self.golden_cases),
        }
    }
}

#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = rulebooks, treat_none_as_default_value = false)]
pub struct RulebookRow {
    #[diesel(embed)]
    pub summary: SummaryRow,
    document: Json,
    golden_cases: Json,
}

/// The columns that lists show.
#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = rulebooks, treat_none_as_default_value = false)]
pub struct SummaryRow {
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

impl RulebookRow {
    pub fn new(
        (clinic, author): (ClinicId, Option<ActorId>),
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
                author: author.map(|actor| Id(actor.uuid())),
                created_at: Time(now),
                updated_at: Time(now),
                activated_at: None,
                revision: 1,
            },
            document: Json(new.table.clone()),
            golden_cases: Json(new.golden_cases.clone()),
        }
    }

    /// Inserts it; returns false if the clinic has its version or its id already.
    pub fn insert(&self, connection: &mut Connection) -> Result<bool, StoreError> {
        let inserted = on_backend!(connection, |c| {
            diesel::insert_into(rulebooks::table)
                .values(self)
                .on_conflict((rulebooks::clinic_id, rulebooks::version))
                .do_nothing()
                .execute(c)
        })?;
        Ok(inserted > 0)
    }

    /// Lists the parts of its content, without name and note, in which a new version differs.
    pub fn find_differences(&self, new: &NewRulebook) -> Vec<Fault> {
        let based_on = new.based_on.as_ref().map(VersionName::as_str);
        let parts = [
            ("table", self.document.0 == new.table),
            ("golden_cases", self.golden_cases.0 == new.golden_cases),
            ("based_on", self.summary.based_on.as_deref() == based_on),
        ];
        compare::collect_differences(|faults| {
            for (part, _) in parts.into_iter().filter(|(_, is_same)| !is_same) {
                compare::note_difference(&At::ROOT.field(part), faults);
            }
        })
    }

    /// The version, given the day from which on it decides.
    pub fn read(self, effective_from: Option<Day>) -> Result<StoredRulebook, StoreError> {
        Ok(StoredRulebook {
            summary: self.summary.read(effective_from)?,
            table: Evidence::new(self.document.0),
            golden_cases: Evidence::new(self.golden_cases.0),
        })
    }
}

impl SummaryRow {
    pub fn read(self, effective_from: Option<Day>) -> Result<RulebookSummary, StoreError> {
        let read = Reading::new("rulebooks", self.id.0);
        let based_on = self
            .based_on
            .map(|version| read.version_name("based_on", &version));
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

/// The owners of the versions that a clinic sees: itself and Payerline.
pub fn visible_owners(clinic: ClinicId) -> [Id; 2] {
    [Id(clinic.uuid()), Id(ClinicId::SHIPPED.uuid())]
}

/// Finds a version; the clinic's own before a shipped one.
pub fn find(
    connection: &mut Connection,
    clinic: ClinicId,
    version: &VersionName,
) -> Result<Option<RulebookRow>, StoreError> {
    let rows: Vec<RulebookRow> = on_backend!(connection, |c| {
        rulebooks::table
            .select(RulebookRow::as_select())
            .filter(rulebooks::clinic_id.eq_any(visible_owners(clinic)))
            .filter(rulebooks::version.eq(version.as_str()))
            .load(c)
    })?;
    let is_own = |row: &RulebookRow| row.summary.clinic_id.0 == clinic.uuid();
    Ok(rows.into_iter().max_by_key(is_own))
}

#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = activations, treat_none_as_default_value = false)]
pub struct ActivationRow {
    pub clinic_id: Id,
    pub effective_from: Date,
    pub rulebook_id: Id,
    pub version: String,
    pub sha256: String,
    pub activated_at: Time,
    pub activated_by: Id,
}

impl ActivationRow {
    pub fn version_name(&self) -> Result<VersionName, StoreError> {
        let read = Reading::new("rulebook_activations", self.rulebook_id.0);
        read.version_name("version", &self.version)
    }

    pub fn read(self) -> Result<Activation, StoreError> {
        Ok(Activation {
            effective_from: self.effective_from.0,
            version: self.version_name()?,
            sha256: self.sha256,
        })
    }
}

/// A clinic's activations in the order of their days.
pub struct Activations(pub Vec<ActivationRow>);

impl Activations {
    pub fn load(connection: &mut Connection, clinic: ClinicId) -> Result<Self, StoreError> {
        let rows = on_backend!(connection, |c| {
            activations::table
                .select(ActivationRow::as_select())
                .filter(activations::clinic_id.eq(Id(clinic.uuid())))
                .order(activations::effective_from.asc())
                .load(c)
        })?;
        Ok(Self(rows))
    }

    /// The day from which on a version decides; `None` while it does not.
    pub fn effective_from(&self, rulebook: Uuid) -> Option<Day> {
        let mut rows = self.0.iter();
        let row = rows.find(|row| row.rulebook_id.0 == rulebook);
        row.map(|row| row.effective_from.0)
    }
}
