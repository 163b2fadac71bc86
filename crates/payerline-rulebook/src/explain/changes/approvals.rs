//! Changes of prior approvals: obtained, answered, raised, renewed, entered, or named by mistake.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::explain::{
    change::{Change, ChangeKind},
    phrases::{self, dollars},
};
use crate::{
    decide::facts::{
        ItemFacts,
        approval::{counts, sum_relying_on},
    },
    table::vocabulary::{Answer, Service},
};
use payerline_domain::{
    claims::{
        item::Category,
        submission::{MAX_PREAUTHORIZATIONS, Submission},
    },
    preauthorizations::{
        Ledger, PreauthorizationEntry, PreauthorizationKind, PreauthorizationStatus,
    },
    values::{closed_enum::ClosedEnum, money::Cents, text::Label},
};

/// The approvals of a claim, and what its items could rely on.
pub struct Approvals<'c> {
    pub claim: &'c Submission,
    pub ledger: &'c Ledger,
    pub items: &'c [ItemFacts<'c>],
    /// Whether the table is of 2026.3 or later.
    pub is_later_edition: bool,
}

impl Approvals<'_> {
    /// The changes that may be tried.
    pub fn changes(&self) -> Vec<Change> {
        let mut changes: Vec<Change> = self.obtained().collect();
        let numbers = &self.claim.preauthorizations;
        for (index, number) in numbers.iter().enumerate() {
            if numbers.iter().position(|first| first == number) != Some(index) {
                continue;
            }
            match self.ledger.find(number) {
                None => {
                    changes.extend(self.entered(index, number));
                    changes.push(not_named(index, number));
                }
                Some(entry) if !self.is_for_this(entry) => changes.push(not_named(index, number)),
                Some(entry) => changes.extend(self.answered(index, entry)),
            }
        }
        changes
    }

    fn is_for_this(&self, entry: &PreauthorizationEntry) -> bool {
        let mut payers = self.items.iter().map(|it| it.approval_payer);
        entry.patient_id == self.claim.patient.id && payers.any(|it| it == Some(entry.kind.payer()))
    }

    /// A new approval of each kind that some item could rely on.
    fn obtained(&self) -> impl Iterator<Item = Change> {
        let numbers = &self.claim.preauthorizations;
        let number = (1..)
            .map_while(|count: usize| Label::parse(&format!("NEW-{count}")).ok())
            .find(|number| !numbers.contains(number))
            .filter(|_| numbers.len() < MAX_PREAUTHORIZATIONS);
        let entries = PreauthorizationKind::ALL
            .iter()
            .filter_map(move |kind| self.approved(*kind, number.clone()?));
        entries.map(|entry| {
            let given = format!(
                "With {} of at least {} for {}, named on the claim",
                phrases::given(entry.kind),
                dollars(entry.approved_cents),
                phrases::categories(entry.categories.as_deref().unwrap_or_default()),
            );
            let (kind, number) = (ChangeKind::ApprovalObtained, entry.number.clone());
            let named = |claim: &mut Submission, number| claim.preauthorizations.push(number);
            Change::new(kind, given, "/preauthorizations/-", number, named).with_entry(entry)
        })
    }

    /// The approval of a number that the ledger does not have, as each payer in question would give it.
    fn entered(&self, index: usize, number: &Label) -> Vec<Change> {
        let kinds = PreauthorizationKind::ALL.iter();
        let entries = kinds
            .filter(|kind| **kind != PreauthorizationKind::Ocf23)
            .filter_map(|kind| self.approved(*kind, number.clone()));
        entries
            .map(|entry| {
                let given = format!(
                    "If number {number} is {} of at least {} and was entered in the ledger",
                    phrases::given(entry.kind),
                    dollars(entry.approved_cents),
                );
                Change::of_entry(ChangeKind::ApprovalEntered, given, index, entry)
            })
            .collect()
    }

    /// An approval of a kind with the amount that the items which need it add up to; `None` when no item
    /// could rely on it, or when it would be more than one approval can be.
    fn approved(&self, kind: PreauthorizationKind, number: Label) -> Option<PreauthorizationEntry> {
        let entry = PreauthorizationEntry {
            number,
            kind,
            patient_id: self.claim.patient.id.clone(),
            payer: kind.payer(),
            status: PreauthorizationStatus::Approved,
            approved_cents: Cents::default(),
            categories: Some(self.categories_in_need(kind)?),
            valid_from: None,
            valid_to: None,
        };
        self.sufficient(entry)
    }

    /// The categories of the items that such an approval is asked for. WSIB and private plans are asked
    /// about stem cells and plasma only.
    fn categories_in_need(&self, kind: PreauthorizationKind) -> Option<Vec<Category>> {
        let in_need = self.items.iter().filter(|it| {
            let asked = match kind {
                PreauthorizationKind::Ocf18 => {
                    !self.is_later_edition
                        || it.item.category != Category::Report && !is_in_guideline(it)
                }
                // A report needs no plan: it is paid or not by another rule.
                PreauthorizationKind::Ocf23 => {
                    !self.is_later_edition || it.item.category != Category::Report
                }
                PreauthorizationKind::WsibApproval | PreauthorizationKind::Predetermination => {
                    it.facts.item.service != Service::Other
                }
            };
            asked && counts(kind, &it.facts) && it.approval_payer == Some(kind.payer())
        });
        let categories: BTreeSet<Category> = in_need.map(|it| it.item.category).collect();
        (!categories.is_empty()).then(|| categories.into_iter().collect())
    }

    /// The least amount that suffices for all that could rely on it beside what other claims have drawn.
    fn needed(&self, entry: &PreauthorizationEntry) -> Cents {
        self.ledger.drawn(&entry.number) + sum_relying_on(entry, self.items)
    }

    /// The entry with an amount that suffices for all that could rely on it.
    fn sufficient(&self, mut entry: PreauthorizationEntry) -> Option<PreauthorizationEntry> {
        let needed = self.needed(&entry);
        entry.approved_cents = entry.approved_cents.max(needed);
        (entry.approved_cents.get() <= Cents::MAX).then_some(entry)
    }

    /// A better answer of the payer about an approval that is in the ledger.
    fn answered(&self, index: usize, entry: &PreauthorizationEntry) -> Option<Change> {
        let (first, last) = self.claim.service_period()?;
        let mut better = entry.clone();
        if entry.status != PreauthorizationStatus::Confirmed {
            better.status = PreauthorizationStatus::Approved;
        }
        better.valid_from = entry.valid_from.map(|from| from.min(first));
        better.valid_to = entry.valid_to.map(|to| to.max(last));
        let is_other_days =
            (better.valid_from, better.valid_to) != (entry.valid_from, entry.valid_to);
        let better = self.sufficient(better)?;
        if better == *entry {
            return None;
        }
        let (kind, verb, preposition) = match entry.status {
            PreauthorizationStatus::Denied => (
                ChangeKind::ApprovalReconsidered,
                "took back its refusal of",
                "and approved",
            ),
            PreauthorizationStatus::Pending => (ChangeKind::ApprovalAnswered, "approved", "for"),
            PreauthorizationStatus::Expired => (ChangeKind::ApprovalRenewed, "renewed", "for"),
            PreauthorizationStatus::Approved if is_other_days => {
                (ChangeKind::ApprovalRenewed, "renewed", "for")
            }
            PreauthorizationStatus::Confirmed if is_other_days => {
                (ChangeKind::ApprovalRenewed, "renewed", "for")
            }
            PreauthorizationStatus::Approved | PreauthorizationStatus::Confirmed => {
                (ChangeKind::ApprovalRaised, "raised", "to")
            }
        };
        let days = if is_other_days {
            ", valid on the days of service"
        } else {
            ""
        };
        let given = format!(
            "If {} {verb} the {} {} {preposition} at least {}{days}",
            phrases::payer(better.payer),
            phrases::asked(better.kind),
            better.number,
            dollars(self.needed(&better)),
        );
        Some(Change::of_entry(kind, given, index, better))
    }
}

/// True if the insurer is asked by an OCF-23, since the injury is under the Minor Injury Guideline.
fn is_in_guideline(item: &ItemFacts<'_>) -> bool {
    item.facts.insurance.minor_injury_guideline == Answer::Yes
        && item.facts.item.service == Service::Other
}

/// A number that is not known, for another patient or of a payer not involved may be a mistake. A refusal
/// or an expired approval that is this claim's own stays: it is not to be hidden.
fn not_named(index: usize, number: &Label) -> Change {
    Change::new(
        ChangeKind::ApprovalNotNamed,
        format!("If approval number {number} is named by mistake and was taken out"),
        format!("/preauthorizations/{index}"),
        Value::Null,
        move |claim, _| {
            if index < claim.preauthorizations.len() {
                claim.preauthorizations.remove(index);
            }
        },
    )
}
