//! Which prior approval an item relies on, whether it suffices, and what is wrong with the others.
//!
//! An item relies on an approval that its claim names, of its payer's kind, for its patient,
//! covering its category and service date (the contract, 'Preauthorizations').

use serde_json::{Value, json};

use super::{item::ItemFacts, patient, plan::PrivatePlans};
use crate::table::{
    findings::Observation,
    vocabulary::{
        Answer, ApprovalFacts, ApprovalKind, ApprovalState, Cause, CoverageState, Facts,
        PlanListing, Service,
    },
};
use payerline_domain::{
    claims::{
        item::{Category, InsuredByOhip, RequestedBy},
        payer::Payer,
        submission::Submission,
    },
    preauthorizations::{
        Ledger, PreauthorizationEntry, PreauthorizationKind, PreauthorizationStatus, Validity,
    },
    values::{closed_enum::ClosedEnum, money::Cents},
};

/// The number of the approval of an example claim.
pub const EXAMPLE_NUMBER: &str = "PA-1";

impl From<PreauthorizationKind> for ApprovalKind {
    fn from(kind: PreauthorizationKind) -> Self {
        match kind {
            PreauthorizationKind::Ocf18 => Self::Ocf18,
            PreauthorizationKind::Ocf23 => Self::Ocf23,
            PreauthorizationKind::WsibApproval => Self::WsibApproval,
            PreauthorizationKind::Predetermination => Self::Predetermination,
        }
    }
}

impl ApprovalFacts {
    /// Such an approval, if there is one, and the same in words. It is for some categories alone, so that no other item
    /// uses it up, and of the cents that these need.
    pub fn example(&self, categories: &[Category], needed: i64) -> (Option<Value>, String) {
        let Self {
            preauthorization,
            preauthorization_kind,
        } = *self;
        let mut kinds = PreauthorizationKind::ALL.iter();
        let kind = kinds.find(|kind| ApprovalKind::from(**kind) == preauthorization_kind);
        let Some(kind) = kind else {
            let sentence = "The claim names no approval that counts for it.";
            return (None, sentence.to_owned());
        };
        let what = match kind {
            PreauthorizationKind::Ocf18 => "The OCF-18",
            PreauthorizationKind::Ocf23 => "The OCF-23",
            PreauthorizationKind::WsibApproval => "WSIB's approval",
            PreauthorizationKind::Predetermination => "The private plan's predetermination",
        };
        let (status, cents, state) = match preauthorization {
            ApprovalState::None | ApprovalState::Pending => ("pending", 0, "is not answered yet"),
            ApprovalState::Denied => ("denied", 0, "was refused"),
            ApprovalState::Expired => ("expired", 0, "is no longer valid"),
            ApprovalState::Insufficient => {
                let less = needed.saturating_sub(1);
                ("approved", less, "is approved for less than the item costs")
            }
            ApprovalState::Approved => ("approved", needed, "is approved"),
        };
        let approval = json!({
            "number": EXAMPLE_NUMBER,
            "kind": kind,
            "patient_id": patient::EXAMPLE_ID,
            "payer": kind.payer(),
            "status": status,
            "approved_cents": cents,
            "categories": categories,
        });
        (Some(approval), format!("{what} {state}."))
    }
}

/// The payer whose approvals count: the insurer of the accident, or a private plan when there was
/// none that has one. An item that OHIP insures relies on no approval.
pub fn payer_in_question(facts: &Facts, plans: &PrivatePlans<'_>) -> Option<Payer> {
    let (item, accident) = (&facts.item, &facts.accident);
    if item.ohip_insured == InsuredByOhip::Yes && accident.caused_by_work == Answer::No {
        return None;
    }
    let insurer_denied = match accident.cause {
        Cause::Auto => facts.insurance.auto == CoverageState::Denied,
        Cause::Work => facts.insurance.wsib == CoverageState::Denied,
        _ => false,
    };
    match accident.payer() {
        Some(payer) if !insurer_denied => Some(payer),
        // A plan that lists other categories only does not pay for this one.
        None if item.service == Service::Other && plans.listing == PlanListing::ListsOthers => None,
        _ => plans.pick.chosen.map(|_| Payer::Private),
    }
}

/// The approvals a claim names, looked up in the ledger: index, and entry if known and for this patient.
#[derive(Debug)]
pub struct Approvals<'l> {
    ledger: &'l Ledger,
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
        Self { ledger, usable }
    }

    /// The approval that each item relies on, with amounts compared, and its index in the claim's
    /// `preauthorizations`.
    pub fn reliances(&self, items: &[ItemFacts<'_>]) -> Vec<(ApprovalFacts, Option<usize>)> {
        let within: Vec<bool> = self
            .usable
            .iter()
            .map(|(_, entry)| {
                let drawn = self.ledger.drawn(&entry.number);
                drawn + sum_relying_on(entry, items) <= entry.approved_cents
            })
            .collect();
        items.iter().map(|it| self.best(it, &within)).collect()
    }

    /// The best that an item can rely on: an approval within its amount, then one that is too
    /// small, one not answered, one expired, one refused; among equals the first named. `within`
    /// says of each approval whether it suffices for all items that could rely on it.
    fn best(&self, item: &ItemFacts<'_>, within: &[bool]) -> (ApprovalFacts, Option<usize>) {
        let named = self.usable.iter().zip(within);
        named
            .filter_map(|((index, entry), within)| {
                let preauthorization = match state_for(entry, item)? {
                    ApprovalState::Approved if !within => ApprovalState::Insufficient,
                    state => state,
                };
                let facts = ApprovalFacts {
                    preauthorization,
                    preauthorization_kind: entry.kind.into(),
                };
                Some((facts, Some(*index)))
            })
            .min_by_key(|(facts, index)| (std::cmp::Reverse(facts.preauthorization), *index))
            .unwrap_or((Facts::USUAL.approval, None))
    }
}

/// The sum of the items that an approval could pay for.
pub(crate) fn sum_relying_on(entry: &PreauthorizationEntry, items: &[ItemFacts<'_>]) -> Cents {
    items
        .iter()
        .filter(|it| state_for(entry, it) == Some(ApprovalState::Approved))
        .map(|it| it.item.amount())
        .sum()
}

/// The state of an approval for an item; `None` if the item cannot rely on it at all.
fn state_for(entry: &PreauthorizationEntry, facts: &ItemFacts<'_>) -> Option<ApprovalState> {
    let item = facts.item;
    if facts.approval_payer != Some(entry.kind.payer())
        || !counts(entry.kind, &facts.facts)
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
        (PreauthorizationStatus::Approved | PreauthorizationStatus::Confirmed, Validity::Valid) => {
            Some(ApprovalState::Approved)
        }
    }
}

/// An OCF-23 counts only under the Minor Injury Guideline, never for stem cells or plasma.
pub(crate) fn counts(kind: PreauthorizationKind, facts: &Facts) -> bool {
    let is_minor = facts.insurance.minor_injury_guideline == Answer::Yes;
    kind != PreauthorizationKind::Ocf23 || (is_minor && facts.item.service == Service::Other)
}

/// Observes what is wrong with the approvals that the claim names, each with its index in `preauthorizations`.
/// `in_play` tells which payers the claim involves.
pub fn observe<'o>(
    submission: &'o Submission,
    ledger: &'o Ledger,
    items: &'o [ItemFacts<'o>],
    in_play: impl Fn(Payer) -> bool + 'o,
) -> impl Iterator<Item = (usize, Observation)> + 'o {
    let numbers = submission.preauthorizations.iter().enumerate();
    let are_for_nobody = items.iter().all(is_third_partys);
    // It may be meant for what a third party pays, which relies on none.
    let is_meant_for_nobody = items.iter().any(is_third_partys);
    numbers.filter_map(move |(index, number)| {
        let observation = match ledger.find(number) {
            // What third parties pay relies on no approval, so nothing else about it matters.
            _ if are_for_nobody => Observation::PreauthorizationNotApplicable,
            None => Observation::PreauthorizationUnknown,
            Some(entry) if entry.patient_id != submission.patient.id => {
                Observation::PreauthorizationOtherPatient
            }
            Some(entry) if !in_play(entry.kind.payer()) && is_meant_for_nobody => {
                Observation::PreauthorizationNotApplicable
            }
            Some(entry) if !in_play(entry.kind.payer()) => Observation::PreauthorizationWrongKind,
            Some(entry) => problem_of(entry, index, items)?,
        };
        Some((index, observation))
    })
}

pub fn is_third_partys(item: &ItemFacts<'_>) -> bool {
    item.item.requested_by == RequestedBy::ThirdParty
}

fn problem_of(
    entry: &PreauthorizationEntry,
    index: usize,
    items: &[ItemFacts<'_>],
) -> Option<Observation> {
    let rely_in = |state| {
        let mut relying = items.iter().filter(|it| it.relied_on == Some(index));
        relying.any(|it| it.facts.approval.preauthorization == state)
    };
    match entry.status {
        PreauthorizationStatus::Denied => Some(Observation::PreauthorizationDenied),
        PreauthorizationStatus::Expired => Some(Observation::PreauthorizationExpired),
        _ if rely_in(ApprovalState::Expired) => Some(Observation::PreauthorizationExpired),
        _ if rely_in(ApprovalState::Insufficient) => {
            Some(Observation::PreauthorizationInsufficient)
        }
        _ => items
            .iter()
            .all(|item| state_for(entry, item).is_none())
            .then_some(Observation::PreauthorizationNotApplicable),
    }
}
