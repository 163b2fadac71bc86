//! A claim's way in: parse, look up the approvals it names, decide, store. One path for single
//! claims, batches and dry runs.

use std::sync::Arc;

use crate::{
    admission::Admission,
    clock::{self, NoRandomness},
    domain::{
        access::Caller,
        decision::Assessment,
        fault::{Fault, Refusal},
        ids::ClinicId,
        preauthorization::Ledger,
        submission::Submission,
        time::{Day, Instant},
    },
    rulebook::{Rulebook, trace::ItemTrace},
    store::{NewClaim, Store, StoreError, Submitted},
};

/// Takes claims in: the store and the rulebook behind one door.
#[derive(Clone)]
pub struct Intake {
    store: Store,
    rulebook: Arc<Rulebook>,
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
    /// No id could be made.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// The decision could not be written as JSON.
    #[error("the decision cannot be written as JSON: {0}")]
    Unwritable(#[from] serde_json::Error),
    /// A valid claim without items: impossible.
    #[error("the claim has no items")]
    NoItems,
}

impl From<Refusal> for IntakeError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// A claim decided but not stored.
pub struct Considered {
    /// The claim.
    pub submission: Submission,
    /// What the ledger said of the approvals it names.
    pub ledger: Ledger,
    /// What was decided.
    pub assessment: Assessment,
}

/// The facts from outside a submission on which its decision rests.
#[derive(serde::Serialize)]
struct OutsideFacts<'l> {
    today: Day,
    #[serde(flatten)]
    ledger: &'l Ledger,
}

impl Intake {
    /// Takes claims into `store`, decided by `rulebook`.
    pub fn new(store: Store, rulebook: Rulebook) -> Self {
        Self {
            store,
            rulebook: Arc::new(rulebook),
            admission: Arc::default(),
        }
    }

    /// Parses and decides a claim without storing it.
    ///
    /// # Errors
    /// What is wrong with it, or with the store.
    pub async fn consider(&self, clinic: ClinicId, body: &[u8]) -> Result<Considered, IntakeError> {
        let _place = self.admission.enter().await.ok_or(StoreError::Busy)?;
        let submission = Submission::parse(body, clock::today())?;
        self.decide(clinic, submission).await
    }

    /// Looks up what a submission refers to, and decides it.
    async fn decide(
        &self,
        clinic: ClinicId,
        submission: Submission,
    ) -> Result<Considered, IntakeError> {
        self.check_replaced(clinic, &submission).await?;
        let numbers = submission.preauthorizations.clone();
        let ledger = self.store.ledger(clinic, numbers).await?;
        let assessment = self
            .rulebook
            .decide(&submission, &ledger)
            .ok_or(IntakeError::NoItems)?;
        Ok(Considered {
            submission,
            ledger,
            assessment,
        })
    }

    /// How each item of a considered claim was decided.
    pub fn trace(&self, considered: &Considered) -> Vec<ItemTrace> {
        self.rulebook
            .trace(&considered.submission, &considered.ledger)
    }

    /// Takes a claim in: when this returns a claim, it survives a power cut.
    ///
    /// # Errors
    /// What is wrong with it, or with the store.
    pub async fn submit(&self, caller: &Caller, body: &[u8]) -> Result<Submitted, IntakeError> {
        let _place = self.admission.enter().await.ok_or(StoreError::Busy)?;
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
        caller: &Caller,
        body: &[u8],
        arrival: Arrival,
    ) -> Result<Submitted, IntakeError> {
        let considered = self.decide(caller.clinic, arrival.submission).await?;
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
    at: Instant,
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
    caller: &Caller,
    body: &[u8],
    considered: Considered,
    received_at: Instant,
    today: Day,
) -> Result<NewClaim, IntakeError> {
    let facts = OutsideFacts {
        today,
        ledger: &considered.ledger,
    };
    Ok(NewClaim {
        clinic: caller.clinic,
        actor: caller.key,
        id: clock::new_id(received_at)?.into(),
        received_at,
        body: String::from_utf8_lossy(body).into_owned(),
        decision: serde_json::to_string(&considered.assessment.decision)?,
        facts: serde_json::to_string(&facts)?,
        submission: considered.submission,
        assessment: considered.assessment,
    })
}
