//! A claim's way in: parse, look up the approvals it names, decide, store. One path for single
//! claims, batches and dry runs.

use std::sync::Arc;

use tokio::sync::SemaphorePermit;

use super::reproduction::{self, Remade, Replayed};
use crate::{
    app::{
        admission::Admission,
        clock::{self, NoRandomness},
        rulebooks::in_force::{Rulebooks, RulebooksError, Timeline},
    },
    store::{
        ClaimEvidence, NOT_SUBMITTED, NewClaim, Redecided, Redecision, Store, StoreError, Submitted,
    },
};
use payerline_domain::{
    access::Actor,
    claims::{
        claim::Status, decision::Assessment, outside_facts::OutsideFacts, submission::Submission,
    },
    parse::fault::{Fault, Refusal},
    preauthorizations::Ledger,
    values::{
        closed_enum::ClosedEnum,
        ids::{ClaimId, ClinicId},
        time::{Day, Timestamp},
    },
};
use payerline_rulebook::{Rulebook, decide::trace::ItemTrace, explain::Explanation};

/// Takes claims in: the store and the rulebooks behind one door.
#[derive(Clone)]
pub struct Intake {
    store: Store,
    rulebooks: Rulebooks,
    admission: Arc<Admission>,
}

/// Why a claim was not taken in.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// The body is not a valid claim.
    #[error("the claim is not valid")]
    Refused(Refusal),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It cannot be told which rulebook decides.
    #[error(transparent)]
    Rulebooks(#[from] RulebooksError),
    /// No id could be made.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// The decision could not be written as JSON.
    #[error("the decision cannot be written as JSON: {0}")]
    Unwritable(#[from] serde_json::Error),
    /// A stored decision that its rulebook, or this version of the service, does not make again.
    #[error("{decided_by} decided the claim, and does not come to this decision here")]
    NotReproducible {
        /// The version of the rulebook that decided.
        decided_by: String,
    },
    /// A claim that its payer has: what was decided about it stands.
    #[error("the claim is {}", .0.word())]
    AlreadySubmitted(Status),
    /// Stored evidence that does not read back.
    #[error("the {what} of claim {id} cannot be read back")]
    Unreadable {
        /// Which part of it.
        what: &'static str,
        /// The claim.
        id: ClaimId,
    },
    /// A valid claim that is not UTF-8: impossible.
    #[error("the claim is no text: {0}")]
    NoText(#[from] std::str::Utf8Error),
    /// A valid claim without items: impossible.
    #[error("the claim has no items")]
    NoItems,
}

impl From<Refusal> for IntakeError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// A claim decided but not stored, or a stored one decided again.
pub struct Considered {
    /// The claim.
    pub submission: Submission,
    /// What the ledger said of the approvals it names.
    pub ledger: Ledger,
    /// What was decided.
    pub assessment: Assessment,
    /// The rulebook that decided it.
    pub rulebook: Arc<Rulebook>,
}

impl Considered {
    /// Decides a claim.
    ///
    /// # Errors
    /// When it has no items.
    pub fn by(
        rulebook: Arc<Rulebook>,
        submission: Submission,
        ledger: Ledger,
    ) -> Result<Self, IntakeError> {
        let assessment = rulebook
            .decide(&submission, &ledger)
            .ok_or(IntakeError::NoItems)?;
        Ok(Self {
            submission,
            ledger,
            assessment,
            rulebook,
        })
    }

    /// How each item was decided.
    pub fn trace(&self) -> Vec<ItemTrace> {
        self.rulebook.trace(&self.submission, &self.ledger)
    }

    /// Why it was decided so, and what would change it.
    pub fn explain(&self) -> Explanation {
        self.rulebook
            .explain(&self.submission, &self.ledger, &self.assessment)
    }
}

impl Intake {
    /// Takes claims into `store`, each decided by the rulebook that decides its clinic and day.
    pub fn new(store: Store, rulebooks: Rulebooks) -> Self {
        Self {
            store,
            rulebooks,
            admission: Arc::default(),
        }
    }

    /// A place among the claims that are worked on at once, for other work on them.
    ///
    /// # Errors
    /// When there is none in time.
    pub async fn place(&self) -> Result<SemaphorePermit<'_>, StoreError> {
        self.admission.enter().await.ok_or(StoreError::Busy)
    }

    /// Parses and decides a claim without storing it.
    ///
    /// # Errors
    /// What is wrong with it, or with the store.
    pub async fn consider(&self, clinic: ClinicId, body: &[u8]) -> Result<Considered, IntakeError> {
        let _place = self.place().await?;
        let submission = Submission::parse(body, clock::today())?;
        let in_force = self.rulebooks.of(clinic).await?;
        self.decide(clinic, submission, &in_force).await
    }

    /// Looks up what a submission refers to, and decides it.
    async fn decide(
        &self,
        clinic: ClinicId,
        submission: Submission,
        in_force: &Timeline,
    ) -> Result<Considered, IntakeError> {
        self.check_replaced(clinic, &submission).await?;
        let numbers = submission.preauthorizations.clone();
        let ledger = self.store.ledger(clinic, numbers).await?;
        let (first_day, _) = submission.service_period().ok_or(IntakeError::NoItems)?;
        Considered::by(in_force.on(first_day), submission, ledger)
    }

    /// Decides a stored claim again, from what was sent and what was known then; `None` when the clinic has
    /// no such claim.
    ///
    /// # Errors
    /// When the decision made again is not the stored one, or the store fails.
    pub async fn reconsider(
        &self,
        clinic: ClinicId,
        id: ClaimId,
    ) -> Result<Option<Considered>, IntakeError> {
        let _place = self.place().await?;
        let Some(evidence) = self.store.claim_evidence(clinic, id).await? else {
            return Ok(None);
        };
        let remade = self.remake(clinic, id, &evidence).await?;
        remade.into_same().map(Some)
    }

    /// Decides a stored claim again and says whether the decision is the stored one, byte for byte; `None`
    /// when the clinic has no such claim.
    ///
    /// # Errors
    /// When its evidence or rulebook is not there, or the store fails.
    pub async fn replay(
        &self,
        clinic: ClinicId,
        id: ClaimId,
    ) -> Result<Option<Replayed>, IntakeError> {
        let _place = self.place().await?;
        let Some(evidence) = self.store.claim_evidence(clinic, id).await? else {
            return Ok(None);
        };
        let remade = self.remake(clinic, id, &evidence).await?;
        remade.compare(&evidence).map(Some)
    }

    async fn remake(
        &self,
        clinic: ClinicId,
        id: ClaimId,
        evidence: &ClaimEvidence,
    ) -> Result<Remade, IntakeError> {
        let stored = reproduction::Stored::read(id, evidence)?;
        let rulebook = match self.rulebooks.with_digest(clinic, stored.sha256()).await {
            Err(RulebooksError::Unknown { .. }) => return Err(stored.not_reproducible()),
            found => found?,
        };
        stored.decide_again(rulebook, evidence)
    }

    /// Decides a claim again by the rulebook and the ledger of now, and stores what comes out with an event; the
    /// claim as it is when the decision is the same. `expected_version` is the version that the caller saw.
    ///
    /// # Errors
    /// When its payer has it already, or the store fails.
    pub async fn redecide(
        &self,
        caller: &Actor,
        id: ClaimId,
        expected_version: Option<i64>,
    ) -> Result<Redecided, IntakeError> {
        let _place = self.place().await?;
        let Some(claim) = self.store.claim(caller.clinic, id).await? else {
            return Ok(Redecided::NotFound);
        };
        if expected_version.is_some_and(|expected| expected != claim.version) {
            return Ok(Redecided::Stale);
        }
        if !NOT_SUBMITTED.contains(&claim.status) {
            return Err(IntakeError::AlreadySubmitted(claim.status));
        }
        let arrival = Arrival::parse(claim.submission.as_str().as_bytes()).map_err(|_| {
            IntakeError::Unreadable {
                what: "submission",
                id,
            }
        })?;
        // What another replica activated just now counts: who asks for this may have waited for it.
        let in_force = self.rulebooks.now(caller.clinic).await?;
        let considered = self
            .decide(caller.clinic, arrival.submission, &in_force)
            .await?;
        let decision = considered.assessment.decision.to_json()?;
        if decision == claim.decision.as_str() {
            return Ok(Redecided::Stored(Box::new(claim)));
        }
        let facts = OutsideFacts {
            today: arrival.today,
            ledger: considered.ledger,
        };
        let redecision = Redecision {
            clinic: caller.clinic,
            actor: caller.key,
            id,
            expected_version: claim.version,
            submission: considered.submission,
            assessment: considered.assessment,
            decision,
            facts: serde_json::to_string(&facts)?,
            now: arrival.at,
        };
        Ok(self.store.redecide(redecision).await?)
    }

    /// Takes a claim in: when this returns a claim, it survives a power cut.
    ///
    /// # Errors
    /// What is wrong with it, or with the store.
    pub async fn submit(&self, caller: &Actor, body: &[u8]) -> Result<Submitted, IntakeError> {
        let _place = self.place().await?;
        let arrival = Arrival::parse(body)?;
        self.submit_parsed(caller, body, arrival).await
    }

    /// As [`Intake::submit`], for a claim that is parsed already and of which the caller sees to it that
    /// not too many come at once.
    ///
    /// # Errors
    /// What is wrong with it, or with the store.
    pub async fn submit_parsed(
        &self,
        caller: &Actor,
        body: &[u8],
        arrival: Arrival,
    ) -> Result<Submitted, IntakeError> {
        let in_force = self.rulebooks.of(caller.clinic).await?;
        let considered = self
            .decide(caller.clinic, arrival.submission, &in_force)
            .await?;
        let claim = new_claim(caller, body, considered, arrival.at, arrival.today)?;
        let submitted = self.store.submit(claim).await?;
        if let Submitted::Created(claim) = &submitted {
            crate::telemetry::claim_received(claim.payer);
        }
        Ok(submitted)
    }

    /// A claim can only replace one that this clinic has.
    async fn check_replaced(
        &self,
        clinic: ClinicId,
        submission: &Submission,
    ) -> Result<(), IntakeError> {
        let Some(replaced) = submission.replaces else {
            return Ok(());
        };
        if self.store.claim(clinic, replaced).await?.is_some() {
            return Ok(());
        }
        Err(IntakeError::Refused(Refusal::Rules(vec![Fault {
            code: "unknown_claim",
            pointer: "/replaces".to_owned(),
            detail:
                "there is no claim with this id; give the id of the claim that this one corrects"
                    .to_owned(),
        }])))
    }
}

/// A valid claim with the instant at which it arrived.
pub struct Arrival {
    /// The claim.
    pub submission: Submission,
    at: Timestamp,
    today: Day,
}

impl Arrival {
    /// Parses a claim that arrives now.
    ///
    /// # Errors
    /// Every fault at once.
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

fn new_claim(
    caller: &Actor,
    body: &[u8],
    considered: Considered,
    received_at: Timestamp,
    today: Day,
) -> Result<NewClaim, IntakeError> {
    let facts = OutsideFacts {
        today,
        ledger: considered.ledger,
    };
    Ok(NewClaim {
        clinic: caller.clinic,
        actor: caller.key,
        id: clock::new_id(received_at)?.into(),
        received_at,
        body: std::str::from_utf8(body)?.to_owned(),
        decision: considered.assessment.decision.to_json()?,
        facts: serde_json::to_string(&facts)?,
        submission: considered.submission,
        assessment: considered.assessment,
    })
}
