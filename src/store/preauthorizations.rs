//! The preauthorizations table: the clinic's ledger of prior approvals.

use crate::store::Store;
use crate::store::engine::{
    reader,
    store::{WAIT, wait},
};
use diesel::prelude::*;

use payerline_domain::{
    claims::item::Category,
    events::EventKind,
    preauthorizations::{
        Ledger, Preauthorization, PreauthorizationEntry, PreauthorizationKind,
        PreauthorizationStatus,
    },
    values::{
        closed_enum::ClosedEnum,
        ids::{ClinicId, KeyId, PreauthorizationId},
        money::Cents,
        text::Label,
        time::Timestamp,
    },
};

use super::{
    engine::{
        connection::{Connection, on_backend},
        error::StoreError,
        outcome::Registered,
        page::{self, Page, PageRequest, keyset},
        reading::Reading,
        schema::preauthorizations,
        sql_types::{Date, Id, Json, Time},
    },
    events::NewEvent,
};

/// Which approvals of a clinic are wanted; what is `None` does not matter.
#[derive(Debug, Clone, Default)]
pub struct PreauthorizationFilter {
    /// With exactly this number.
    pub number: Option<Label>,
    /// For this patient.
    pub patient_id: Option<Label>,
    /// In this status.
    pub status: Option<PreauthorizationStatus>,
    /// Of this kind.
    pub kind: Option<PreauthorizationKind>,
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replaced<T> {
    /// It was made.
    Replaced(T),
    /// Somebody else changed it first: how it stands.
    Stale(T),
    /// There is no such thing.
    NotFound,
    /// The change would have given it another number.
    NumberChanged,
}

#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = preauthorizations, treat_none_as_default_value = false)]
struct Row {
    clinic_id: Id,
    id: Id,
    #[diesel(embed)]
    entry: EntryRow,
    created_at: Time,
    updated_at: Time,
    version: i64,
}

/// The columns that staff fill in.
#[derive(Debug, Insertable, Queryable, Selectable, AsChangeset)]
#[diesel(table_name = preauthorizations)]
#[diesel(treat_none_as_default_value = false, treat_none_as_null = true)]
struct EntryRow {
    number: String,
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
    fn of(entry: &PreauthorizationEntry) -> Result<Self, StoreError> {
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
            categories: categories
                .as_ref()
                .map(crate::store::engine::store::json)
                .transpose()?
                .map(Json),
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

impl TryFrom<Row> for Preauthorization {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let Row {
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

/// Enters a new approval, in the transaction of the caller.
pub fn create(
    connection: &mut Connection,
    clinic: ClinicId,
    actor: KeyId,
    new: &Preauthorization,
) -> Result<Registered<Preauthorization>, StoreError> {
    let row = Row {
        clinic_id: Id(clinic.uuid()),
        id: Id(new.id.uuid()),
        entry: EntryRow::of(&new.entry)?,
        created_at: Time(new.created_at),
        updated_at: Time(new.updated_at),
        version: new.version,
    };
    let inserted = on_backend!(connection, |c| {
        diesel::insert_into(preauthorizations::table)
            .values(&row)
            .on_conflict((preauthorizations::clinic_id, preauthorizations::number))
            .do_nothing()
            .execute(c)
    })?;
    if inserted == 0 {
        let found = on_backend!(connection, |c| {
            preauthorizations::table
                .select(Row::as_select())
                .filter(preauthorizations::clinic_id.eq(row.clinic_id))
                .filter(preauthorizations::number.eq(&row.entry.number))
                .first(c)
        })?;
        let stored = Preauthorization::try_from(found)?;
        return Ok(if stored.id == new.id {
            // Written by an earlier try whose answer was lost.
            Registered::Created(stored)
        } else if stored.entry == new.entry {
            Registered::Replayed(stored)
        } else {
            Registered::Conflict(stored.id.uuid())
        });
    }
    NewEvent {
        clinic,
        subject: new.id.uuid(),
        kind: EventKind::PreauthorizationCreated,
        at: new.created_at,
        actor: Some(actor),
        data: &new.entry,
    }
    .append(connection)?;
    Ok(Registered::Created(new.clone()))
}

/// An approval by its id.
pub fn by_id(
    connection: &mut Connection,
    clinic: ClinicId,
    id: PreauthorizationId,
) -> Result<Option<Preauthorization>, StoreError> {
    let row = on_backend!(connection, |c| {
        preauthorizations::table
            .select(Row::as_select())
            .filter(preauthorizations::clinic_id.eq(Id(clinic.uuid())))
            .filter(preauthorizations::id.eq(Id(id.uuid())))
            .first(c)
            .optional()
    })?;
    row.map(Preauthorization::try_from).transpose()
}

/// The approvals of some numbers.
pub fn ledger(
    connection: &mut Connection,
    clinic: ClinicId,
    numbers: &[Label],
) -> Result<Ledger, StoreError> {
    let numbers: Vec<&str> = numbers.iter().map(Label::as_str).collect();
    let rows: Vec<Row> = on_backend!(connection, |c| {
        preauthorizations::table
            .select(Row::as_select())
            .filter(preauthorizations::clinic_id.eq(Id(clinic.uuid())))
            .filter(preauthorizations::number.eq_any(&numbers))
            // The ledger is kept with the decision as evidence: always in one order.
            .order(preauthorizations::number.asc())
            .load(c)
    })?;
    let read = rows
        .into_iter()
        .map(|row| Preauthorization::try_from(row).map(|found| found.entry));
    Ok(Ledger {
        preauthorizations: read.collect::<Result<_, _>>()?,
    })
}

/// A page of a clinic's approvals.
pub fn list(
    connection: &mut Connection,
    clinic: ClinicId,
    filter: &PreauthorizationFilter,
    request: PageRequest,
) -> Result<Page<Preauthorization>, StoreError> {
    let fetch = |window: page::Window| {
        on_backend!(connection, |c| {
            let mut query = preauthorizations::table
                .select(Row::as_select())
                .filter(preauthorizations::clinic_id.eq(Id(clinic.uuid())))
                .into_boxed();
            if let Some(number) = &filter.number {
                query = query.filter(preauthorizations::number.eq(number.as_str()));
            }
            if let Some(patient) = &filter.patient_id {
                query = query.filter(preauthorizations::patient_id.eq(patient.as_str()));
            }
            if let Some(status) = filter.status {
                query = query.filter(preauthorizations::status.eq(status.word()));
            }
            if let Some(kind) = filter.kind {
                query = query.filter(preauthorizations::kind.eq(kind.word()));
            }
            Ok(keyset!(query, preauthorizations::id, window).load::<Row>(c)?)
        })
    };
    page::read(
        request,
        |row: &Row| row.id.0,
        fetch,
        Preauthorization::try_from,
    )
}

/// A change of an approval: everything but its number.
#[derive(Debug)]
pub struct Change {
    /// The clinic.
    pub clinic: ClinicId,
    /// The key that makes it.
    pub actor: KeyId,
    /// The approval.
    pub id: PreauthorizationId,
    /// The version it is a change of.
    pub expected_version: i64,
    /// What it becomes.
    pub entry: PreauthorizationEntry,
    /// When.
    pub now: Timestamp,
}

impl Change {
    /// Makes the change, in the transaction of the caller.
    pub fn apply(
        &self,
        connection: &mut Connection,
    ) -> Result<Replaced<Preauthorization>, StoreError> {
        let entry = EntryRow::of(&self.entry)?;
        // One conditional statement, so that of two changes of one version only one is made.
        let updated = on_backend!(connection, |c| {
            diesel::update(preauthorizations::table)
                .filter(preauthorizations::clinic_id.eq(Id(self.clinic.uuid())))
                .filter(preauthorizations::id.eq(Id(self.id.uuid())))
                .filter(preauthorizations::version.eq(self.expected_version))
                .filter(preauthorizations::number.eq(&entry.number))
                .set((
                    &entry,
                    preauthorizations::updated_at.eq(Time(self.now)),
                    preauthorizations::version.eq(preauthorizations::version + 1),
                ))
                .execute(c)
        })?;
        let Some(current) = by_id(connection, self.clinic, self.id)? else {
            return Ok(Replaced::NotFound);
        };
        if updated == 0 {
            return Ok(self.refusal(current));
        }
        NewEvent {
            clinic: self.clinic,
            subject: self.id.uuid(),
            kind: EventKind::PreauthorizationUpdated,
            at: self.now,
            actor: Some(self.actor),
            data: &current.entry,
        }
        .append(connection)?;
        Ok(Replaced::Replaced(current))
    }

    fn refusal(&self, current: Preauthorization) -> Replaced<Preauthorization> {
        if current.version == self.expected_version {
            Replaced::NumberChanged
        } else if current.version == self.expected_version.saturating_add(1)
            && current.updated_at == self.now
            && current.entry == self.entry
        {
            // Made by an earlier try whose answer was lost.
            Replaced::Replaced(current)
        } else {
            Replaced::Stale(current)
        }
    }
}

impl Store {
    /// The clinic's approvals of these numbers.
    ///
    /// # Errors
    /// When the store is busy or closed, or the database fails.
    pub async fn ledger(
        &self,
        clinic: ClinicId,
        numbers: Vec<Label>,
    ) -> Result<Ledger, StoreError> {
        // Most claims name none.
        if numbers.is_empty() {
            return Ok(Ledger::default());
        }
        let work = move |c: &mut Connection| ledger(c, clinic, &numbers);
        let (job, result) = reader::job(work);
        self.threads.read_express(job)?;
        wait("reading the ledger", WAIT, result).await
    }

    /// Enters an approval in the ledger, or finds that it is there.
    ///
    /// # Errors
    /// When the store is busy or closed, or the database fails.
    pub async fn create_preauthorization(
        &self,
        clinic: ClinicId,
        actor: KeyId,
        new: Preauthorization,
    ) -> Result<Registered<Preauthorization>, StoreError> {
        let work = move |c: &mut Connection| create(c, clinic, actor, &new);
        self.write("entering an approval", work).await
    }

    /// An approval by its id.
    ///
    /// # Errors
    /// When the store is busy or closed, or the database fails.
    pub async fn preauthorization(
        &self,
        clinic: ClinicId,
        id: PreauthorizationId,
    ) -> Result<Option<Preauthorization>, StoreError> {
        let work = move |c: &mut Connection| by_id(c, clinic, id);
        self.read("reading an approval", work).await
    }

    /// A page of a clinic's approvals, newest first.
    ///
    /// # Errors
    /// When the store is busy or closed, or the database fails.
    pub async fn preauthorizations(
        &self,
        clinic: ClinicId,
        filter: PreauthorizationFilter,
        page: PageRequest,
    ) -> Result<Page<Preauthorization>, StoreError> {
        let work = move |c: &mut Connection| list(c, clinic, &filter, page);
        self.read("listing approvals", work).await
    }

    /// Replaces everything of an approval but its number, if it still has the expected version.
    ///
    /// # Errors
    /// When the store is busy or closed, or the database fails.
    pub async fn replace_preauthorization(
        &self,
        clinic: ClinicId,
        actor: KeyId,
        id: PreauthorizationId,
        expected_version: i64,
        entry: PreauthorizationEntry,
        now: Timestamp,
    ) -> Result<Replaced<Preauthorization>, StoreError> {
        let change = Change {
            clinic,
            actor,
            id,
            expected_version,
            entry,
            now,
        };
        let work = move |c: &mut Connection| change.apply(c);
        self.write("changing an approval", work).await
    }
}
