//! The rulebook_activations table: which version decides from which day of service on, one a clinic and day.

use diesel::prelude::*;
use uuid::Uuid;

use payerline_domain::{
    rulebooks::Activation,
    values::{ids::ClinicId, names::VersionName, time::Day},
};

use crate::store::engine::{
    connection::{Connection, on_backend},
    error::StoreError,
    reading::Reading,
    schema::rulebook_activations as activations,
    sql_types::{Date, Id, Time},
};

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
        let read = Reading {
            table: "rulebook_activations",
            id: self.rulebook_id.0,
        };
        read.version_name("version", &self.version)
    }
}

impl TryFrom<ActivationRow> for Activation {
    type Error = StoreError;

    fn try_from(row: ActivationRow) -> Result<Self, StoreError> {
        Ok(Self {
            effective_from: row.effective_from.0,
            version: row.version_name()?,
            sha256: row.sha256,
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
