//! Who is billed for a claim, in turn: each insurance by itself.

use super::facts::{ClaimFacts, ItemFacts, approval};
use payerline_domain::claims::{
    billing::BillTo,
    item::InsuredByOhip,
    payer::{Disposition, Payer},
    payers_due::{BilledParty, PayerDue, PayersDue},
    review::ReviewedItem,
};

impl ClaimFacts<'_> {
    /// Who is billed for items that are decided or reviewed, those of the claim's payer first.
    pub fn payers_due(&self, decided: impl Iterator<Item = ReviewedItem> + Clone) -> PayersDue {
        let mut items: Vec<(&ItemFacts<'_>, ReviewedItem)> =
            self.items.iter().zip(decided).collect();
        items.sort_by_key(|(_, decided)| decided.payer);
        let mut due = PayersDue::default();
        let mut before: Option<(&ItemFacts<'_>, ReviewedItem)> = None;
        let mut payers = Vec::new();
        for (item, decided) in items {
            // Most items of a claim are billed alike.
            if !before.is_some_and(|before| are_billed_alike(before, (item, decided))) {
                payers = self.billed(item, &decided);
            }
            due.add(decided.sequence, &payers);
            before = Some((item, decided));
        }
        due
    }

    fn billed(&self, item: &ItemFacts<'_>, decided: &ReviewedItem) -> Vec<PayerDue> {
        let payers = decided.billing_order.payers();
        if payers.is_empty() {
            return who_pays_instead(item, decided).into_iter().collect();
        }
        let mut due = Vec::with_capacity(payers.len());
        for payer in payers {
            let insurer = |payer, coverage| PayerDue { payer, coverage };
            match payer {
                Payer::Mva => {
                    let coverage = self.coverage_of(Payer::Mva, item, false);
                    due.push(insurer(BilledParty::Mva, coverage));
                }
                Payer::Wsib => {
                    let coverage = self.coverage_of(Payer::Wsib, item, false);
                    due.push(insurer(BilledParty::Wsib, coverage));
                }
                Payer::Private => {
                    let plans = self.plans_in_turn(item, decided, payers.len() == 1);
                    due.extend(plans.map(|plan| insurer(BilledParty::Private, plan)));
                }
                Payer::Uncovered => {}
            }
        }
        due
    }

    /// The private plans that are billed for an item: the first, and each further active one.
    fn plans_in_turn(
        &self,
        item: &ItemFacts<'_>,
        decided: &ReviewedItem,
        alone: bool,
    ) -> impl Iterator<Item = Option<usize>> {
        let own = self.coverage_of(Payer::Private, item, alone);
        let first = if alone { decided.coverage.or(own) } else { own };
        // A federal programme pays last: nobody comes after it.
        let is_federal = first.is_some() && first == item.federal.chosen.map(|(index, _)| index);
        let further = if is_federal {
            Vec::new()
        } else {
            let service = (item.item, item.facts.item.profession);
            self.private.further_active(service, first, alone)
        };
        std::iter::once(first).chain(further.into_iter().map(Some))
    }
}

fn are_billed_alike(
    (one, decided): (&ItemFacts<'_>, ReviewedItem),
    (other, also): (&ItemFacts<'_>, ReviewedItem),
) -> bool {
    let words = |it: &ReviewedItem| {
        (
            it.payer,
            it.disposition,
            it.bill_to,
            it.coverage,
            it.billing_order,
        )
    };
    let (one, other) = (one.item, other.item);
    words(&decided) == words(&also)
        && one.service_date == other.service_date
        && one.category == other.category
        && one.provider == other.provider
        && one.insured_by_ohip == other.insured_by_ohip
        && one.requested_by == other.requested_by
}

/// Who pays for an item that no insurer pays, once it is `ready`.
fn who_pays_instead(item: &ItemFacts<'_>, decided: &ReviewedItem) -> Option<PayerDue> {
    if decided.payer != Payer::Uncovered || decided.disposition != Disposition::Ready {
        return None;
    }
    let payer = match decided.bill_to {
        Some(BillTo::ThirdParty) => BilledParty::ThirdParty,
        _ if approval::is_third_partys(item) => BilledParty::ThirdParty,
        _ if item.item.insured_by_ohip == InsuredByOhip::Yes => BilledParty::Ministry,
        _ => BilledParty::Patient,
    };
    let coverage = None;
    Some(PayerDue { payer, coverage })
}
