//! Reviews: a person confirms or overrides a decision.

use payerline_domain::laws::Invariant;
use payerline_domain::{
    access::Actor,
    claims::{
        claim::Claim,
        decision::{Decision, Finding, ItemDecision, Severity},
        lifecycle::Step,
        outside_facts::OutsideFacts,
        payer::{Disposition, Payer},
        review::{DecidedItem, LawException, Review, ReviewRequest, SettledFinding, Standing},
    },
    events::EventKind,
    parse::{
        fault::{At, Faults},
        fault_code::FaultCode,
    },
    values::{closed_enum::ClosedEnum, ids::ClaimId, time::Timestamp},
};
use payerline_rulebook::decide::review::ReviewedClaim;

use super::{
    accounts::{SearchedClaim, ledger_of},
    decided::{DecidedClaim, missing_items},
    service::Claims,
    steps::Begun,
};
use crate::{
    app::{
        access::permissions::{Allowed, ReviewClaims},
        changed::Entered,
        clock,
        error::AppError,
        expected_version::ExpectedVersion,
    },
    store::{LedgerFound, ReviewChange, StepChange},
};

const AT_DISPOSITION: At<'static> = At::ROOT.field("disposition");
const AT_ITEMS: At<'static> = At::ROOT.field("items");
const AT_PAYER: At<'static> = At::ROOT.field("payer");

impl Claims {
    /// Stores what a person decided about a claim, beside its decision.
    pub async fn review(
        &self,
        actor: &Allowed<ReviewClaims>,
        id: ClaimId,
        expected: Option<&ExpectedVersion>,
        request: ReviewRequest,
    ) -> Result<Entered<Claim>, AppError> {
        let _permit = self.load.acquire().await?;
        let begun = self.begin_step(
            (actor, id, expected),
            Step::Review,
            EventKind::ClaimReviewed,
            &request,
        );
        let claim = match begun.await? {
            Begun::Repeated(claim) => return Ok(Entered::Replayed(claim)),
            Begun::New(claim) => claim,
        };
        let evidence = self.find_evidence(actor.clinic, id).await?;
        let remade = self.remake(actor.clinic, id, &evidence).await?;
        let decided = remade.into_reproduced()?;
        let search = SearchedClaim::Stored(id).search(actor.clinic, &decided.submission);
        let found = self.store.search_ledger(search).await?;
        let (decided, holds_today) = decide_by_todays_ledger(decided, &found)?;
        let now = clock::now();
        let before = claim.review.as_ref();
        let change = find_change(actor, request, (decided, &found), before, now)?;
        // What the claim draws would rest on approvals as they were.
        if change.standing.disposition == Disposition::Ready && !holds_today {
            return Err(AppError::ApprovalsChanged);
        }
        let change = StepChange::Review(Box::new(change));
        self.take_step(actor, &claim, change, now).await
    }
}

/// Decides a claim by what the ledger says today. Returns it as it was decided, and false, if another decision comes out.
fn decide_by_todays_ledger(
    decided: DecidedClaim,
    found: &LedgerFound,
) -> Result<(DecidedClaim, bool), AppError> {
    let outside = OutsideFacts {
        ledger: ledger_of(&decided.submission, &found.approvals),
        minor_injury_cents: found.minor_injury_cents,
        ..decided.outside.clone()
    };
    let (rulebook, submission) = (decided.rulebook.clone(), decided.submission.clone());
    let today = DecidedClaim::decide(rulebook, submission, outside)?;
    if today.assessment.decision == decided.assessment.decision {
        Ok((today, true))
    } else {
        Ok((decided, false))
    }
}

/// Works out what a review makes of a claim. What it does not say stays as a review before it said.
fn find_change(
    actor: &Actor,
    request: ReviewRequest,
    (decided, found): (DecidedClaim, &LedgerFound),
    before: Option<&Review>,
    now: Timestamp,
) -> Result<ReviewChange, AppError> {
    let before = before.filter(|review| !review.outdated);
    let decision = decided.assessment.decision.clone();
    refuse(|faults| note_unknown(&request, &decision, faults))?;
    let settles = merge_settled(&request, before);
    let exceptions = merge_exceptions(&request, before);
    let reviewed =
        decided
            .rulebook
            .review(&decided.submission, &decided.outside, &settles, |item| {
                say(&request, before, item)
            });
    // Laws come before findings.
    refuse(|faults| note_broken_laws(&request, &exceptions, &reviewed, faults))?;
    refuse(|faults| note_unsettled(&request, &settles, &decision, &reviewed, faults))?;
    let ReviewedClaim {
        decided: items_decided,
        items,
        payers_due,
        broken: _,
    } = reviewed;
    let review = Review {
        reason: request.reason.clone(),
        reviewed_at: now,
        reviewed_by: actor.key,
        items,
        decided: items_decided.iter().map(DecidedItem::from).collect(),
        findings: settled_findings(&decision, &settles),
        settles,
        exceptions,
        outdated: false,
    };
    let standing = Standing::find(&decided.submission, &decision, Some(&review));
    let standing = standing.ok_or_else(missing_items)?;
    let mut accounts = decided.find_standing_accounts(&found.approvals, &standing);
    if let Some((_, charge)) = &mut accounts.minor_injury {
        charge.others = found.minor_injury_cents;
    }
    if accounts.draws.is_empty() {
        // It rests on no approval, whatever becomes of those that it names.
        accounts.numbers.clear();
        accounts.seen.clear();
    }
    Ok(ReviewChange {
        request,
        accounts,
        standing,
        submission: decided.submission,
        decision,
        review,
        payers_due,
    })
}

fn refuse(note: impl FnOnce(&mut Faults)) -> Result<(), AppError> {
    let mut faults = Faults::default();
    note(&mut faults);
    Ok(faults.settle(Some(()))?)
}

/// What is said of an item: by this review, else by the one before if it overrode the decision, else by the decision.
fn say(
    request: &ReviewRequest,
    before: Option<&Review>,
    decided: &ItemDecision,
) -> (Payer, Disposition) {
    let sequence = decided.sequence;
    if let Some(item) = request.items.iter().find(|it| it.sequence == sequence) {
        return (item.payer, item.disposition);
    }
    let overridden = before.and_then(|review| {
        let was = review.decided.iter().find(|it| it.sequence == sequence)?;
        let is = review.items.iter().find(|it| it.sequence == sequence)?;
        let is_same = (was.payer, was.disposition) == (is.payer, is.disposition);
        (!is_same).then_some((is.payer, is.disposition))
    });
    let (payer, disposition) = overridden.unwrap_or((decided.payer, decided.disposition));
    (
        request.payer.unwrap_or(payer),
        request.disposition.unwrap_or(disposition),
    )
}

/// The findings of a decision that have one of these codes.
fn settled_findings(decision: &Decision, codes: &[String]) -> Vec<SettledFinding> {
    let findings = decision.findings.iter();
    findings
        .filter(|finding| codes.iter().any(|code| **code == *finding.code))
        .map(SettledFinding::from)
        .collect()
}

fn merge_settled(request: &ReviewRequest, before: Option<&Review>) -> Vec<String> {
    let mut settled = before
        .map(|review| review.settles.clone())
        .unwrap_or_default();
    for code in &request.settles {
        if !settled.iter().any(|it| it == code.as_str()) {
            settled.push(code.as_str().to_owned());
        }
    }
    settled
}

fn merge_exceptions(request: &ReviewRequest, before: Option<&Review>) -> Vec<LawException> {
    let mut exceptions = before
        .map(|review| review.exceptions.clone())
        .unwrap_or_default();
    exceptions.retain(|known| request.exceptions.iter().all(|it| it.law != known.law));
    exceptions.extend(request.exceptions.iter().cloned());
    exceptions
}

/// Notes items and findings that the claim does not have.
fn note_unknown(request: &ReviewRequest, decision: &Decision, faults: &mut Faults) {
    let at = At::ROOT.field("items");
    for (index, item) in request.items.iter().enumerate() {
        if decision.items.iter().all(|it| it.sequence != item.sequence) {
            let count = decision.items.len();
            let detail = format!("the claim has no such item; its items are 1 to {count}");
            let at_item = at.index(index);
            faults.rule(FaultCode::UnknownItem, &at_item.field("sequence"), detail);
        }
    }
    let at = At::ROOT.field("settles");
    for (index, code) in request.settles.iter().enumerate() {
        if decision
            .findings
            .iter()
            .all(|it| *it.code != *code.as_str())
        {
            let detail = "the decision has no finding with this code; `decision.findings` lists those that it has";
            faults.rule(FaultCode::UnknownSettled, &at.index(index), detail);
        }
    }
}

fn note_broken_laws(
    request: &ReviewRequest,
    exceptions: &[LawException],
    reviewed: &ReviewedClaim,
    faults: &mut Faults,
) {
    let is_excepted = |law: &Invariant| exceptions.iter().any(|it| it.law == *law);
    for (law, sequence) in &reviewed.broken {
        if is_excepted(law) {
            continue;
        }
        let way = match law {
            Invariant::SilenceNeverReady => {
                "if OHIP does not insure it, list the finding that asks in `settles`"
            }
            _ => "where the law does not hold, add it to `exceptions` with the evidence",
        };
        let word = law.word();
        let detail = format!("item {sequence} would be `ready` against the law `{word}`; {way}");
        let said = request.items.iter().position(|it| it.sequence == *sequence);
        let at_items = At::ROOT.field("items");
        match said {
            Some(index) => faults.rule(FaultCode::BreaksLaw, &at_items.index(index), detail),
            None => faults.rule(FaultCode::BreaksLaw, &said_of_all(request), detail),
        }
    }
}

/// The place at which something is said of all items.
fn said_of_all(request: &ReviewRequest) -> At<'static> {
    match (request.disposition, request.payer) {
        (Some(_), _) => AT_DISPOSITION,
        (None, Some(_)) => AT_PAYER,
        (None, None) if request.items.is_empty() => At::ROOT,
        (None, None) => AT_ITEMS,
    }
}

/// Notes findings that stand in the way of what is to be `ready`.
fn note_unsettled(
    request: &ReviewRequest,
    settled: &[String],
    decision: &Decision,
    reviewed: &ReviewedClaim,
    faults: &mut Faults,
) {
    let is_open = |finding: &&Finding| {
        finding.severity == Severity::Review && settled.iter().all(|code| **code != *finding.code)
    };
    let all_ready = reviewed
        .items
        .iter()
        .all(|it| it.disposition == Disposition::Ready);
    let whole = request.disposition == Some(Disposition::Ready);
    let says_ready = whole
        || request
            .items
            .iter()
            .any(|it| it.disposition == Disposition::Ready);
    let at = said_of_all(request);
    if whole || (all_ready && says_ready) {
        let open = decision.findings.iter().filter(is_open);
        note_open(open.collect(), &at, faults);
        return;
    }
    // An item is not kept from being ready by what is said of another.
    let at_items = At::ROOT.field("items");
    for (index, item) in request.items.iter().enumerate() {
        if item.disposition == Disposition::Ready {
            let concerns = |it: &&Finding| {
                let mut others = (1..)
                    .take(decision.items.len())
                    .filter(|it| *it != item.sequence);
                !others.any(|other| points_to_item(it, other))
            };
            let open = decision.findings.iter().filter(is_open).filter(concerns);
            let at_item = at_items.index(index);
            note_open(open.collect(), &at_item.field("disposition"), faults);
        }
    }
}

/// True if a finding is about an item, by the item's number.
fn points_to_item(finding: &Finding, sequence: u16) -> bool {
    let pointer = format!("/items/{}", sequence.saturating_sub(1));
    let rest = finding.pointer.strip_prefix(&pointer);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn note_open(open: Vec<&Finding>, at: &At<'_>, faults: &mut Faults) {
    if open.is_empty() {
        return;
    }
    let mut codes: Vec<&str> = open.iter().map(|it| &*it.code).collect();
    codes.sort_unstable();
    codes.dedup();
    let detail = format!(
        "not while these findings are not settled: {}; look into each, and list in `settles` what is settled",
        codes.join(", ")
    );
    faults.rule(FaultCode::FindingsUnsettled, at, detail);
}
