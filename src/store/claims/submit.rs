//! The claims table: a new claim as the rows that it becomes.

use crate::store::{
    Store,
    engine::{
        reader::Lookup,
        store::{WAIT, wait},
        write::{Outcome, QueuedClaim, Write},
    },
};
use diesel::sql_types::{BigInt, Binary, Nullable, Text};
use tokio::sync::oneshot;

use payerline_domain::{
    claims::{
        claim::{Claim, Evidence, Status},
        decision::{Allocation, Assessment, BillingOrder},
        payer::{Disposition, Payer},
        submission::Submission,
    },
    events::{ClaimReceived, Event, EventPayload},
    values::{
        closed_enum::ClosedEnum,
        digest::hexadecimal,
        ids::{ClaimId, ClinicId, KeyId},
        money::Cents,
        text::Label,
        time::Timestamp,
    },
};

use super::items::{self, ItemRow};
use crate::store::{
    engine::{
        error::StoreError,
        rows::rows,
        sql_types::{Date, Id, Json, SqlDate, SqlId, SqlJson, SqlTime, Time},
    },
    events::{EventRow, NewEvent},
};

/// A claim to be stored: valid, decided, not yet known to be new.
#[derive(Debug, Clone)]
pub struct NewClaim {
    /// The clinic.
    pub clinic: ClinicId,
    /// The key that submits it.
    pub actor: KeyId,
    /// The id it gets if it is new.
    pub id: ClaimId,
    /// When it was received.
    pub received_at: Timestamp,
    /// What was submitted, parsed.
    pub submission: Submission,
    /// What was submitted, the JSON text as it was sent.
    pub body: String,
    /// What was decided.
    pub assessment: Assessment,
    /// The decision as JSON text.
    pub decision: String,
    /// The facts from outside the submission that the decision rests on, as JSON text.
    pub facts: String,
}

/// What became of a submitted claim.
#[derive(Debug, Clone)]
pub enum Submitted {
    /// It is new and now stored.
    Created(Claim),
    /// The clinic sent the same content before: the stored claim.
    Replayed(Claim),
    /// The clinic used this external id for other content: the stored claim's id.
    Conflict(ClaimId),
}

/// A claim ready to be written: everything that can be worked out beforehand is, so that the
/// writer only writes.
#[derive(Debug)]
pub struct Prepared {
    row: ClaimRow,
    details: Details,
}

/// A claim as a row.
#[derive(Debug)]
pub struct ClaimRow {
    /// The clinic.
    pub clinic_id: Id,
    /// The claim.
    pub id: Id,
    /// The clinic's own id of it.
    pub external_id: String,
    status: &'static str,
    payer: &'static str,
    disposition: &'static str,
    billing_order: &'static str,
    patient_id: String,
    service_from: Date,
    service_to: Date,
    total_cents: i64,
    received_at: Time,
    updated_at: Time,
    version: i64,
    /// What tells the same content from other content.
    pub content_digest: [u8; 32],
    allocations: Json,
    submission: Json,
    decision: Json,
    facts: Json,
    replaces: Option<Id>,
}

/// What belongs to a claim beside its row: its rows in other tables, and the parts of the
/// answer that the row has only in stored form.
#[derive(Debug)]
pub struct Details {
    items: Vec<ItemRow>,
    event: EventRow,
    external_id: Label,
    payer: Payer,
    disposition: Disposition,
    billing_order: BillingOrder,
    allocations: Vec<Allocation>,
}

impl Details {
    /// The rows of its items.
    pub fn items(&self) -> &[ItemRow] {
        &self.items
    }

    /// The row of its first event.
    pub fn event(&self) -> &EventRow {
        &self.event
    }
}

impl Prepared {
    /// Works out the rows of a new claim.
    pub fn new(new: NewClaim) -> Result<Self, StoreError> {
        let NewClaim {
            clinic,
            actor,
            id,
            received_at,
            submission,
            body,
            assessment,
            decision,
            facts,
        } = new;
        let (clinic_id, claim_id) = (Id(clinic.uuid()), Id(id.uuid()));
        let (service_from, service_to) = submission
            .service_period()
            .ok_or_else(|| StoreError::Internal("a claim without items".to_owned()))?;
        let content_digest = submission
            .content_digest()
            .map_err(crate::store::engine::store::json_error)?;
        let texts = (body.as_str(), decision.as_str());
        let event = received(clinic, actor, id, received_at, &assessment, texts)?;
        let details = Details {
            items: items::rows(clinic_id, claim_id, &submission, &assessment)?,
            event: event.into(),
            external_id: submission.external_id.clone(),
            payer: assessment.payer,
            disposition: assessment.disposition,
            billing_order: assessment.billing_order,
            allocations: assessment.allocations,
        };
        let row = ClaimRow {
            clinic_id,
            id: claim_id,
            external_id: submission.external_id.as_str().to_owned(),
            status: Status::from(details.disposition).word(),
            payer: details.payer.word(),
            disposition: details.disposition.word(),
            billing_order: details.billing_order.0.word(),
            patient_id: submission.patient.id.as_str().to_owned(),
            service_from: Date(service_from),
            service_to: Date(service_to),
            total_cents: assessment.total_cents.get(),
            received_at: Time(received_at),
            updated_at: Time(received_at),
            version: 1,
            content_digest,
            allocations: Json(crate::store::engine::store::json(&details.allocations)?),
            submission: Json(body),
            decision: Json(decision),
            facts: Json(facts),
            replaces: submission.replaces.map(|id| Id(id.uuid())),
        };
        Ok(Self { row, details })
    }

    /// What a batch is sorted by. Two writers that insert in one order cannot wait for each other
    /// in a circle.
    pub fn key(&self) -> (Id, &str) {
        (self.row.clinic_id, &self.row.external_id)
    }

    /// About how many bytes it takes to store.
    pub fn weight(&self) -> usize {
        let row = &self.row;
        row.submission.0.len() + row.decision.0.len() + row.facts.0.len()
    }

    /// Its row and the rest, apart: a batch inserts rows that lie side by side.
    pub fn split(self) -> (ClaimRow, Details) {
        (self.row, self.details)
    }

    /// Puts together again what [`Prepared::split`] took apart.
    pub fn join(row: ClaimRow, details: Details) -> Self {
        Self { row, details }
    }

    /// The claim as stored, without reading it back.
    pub fn into_claim(self) -> Result<Claim, StoreError> {
        let Self { row, details } = self;
        let id = row.id.0;
        Ok(Claim {
            id: id.into(),
            external_id: details.external_id,
            status: details.disposition.into(),
            payer: details.payer,
            disposition: details.disposition,
            billing_order: details.billing_order,
            total_cents: Cents::from_stored(row.total_cents),
            allocations: details.allocations,
            received_at: row.received_at.0,
            updated_at: row.updated_at.0,
            version: row.version,
            decision: Evidence::new(row.decision.0),
            submission: Evidence::new(row.submission.0),
        })
    }
}

/// The event of a new claim. Digests of its evidence tie that to the chain.
fn received(
    clinic: ClinicId,
    actor: KeyId,
    id: ClaimId,
    at: Timestamp,
    assessment: &Assessment,
    (body, decision): (&str, &str),
) -> Result<Event, StoreError> {
    let payload = ClaimReceived {
        payer: assessment.payer,
        disposition: assessment.disposition,
        submission_sha256: &hexadecimal(body),
        decision_sha256: &hexadecimal(decision),
    };
    let event = NewEvent {
        clinic,
        subject: id.uuid(),
        at,
        actor: Some(actor.into()),
        payload: EventPayload::ClaimReceived(payload),
    };
    event.first()
}

rows! {
    /// Claims as columns.
    ClaimColumns of ClaimRow into "claims", "(clinic_id, external_id) DO NOTHING", {
        clinic_id: SqlId = Id,
        id: SqlId = Id,
        external_id: Text = String,
        status: Text = &'static str,
        payer: Text = &'static str,
        disposition: Text = &'static str,
        billing_order: Text = &'static str,
        patient_id: Text = String,
        service_from: SqlDate = Date,
        service_to: SqlDate = Date,
        total_cents: BigInt = i64,
        received_at: SqlTime = Time,
        updated_at: SqlTime = Time,
        version: BigInt = i64,
        content_digest: Binary = [u8; 32],
        allocations: SqlJson = Json,
        submission: SqlJson = Json,
        decision: SqlJson = Json,
        facts: SqlJson = Json,
        replaces: Nullable<SqlId> = Option<Id>,
    }
}

impl Store {
    /// Stores a claim, or finds that its clinic sent it before.
    ///
    /// # Errors
    /// When the store is busy or closed, or the database fails.
    pub async fn submit(&self, claim: NewClaim) -> Result<Submitted, StoreError> {
        let claim = Prepared::new(claim)?;
        let (answer, outcome) = oneshot::channel();
        let submission = Box::new(QueuedClaim { claim, answer });
        self.threads.write(Write::Claim(submission))?;
        match wait("storing a claim", WAIT, outcome).await? {
            Outcome::Created(claim) => claim.into_claim().map(Submitted::Created),
            Outcome::Replayed(row) => Claim::try_from(*row).map(Submitted::Replayed),
            Outcome::Conflict(id) => Ok(Submitted::Conflict(id)),
        }
    }

    /// A claim by its id.
    ///
    /// # Errors
    /// When the store is busy or closed, or the database fails.
    pub async fn claim(&self, clinic: ClinicId, id: ClaimId) -> Result<Option<Claim>, StoreError> {
        let (answer, found) = oneshot::channel();
        let key = (Id(clinic.uuid()), Id(id.uuid()));
        self.threads.look_up(Lookup::Claim(key, answer))?;
        let row = wait("reading a claim", WAIT, found).await?;
        row.map(Claim::try_from).transpose()
    }
}
