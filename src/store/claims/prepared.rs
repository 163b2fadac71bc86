//! A new claim as the rows that it becomes.

use diesel::sql_types::{BigInt, Binary, Bool, Nullable, Text};

use payerline_domain::{
    access::ActorId,
    claims::{
        billing::BillingOrder,
        claim::{Claim, Evidence, Status},
        decision::{Allocation, Assessment},
        payer::{Disposition, Payer},
        payers_due::PayersDue,
        remittances::balance::{Balance, ItemAccount},
        submission::Submission,
    },
    events::{ClaimReceived, Event, EventPayload},
    values::{
        closed_enum::ClosedEnum,
        digest::sha256_hex,
        ids::{ClaimId, ClinicId},
        money::Cents,
        text::Label,
        time::Timestamp,
    },
};

use super::{
    items::{self, ItemRow},
    payers_due,
    services::{self, ServiceRow},
};
use crate::store::{
    engine::{
        error::StoreError,
        rows::rows,
        sql_types::{Date, Id, Json, SqlDate, SqlId, SqlJson, SqlTime, Time},
        store::{json, json_error},
    },
    events::{EventRow, NewEvent},
    preauthorizations::account::ClaimAccounts,
};

/// A claim to be stored: valid, decided, not yet known to be new.
#[derive(Debug, Clone)]
pub struct NewClaim {
    pub clinic: ClinicId,
    pub actor: ActorId,
    pub id: ClaimId,
    pub received_at: Timestamp,
    pub submission: Submission,
    /// The submission as JSON text, byte for byte as it was sent.
    pub body: String,
    pub assessment: Assessment,
    /// The decision as JSON text.
    pub decision: String,
    /// The facts from outside the submission that the decision rests on, as JSON text.
    pub facts: String,
    /// What it names and draws in the ledger.
    pub accounts: ClaimAccounts,
}

/// A claim ready to be written: whatever can be worked out beforehand is, so that the writer only writes.
#[derive(Debug)]
pub struct PreparedClaim {
    pub row: ClaimRow,
    pub items: Vec<ItemRow>,
    pub services: Vec<ServiceRow>,
    /// Its first event.
    pub event: EventRow,
    // The parts of the answer that the rows have in stored form only.
    external_id: Label,
    payer: Payer,
    disposition: Disposition,
    billing_order: BillingOrder,
    payers_due: PayersDue,
    allocations: Vec<Allocation>,
}

#[derive(Debug)]
pub struct ClaimRow {
    pub clinic_id: Id,
    pub id: Id,
    /// In its normal form, by which it is looked up.
    pub external_id: String,
    status: &'static str,
    payer: &'static str,
    disposition: &'static str,
    billing_order: &'static str,
    pub patient_id: String,
    service_from: Date,
    service_to: Date,
    total_cents: i64,
    received_at: Time,
    version: i64,
    /// Tells the same content from other content.
    pub content_digest: [u8; 32],
    allocations: Json,
    submission: Json,
    decision: Json,
    facts: Json,
    replaces: Option<Id>,
    /// As it was sent, if that is not its normal form.
    pub external_id_sent: Option<String>,
    patient_id_sent: Option<String>,
    /// Its services are in their table, as those of claims that earlier builds stored are not.
    has_services: bool,
    payers_due: Option<Json>,
}

impl ClaimRow {
    /// About how many bytes it takes to store.
    pub fn bytes(&self) -> usize {
        self.submission.0.len() + self.decision.0.len() + self.facts.0.len()
    }
}

impl PreparedClaim {
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
            accounts: _,
        } = new;
        let (clinic_id, claim_id) = (Id(clinic.uuid()), Id(id.uuid()));
        let (service_from, service_to) = submission
            .service_period()
            .ok_or_else(|| StoreError::Internal("a claim without items".to_owned()))?;
        let texts = (body.as_str(), decision.as_str(), facts.as_str());
        let event = received(clinic, actor, id, received_at, &assessment, texts)?;
        let row = ClaimRow {
            clinic_id,
            id: claim_id,
            external_id: submission.external_id.normal_form().into_owned(),
            status: Status::from(assessment.disposition).word(),
            payer: assessment.payer.word(),
            disposition: assessment.disposition.word(),
            billing_order: assessment.billing_order.0.word(),
            patient_id: submission.patient.id.normal_form().into_owned(),
            service_from: Date(service_from),
            service_to: Date(service_to),
            total_cents: assessment.total_cents.get(),
            received_at: Time(received_at),
            version: 1,
            content_digest: submission.content_digest().map_err(json_error)?,
            allocations: Json(json(&assessment.allocations)?),
            submission: Json(body),
            decision: Json(decision),
            facts: Json(facts),
            replaces: submission.replaces.map(|id| Id(id.uuid())),
            external_id_sent: submission.external_id.other_form().map(str::to_owned),
            patient_id_sent: submission.patient.id.other_form().map(str::to_owned),
            has_services: true,
            payers_due: Some(payers_due::write(&assessment.payers_due)?),
        };
        let decided = assessment.decision.items.iter();
        let decided = decided.map(|item| (item.payer, item.disposition));
        Ok(Self {
            row,
            items: items::rows(
                (clinic_id, claim_id),
                &submission,
                &assessment.decision,
                decided,
            )?,
            services: services::rows(clinic_id, claim_id, &submission),
            event: event.into(),
            external_id: submission.external_id,
            payer: assessment.payer,
            disposition: assessment.disposition,
            billing_order: assessment.billing_order,
            payers_due: assessment.payers_due,
            allocations: assessment.allocations,
        })
    }

    /// The submission as it was sent.
    pub fn body(&self) -> &str {
        &self.row.submission.0
    }

    /// The claim as stored at a time, without reading it back.
    pub fn into_claim(self, updated_at: Timestamp) -> Claim {
        let row = self.row;
        let total = ItemAccount {
            billed: row.total_cents,
            ..ItemAccount::default()
        };
        let mut claim = Claim {
            id: row.id.0.into(),
            external_id: self.external_id,
            status: self.disposition.into(),
            payer: self.payer,
            disposition: self.disposition,
            billing_order: self.billing_order,
            payers_due: Some(self.payers_due),
            total_cents: Cents::from_stored(row.total_cents),
            allocations: self.allocations,
            received_at: row.received_at.0,
            updated_at,
            version: row.version,
            decision: Evidence::new(row.decision.0),
            review: None,
            sends: Vec::new(),
            outcomes: Vec::new(),
            remittances: Vec::new(),
            balance: Balance::new(total),
            next_dues: Vec::new(),
            replaces: row.replaces.map(|Id(id)| id.into()),
            replaced_by: None,
            submission: Evidence::new(row.submission.0),
        };
        claim.balance.due_from = claim.find_due_from();
        claim
    }
}

/// The event of a new claim. It holds digests of the evidence, which tie the evidence to the chain of events.
fn received(
    clinic: ClinicId,
    actor: ActorId,
    id: ClaimId,
    at: Timestamp,
    assessment: &Assessment,
    (body, decision, facts): (&str, &str, &str),
) -> Result<Event, StoreError> {
    let payload = ClaimReceived {
        payer: assessment.payer,
        disposition: assessment.disposition,
        submission_sha256: &sha256_hex(body),
        decision_sha256: &sha256_hex(decision),
        facts_sha256: Some(&sha256_hex(facts)),
    };
    let event = NewEvent {
        clinic,
        subject: id.uuid(),
        at,
        actor: Some(actor),
        payload: EventPayload::ClaimReceived(payload),
    };
    event.first()
}

rows! {
    ClaimColumns of ClaimRow into "claims", "(clinic_id, external_id) DO NOTHING", timed updated_at, {
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
        version: BigInt = i64,
        content_digest: Binary = [u8; 32],
        allocations: SqlJson = Json,
        submission: SqlJson = Json,
        decision: SqlJson = Json,
        facts: SqlJson = Json,
        replaces: Nullable<SqlId> = Option<Id>,
        external_id_sent: Nullable<Text> = Option<String>,
        patient_id_sent: Nullable<Text> = Option<String>,
        has_services: Bool = bool,
        payers_due: Nullable<SqlJson> = Option<Json>,
    }
}
