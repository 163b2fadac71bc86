//! The intake of claims: parse, look up the approvals that the claim names, decide, store. Single claims, lines of
//! batches and dry runs go the same way.

use std::time::{Duration, Instant};

use payerline_domain::{
    access::Actor,
    claims::{claim::Claim, outside_facts::OutsideFacts, submission::Submission},
    parse::fault::Refusal,
    preauthorizations::Ledger,
    values::{
        ids::ClinicId,
        time::{Day, Timestamp},
    },
};

use super::{
    decided::{DecidedClaim, missing_items},
    explaining::ExplainedClaim,
    service::{CLAIM, Claims},
};
use crate::{
    app::{
        access::permissions::{Allowed, SubmitClaims},
        changed::Entered,
        clock,
        error::AppError,
        rulebooks::in_force::Timeline,
    },
    store::{ChangeRefused, NewClaim, TriedCorrection},
    telemetry,
};

/// A line of a batch is tried again for this time while the service is busy or the database away.
const LINE_RETRY_TIMEOUT: Duration = Duration::from_secs(60);
const LINE_RETRY_INTERVAL: Duration = Duration::from_millis(20);

/// A valid claim with the time of its arrival.
pub struct Arrival {
    pub submission: Submission,
    at: Timestamp,
    today: Day,
}

impl Arrival {
    /// Parses a claim that arrives now; refuses it with every fault at once.
    pub fn parse(body: &[u8]) -> Result<Self, Refusal> {
        let at = clock::now();
        let today = Day::in_ontario(at);
        Ok(Self {
            submission: Submission::parse(body, today)?,
            at,
            today,
        })
    }
}

impl Claims {
    /// Decides a claim without storing it, and explains the decision.
    pub async fn classify(
        &self,
        actor: &Allowed<SubmitClaims>,
        body: &[u8],
    ) -> Result<ExplainedClaim, AppError> {
        let permit = self.load.acquire().await?;
        let submission = Submission::parse(body, clock::today())?;
        self.try_correction(actor.clinic, &submission).await?;
        let timeline = self.rulebooks.timeline(actor.clinic).await?;
        let claim = self.decide(actor.clinic, submission, &timeline).await?;
        drop(permit);
        self.explainer.explain(claim).await
    }

    /// Refuses a dry run of a correction that would not be stored.
    async fn try_correction(
        &self,
        clinic: ClinicId,
        submission: &Submission,
    ) -> Result<(), AppError> {
        let Some(replaced) = submission.replaces else {
            return Ok(());
        };
        let tried = self.store.try_correction(TriedCorrection {
            clinic,
            replaced,
            patient_id: submission.patient.id.clone(),
            external_id: submission.external_id.clone(),
        });
        match tried.await? {
            None => Ok(()),
            Some(why) => Err(ChangeRefused::NotReplaceable(why).into()),
        }
    }

    /// Decides and stores a claim. A claim that this returns survives a power cut.
    pub async fn submit(
        &self,
        actor: &Allowed<SubmitClaims>,
        body: &[u8],
    ) -> Result<Entered<Claim>, AppError> {
        let _permit = self.load.acquire().await?;
        self.decide_and_store(actor, body, Arrival::parse(body)?)
            .await
    }

    /// Submits a line of a batch with retries: a line can wait, so a busy service or a short outage does not refuse it.
    pub async fn submit_line(
        &self,
        actor: &Allowed<SubmitClaims>,
        line: &[u8],
        arrival: Arrival,
    ) -> Result<Entered<Claim>, AppError> {
        let deadline = Instant::now() + LINE_RETRY_TIMEOUT;
        let mut arrival = arrival;
        loop {
            let permit = self.load.acquire_bulk().await?;
            let outcome = self.decide_and_store(actor, line, arrival).await;
            drop(permit);
            match outcome {
                Err(error) if error.is_transient() && Instant::now() < deadline => {
                    tokio::time::sleep(LINE_RETRY_INTERVAL).await;
                    arrival = Arrival::parse(line)?;
                }
                outcome => return outcome,
            }
        }
    }

    async fn decide_and_store(
        &self,
        actor: &Actor,
        body: &[u8],
        arrival: Arrival,
    ) -> Result<Entered<Claim>, AppError> {
        let timeline = self.rulebooks.timeline(actor.clinic).await?;
        let decided = self
            .decide(actor.clinic, arrival.submission, &timeline)
            .await?;
        let claim = new_claim(actor, body, decided, arrival.at, arrival.today)?;
        let submitted = CLAIM.resolve_entered(self.store.submit(claim).await?)?;
        if let Entered::New(claim) = &submitted {
            telemetry::count_stored_claim(claim.payer);
        }
        Ok(submitted)
    }

    /// Looks up the records that a submission names, and decides it.
    pub(in crate::app) async fn decide(
        &self,
        clinic: ClinicId,
        submission: Submission,
        timeline: &Timeline,
    ) -> Result<DecidedClaim, AppError> {
        let numbers = submission.preauthorizations.clone();
        let entries = self.store.preauthorizations_by_number(clinic, numbers);
        let ledger = Ledger::of_claim(&submission, &entries.await?);
        let (first_day, _) = submission.service_period().ok_or_else(missing_items)?;
        DecidedClaim::decide(timeline.find_rulebook(first_day), submission, ledger)
    }
}

fn new_claim(
    actor: &Actor,
    body: &[u8],
    decided: DecidedClaim,
    received_at: Timestamp,
    today: Day,
) -> Result<NewClaim, AppError> {
    let facts = OutsideFacts {
        today,
        ledger: decided.ledger,
    };
    Ok(NewClaim {
        clinic: actor.clinic,
        actor: actor.id(),
        id: clock::new_id(received_at).into(),
        received_at,
        body: std::str::from_utf8(body)
            .map_err(AppError::internal)?
            .to_owned(),
        decision: decided.assessment.decision.to_json()?,
        facts: serde_json::to_string(&facts)?,
        submission: decided.submission,
        assessment: decided.assessment,
    })
}
