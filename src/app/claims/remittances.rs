//! Remittances: what payers, patients and third parties answer.

use payerline_domain::{
    access::Actor,
    claims::{
        claim::{Claim, Status},
        decision::FOLLOWERS,
        item::{Category, RequestedBy},
        lifecycle::Step,
        payer::Payer,
        payers_due::{BilledParty, PayerDue, PayersDue},
        remittances::{
            balance::{ItemAccount, NextDue},
            booking::AnsweredClaim,
            ledger::{Ledger, has_answered, has_left_share},
            line::NamedClaim,
            remittance::{BookedItem, Remittance, RemittanceRequest, RemittedItem},
        },
        submission::Submission,
    },
    laws::Invariant,
    parse::{
        fault::{Fault, Faults},
        fault_code::FaultCode,
    },
    values::ids::{ClaimId, ClinicId},
};
use serde::Deserialize;

use super::{
    lines,
    reproduction::{Unreadable, parse_submission},
    service::{CLAIM, Claims},
    steps::check_change,
};
use crate::{
    app::{
        access::permissions::{Allowed, EnterRemittances},
        changed::Entered,
        clock,
        error::AppError,
        expected_version::ExpectedVersion,
    },
    store::{AnswerChange, SettledItem, StepChange},
};

impl Claims {
    /// Books what a payer answers to a claim.
    pub async fn enter_remittance(
        &self,
        actor: &Allowed<EnterRemittances>,
        id: ClaimId,
        expected: Option<&ExpectedVersion>,
        request: RemittanceRequest,
    ) -> Result<Entered<Claim>, AppError> {
        let _permit = self.load.acquire().await?;
        let claim = self.find_complete(actor.clinic, id).await?;
        self.book(actor, claim, expected, request).await
    }

    /// Books a line of many remittances. It is said of the claim as it stands, so a change that comes in between is no
    /// reason to refuse it.
    pub async fn enter_remittance_line(
        &self,
        actor: &Allowed<EnterRemittances>,
        claim: &NamedClaim,
        request: &RemittanceRequest,
    ) -> Result<Entered<Claim>, AppError> {
        let attempt = async || {
            let id = self.find_named(actor.clinic, claim).await?;
            let _turn = self.booking.take(id).await;
            loop {
                let claim = self.find_complete(actor.clinic, id).await?;
                let any = Some(&ExpectedVersion::Any);
                let booked = self.book(actor, claim, any, request.clone());
                match booked.await {
                    // Each time another change was made, so this ends.
                    Err(AppError::Stale) => {}
                    booked => return booked,
                }
            }
        };
        lines::try_again(&self.load, attempt).await
    }

    async fn find_named(&self, clinic: ClinicId, claim: &NamedClaim) -> Result<ClaimId, AppError> {
        match claim {
            NamedClaim::Id(id) => Ok(*id),
            NamedClaim::ExternalId(id) => {
                let found = self.store.claim_id(clinic, id.clone()).await?;
                found.ok_or(CLAIM.not_found())
            }
        }
    }

    async fn book(
        &self,
        actor: &Actor,
        claim: Claim,
        expected: Option<&ExpectedVersion>,
        request: RemittanceRequest,
    ) -> Result<Entered<Claim>, AppError> {
        if let Some(known) = claim.remittances.iter().find(|it| it.is_of(&request)) {
            let differs = known.differences(&request);
            return match differs.is_empty() {
                true => Ok(Entered::Replayed(claim)),
                false => Err(conflict(&claim, &differs)),
            };
        }
        let step = match claim.status {
            Status::Paid | Status::Denied => Step::Adjust,
            _ => Step::Answer,
        };
        check_change(&claim, expected, step.rule().from)?;
        if step == Step::Adjust && !is_adjustment(&claim, &request) {
            return Err(AppError::NoAdjustment(claim.status));
        }
        let change = self.work_out(actor, &claim, (step, request)).await?;
        let change = StepChange::Answer(Box::new(change));
        self.take_step(actor, &claim, change, clock::now()).await
    }

    async fn work_out(
        &self,
        actor: &Actor,
        claim: &Claim,
        (step, request): (Step, RemittanceRequest),
    ) -> Result<AnswerChange, AppError> {
        let submission = parse_submission(claim.submission.as_str(), claim.id)?;
        let due = claim.payers_due.clone().unwrap_or_default();
        let mut ledger = Ledger::of(&submission, &claim.remittances);
        let protected = match request.concerns_patient() {
            true => self.find_protected(actor, claim).await?,
            false => Vec::new(),
        };
        let answered = AnsweredClaim {
            submission: &submission,
            due: &due,
            remittances: &claim.remittances,
            ledger: &ledger,
            protected: &protected,
        };
        let mut faults = Faults::default();
        let booked = request.book(&answered, (clock::now(), actor.key), &mut faults);
        let remittance = faults.settle(booked)?;
        ledger.add(&remittance.items);
        let is_others = claim.balance.due_from != Some(remittance.payer_due());
        let status = match claim.status {
            // It is still another answer that is awaited.
            Status::Submitted if remittance.reverses.is_some() => claim.status,
            Status::Appealed if is_others || remittance.reverses.is_some() => match ledger.status()
            {
                Status::Paid => Status::Paid,
                _ => claim.status,
            },
            _ => ledger.status(),
        };
        let settled = settle(&remittance, &ledger, &billed_items(claim)?);
        let mut remittances = claim.remittances.clone();
        remittances.push(remittance);
        let mut next_dues = ledger.next_dues(&due, &remittances);
        let is_due = |item: &u16| next_dues.iter().any(|it| it.items.contains(item));
        let left: Vec<u16> = ledger.open_items().filter(|it| !is_due(it)).collect();
        if !left.is_empty() {
            let last = self.find_last_resort(actor, claim, &submission, left);
            next_dues.extend(last.await?);
        }
        Ok(AnswerChange {
            step,
            request,
            status,
            total: ledger.total(),
            next_dues,
            remittances,
            settled,
        })
    }

    /// Who pays what no insurer pays: the patient, or the third party that asked for the service. Nobody, where a law keeps
    /// the patient from it.
    async fn find_last_resort(
        &self,
        actor: &Actor,
        claim: &Claim,
        submission: &Submission,
        left: Vec<u16>,
    ) -> Result<Vec<NextDue>, AppError> {
        let protected = match self.find_protected(actor, claim).await {
            Ok(protected) => protected,
            Err(error) if error.is_transient() => return Err(error),
            // A person finds out.
            Err(_) => return Ok(Vec::new()),
        };
        let is_free = |it: &u16| protected.iter().all(|(protected, _)| protected != it);
        let free: Vec<u16> = left.into_iter().filter(is_free).collect();
        let is_third_partys = |it: &u16| {
            let item = usize::from(*it).checked_sub(1);
            let item = item.and_then(|it| submission.items.get(it));
            item.is_some_and(|it| it.requested_by == RequestedBy::ThirdParty)
        };
        let (of_others, own): (Vec<u16>, Vec<u16>) =
            free.iter().partition(|it| is_third_partys(it));
        let parts = [
            (BilledParty::Patient, own),
            (BilledParty::ThirdParty, of_others),
        ];
        let parts = parts.into_iter().filter(|(_, items)| !items.is_empty());
        let coverage = None;
        Ok(parts
            .map(|(payer, items)| NextDue {
                payer: PayerDue { payer, coverage },
                items,
            })
            .collect())
    }

    /// The items that the patient may not be billed for, each with the law, unless a review excepts them from it.
    async fn find_protected(
        &self,
        actor: &Actor,
        claim: &Claim,
    ) -> Result<Vec<(u16, Invariant)>, AppError> {
        let evidence = self.find_evidence(actor.clinic, claim.id).await?;
        let remade = self.remake(actor.clinic, claim.id, &evidence).await?;
        let decided = remade.into_reproduced()?;
        let review = claim.review.as_ref().filter(|review| !review.outdated);
        let mut protected = decided.find_laws_against_patient(review);
        let billed = billed_items(claim)?;
        let items = decided.submission.items.iter().zip(&billed);
        let case_by_case = items.filter(|(_, it)| matches!(it.payer, Payer::Mva | Payer::Wsib));
        let is_stem_cells = |category: Category| category == Category::StemCellTherapy;
        if case_by_case
            .clone()
            .any(|(item, _)| is_stem_cells(item.category))
        {
            // What goes with stem cells is paid, or not, with them.
            let with_them = case_by_case.filter(|(item, _)| {
                is_stem_cells(item.category) || FOLLOWERS.contains(&item.category)
            });
            let law = Invariant::StemCellsNeverUnapproved;
            protected.extend(with_them.map(|(_, it)| (it.sequence, law)));
        }
        let is_excepted =
            |law: Invariant| review.is_some_and(|it| it.exceptions.iter().any(|it| it.law == law));
        protected.retain(|(_, law)| !is_excepted(*law));
        Ok(protected)
    }
}

/// Whether a claim that is answered takes it: what was answered is taken back, somebody answers who has not, or somebody pays
/// of the share that others left to the patient.
fn is_adjustment(claim: &Claim, request: &RemittanceRequest) -> bool {
    let payer = PayerDue {
        payer: request.payer,
        coverage: request.coverage.map(usize::from),
    };
    let due = claim.payers_due.as_ref().map(PayersDue::in_turn);
    let plans = due.iter().flatten().filter(|it| it.payer == request.payer);
    // Which one answers is asked for first.
    let is_unclear = payer.coverage.is_none() && plans.count() > 1;
    let remittances = &claim.remittances;
    let answers = |it: &RemittedItem| !has_answered(remittances, payer, it.sequence);
    let pays = |it: &RemittedItem| !has_left_share(remittances, payer, it.sequence);
    let has_share = claim.balance.patient_cents.get() > 0;
    let of_items = match claim.status {
        Status::Denied => request.items.iter().any(answers),
        _ => has_share && request.items.iter().any(pays),
    };
    request.reverses.is_some() || is_unclear || of_items
}

fn conflict(claim: &Claim, differs: &[&'static str]) -> AppError {
    let fault = |field: &&'static str| Fault {
        code: FaultCode::Differs,
        pointer: format!("/{field}"),
        detail: "differs from what was booked under this number".to_owned(),
    };
    AppError::Conflict {
        what: "remittance",
        id: claim.id.to_string(),
        differences: differs.iter().map(fault).collect(),
    }
}

/// An item as it is decided or reviewed.
#[derive(Deserialize)]
struct BilledItem {
    sequence: u16,
    payer: Payer,
    #[serde(default)]
    coverage: Option<usize>,
}

impl BilledItem {
    /// Whether a remittance is of the payer that is responsible for the item. Several private plans are told apart.
    fn is_of(&self, remittance: &Remittance) -> bool {
        let coverage = self.coverage.filter(|_| self.payer == Payer::Private);
        let own = BilledParty::of(self.payer).map(|payer| PayerDue { payer, coverage });
        own.is_some_and(|own| own.is_same(remittance.payer_due()))
    }
}

/// The items by the review, or by the decision.
fn billed_items(claim: &Claim) -> Result<Vec<BilledItem>, AppError> {
    #[derive(Deserialize)]
    struct Outline {
        items: Vec<BilledItem>,
    }
    if let Some(review) = claim.review.as_ref().filter(|review| !review.outdated) {
        let items = review.items.iter().map(|it| BilledItem {
            sequence: it.sequence,
            payer: it.payer,
            coverage: it.coverage,
        });
        return Ok(items.collect());
    }
    let outline: Outline = serde_json::from_str(claim.decision.as_str()).map_err(|_| {
        AppError::internal(Unreadable {
            what: "decision",
            id: claim.id,
        })
    })?;
    Ok(outline.items)
}

/// What becomes of what the items have drawn of approvals: what their payer paid is consumed, and what it refused released.
fn settle(remittance: &Remittance, ledger: &Ledger, items: &[BilledItem]) -> Vec<SettledItem> {
    let settle = |entry: &BookedItem| {
        let mut items = items.iter();
        let item = items.find(|it| it.sequence == entry.sequence);
        let is_own = item.is_some_and(|it| it.is_of(remittance));
        let is_refused = entry.denied_cents > 0 || entry.paid_cents == 0;
        let outstanding = ledger
            .account(entry.sequence)
            .map_or(0, ItemAccount::outstanding);
        SettledItem {
            sequence: entry.sequence,
            consumes: if is_own { entry.paid_cents } else { 0 },
            reserves_at_most: match is_own && is_refused && remittance.reverses.is_none() {
                true => 0,
                false => outstanding,
            },
        }
    };
    remittance.items.iter().map(settle).collect()
}
