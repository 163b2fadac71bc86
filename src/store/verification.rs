//! What `payerline verify` reads: the events of some subjects, and the claims among them as their columns say.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use diesel::prelude::*;
use uuid::Uuid;

use payerline_domain::{
    claims::{remittances::balance::ItemAccount, submission::Submission},
    events::Event,
    values::{
        ids::ClinicId,
        time::{Day, Timestamp},
    },
};

use super::{
    claims::{evidence::ClaimEvidence, ledger::LedgerRow, services::ServiceKey},
    engine::{
        connection::{Connection, on_backend},
        error::StoreError,
        schema::{claim_items, claim_ledgers, claim_services, claims, events},
        sql_types::{Date, Id, Json, Time},
        store::Store,
    },
    events::{EventRow, UnreadableEvent},
};

/// Subjects of one query.
const SUBJECTS_PER_PAGE: i64 = 500;

/// Something that events are about, as it is stored.
#[derive(Debug)]
pub struct RecordedSubject {
    pub id: Uuid,
    /// Its events in the order of their numbers, each with the hash that is stored with it.
    pub events: Vec<Result<(Event, Vec<u8>), UnreadableEvent>>,
    /// The claim of this id, if there is one.
    pub claim: Option<RecordedClaim>,
}

impl RecordedSubject {
    fn new(id: Uuid) -> Self {
        Self {
            id,
            events: Vec::new(),
            claim: None,
        }
    }
}

/// A claim as its columns say, in words: verification also reads what no build has written.
#[derive(Debug)]
pub struct RecordedClaim {
    pub evidence: ClaimEvidence,
    pub columns: ClaimColumns,
    pub items: Vec<RecordedItem>,
    /// Those of its services that are in their table.
    pub services: BTreeSet<Uuid>,
    /// What payers answered, if any did.
    pub ledger: Option<RecordedLedger>,
}

/// The ledger of a claim as its columns say.
#[derive(Debug)]
pub struct RecordedLedger {
    pub total: ItemAccount,
    pub outstanding_cents: i64,
    /// JSON.
    pub remittances: String,
    /// JSON.
    pub next_dues: String,
}

/// The columns of a claim that follow from its evidence or its events.
#[derive(Debug, PartialEq, Eq)]
pub struct ClaimColumns {
    pub external_id: String,
    pub external_id_sent: Option<String>,
    pub status: String,
    pub payer: String,
    pub disposition: String,
    pub billing_order: String,
    pub patient_id: String,
    pub patient_id_sent: Option<String>,
    pub service_from: Day,
    pub service_to: Day,
    pub total_cents: i64,
    pub received_at: Timestamp,
    pub version: i64,
    pub content_digest: Vec<u8>,
    /// JSON.
    pub allocations: String,
    pub replaces: Option<Uuid>,
    pub replaced_by: Option<Uuid>,
    /// `None` for claims that earlier builds stored.
    pub has_services: Option<bool>,
    /// JSON; `None` for claims that earlier builds stored.
    pub payers_due: Option<String>,
    /// JSON.
    pub review: Option<String>,
    pub has_exceptions: Option<bool>,
    /// JSON.
    pub sends: Option<String>,
    /// JSON.
    pub outcomes: Option<String>,
}

/// A row of a claim's items.
#[derive(Debug, PartialEq, Eq)]
pub struct RecordedItem {
    pub sequence: i32,
    pub service_date: Day,
    pub category: String,
    pub code: Option<String>,
    pub amount_cents: i64,
    pub payer: String,
    pub disposition: String,
    pub rule: String,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = claims)]
struct ClaimRow {
    id: Id,
    external_id: String,
    external_id_sent: Option<String>,
    status: String,
    payer: String,
    disposition: String,
    billing_order: String,
    patient_id: String,
    patient_id_sent: Option<String>,
    service_from: Date,
    service_to: Date,
    total_cents: i64,
    received_at: Time,
    version: i64,
    content_digest: Vec<u8>,
    allocations: Json,
    submission: Json,
    decision: Json,
    facts: Json,
    replaces: Option<Id>,
    replaced_by: Option<Id>,
    has_services: Option<bool>,
    payers_due: Option<Json>,
    review: Option<Json>,
    has_exceptions: Option<bool>,
    sends: Option<Json>,
    outcomes: Option<Json>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = claim_items)]
struct ItemRow {
    claim_id: Id,
    sequence: i32,
    service_date: Date,
    category: String,
    code: Option<String>,
    amount_cents: i64,
    payer: String,
    disposition: String,
    rule: String,
}

impl ClaimRow {
    fn into_claim(
        self,
        items: Vec<RecordedItem>,
        services: BTreeSet<Uuid>,
        ledger: Option<RecordedLedger>,
    ) -> RecordedClaim {
        RecordedClaim {
            evidence: ClaimEvidence {
                submission: self.submission.0,
                decision: self.decision.0,
                facts: self.facts.0,
            },
            columns: ClaimColumns {
                external_id: self.external_id,
                external_id_sent: self.external_id_sent,
                status: self.status,
                payer: self.payer,
                disposition: self.disposition,
                billing_order: self.billing_order,
                patient_id: self.patient_id,
                patient_id_sent: self.patient_id_sent,
                service_from: self.service_from.0,
                service_to: self.service_to.0,
                total_cents: self.total_cents,
                received_at: self.received_at.0,
                version: self.version,
                content_digest: self.content_digest,
                allocations: self.allocations.0,
                replaces: self.replaces.map(|Id(id)| id),
                replaced_by: self.replaced_by.map(|Id(id)| id),
                has_services: self.has_services,
                payers_due: self.payers_due.map(|Json(text)| text),
                review: self.review.map(|Json(text)| text),
                has_exceptions: self.has_exceptions,
                sends: self.sends.map(|Json(text)| text),
                outcomes: self.outcomes.map(|Json(text)| text),
            },
            items,
            services,
            ledger,
        }
    }
}

impl From<LedgerRow> for RecordedLedger {
    fn from(row: LedgerRow) -> Self {
        Self {
            total: row.total(),
            outstanding_cents: row.outstanding_cents,
            remittances: row.remittances.0,
            next_dues: row.next_dues.0,
        }
    }
}

impl From<ItemRow> for RecordedItem {
    fn from(row: ItemRow) -> Self {
        Self {
            sequence: row.sequence,
            service_date: row.service_date.0,
            category: row.category,
            code: row.code,
            amount_cents: row.amount_cents,
            payer: row.payer,
            disposition: row.disposition,
            rule: row.rule,
        }
    }
}

impl Store {
    /// Reads the next subjects of a clinic in the order of their ids, all of one moment. Empty after the last.
    pub async fn recorded_subjects(
        &self,
        clinic: ClinicId,
        after: Uuid,
    ) -> Result<Vec<RecordedSubject>, StoreError> {
        self.read("reading events and claims", move |connection| {
            connection.snapshot(|c| {
                let ids = find_subjects(c, clinic, after)?;
                match (ids.first(), ids.last()) {
                    (Some(first), Some(last)) => find_range(c, clinic, (*first, *last)),
                    _ => Ok(Vec::new()),
                }
            })
        })
        .await
    }

    /// Reads one subject; empty if neither an event nor a claim has its id.
    pub async fn recorded_subject(
        &self,
        clinic: ClinicId,
        id: Uuid,
    ) -> Result<Vec<RecordedSubject>, StoreError> {
        self.read("reading a claim and its events", move |connection| {
            connection.snapshot(|c| find_range(c, clinic, (Id(id), Id(id))))
        })
        .await
    }
}

/// Finds the next subjects of events, and the next claims: one of these may have lost all its events.
fn find_subjects(
    connection: &mut Connection,
    clinic: ClinicId,
    after: Uuid,
) -> Result<BTreeSet<Id>, StoreError> {
    let (subjects, claims): (Vec<Id>, Vec<Id>) = on_backend!(connection, |c| {
        (
            events::table
                .select(events::subject_id)
                .distinct()
                .filter(events::clinic_id.eq(Id(clinic.uuid())))
                .filter(events::subject_id.gt(Id(after)))
                .order(events::subject_id.asc())
                .limit(SUBJECTS_PER_PAGE)
                .load(c)?,
            claims::table
                .select(claims::id)
                .filter(claims::clinic_id.eq(Id(clinic.uuid())))
                .filter(claims::id.gt(Id(after)))
                .order(claims::id.asc())
                .limit(SUBJECTS_PER_PAGE)
                .load(c)?,
        )
    });
    let found: BTreeSet<Id> = subjects.into_iter().chain(claims).collect();
    let page = usize::try_from(SUBJECTS_PER_PAGE).unwrap_or(usize::MAX);
    Ok(found.into_iter().take(page).collect())
}

/// Reads all subjects from one id to another, both included.
fn find_range(
    connection: &mut Connection,
    clinic: ClinicId,
    (first, last): (Id, Id),
) -> Result<Vec<RecordedSubject>, StoreError> {
    let mut subjects: BTreeMap<Uuid, RecordedSubject> = BTreeMap::new();
    for (id, claim) in find_claims(connection, clinic, (first, last))? {
        subjects
            .entry(id)
            .or_insert_with(|| RecordedSubject::new(id))
            .claim = Some(claim);
    }
    let rows: Vec<EventRow> = on_backend!(connection, |c| {
        events::table
            .select(EventRow::as_select())
            .filter(events::clinic_id.eq(Id(clinic.uuid())))
            .filter(events::subject_id.ge(first))
            .filter(events::subject_id.le(last))
            .order((events::subject_id.asc(), events::number.asc()))
            .load(c)
    })?;
    for row in rows {
        let id = row.subject();
        let subject = subjects
            .entry(id)
            .or_insert_with(|| RecordedSubject::new(id));
        subject.events.push(row.read());
    }
    Ok(subjects.into_values().collect())
}

fn find_claims(
    connection: &mut Connection,
    clinic: ClinicId,
    (first, last): (Id, Id),
) -> Result<Vec<(Uuid, RecordedClaim)>, StoreError> {
    type Rows = (Vec<ClaimRow>, Vec<ItemRow>, Vec<LedgerRow>);
    let (claim_rows, item_rows, ledger_rows): Rows = on_backend!(connection, |c| {
        (
            claims::table
                .select(ClaimRow::as_select())
                .filter(claims::clinic_id.eq(Id(clinic.uuid())))
                .filter(claims::id.ge(first))
                .filter(claims::id.le(last))
                .load(c)?,
            claim_items::table
                .select(ItemRow::as_select())
                .filter(claim_items::clinic_id.eq(Id(clinic.uuid())))
                .filter(claim_items::claim_id.ge(first))
                .filter(claim_items::claim_id.le(last))
                .order((claim_items::claim_id.asc(), claim_items::sequence.asc()))
                .load(c)?,
            claim_ledgers::table
                .select(LedgerRow::as_select())
                .filter(claim_ledgers::clinic_id.eq(Id(clinic.uuid())))
                .filter(claim_ledgers::claim_id.ge(first))
                .filter(claim_ledgers::claim_id.le(last))
                .load(c)?,
        )
    });
    let mut items: HashMap<Uuid, Vec<RecordedItem>> = HashMap::new();
    for row in item_rows {
        items.entry(row.claim_id.0).or_default().push(row.into());
    }
    let ledgers = ledger_rows.into_iter();
    let mut ledgers: HashMap<Uuid, LedgerRow> = ledgers.map(|it| (it.claim_id.0, it)).collect();
    let mut services = find_services(connection, clinic, &claim_rows)?;
    let with_rows = |row: ClaimRow| {
        let id = row.id.0;
        let items = items.remove(&id).unwrap_or_default();
        let services = services.remove(&id).unwrap_or_default();
        let ledger = ledgers.remove(&id).map(RecordedLedger::from);
        (id, row.into_claim(items, services, ledger))
    };
    Ok(claim_rows.into_iter().map(with_rows).collect())
}

/// Finds which of the services that follow from the submissions of claims are in their table. Further rows are not
/// looked for: they could only be found by reading the whole table.
fn find_services(
    connection: &mut Connection,
    clinic: ClinicId,
    claims: &[ClaimRow],
) -> Result<HashMap<Uuid, BTreeSet<Uuid>>, StoreError> {
    let mut found: HashMap<Uuid, BTreeSet<Uuid>> = HashMap::new();
    for claim in claims.iter().filter(|it| it.has_services.is_some()) {
        let Ok(submission) = Submission::read_stored(claim.submission.0.as_bytes()) else {
            continue;
        };
        let services = ServiceKey::all_of(&submission).into_iter();
        let services: Vec<Id> = services.map(|it| Id(it.uuid())).collect();
        let rows: Vec<Id> = on_backend!(connection, |c| {
            claim_services::table
                .select(claim_services::service)
                .filter(claim_services::clinic_id.eq(Id(clinic.uuid())))
                .filter(claim_services::service.eq_any(&services))
                .filter(claim_services::claim_id.eq(claim.id))
                .load(c)
        })?;
        let rows = rows.into_iter().map(|Id(service)| service).collect();
        found.insert(claim.id.0, rows);
    }
    Ok(found)
}
