//! What a person's review makes of a claim's items, and which laws it would break.

use super::{
    compiled::Rulebook,
    decision::billed_first,
    facts::{ClaimFacts, ItemFacts, approval::is_third_partys},
    matcher::Matcher,
};
use crate::table::{
    findings::Observation,
    laws::forbids,
    vocabulary::{Answer, LikelyInsured},
};
use payerline_domain::laws::Invariant;
use payerline_domain::{
    claims::{
        billing::{BillTo, BillingOrder, BillingSequence},
        decision::ItemDecision,
        item::InsuredByOhip,
        outside_facts::OutsideFacts,
        payer::{Disposition, Payer},
        payers_due::PayersDue,
        review::ReviewedItem,
        submission::Submission,
    },
    values::closed_enum::ClosedEnum,
};

/// The findings by which a claim asks whether OHIP insures an item. Whoever settles one states that it does not.
const SILENCE: [(LikelyInsured, &str); 2] = [
    (LikelyInsured::Physician, "ohip_insured_unknown"),
    (
        LikelyInsured::NursePractitioner,
        "physician_equivalent_charge",
    ),
];

/// The items of a claim after a review.
#[derive(Debug)]
pub struct ReviewedClaim {
    /// What is decided about them without the findings that are settled.
    pub decided: Vec<ItemDecision>,
    pub items: Vec<ReviewedItem>,
    pub payers_due: PayersDue,
    /// The laws that items break, each with the item's number.
    pub broken: Vec<(Invariant, u16)>,
}

impl Rulebook {
    /// Decides a claim without the findings that are settled, and then as a person says: `say` has the payer and the
    /// disposition of an item that is decided so.
    pub fn review(
        &self,
        submission: &Submission,
        outside: &OutsideFacts,
        settled: &[String],
        say: impl Fn(&ItemDecision) -> (Payer, Disposition),
    ) -> ReviewedClaim {
        let mut claim = ClaimFacts::gather(submission, outside, &self.reading);
        for item in &mut claim.items {
            settle(item, settled);
        }
        let decided = self.decide_settled(&claim, settled);
        let items = claim.items.iter().zip(&decided);
        let items: Vec<ReviewedItem> = items
            .map(|(item, decided)| self.reviewed_item(&claim, item, decided, say(decided)))
            .collect();
        let facts = claim.items.iter().zip(&items);
        let broken = facts.flat_map(|(facts, item)| {
            let laws = self.broken_laws(facts, item, settled).into_iter();
            laws.map(|law| (law, item.sequence))
        });
        ReviewedClaim {
            broken: broken.collect(),
            payers_due: claim.payers_due(items.iter().copied()),
            decided,
            items,
        }
    }

    fn reviewed_item(
        &self,
        claim: &ClaimFacts<'_>,
        item: &ItemFacts<'_>,
        decided: &ItemDecision,
        (payer, disposition): (Payer, Disposition),
    ) -> ReviewedItem {
        let mut reviewed = ReviewedItem {
            payer,
            disposition,
            ..ReviewedItem::from(decided)
        };
        if payer != decided.payer {
            reviewed.billing_order = match payer {
                Payer::Uncovered => BillingOrder(BillingSequence::Nobody),
                _ => self.billing_order(&item.facts.with_payer(payer)),
            };
            reviewed.coverage = billed_first(claim, item, reviewed.billing_order);
        }
        let is_billed = payer == Payer::Uncovered && disposition == Disposition::Ready;
        // What OHIP insures is billed to the ministry, never to the patient.
        reviewed.bill_to = match item.item.insured_by_ohip {
            _ if !is_billed => None,
            _ if is_third_partys(item) => Some(BillTo::ThirdParty),
            InsuredByOhip::Yes => None,
            InsuredByOhip::No | InsuredByOhip::Unknown => Some(BillTo::Patient),
        };
        reviewed
    }

    /// The laws that forbid an item to be `ready` for its payer.
    fn broken_laws(
        &self,
        item: &ItemFacts<'_>,
        reviewed: &ReviewedItem,
        settled: &[String],
    ) -> Vec<Invariant> {
        if reviewed.disposition != Disposition::Ready {
            return Vec::new();
        }
        let breaks = |law: &&Invariant| {
            let forbidden = forbids(**law);
            let mut forbidden = forbidden
                .iter()
                .filter(|(payers, _)| payers.contains(&reviewed.payer));
            forbidden.any(|(_, when)| {
                let holds = Matcher::new(std::iter::once(when), &self.reading.insurers);
                holds.first(&item.facts).is_some()
            })
        };
        let mut laws: Vec<Invariant> = Invariant::ALL.iter().filter(breaks).copied().collect();
        if is_stated_uninsured(item, settled) {
            laws.retain(|law| *law != Invariant::SilenceNeverReady);
        }
        laws
    }
}

/// Takes back what findings say of an item that rules and checks ask about as facts.
fn settle(item: &mut ItemFacts<'_>, settled: &[String]) {
    let is_settled =
        |observation: Observation| settled.iter().any(|code| code == observation.word());
    if is_settled(Observation::PossibleDuplicate) {
        item.facts.item.possible_duplicate = Answer::No;
    }
    if is_settled(Observation::AccidentMissing) {
        item.facts.accident.accident_unreported = Answer::No;
    }
}

/// True if a person stated that OHIP does not insure the item, by settling the finding that asks.
fn is_stated_uninsured(item: &ItemFacts<'_>, settled: &[String]) -> bool {
    SILENCE.iter().any(|(likely, code)| {
        item.facts.health.likely_ohip_insured == *likely && settled.iter().any(|it| it == code)
    })
}
