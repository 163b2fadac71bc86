//! The facts of one item, and what is behind them.

use super::{coverages::Pick, plan::PrivatePlans};
use crate::table::vocabulary::Facts;
use payerline_domain::claims::{item::Item, payer::Payer};

pub struct ItemFacts<'s> {
    /// The item's number, from 1.
    pub sequence: u16,
    pub item: &'s Item,
    pub facts: Facts,
    /// The private plans that count for this item.
    pub plans: PrivatePlans<'s>,
    /// The federal programme that counts for it.
    pub federal: Pick<'s>,
    /// The payer whose approvals count for it, if any insurer is in play.
    pub approval_payer: Option<Payer>,
    /// The index in the claim's `preauthorizations` of the approval that it relies on.
    pub relied_on: Option<usize>,
}

impl ItemFacts<'_> {
    /// The index of the approval that the item relies on if this payer is responsible for it.
    pub fn relies_on_for(&self, payer: Payer) -> Option<usize> {
        self.relied_on
            .filter(|_| self.approval_payer == Some(payer))
    }
}
