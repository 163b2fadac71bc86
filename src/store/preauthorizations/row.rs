//! The preauthorizations table: the clinic's ledger of prior approvals.

use diesel::prelude::*;

use payerline_domain::{
    claims::item::Category,
    preauthorizations::{Account, ClaimRedecisions, Preauthorization, PreauthorizationEntry},
    values::{
        closed_enum::ClosedEnum,
        ids::{ClinicId, PreauthorizationId},
        money::Cents,
        text::Label,
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
    /// In its normal form, by which it is looked up. It never changes.
    pub number: String,
    /// As it was sent, if that is not its normal form.
    pub number_sent: Option<String>,
    #[diesel(embed)]
    pub entry: EntryRow,
    created_at: Time,
    pub updated_at: Time,
    version: i64,
    reserved_cents: i64,
    consumed_cents: i64,
    claims_decided: i64,
    claims_changed: i64,
    claims_waiting: i64,
}

/// The columns that staff fill in and may change.
#[derive(Debug, Insertable, Queryable, Selectable, AsChangeset)]
#[diesel(table_name = preauthorizations)]
#[diesel(treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct EntryRow {
    kind: String,
    patient_id: String,
    patient_id_sent: Option<String>,
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
            number: _,
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
            kind: kind.word().to_owned(),
            patient_id: patient_id.normal_form().into_owned(),
            patient_id_sent: patient_id.other_form().map(str::to_owned),
            payer: payer.word().to_owned(),
            status: status.word().to_owned(),
            approved_cents: approved_cents.get(),
            categories: categories.as_ref().map(json).transpose()?.map(Json),
            valid_from: valid_from.map(Date),
            valid_to: valid_to.map(Date),
        })
    }

    fn read(self, number: Label, read: &Reading) -> Result<PreauthorizationEntry, StoreError> {
        let patient_id_sent = self.patient_id_sent.as_deref();
        let patient_id = read.sent_label("patient_id", &self.patient_id, patient_id_sent)?;
        let categories: Option<Vec<Category>> = self
            .categories
            .map(|json| serde_json::from_str(&json.0))
            .transpose()
            .map_err(|_| read.corrupt("categories"))?;
        Ok(PreauthorizationEntry {
            number,
            kind: read.word("kind", &self.kind)?,
            patient_id,
            payer: read.word("payer", &self.payer)?,
            status: read.word("status", &self.status)?,
            approved_cents: Cents::from_stored(self.approved_cents),
            categories,
            valid_from: self.valid_from.map(|Date(day)| day),
            valid_to: self.valid_to.map(|Date(day)| day),
        })
    }
}

impl PreauthorizationRow {
    pub fn new(clinic: ClinicId, new: &Preauthorization) -> Result<Self, StoreError> {
        Ok(Self {
            clinic_id: Id(clinic.uuid()),
            id: Id(new.id.uuid()),
            number: new.entry.number.normal_form().into_owned(),
            number_sent: new.entry.number.other_form().map(str::to_owned),
            entry: EntryRow::new(&new.entry)?,
            created_at: Time(new.created_at),
            updated_at: Time(new.updated_at),
            version: new.version,
            reserved_cents: new.account.reserved_cents.get(),
            consumed_cents: new.account.consumed_cents.get(),
            claims_decided: new.redecisions.decided,
            claims_changed: new.redecisions.changed,
            claims_waiting: new.redecisions.waiting,
        })
    }

    pub fn read(self) -> Result<Preauthorization, StoreError> {
        let read = Reading::new("preauthorizations", self.id.0);
        let number = read.sent_label("number", &self.number, self.number_sent.as_deref())?;
        let entry = self.entry.read(number, &read)?;
        Ok(Preauthorization {
            id: self.id.0.into(),
            account: Account::new(
                entry.approved_cents,
                Cents::from_stored(self.reserved_cents),
                Cents::from_stored(self.consumed_cents),
            ),
            redecisions: ClaimRedecisions {
                decided: self.claims_decided,
                changed: self.claims_changed,
                waiting: self.claims_waiting,
            },
            draws: None,
            entry,
            created_at: self.created_at.0,
            updated_at: self.updated_at.0,
            version: self.version,
        })
    }
}

/// Finds an approval by its id.
pub fn find(
    connection: &mut Connection,
    clinic: ClinicId,
    id: PreauthorizationId,
) -> Result<Option<Preauthorization>, StoreError> {
    let row: Option<PreauthorizationRow> = on_backend!(connection, |c| {
        preauthorizations::table
            .select(PreauthorizationRow::as_select())
            .filter(preauthorizations::clinic_id.eq(Id(clinic.uuid())))
            .filter(preauthorizations::id.eq(Id(id.uuid())))
            .first(c)
            .optional()
    })?;
    row.map(PreauthorizationRow::read).transpose()
}
