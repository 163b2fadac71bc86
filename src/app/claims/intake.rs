//! The intake of claims: parse, look up the approvals that the claim names and other claims with its services, decide,
//! store. Single claims, lines of batches and dry runs go the same way.

use payerline_domain::{
    access::Actor,
    claims::{claim::Claim, outside_facts::OutsideFacts, submission::Submission},
    parse::fault::Refusal,
    values::{
        ids::{ClaimId, ClinicId},
        time::{Day, Timestamp},
    },
};

use super::{
    accounts::{SearchedClaim, ledger_of},
    decided::{DecidedClaim, missing_items},
    explaining::ExplainedClaim,
    lines,
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
    store::{
        ChangeRefused, Changed, DuplicateSearch, FoundApproval, LedgerSearch, NewClaim, ServiceKey,
        TriedCorrection,
    },
    telemetry,
};

/// How often a claim is decided whose approvals change meanwhile: nearly always the second decision holds.
pub(in crate::app) const MAX_DECISIONS: usize = 8;

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

    /// The service of each item, by which later claims find this one.
    pub fn services(&self) -> Vec<ServiceKey> {
        ServiceKey::of_items(&self.submission)
    }
}

/// A valid claim that waits for its decision.
pub(in crate::app) struct UndecidedClaim {
    pub submission: Submission,
    /// The day in Ontario.
    pub today: Day,
    /// Finds other claims with its services.
    pub search: DuplicateSearch,
    pub ledger_search: LedgerSearch,
}

/// A decided claim with the approvals on which its decision rests.
pub(in crate::app) struct Decided {
    pub claim: DecidedClaim,
    pub approvals: Vec<FoundApproval>,
}

impl UndecidedClaim {
    /// A claim that is sent, to be stored or as a dry run.
    fn sent(clinic: ClinicId, submission: Submission, today: Day) -> Result<Self, AppError> {
        let search = DuplicateSearch::of_sent(clinic, &submission).ok_or_else(missing_items)?;
        Ok(Self {
            ledger_search: SearchedClaim::Sent.search(clinic, &submission),
            submission,
            today,
            search,
        })
    }

    /// A claim that is stored and decided again.
    pub fn stored(
        clinic: ClinicId,
        id: ClaimId,
        submission: Submission,
        today: Day,
    ) -> Result<Self, AppError> {
        let search = DuplicateSearch::of_stored(clinic, id, &submission);
        Ok(Self {
            search: search.ok_or_else(missing_items)?,
            ledger_search: SearchedClaim::Stored(id).search(clinic, &submission),
            submission,
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
        let decided = self.decide_dry_run(actor, body).await?;
        self.explainer.explain(decided).await
    }

    /// Decides a claim without storing it.
    pub(super) async fn decide_dry_run(
        &self,
        actor: &Allowed<SubmitClaims>,
        body: &[u8],
    ) -> Result<DecidedClaim, AppError> {
        let _permit = self.load.acquire().await?;
        let today = clock::today();
        let submission = Submission::parse(body, today)?;
        self.try_correction(actor.clinic, &submission).await?;
        let timeline = self.rulebooks.timeline(actor.clinic).await?;
        let claim = UndecidedClaim::sent(actor.clinic, submission, today)?;
        Ok(self.decide(claim, &timeline).await?.claim)
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
        let mut parsed = Some(arrival);
        let attempt = async || {
            let arrival = match parsed.take() {
                Some(arrival) => arrival,
                None => Arrival::parse(line)?,
            };
            self.decide_and_store(actor, line, arrival).await
        };
        lines::try_again(&self.load, attempt).await
    }

    async fn decide_and_store(
        &self,
        actor: &Actor,
        body: &[u8],
        arrival: Arrival,
    ) -> Result<Entered<Claim>, AppError> {
        let timeline = self.rulebooks.timeline(actor.clinic).await?;
        let id = clock::new_id(arrival.at).into();
        let mut tries = 1;
        let (submitted, possible_duplicates) = loop {
            let submission = arrival.submission.clone();
            let claim = UndecidedClaim::sent(actor.clinic, submission, arrival.today)?;
            let decided = self.decide(claim, &timeline).await?;
            let possible_duplicates = decided.claim.outside.possible_duplicates.len();
            let claim = new_claim((actor, id), body, decided, arrival.at)?;
            match self.store.submit(claim).await? {
                Changed::Refused(ChangeRefused::ApprovalsChanged) if tries < MAX_DECISIONS => {
                    tries += 1;
                }
                Changed::Refused(ChangeRefused::ApprovalsChanged) => return Err(AppError::busy()),
                submitted => break (submitted, possible_duplicates),
            }
        };
        let submitted = CLAIM.resolve_entered(submitted)?;
        let submitted = self.complete_entered(actor.clinic, submitted).await?;
        if let Entered::New(claim) = &submitted {
            telemetry::count_stored_claim(claim.payer, possible_duplicates);
        }
        Ok(submitted)
    }

    /// Looks up what a decision rests on beside the submission, and decides the claim.
    pub(in crate::app) async fn decide(
        &self,
        claim: UndecidedClaim,
        timeline: &Timeline,
    ) -> Result<Decided, AppError> {
        let UndecidedClaim {
            submission,
            today,
            search,
            ledger_search,
        } = claim;
        let (first_day, _) = submission.service_period().ok_or_else(missing_items)?;
        let rulebook = timeline.find_rulebook(first_day);
        let found = self.store.search_ledger(ledger_search);
        let duplicates = async {
            if rulebook.asks_for_duplicates {
                self.store.possible_duplicates(search).await
            } else {
                Ok(Vec::new())
            }
        };
        let (found, possible_duplicates) = tokio::try_join!(found, duplicates)?;
        let outside = OutsideFacts {
            today,
            ledger: ledger_of(&submission, &found.approvals),
            possible_duplicates,
            minor_injury_cents: found.minor_injury_cents,
            review_outdated: false,
        };
        Ok(Decided {
            claim: DecidedClaim::decide(rulebook, submission, outside)?,
            approvals: found.approvals,
        })
    }
}

fn new_claim(
    (actor, id): (&Actor, ClaimId),
    body: &[u8],
    decided: Decided,
    received_at: Timestamp,
) -> Result<NewClaim, AppError> {
    let accounts = decided.claim.find_decided_accounts(&decided.approvals);
    let decided = decided.claim;
    Ok(NewClaim {
        accounts,
        clinic: actor.clinic,
        actor: actor.id(),
        id,
        received_at,
        body: std::str::from_utf8(body)
            .map_err(AppError::internal)?
            .to_owned(),
        decision: decided.assessment.decision.to_json()?,
        facts: serde_json::to_string(&decided.outside)?,
        submission: decided.submission,
        assessment: decided.assessment,
    })
}
