//! The steps of a claim's life that people take: send, appeal, void; `reviews` has the reviews.
//!
//! A step that is repeated whole is answered with the claim as it stands, before the version is looked at. Then come the
//! version, whether the claim can take the step now, and at last what the request says.

use payerline_domain::{
    access::Actor,
    claims::{
        claim::{Claim, Status},
        lifecycle::Step,
        payers_due::{PayerDue, PayersDue},
        sends::{ReasonRequest, SendRequest, SentClaim},
        submission::Submission,
    },
    events::EventKind,
    parse::fault::Faults,
    values::{
        ids::{ClaimId, ClinicId},
        time::{Day, Timestamp},
    },
};
use serde::Serialize;

use super::service::{CLAIM, Claims};
use crate::{
    app::{
        access::permissions::{Allowed, ReviewClaims, SendClaims},
        changed::Entered,
        clock,
        error::AppError,
        expected_version::ExpectedVersion,
    },
    store::{ClaimStep, StepChange},
};

/// A claim at the beginning of a step.
pub(in crate::app) enum Begun {
    /// The step was taken before, by a request of the same words.
    Repeated(Claim),
    New(Claim),
}

impl Claims {
    /// Sends a claim to a payer who is due.
    pub async fn send(
        &self,
        actor: &Allowed<SendClaims>,
        id: ClaimId,
        expected: Option<&ExpectedVersion>,
        request: SendRequest,
    ) -> Result<Entered<Claim>, AppError> {
        let _permit = self.load.acquire().await?;
        let begun = self.begin_step(
            (actor, id, expected),
            Step::Send,
            EventKind::ClaimSent,
            &request,
        );
        let claim = match begun.await? {
            Begun::Repeated(claim) => return Ok(Entered::Replayed(claim)),
            Begun::New(claim) => claim,
        };
        let now = clock::now();
        let mut faults = Faults::default();
        let due = claim.payers_due.clone().unwrap_or_default();
        let sent = request.resolve(&due, &due_now(&claim), Day::in_ontario(now), &mut faults);
        let sent = faults.settle(sent)?;
        let mut sends = claim.sends.clone();
        sends.push(sent);
        let change = StepChange::Send { request, sends };
        self.take_step(actor, &claim, change, now).await
    }

    /// Contests a payer's refusal.
    pub async fn appeal(
        &self,
        actor: &Allowed<ReviewClaims>,
        id: ClaimId,
        expected: Option<&ExpectedVersion>,
        request: ReasonRequest,
    ) -> Result<Entered<Claim>, AppError> {
        let kind = EventKind::ClaimAppealed;
        let taken = (actor, id, expected);
        self.take_reasoned_step(taken, (Step::Appeal, kind), request, StepChange::Appeal)
            .await
    }

    /// Withdraws a claim.
    pub async fn void(
        &self,
        actor: &Allowed<ReviewClaims>,
        id: ClaimId,
        expected: Option<&ExpectedVersion>,
        request: ReasonRequest,
    ) -> Result<Entered<Claim>, AppError> {
        let kind = EventKind::ClaimVoided;
        let taken = (actor, id, expected);
        self.take_reasoned_step(taken, (Step::Void, kind), request, StepChange::Void)
            .await
    }

    async fn take_reasoned_step(
        &self,
        (actor, id, expected): (&Allowed<ReviewClaims>, ClaimId, Option<&ExpectedVersion>),
        (step, kind): (Step, EventKind),
        request: ReasonRequest,
        change: impl FnOnce(ReasonRequest) -> StepChange,
    ) -> Result<Entered<Claim>, AppError> {
        let _permit = self.load.acquire().await?;
        let begun = self.begin_step((actor, id, expected), step, kind, &request);
        match begun.await? {
            Begun::Repeated(claim) => Ok(Entered::Replayed(claim)),
            // What was paid has to be taken back first.
            Begun::New(claim) if step == Step::Void && claim.balance.paid_cents.get() > 0 => {
                Err(AppError::SomethingPaid)
            }
            Begun::New(claim) => {
                self.take_step(actor, &claim, change(request), clock::now())
                    .await
            }
        }
    }

    /// Reads the claim and refuses a step that it cannot take.
    pub(in crate::app) async fn begin_step(
        &self,
        change: (&Actor, ClaimId, Option<&ExpectedVersion>),
        step: Step,
        kind: EventKind,
        request: &impl Serialize,
    ) -> Result<Begun, AppError> {
        self.begin_change(change, step.rule().from, kind, request)
            .await
    }

    /// Reads the claim and refuses a change that its status does not allow.
    pub(in crate::app) async fn begin_change(
        &self,
        (actor, id, expected): (&Actor, ClaimId, Option<&ExpectedVersion>),
        from: &[Status],
        kind: EventKind,
        request: &impl Serialize,
    ) -> Result<Begun, AppError> {
        let claim = self.find_complete(actor.clinic, id).await?;
        let mut made_by_it = expected
            .map(ExpectedVersion::next_versions)
            .unwrap_or_default();
        made_by_it.push(claim.version);
        let key = (actor.clinic, id);
        let made = self
            .store
            .made_claim_version(key, kind, made_by_it, Some(request));
        if made.await? {
            // It may have been made since the claim was read.
            let claim = self.find_complete(actor.clinic, id).await?;
            return Ok(Begun::Repeated(claim));
        }
        check_change(&claim, expected, from)?;
        Ok(Begun::New(claim))
    }

    pub(in crate::app) async fn take_step(
        &self,
        actor: &Actor,
        claim: &Claim,
        change: StepChange,
        now: Timestamp,
    ) -> Result<Entered<Claim>, AppError> {
        let taken = self.store.take_step(ClaimStep {
            clinic: actor.clinic,
            actor: actor.id(),
            id: claim.id,
            expected_version: claim.version,
            status_before: claim.status,
            change,
            now,
        });
        let entered = CLAIM.resolve_entered(taken.await?)?;
        self.complete_entered(actor.clinic, entered).await
    }

    pub(in crate::app) async fn find_complete(
        &self,
        clinic: ClinicId,
        id: ClaimId,
    ) -> Result<Claim, AppError> {
        let found = self.store.claim(clinic, id).await?;
        self.complete(clinic, found.ok_or(CLAIM.not_found())?).await
    }

    /// Fills in what claims do not have that earlier builds stored: who is due.
    pub(in crate::app) async fn complete(
        &self,
        clinic: ClinicId,
        mut claim: Claim,
    ) -> Result<Claim, AppError> {
        if claim.payers_due.is_none() {
            claim.payers_due = Some(self.find_payers_due(clinic, &claim).await?);
            claim.balance.due_from = claim.find_due_from();
        }
        Ok(claim)
    }

    pub(in crate::app) async fn complete_entered(
        &self,
        clinic: ClinicId,
        entered: Entered<Claim>,
    ) -> Result<Entered<Claim>, AppError> {
        Ok(match entered {
            Entered::New(claim) => Entered::New(self.complete(clinic, claim).await?),
            Entered::Replayed(claim) => Entered::Replayed(self.complete(clinic, claim).await?),
        })
    }

    async fn find_payers_due(
        &self,
        clinic: ClinicId,
        claim: &Claim,
    ) -> Result<PayersDue, AppError> {
        let evidence = self.find_evidence(clinic, claim.id).await?;
        let remade = self.remake(clinic, claim.id, &evidence).await;
        match remade.and_then(|remade| remade.into_reproduced()) {
            Ok(decided) => Ok(decided.assessment.payers_due),
            Err(error) if error.is_transient() => Err(error),
            // What is kept of it does not say which plans come after the first.
            Err(_) => {
                let submission = Submission::read_stored(claim.submission.as_str().as_bytes());
                let items = submission.map_or(0, |it| it.items.len());
                Ok(PayersDue::from_claim(
                    claim.billing_order,
                    (claim.payer, claim.disposition),
                    u16::try_from(items).unwrap_or(u16::MAX),
                ))
            }
        }
    }
}

/// Who can be sent a claim: whose turn it is since the last answer, and before one of each way in which items are billed whoever
/// is next.
fn due_now(claim: &Claim) -> Vec<PayerDue> {
    if !claim.remittances.is_empty() {
        return claim.next_dues.iter().map(|it| it.payer).collect();
    }
    let sent: Vec<PayerDue> = claim.sends.iter().map(SentClaim::payer_due).collect();
    let due = claim.payers_due.iter();
    due.flat_map(|due| due.due_after(&sent)).collect()
}

/// Refuses a change by a version that is missing or stale, and one that the claim's status does not allow.
pub(in crate::app) fn check_change(
    claim: &Claim,
    expected: Option<&ExpectedVersion>,
    from: &[Status],
) -> Result<(), AppError> {
    let expected = expected.ok_or(AppError::VersionMissing)?;
    if !expected.accepts(claim.version) {
        return Err(AppError::Stale);
    }
    if let Some(correction) = claim.replaced_by {
        return Err(AppError::Replaced(correction));
    }
    if !from.contains(&claim.status) {
        return Err(AppError::IllegalStep(claim.status));
    }
    Ok(())
}
