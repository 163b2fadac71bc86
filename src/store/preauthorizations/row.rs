//! The preauthorizations table: the clinic's ledger of prior approvals.

use diesel::prelude::*;

use payerline_domain::{
    claims::item::Category,
    preauthorizations::{Preauthorization, PreauthorizationEntry},
    values::{
        closed_enum::ClosedEnum,
        ids::{ClinicId, PreauthorizationId},
        money::Cents,
    },
};

use crate::store::engine::{
    connection::{Connection, on_backend},
    error::StoreError,
    reading::Reading,
    schema::preauthorizations,
    sql_types::{Date, Id, Json, Time},
    store::json,
};

#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = preauthorizations, treat_none_as_default_value = false)]
pub struct PreauthorizationRow {
    pub clinic_id: Id,
    pub id: Id,
    #[diesel(embed)]
    pub entry: EntryRow,
    created_at: Time,
    pub updated_at: Time,
    version: i64,
}

/// The columns that staff fill in.
#[derive(Debug, Insertable, Queryable, Selectable, AsChangeset)]
#[diesel(table_name = preauthorizations)]
#[diesel(treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct EntryRow {
    pub number: String,
    kind: String,
    patient_id: String,
    payer: String,
    status: String,
    approved_cents: i64,
    categories: Option<Json>,
    valid_from: Option<Date>,
    valid_to: Option<Date>,
}

impl EntryRow {
    pub fn new(entry: &PreauthorizationEntry) -> Result<Self, StoreError> {
        let PreauthorizationEntry {
            number,
            kind,
            patient_id,
            payer,
            status,
            approved_cents,
            categories,
            valid_from,
            valid_to,
        } = entry;
        Ok(Self {
            number: number.as_str().to_owned(),
            kind: kind.word().to_owned(),
            patient_id: patient_id.as_str().to_owned(),
            payer: payer.word().to_owned(),
            status: status.word().to_owned(),
            approved_cents: approved_cents.get(),
            categories: categories.as_ref().map(json).transpose()?.map(Json),
            valid_from: valid_from.map(Date),
            valid_to: valid_to.map(Date),
        })
    }

    fn read(self, read: &Reading) -> Result<PreauthorizationEntry, StoreError> {
        let Self {
            number,
            kind,
            patient_id,
            payer,
            status,
            approved_cents,
            categories,
            valid_from,
            valid_to,
        } = self;
        let categories: Option<Vec<Category>> = categories
            .map(|json| serde_json::from_str(&json.0))
            .transpose()
            .map_err(|_| StoreError::corrupt(read.table, read.id, "categories"))?;
        Ok(PreauthorizationEntry {
            number: read.label("number", &number)?,
            kind: read.word("kind", &kind)?,
            patient_id: read.label("patient_id", &patient_id)?,
            payer: read.word("payer", &payer)?,
            status: read.word("status", &status)?,
            approved_cents: Cents::from_stored(approved_cents),
            categories,
            valid_from: valid_from.map(|Date(day)| day),
            valid_to: valid_to.map(|Date(day)| day),
        })
    }
}

impl PreauthorizationRow {
    pub fn new(clinic: ClinicId, new: &Preauthorization) -> Result<Self, StoreError> {
        Ok(Self {
            clinic_id: Id(clinic.uuid()),
            id: Id(new.id.uuid()),
            entry: EntryRow::new(&new.entry)?,
            created_at: Time(new.created_at),
            updated_at: Time(new.updated_at),
            version: new.version,
        })
    }
}

impl TryFrom<PreauthorizationRow> for Preauthorization {
    type Error = StoreError;

    fn try_from(row: PreauthorizationRow) -> Result<Self, StoreError> {
        let PreauthorizationRow {
            clinic_id: _,
            id: Id(id),
            entry,
            created_at: Time(created_at),
            updated_at: Time(updated_at),
            version,
        } = row;
        let read = Reading {
            table: "preauthorizations",
            id,
        };
        Ok(Self {
            id: id.into(),
            entry: entry.read(&read)?,
            created_at,
            updated_at,
            version,
        })
    }
}

/// Finds an approval by its id.
pub fn find(
    connection: &mut Connection,
    clinic: ClinicId,
    id: PreauthorizationId,
) -> Result<Option<Preauthorization>, StoreError> {
    let row = on_backend!(connection, |c| {
        preauthorizations::table
            .select(PreauthorizationRow::as_select())
            .filter(preauthorizations::clinic_id.eq(Id(clinic.uuid())))
            .filter(preauthorizations::id.eq(Id(id.uuid())))
            .first(c)
            .optional()
    })?;
    row.map(Preauthorization::try_from).transpose()
}
