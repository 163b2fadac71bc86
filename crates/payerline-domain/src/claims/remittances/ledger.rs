//! The ledger of a claim: what of each item is paid, adjusted, the patient's and outstanding. These always add up to what is
//! billed.

use super::{
    balance::{ItemAccount, NextDue},
    remittance::{BookedItem, Remittance, standing},
};
use crate::{
    claims::{
        claim::Status,
        payers_due::{PayerDue, PayersDue},
        submission::Submission,
    },
    values::money::Cents,
};

/// The items of a claim, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger(Vec<ItemAccount>);

impl Ledger {
    /// The ledger of a claim after some remittances.
    pub fn of(submission: &Submission, remittances: &[Remittance]) -> Self {
        let amounts = submission.items.iter().map(|item| item.amount());
        let mut ledger = Self::open(amounts);
        remittances.iter().for_each(|it| ledger.add(&it.items));
        ledger
    }

    /// Items of which nothing is paid yet.
    pub fn open(amounts: impl Iterator<Item = Cents>) -> Self {
        let open = |amount: Cents| ItemAccount {
            billed: amount.get(),
            ..ItemAccount::default()
        };
        Self(amounts.map(open).collect())
    }

    /// Adds what a remittance books.
    pub fn add(&mut self, entries: &[BookedItem]) {
        for entry in entries {
            if let Some(account) = self.account_mut(entry.sequence) {
                account.paid += entry.paid_cents;
                account.adjusted += entry.adjusted_cents;
                account.patient += entry.patient_cents;
            }
        }
    }

    /// The account of an item, by its number from 1.
    pub fn account(&self, sequence: u16) -> Option<&ItemAccount> {
        self.0.get(usize::from(sequence).checked_sub(1)?)
    }

    fn account_mut(&mut self, sequence: u16) -> Option<&mut ItemAccount> {
        self.0.get_mut(usize::from(sequence).checked_sub(1)?)
    }

    pub fn is_sound(&self) -> bool {
        self.0.iter().all(ItemAccount::is_sound)
    }

    /// The sum of all items.
    pub fn total(&self) -> ItemAccount {
        let sum = |sum: ItemAccount, it: &ItemAccount| ItemAccount {
            billed: sum.billed + it.billed,
            paid: sum.paid + it.paid,
            adjusted: sum.adjusted + it.adjusted,
            patient: sum.patient + it.patient,
        };
        self.0.iter().fold(ItemAccount::default(), sum)
    }

    /// Where a claim stands that has been answered.
    pub fn status(&self) -> Status {
        let total = self.total();
        if total.outstanding() == 0 {
            Status::Paid
        } else if total.paid == 0 {
            Status::Denied
        } else {
            Status::PartiallyPaid
        }
    }

    /// Whether something of an item is outstanding.
    fn is_open(&self, sequence: u16) -> bool {
        self.account(sequence)
            .is_some_and(|it| it.outstanding() > 0)
    }

    /// The numbers of the items of which something is outstanding.
    pub fn open_items(&self) -> impl Iterator<Item = u16> {
        (1..).take(self.0.len()).filter(|it| self.is_open(*it))
    }

    /// Whose turn it is to pay what is outstanding of each item: the next in turn who has not answered about it. Items about
    /// which all have answered are left out.
    pub fn next_dues(&self, due: &PayersDue, remittances: &[Remittance]) -> Vec<NextDue> {
        let mut all: Vec<NextDue> = Vec::new();
        for (item, payers) in due.by_item().filter(|(item, _)| self.is_open(*item)) {
            let next = payers
                .iter()
                .find(|it| !has_answered(remittances, **it, item));
            let Some(payer) = next.copied() else {
                continue;
            };
            match all.iter_mut().find(|it| it.payer == payer) {
                Some(known) => known.items.push(item),
                None => all.push(NextDue {
                    payer,
                    items: vec![item],
                }),
            }
        }
        all
    }

    /// Those items of which something is outstanding.
    pub fn open_of(&self, items: &[u16]) -> Vec<u16> {
        items
            .iter()
            .copied()
            .filter(|it| self.is_open(*it))
            .collect()
    }
}

/// Whether a payer has left a share of an item to the patient. What was taken back since does not count.
pub fn has_left_share(remittances: &[Remittance], payer: PayerDue, item: u16) -> bool {
    let leaves = |entry: &BookedItem| entry.sequence == item && entry.patient_cents > 0;
    standing(remittances).any(|it| it.payer_due().is_same(payer) && it.items.iter().any(leaves))
}

/// Whether a payer has answered about an item. What was taken back since does not count.
pub fn has_answered(remittances: &[Remittance], payer: PayerDue, item: u16) -> bool {
    standing(remittances).any(|it| {
        it.payer_due().is_same(payer) && it.items.iter().any(|entry| entry.sequence == item)
    })
}
