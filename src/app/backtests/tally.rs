//! The sums of a back-test. Parts can be added up by several threads and merged.

use std::collections::BTreeMap;

use payerline_domain::{
    backtests::backtest::{BacktestResult, MatrixCell, PayerAndDisposition, RuleCount, RuleShift},
    values::{ids::ClaimId, money::Cents},
};

const MAX_UNREADABLE_IDS: usize = 20;

#[derive(Debug, Default)]
pub struct Tally {
    claims: u64,
    changed: u64,
    moved: i64,
    unreadable: u64,
    unreadable_ids: Vec<ClaimId>,
    matrix: BTreeMap<(PayerAndDisposition, PayerAndDisposition), Sum>,
    rules: BTreeMap<(String, String), Sum>,
    decided_by: BTreeMap<String, Sum>,
}

/// A count and a total, which saturate: no real money comes near the limit.
#[derive(Debug, Default, Clone, Copy)]
struct Sum {
    count: u64,
    cents: i64,
}

impl Sum {
    fn add(&mut self, more: Self) {
        self.count = self.count.saturating_add(more.count);
        self.cents = self.cents.saturating_add(more.cents);
    }

    fn new(count: u64, cents: Cents) -> Self {
        Self {
            count,
            cents: cents.get(),
        }
    }

    fn cents(self) -> Cents {
        Cents::from_stored(self.cents)
    }
}

/// An item's stored decision and that of the tested version.
pub struct ItemComparison<'c> {
    pub before: PayerAndDisposition,
    pub after: PayerAndDisposition,
    pub rule_before: &'c str,
    pub rule_after: &'c str,
    /// The same payers are billed in the same order.
    pub has_same_billing: bool,
    pub amount: Cents,
}

impl ItemComparison<'_> {
    fn is_changed(&self) -> bool {
        self.before != self.after || !self.has_same_billing
    }
}

impl Tally {
    pub fn add_unreadable(&mut self, id: ClaimId) {
        self.unreadable += 1;
        if self.unreadable_ids.len() < MAX_UNREADABLE_IDS {
            self.unreadable_ids.push(id);
        }
    }

    /// Counts a claim by its payer and disposition before and after. Returns the total of its items that would have
    /// another payer, if the claim would change.
    pub fn add<'c>(
        &mut self,
        (before, after): (PayerAndDisposition, PayerAndDisposition),
        total: Cents,
        items: impl Iterator<Item = ItemComparison<'c>>,
    ) -> Option<Cents> {
        self.claims += 1;
        let cell = self.matrix.entry((before, after)).or_default();
        cell.add(Sum::new(1, total));
        let mut changed = before != after;
        let mut moved = 0_i64;
        for item in items {
            self.add_item(&item);
            changed |= item.is_changed();
            if item.before.payer != item.after.payer {
                moved = moved.saturating_add(item.amount.get());
            }
        }
        if !changed {
            return None;
        }
        self.changed += 1;
        self.moved = self.moved.saturating_add(moved);
        Some(Cents::from_stored(moved))
    }

    fn add_item(&mut self, item: &ItemComparison<'_>) {
        let sum = Sum::new(1, item.amount);
        // The rule is nearly always there, so looking it up first saves a copy of its name.
        match self.decided_by.get_mut(item.rule_after) {
            Some(total) => total.add(sum),
            None => {
                self.decided_by.insert(item.rule_after.to_owned(), sum);
            }
        }
        if item.rule_before != item.rule_after || item.is_changed() {
            let rules = (item.rule_before.to_owned(), item.rule_after.to_owned());
            self.rules.entry(rules).or_default().add(sum);
        }
    }

    /// Counts the claims so far, unreadable ones included.
    pub fn count_claims(&self) -> u64 {
        self.claims + self.unreadable
    }

    /// Adds the sums of later claims.
    pub fn merge(&mut self, other: Self) {
        self.claims += other.claims;
        self.changed += other.changed;
        self.moved = self.moved.saturating_add(other.moved);
        self.unreadable += other.unreadable;
        let room = MAX_UNREADABLE_IDS.saturating_sub(self.unreadable_ids.len());
        let ids = other.unreadable_ids.into_iter().take(room);
        self.unreadable_ids.extend(ids);
        for (key, sum) in other.matrix {
            self.matrix.entry(key).or_default().add(sum);
        }
        for (key, sum) in other.rules {
            self.rules.entry(key).or_default().add(sum);
        }
        for (key, sum) in other.decided_by {
            self.decided_by.entry(key).or_default().add(sum);
        }
    }

    /// Returns the sums as they are shown and stored, rows in a fixed order.
    pub fn result(&self) -> BacktestResult {
        let matrix = self.matrix.iter();
        let rules = self.rules.iter();
        let decided_by = self.decided_by.iter();
        BacktestResult {
            claims: self.claims,
            changed: self.changed,
            moved_cents: Cents::from_stored(self.moved),
            unreadable: self.unreadable,
            unreadable_ids: self.unreadable_ids.clone(),
            matrix: matrix
                .map(|((before, after), sum)| MatrixCell {
                    before: *before,
                    after: *after,
                    claims: sum.count,
                    cents: sum.cents(),
                })
                .collect(),
            rules: rules
                .map(|((before, after), sum)| RuleShift {
                    before: before.clone(),
                    after: after.clone(),
                    items: sum.count,
                    cents: sum.cents(),
                })
                .collect(),
            decided_by: decided_by
                .map(|(rule, sum)| RuleCount {
                    rule: rule.clone(),
                    items: sum.count,
                    cents: sum.cents(),
                })
                .collect(),
        }
    }
}

impl From<BacktestResult> for Tally {
    /// Continues from stored sums.
    fn from(result: BacktestResult) -> Self {
        let matrix = result.matrix.into_iter();
        let rules = result.rules.into_iter();
        let decided_by = result.decided_by.into_iter();
        Self {
            claims: result.claims,
            changed: result.changed,
            moved: result.moved_cents.get(),
            unreadable: result.unreadable,
            unreadable_ids: result.unreadable_ids,
            matrix: matrix
                .map(|it| ((it.before, it.after), Sum::new(it.claims, it.cents)))
                .collect(),
            rules: rules
                .map(|it| ((it.before, it.after), Sum::new(it.items, it.cents)))
                .collect(),
            decided_by: decided_by
                .map(|it| (it.rule, Sum::new(it.items, it.cents)))
                .collect(),
        }
    }
}
