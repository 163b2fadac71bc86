//! A step in a claim's life: its row, its items and the event, in one transaction.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use payerline_domain::{
    access::ActorId,
    claims::{
        claim::{Claim, Status},
        decision::Decision,
        lifecycle::{FOLLOWED, Step, StepRule, Target},
        outcome::{OutcomeRequest, PatientOutcome},
        payers_due::PayersDue,
        remittances::balance::{ItemAccount, NextDue},
        remittances::remittance::{Remittance, RemittanceRequest},
        review::{Review, ReviewRequest, Standing},
        sends::{ReasonRequest, SendRequest, SentClaim},
        submission::Submission,
    },
    events::{
        EventKind, EventPayload, ReasonedStep, RecordedOutcome, RecordedRemittance, RecordedReview,
        SentToPayer,
    },
    values::{
        closed_enum::ClosedEnum,
        ids::{ClaimId, ClinicId},
        time::Timestamp,
    },
};

use super::{items, ledger, payers_due, row as stored_claim};
use crate::store::{
    changed::{ChangeRefused, Changed},
    engine::{
        connection::{Connection, on_backend},
        error::StoreError,
        horizon,
        schema::{claims, events},
        sql_types::{Id, Json, Time},
        store::{Store, json, json_error},
    },
    events::NewEvent,
    preauthorizations::account::{AccountedClaim, ClaimAccounts, LockedAccounts, SettledItem},
};

/// A step of a claim, worked out for one version of it.
#[derive(Debug)]
pub struct ClaimStep {
    pub clinic: ClinicId,
    pub actor: ActorId,
    pub id: ClaimId,
    /// The version that the step was worked out for.
    pub expected_version: i64,
    pub status_before: Status,
    pub change: StepChange,
    pub now: Timestamp,
}

/// What a step changes.
#[derive(Debug)]
pub enum StepChange {
    Review(Box<ReviewChange>),
    Send {
        request: SendRequest,
        /// All sends of the claim, this one last.
        sends: Vec<SentClaim>,
    },
    Answer(Box<AnswerChange>),
    Appeal(ReasonRequest),
    Void(ReasonRequest),
    /// The status stays.
    Outcome {
        request: OutcomeRequest,
        /// All outcomes of the claim, this one last.
        outcomes: Vec<PatientOutcome>,
    },
}

/// A claim as it was reviewed.
#[derive(Debug)]
pub struct ReviewChange {
    pub request: ReviewRequest,
    pub submission: Submission,
    pub decision: Decision,
    pub review: Review,
    pub standing: Standing,
    pub payers_due: PayersDue,
    /// What it draws by the review.
    pub accounts: ClaimAccounts,
}

/// A claim as it was answered.
#[derive(Debug)]
pub struct AnswerChange {
    pub step: Step,
    pub request: RemittanceRequest,
    pub status: Status,
    /// The sum of all items since then.
    pub total: ItemAccount,
    /// Whose turn it is since then, in turn.
    pub next_dues: Vec<NextDue>,
    /// All remittances of the claim, this one last.
    pub remittances: Vec<Remittance>,
    pub settled: Vec<SettledItem>,
}

/// What was asked for, as events keep it.
#[derive(Deserialize)]
struct RecordedRequest<'a> {
    #[serde(borrow)]
    request: &'a RawValue,
}

impl StepChange {
    /// Its row in the table of steps; an outcome has none, for it leaves the status as it is.
    fn rule(&self) -> Option<&'static StepRule> {
        let step = match self {
            Self::Review(_) => Step::Review,
            Self::Send { .. } => Step::Send,
            Self::Answer(change) => change.step,
            Self::Appeal(_) => Step::Appeal,
            Self::Void(_) => Step::Void,
            Self::Outcome { .. } => return None,
        };
        Some(step.rule())
    }

    /// The statuses from which it is legal.
    fn from(&self) -> &'static [Status] {
        self.rule().map_or(FOLLOWED, |rule| rule.from)
    }

    /// The claim, if the step changes what it has drawn.
    fn redrawn<'i>(&self, id: &'i ClaimId) -> &'i [ClaimId] {
        match self {
            Self::Review(_) | Self::Answer(_) | Self::Void(_) => std::slice::from_ref(id),
            Self::Send { .. } | Self::Appeal(_) | Self::Outcome { .. } => &[],
        }
    }

    /// What the claim draws after the step.
    fn accounts(&self) -> Option<&ClaimAccounts> {
        match self {
            Self::Review(change) => Some(&change.accounts),
            _ => None,
        }
    }

    fn status_after(&self, before: Status) -> Status {
        match (self, self.rule().map(|rule| rule.to)) {
            (Self::Review(review), _) => review.standing.disposition.into(),
            (Self::Answer(change), _) => change.status,
            (_, Some(Target::Status(status))) => status,
            (_, None | Some(Target::Decided | Target::Reviewed | Target::Answered)) => before,
        }
    }

    fn payload(&self, status_before: Status) -> Result<EventPayload<'_>, StoreError> {
        Ok(match self {
            Self::Review(change) => EventPayload::ClaimReviewed(RecordedReview {
                request: &change.request,
                status_before,
                payer: change.standing.payer,
                disposition: change.standing.disposition,
                review: &change.review,
            }),
            Self::Send { request, sends } => EventPayload::ClaimSent(SentToPayer {
                request,
                status_before,
                sent: sends
                    .last()
                    .ok_or_else(|| StoreError::Internal("a send without a payer".to_owned()))?,
            }),
            Self::Answer(change) => EventPayload::ClaimAnswered(RecordedRemittance {
                request: &change.request,
                status_before,
                status: change.status,
                remittance: change.remittances.last().ok_or_else(|| {
                    StoreError::Internal("an answer without a remittance".to_owned())
                })?,
                next_dues: &change.next_dues,
            }),
            Self::Appeal(request) => EventPayload::ClaimAppealed(ReasonedStep {
                request,
                status_before,
            }),
            Self::Void(request) => EventPayload::ClaimVoided(ReasonedStep {
                request,
                status_before,
            }),
            Self::Outcome { request, outcomes } => {
                let outcome = outcomes.last();
                EventPayload::ClaimOutcomeRecorded(RecordedOutcome {
                    request,
                    outcome: outcome.ok_or_else(|| {
                        StoreError::Internal("an outcome without a measure".to_owned())
                    })?,
                })
            }
        })
    }

    fn request(&self) -> Result<String, StoreError> {
        match self {
            Self::Review(change) => json(&change.request),
            Self::Send { request, .. } => json(request),
            Self::Answer(change) => json(&change.request),
            Self::Outcome { request, .. } => json(request),
            Self::Appeal(request) | Self::Void(request) => json(request),
        }
    }
}

impl ClaimStep {
    /// Takes the step, in the transaction of the caller.
    pub fn apply(&self, connection: &mut Connection) -> Result<Changed<Claim>, StoreError> {
        let key = (Id(self.clinic.uuid()), Id(self.id.uuid()));
        let event = NewEvent {
            clinic: self.clinic,
            subject: self.id.uuid(),
            at: self.now,
            actor: Some(self.actor),
            payload: self.change.payload(self.status_before)?,
        };
        let mut accounts = LockedAccounts::lock(
            connection,
            self.clinic,
            self.change.redrawn(&self.id),
            self.change.accounts().into_iter(),
        )?;
        let suffices = self.draw(&mut accounts);
        if suffices && self.update_claim(connection, key)? {
            accounts.check_draws(connection, self.change.redrawn(&self.id))?;
            accounts.write(connection)?;
            if let StepChange::Review(change) = &self.change {
                let (submission, decision) = (&change.submission, &change.decision);
                items::replace(connection, key, submission, decision, &change.standing)?;
            }
            if let StepChange::Answer(change) = &self.change {
                let (remittances, next) = (&change.remittances, &change.next_dues);
                ledger::save(connection, key, change.total, remittances, next)?;
            }
            event.append(connection)?;
            let stepped = stored_claim::find(connection, key)?;
            return Ok(stepped.map_or(Changed::NotFound, Changed::Made));
        }
        let Some(current) = stored_claim::find(connection, key)? else {
            return Ok(Changed::NotFound);
        };
        if event.is_recorded(connection)? {
            return Ok(Changed::Made(current));
        }
        let kind = event.payload.kind();
        let next = self.expected_version + 1;
        let request = self.change.request()?;
        let is_repeated = made_version(connection, key, kind, &[next], Some(&request))?;
        Ok(if is_repeated {
            Changed::Replayed(current)
        } else if !suffices && current.version == self.expected_version {
            Changed::Refused(ChangeRefused::ApprovalsChanged)
        } else {
            Changed::Stale
        })
    }

    /// Releases what the claim has drawn, and lets it draw what the step says. Returns false if approvals do not suffice.
    fn draw(&self, accounts: &mut LockedAccounts) -> bool {
        if let StepChange::Answer(change) = &self.change {
            accounts.settle(self.id, &change.settled);
            return true;
        }
        for id in self.change.redrawn(&self.id) {
            accounts.release(*id);
        }
        let StepChange::Review(change) = &self.change else {
            return true;
        };
        let accounted = AccountedClaim {
            id: Id(self.id.uuid()),
            accounts: &change.accounts,
        };
        accounts.take(accounted)
    }

    /// One conditional statement, so that no change that the caller did not see is overwritten.
    fn update_claim(&self, connection: &mut Connection, key: (Id, Id)) -> Result<bool, StoreError> {
        let from = self.change.from().iter();
        let from: Vec<&str> = from.map(|status| status.word()).collect();
        let updated_at = Time(horizon::draw_time(connection)?);
        let status = self.change.status_after(self.status_before).word();
        let stepped = (
            claims::status.eq(status),
            claims::updated_at.eq(updated_at),
            claims::version.eq(claims::version + 1),
        );
        macro_rules! update {
            ($set:expr) => {
                on_backend!(connection, |c| {
                    diesel::update(claims::table)
                        .filter(claims::clinic_id.eq(key.0))
                        .filter(claims::id.eq(key.1))
                        .filter(claims::version.eq(self.expected_version))
                        .filter(claims::status.eq_any(&from))
                        .set($set)
                        .execute(c)
                })?
            };
        }
        let updated = match &self.change {
            StepChange::Review(change) => {
                let standing = &change.standing;
                let allocations = Json(json(&standing.allocations)?);
                let due = payers_due::write(&change.payers_due)?;
                let review = Json(json(&change.review)?);
                let has_exceptions = (!change.review.exceptions.is_empty()).then_some(true);
                update!((
                    stepped,
                    claims::payer.eq(standing.payer.word()),
                    claims::disposition.eq(standing.disposition.word()),
                    claims::billing_order.eq(standing.billing_order.0.word()),
                    claims::payers_due.eq(&due),
                    claims::allocations.eq(&allocations),
                    claims::review.eq(&review),
                    claims::has_exceptions.eq(has_exceptions),
                ))
            }
            StepChange::Send { sends, .. } => {
                let sends = Json(json(sends)?);
                update!((stepped, claims::sends.eq(&sends)))
            }
            StepChange::Outcome { outcomes, .. } => {
                let outcomes = Json(json(outcomes)?);
                update!((stepped, claims::outcomes.eq(&outcomes)))
            }
            StepChange::Answer(_) | StepChange::Appeal(_) | StepChange::Void(_) => update!(stepped),
        };
        Ok(updated > 0)
    }
}

/// Returns true if an event of a kind made one of these versions of a claim, and was asked for in these words. Each event
/// of a claim is one version of it.
fn made_version(
    connection: &mut Connection,
    (clinic_id, id): (Id, Id),
    kind: EventKind,
    versions: &[i64],
    request: Option<&str>,
) -> Result<bool, StoreError> {
    let recorded: Vec<Json> = on_backend!(connection, |c| {
        events::table
            .select(events::data)
            .filter(events::clinic_id.eq(clinic_id))
            .filter(events::subject_id.eq(id))
            .filter(events::number.eq_any(versions))
            .filter(events::kind.eq(kind.word()))
            .load(c)
    })?;
    let is_same = |Json(data): &Json| {
        request.is_none_or(|request| {
            serde_json::from_str::<RecordedRequest<'_>>(data)
                .is_ok_and(|recorded| recorded.request.get() == request)
        })
    };
    Ok(recorded.iter().any(is_same))
}

impl Store {
    /// Takes a step, if the claim still has the version that it was worked out for.
    pub async fn take_step(&self, step: ClaimStep) -> Result<Changed<Claim>, StoreError> {
        let work = move |c: &mut Connection| step.apply(c);
        self.write("storing a step of a claim", work).await
    }

    /// Returns true if one of these versions of a claim was made by a request of these words.
    pub async fn made_claim_version(
        &self,
        (clinic, id): (ClinicId, ClaimId),
        kind: EventKind,
        versions: Vec<i64>,
        request: Option<&impl Serialize>,
    ) -> Result<bool, StoreError> {
        let request = request
            .map(serde_json::to_string)
            .transpose()
            .map_err(json_error)?;
        let key = (Id(clinic.uuid()), Id(id.uuid()));
        let work =
            move |c: &mut Connection| made_version(c, key, kind, &versions, request.as_deref());
        self.read_express("reading the events of a claim", work)
            .await
    }
}
