//! Outcomes: how a patient fares after a treatment.

use payerline_domain::{
    claims::{
        claim::Claim,
        lifecycle::FOLLOWED,
        outcome::{MAX_OUTCOMES, OutcomeRequest},
    },
    events::EventKind,
    parse::{
        fault::{At, Faults},
        fault_code::FaultCode,
    },
    values::{ids::ClaimId, time::Day},
};

use super::{reproduction::parse_submission, service::Claims, steps::Begun};
use crate::{
    app::{
        access::permissions::{Allowed, ReviewClaims},
        changed::Entered,
        clock,
        error::AppError,
        expected_version::ExpectedVersion,
    },
    store::StepChange,
};

impl Claims {
    /// Records how the patient of a claim fares. Its status stays.
    pub async fn record_outcome(
        &self,
        actor: &Allowed<ReviewClaims>,
        id: ClaimId,
        expected: Option<&ExpectedVersion>,
        request: OutcomeRequest,
    ) -> Result<Entered<Claim>, AppError> {
        let _permit = self.load.acquire().await?;
        let kind = EventKind::ClaimOutcomeRecorded;
        let begun = self.begin_change((actor, id, expected), FOLLOWED, kind, &request);
        let claim = match begun.await? {
            Begun::Repeated(claim) => return Ok(Entered::Replayed(claim)),
            Begun::New(claim) => claim,
        };
        let now = clock::now();
        check(&request, &claim, Day::in_ontario(now))?;
        let mut outcomes = claim.outcomes.clone();
        outcomes.push(request.record(now, actor.key));
        let change = StepChange::Outcome { request, outcomes };
        self.take_step(actor, &claim, change, now).await
    }
}

fn check(request: &OutcomeRequest, claim: &Claim, today: Day) -> Result<(), AppError> {
    let submission = parse_submission(claim.submission.as_str(), claim.id)?;
    let mut faults = Faults::default();
    let at_day = At::ROOT.field("day");
    if request.day > today {
        faults.rule(FaultCode::InTheFuture, &at_day, "must not be after today");
    }
    if let Some((first, _)) = submission.service_period()
        && request.day < first
    {
        let detail = "must not be before the first service of the claim";
        faults.rule(FaultCode::OutOfRange, &at_day, detail);
    }
    if claim.outcomes.len() >= MAX_OUTCOMES {
        let detail = format!("the claim has {MAX_OUTCOMES} outcomes already");
        faults.rule(FaultCode::TooManyOutcomes, &At::ROOT, detail);
    }
    Ok(faults.settle(Some(()))?)
}
