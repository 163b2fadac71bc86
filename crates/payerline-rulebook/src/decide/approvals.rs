//! Which prior approval an item relies on, whether it suffices, and what is wrong with the others.
//!
//! An item relies on an approval that its claim names, of its payer's kind, for its patient,
//! covering its category and service date (the contract, 'Preauthorizations').

use crate::table::{
    rules::Observation,
    vocabulary::{ApprovalKind, ApprovalState, Service},
};
use payerline_domain::{
    claims::{item::Item, payer::Payer, submission::Submission},
    preauthorizations::{
        Ledger, PreauthorizationEntry, PreauthorizationKind, PreauthorizationStatus, Validity,
    },
    values::money::Cents,
};

/// The part of an item that decides on which approvals it can rely.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'s> {
    pub item: &'s Item,
    pub service: Service,
    /// The payer whose approvals count for it, if any insurer is in play.
    pub payer: Option<Payer>,
    pub minor_injury_guideline: bool,
}

/// The approval that an item relies on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reliance {
    pub state: ApprovalState,
    pub kind: ApprovalKind,
    /// Its index in the claim's `preauthorizations`.
    pub index: Option<usize>,
}

impl Reliance {
    /// The item relies on no approval.
    pub const NOTHING: Self = Self {
        state: ApprovalState::None,
        kind: ApprovalKind::None,
        index: None,
    };
}

/// The approvals a claim names, looked up in the ledger: index, and entry if known and for this patient.
#[derive(Debug)]
pub struct Approvals<'l> {
    usable: Vec<(usize, &'l PreauthorizationEntry)>,
}

impl<'l> Approvals<'l> {
    /// Looks up what a claim names. A number named twice counts once.
    pub fn named(submission: &Submission, ledger: &'l Ledger) -> Self {
        let mut usable: Vec<(usize, &PreauthorizationEntry)> = Vec::new();
        for (index, number) in submission.preauthorizations.iter().enumerate() {
            if let Some(entry) = ledger.find(number) {
                let repeated = usable.iter().any(|(_, known)| known.number == entry.number);
                if entry.patient_id == submission.patient.id && !repeated {
                    usable.push((index, entry));
                }
            }
        }
        Self { usable }
    }

    /// The approval that each item relies on, with amounts compared.
    pub fn reliances(&self, candidates: &[Candidate<'_>]) -> Vec<Reliance> {
        let within: Vec<bool> = self
            .usable
            .iter()
            .map(|(_, entry)| sum_relying_on(entry, candidates) <= entry.approved_cents)
            .collect();
        candidates.iter().map(|it| self.best(it, &within)).collect()
    }

    /// The best that an item can rely on: an approval within its amount, then one that is too
    /// small, one not answered, one expired, one refused; among equals the first named. `within`
    /// says of each approval whether it suffices for all items that could rely on it.
    fn best(&self, candidate: &Candidate<'_>, within: &[bool]) -> Reliance {
        let named = self.usable.iter().zip(within);
        named
            .filter_map(|((index, entry), within)| {
                let state = match state_for(entry, candidate)? {
                    ApprovalState::Approved if !within => ApprovalState::Insufficient,
                    state => state,
                };
                Some(Reliance {
                    state,
                    kind: entry.kind.into(),
                    index: Some(*index),
                })
            })
            .min_by_key(|reliance| (std::cmp::Reverse(reliance.state), reliance.index))
            .unwrap_or(Reliance::NOTHING)
    }
}

/// The sum of the items that an approval could pay for.
pub(crate) fn sum_relying_on(entry: &PreauthorizationEntry, candidates: &[Candidate<'_>]) -> Cents {
    candidates
        .iter()
        .filter(|it| state_for(entry, it) == Some(ApprovalState::Approved))
        .map(|it| it.item.amount())
        .sum()
}

/// The state of an approval for an item; `None` if the item cannot rely on it at all.
fn state_for(entry: &PreauthorizationEntry, candidate: &Candidate<'_>) -> Option<ApprovalState> {
    let item = candidate.item;
    if candidate.payer != Some(entry.kind.payer())
        || !counts(entry.kind, candidate)
        || !entry.covers(item.category)
    {
        return None;
    }
    match (entry.status, entry.validity_on(item.service_date)) {
        (PreauthorizationStatus::Denied, _) => Some(ApprovalState::Denied),
        (PreauthorizationStatus::Expired, _) => Some(ApprovalState::Expired),
        (_, Validity::NotYet) => None,
        (_, Validity::NoLonger) => Some(ApprovalState::Expired),
        (PreauthorizationStatus::Pending, Validity::Valid) => Some(ApprovalState::Pending),
        (PreauthorizationStatus::Approved, Validity::Valid) => Some(ApprovalState::Approved),
    }
}

/// An OCF-23 counts only under the Minor Injury Guideline, never for stem cells or plasma.
fn counts(kind: PreauthorizationKind, candidate: &Candidate<'_>) -> bool {
    kind != PreauthorizationKind::Ocf23
        || (candidate.minor_injury_guideline && candidate.service == Service::Other)
}

/// Observes what is wrong with the approvals that the claim names, each with its index in `preauthorizations`.
/// `relying` has the items with the approvals they rely on; `in_play` tells which payers the claim involves.
pub fn observe<'o>(
    submission: &'o Submission,
    ledger: &'o Ledger,
    relying: impl Iterator<Item = (&'o Candidate<'o>, Reliance)> + Clone + 'o,
    in_play: impl Fn(Payer) -> bool + 'o,
) -> impl Iterator<Item = (usize, Observation)> + 'o {
    let numbers = submission.preauthorizations.iter().enumerate();
    numbers.filter_map(move |(index, number)| {
        let observation = match ledger.find(number) {
            None => Observation::PreauthorizationUnknown,
            Some(entry) if entry.patient_id != submission.patient.id => {
                Observation::PreauthorizationOtherPatient
            }
            Some(entry) if !in_play(entry.kind.payer()) => Observation::PreauthorizationWrongKind,
            Some(entry) => problem_of(entry, index, relying.clone())?,
        };
        Some((index, observation))
    })
}

fn problem_of<'o>(
    entry: &PreauthorizationEntry,
    index: usize,
    relying: impl Iterator<Item = (&'o Candidate<'o>, Reliance)> + Clone,
) -> Option<Observation> {
    let rely_in = |state| {
        let mut relying = relying.clone();
        relying.any(|(_, it)| it.index == Some(index) && it.state == state)
    };
    match entry.status {
        PreauthorizationStatus::Denied => Some(Observation::PreauthorizationDenied),
        PreauthorizationStatus::Expired => Some(Observation::PreauthorizationExpired),
        _ if rely_in(ApprovalState::Expired) => Some(Observation::PreauthorizationExpired),
        _ if rely_in(ApprovalState::Insufficient) => {
            Some(Observation::PreauthorizationInsufficient)
        }
        _ => relying
            .clone()
            .all(|(candidate, _)| state_for(entry, candidate).is_none())
            .then_some(Observation::PreauthorizationNotApplicable),
    }
}
