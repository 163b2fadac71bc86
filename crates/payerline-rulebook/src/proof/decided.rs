//! Decides example claims, by which two rulebooks are compared.

use super::report::{Aspect, ItemRuling, Witness};
use crate::decide::compiled::Rulebook;
use payerline_domain::parse::decode::Decode;
use payerline_domain::{
    claims::{
        billing::BillTo,
        decision::{Assessment, Finding, ItemDecision},
        outside_facts::OutsideFacts,
        submission::Submission,
    },
    preauthorizations::{Ledger, PreauthorizationEntry},
    values::{closed_enum::ClosedEnum, money::Cents},
};

/// The decision of an example's first item, and the findings of the claim.
pub struct DecidedExample {
    item: ItemDecision,
    findings: Vec<Finding>,
}

impl DecidedExample {
    /// Decides an example as if it were submitted. `None` if it could not be.
    pub fn decide(rulebook: &Rulebook, example: &Witness) -> Option<Self> {
        let claim = serde_json::to_vec(&example.claim).ok()?;
        let claim = Submission::parse(&claim, example.today).ok()?;
        let entries = example.preauthorizations.iter();
        let entries = entries.map(|it| {
            let entry = serde_json::to_vec(it).ok()?;
            PreauthorizationEntry::parse(&entry).ok()
        });
        let outside = OutsideFacts {
            today: example.today,
            ledger: Ledger {
                preauthorizations: entries.collect::<Option<_>>()?,
                drawn: Vec::new(),
            },
            possible_duplicates: example.possible_duplicates.clone(),
            minor_injury_cents: Cents::default(),
            review_outdated: example.review_outdated,
        };
        let Assessment { decision, .. } = rulebook.decide(&claim, &outside)?;
        Some(Self {
            item: decision.items.into_iter().next()?,
            findings: decision.findings,
        })
    }

    pub fn ruling(&self) -> ItemRuling {
        ItemRuling {
            payer: self.item.payer,
            disposition: self.item.disposition,
            rule: self.item.grounds.rule.clone(),
        }
    }

    /// The aspects in which it differs from another decision of the same example.
    pub fn differs_in(&self, other: &Self) -> Vec<Aspect> {
        let (one, another) = (&self.item, &other.item);
        let documents = |it: &ItemDecision| it.grounds.required_documents.clone();
        let billed = |it: &ItemDecision| {
            let third_party = it.bill_to == Some(BillTo::ThirdParty);
            (it.billing_order, it.coverage, third_party)
        };
        let differing = Aspect::differing([
            one.payer != another.payer,
            one.disposition != another.disposition,
            billed(one) != billed(another),
            documents(one) != documents(another),
            self.reported() != other.reported(),
        ]);
        differing.collect()
    }

    /// The findings without their words, in an order of their own.
    fn reported(&self) -> Vec<(&str, &str, &str)> {
        let findings = self.findings.iter();
        let mut reported: Vec<_> = findings
            .map(|it| (&*it.code, it.pointer.as_str(), it.severity.word()))
            .collect();
        reported.sort_unstable();
        reported
    }
}
