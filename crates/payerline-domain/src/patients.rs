//! What a clinic knows of a patient: claims, approvals, outcomes, and what is due from whom.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    claims::{
        claim::{Claim, ClaimSummary, Status},
        outcome::PatientOutcome,
        payers_due::{BilledParty, PayerDue},
        remittances::{balance::ItemAccount, ledger::Ledger},
        sends::SentClaim,
        submission::Submission,
    },
    preauthorizations::Preauthorization,
    values::{
        ids::ClaimId,
        money::Cents,
        text::{Label, Line},
        time::Day,
    },
};

/// Entries of each list of a [`PatientRecord`] at most: the newest.
pub const MAX_LISTED: usize = 200;

/// A patient, as the clinic's claims and approvals show it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PatientRecord {
    /// The clinic's id of the patient.
    pub id: Label,
    /// Name and date of birth as the newest claim has them, or null.
    #[schema(required = true)]
    pub identity: Option<PatientIdentity>,
    /// What is due from whom, insurances first: what is outstanding of claims that are `ready`, sent, or refused by one payer
    /// and the turn of another; and the shares that payers left to the patient.
    pub due: Vec<AmountDue>,
    /// True if more than 2,000 claims are open, of which `due` has the newest 2,000 only.
    pub has_more_due: bool,
    /// The newest claims, 200 at most; `GET /v1/claims?patient_id=` has all.
    #[schema(max_items = 200)]
    pub claims: Vec<ClaimSummary>,
    /// Whether there are older claims than these.
    pub has_older_claims: bool,
    /// The newest approvals, 200 at most; `GET /v1/preauthorizations?patient_id=` has all.
    #[schema(max_items = 200)]
    pub preauthorizations: Vec<Preauthorization>,
    /// Whether there are older approvals than these.
    pub has_older_preauthorizations: bool,
    /// How the patient fared after the newest claims that have outcomes.
    pub outcomes: Vec<ClaimOutcome>,
}

/// Who a patient is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PatientIdentity {
    /// Given name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "Amina")]
    pub given_name: Option<Line>,
    /// Family name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "Okafor")]
    pub family_name: Option<Line>,
    /// Date of birth.
    pub birth_date: Day,
}

/// What a payer is to pay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AmountDue {
    /// Who is to pay.
    pub payer: BilledParty,
    /// The name of the insurer or of the third party, where the claims have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "Maple Life")]
    pub name: Option<Line>,
    /// The sum of the items in Canadian cents.
    pub amount_cents: Cents,
    /// The claims, newest first.
    pub claims: Vec<ClaimDue>,
}

/// What a payer is to pay of one claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ClaimDue {
    /// Payerline's id of the claim.
    pub claim_id: ClaimId,
    /// The billing system's id of the claim.
    pub external_id: Label,
    /// Where the claim stands.
    pub status: Status,
    /// The sum of the items in Canadian cents.
    pub amount_cents: Cents,
    /// The day on which this payer was sent the claim; null while it was not.
    #[schema(required = true)]
    pub sent_on: Option<Day>,
}

/// An outcome with its claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ClaimOutcome {
    /// Payerline's id of the claim.
    pub claim_id: ClaimId,
    /// How the patient fared.
    pub outcome: PatientOutcome,
}

/// Open claims that a [`PatientRecord`] adds up.
pub const MAX_OPEN: usize = 2_000;

/// Claims with these have a payer who is to pay something, or may have one. The patient's share may be due of others, too.
pub const OPEN: [Status; 5] = [
    Status::Ready,
    Status::Submitted,
    Status::PartiallyPaid,
    Status::Denied,
    Status::Appealed,
];

/// Who is to pay which items of a claim, as far as something of them is outstanding.
fn find_awaited(claim: &Claim, ledger: &Ledger) -> Vec<(PayerDue, Vec<u16>)> {
    let is_waiting = match claim.status {
        Status::Submitted | Status::Appealed => true,
        Status::Ready | Status::PartiallyPaid | Status::Denied => false,
        _ => return Vec::new(),
    };
    let Some(due) = &claim.payers_due else {
        return Vec::new();
    };
    if claim.remittances.is_empty() {
        let sent: Vec<PayerDue> = claim.sends.iter().map(SentClaim::payer_due).collect();
        let awaited = due.awaited(&sent, !is_waiting).into_iter();
        return awaited
            .map(|it| (it.payer, ledger.open_of(it.items)))
            .collect();
    }
    // Whoever was sent the claim, or is to reconsider, and then those whose turn it is of the other items.
    let waiting = claim.balance.due_from.filter(|_| is_waiting);
    let own = claim
        .next_dues
        .iter()
        .filter(|it| Some(it.payer) == waiting);
    let mut items: Vec<u16> = own.flat_map(|it| &it.items).copied().collect();
    if claim.status == Status::Appealed || items.is_empty() {
        let of_waiting = |payers: &[PayerDue]| {
            waiting.is_some_and(|it| payers.iter().any(|payer| payer.is_same(it)))
        };
        let billed = due.by_item().filter(|(_, payers)| of_waiting(payers));
        items.extend(billed.map(|(item, _)| item));
    }
    items.sort_unstable();
    items.dedup();
    let mut all: Vec<(PayerDue, Vec<u16>)> = Vec::new();
    all.extend(waiting.map(|payer| (payer, ledger.open_of(&items))));
    for next in &claim.next_dues {
        let others = ledger.open_of(&next.items).into_iter();
        let others = others.filter(|it| waiting.is_none() || !items.contains(it));
        all.push((next.payer, others.collect()));
    }
    all
}

impl From<&Submission> for PatientIdentity {
    fn from(submission: &Submission) -> Self {
        let patient = &submission.patient;
        Self {
            given_name: patient.given_name.clone(),
            family_name: patient.family_name.clone(),
            birth_date: patient.birth_date,
        }
    }
}

/// Adds up what is due of claims, newest first.
#[derive(Debug, Default)]
pub struct DueSums(Vec<AmountDue>);

impl DueSums {
    /// Adds what is due of a claim.
    pub fn add(&mut self, claim: &Claim, submission: &Submission) {
        if matches!(claim.status, Status::Void | Status::Replaced) {
            return;
        }
        let patient = PayerDue {
            payer: BilledParty::Patient,
            coverage: None,
        };
        self.add_amount(claim, submission, patient, claim.balance.patient_cents);
        let ledger = Ledger::of(submission, &claim.remittances);
        for (payer, items) in find_awaited(claim, &ledger) {
            let outstanding = items.iter().filter_map(|it| ledger.account(*it));
            let outstanding = outstanding.map(ItemAccount::outstanding).sum();
            self.add_amount(claim, submission, payer, Cents::from_stored(outstanding));
        }
    }

    fn add_amount(&mut self, claim: &Claim, submission: &Submission, due: PayerDue, amount: Cents) {
        if amount == Cents::default() {
            return;
        }
        let name = match due.payer {
            BilledParty::ThirdParty => submission.third_party.as_ref().map(|it| it.name.clone()),
            _ => {
                let coverage = due.coverage.and_then(|it| submission.coverages.get(it));
                coverage.and_then(|it| it.insurer.clone())
            }
        };
        let place = self.place(due.payer, name);
        let sent = claim.sends.iter().rfind(|it| it.payer_due() == due);
        let Some(sum) = self.0.get_mut(place) else {
            return;
        };
        sum.amount_cents = sum.amount_cents + amount;
        sum.claims.push(ClaimDue {
            claim_id: claim.id,
            external_id: claim.external_id.clone(),
            status: claim.status,
            amount_cents: amount,
            sent_on: sent.map(|it| it.sent_on),
        });
    }

    fn place(&mut self, payer: BilledParty, name: Option<Line>) -> usize {
        let is_same = |it: &AmountDue| it.payer == payer && it.name == name;
        self.0.iter().position(is_same).unwrap_or_else(|| {
            self.0.push(AmountDue {
                payer,
                name,
                amount_cents: Cents::default(),
                claims: Vec::new(),
            });
            self.0.len() - 1
        })
    }

    /// The sums, in the order of the payers.
    pub fn finish(mut self) -> Vec<AmountDue> {
        self.0.sort_by_key(|it| it.payer);
        self.0
    }
}
