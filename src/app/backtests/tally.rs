//! What a back-test adds up, claim by claim; parts can be added up apart and merged in any order.

use std::collections::BTreeMap;

use payerline_domain::{
    backtests::backtest::{BacktestResult, MatrixCell, PayerAndDisposition, RuleCount, RuleShift},
    values::{ids::ClaimId, money::Cents},
};

/// Unreadable claims that are named.
const NAMED: usize = 20;

/// The sums so far.
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

/// How many, and of how much together. Sums stop at the largest number there is: no real money comes near it.
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

    fn one(cents: Cents) -> Self {
        Self {
            count: 1,
            cents: cents.get(),
        }
    }

    fn of(count: u64, cents: Cents) -> Self {
        Self {
            count,
            cents: cents.get(),
        }
    }

    fn cents(self) -> Cents {
        Cents::from_stored(self.cents)
    }
}

/// A claim before and after.
pub struct Difference<'c> {
    /// What is stored of it.
    pub before: PayerAndDisposition,
    /// What the tested version decides.
    pub after: PayerAndDisposition,
    /// Its total.
    pub total: Cents,
    /// Its items, in their order.
    pub items: Vec<ItemDifference<'c>>,
}

/// An item before and after.
pub struct ItemDifference<'c> {
    /// What is stored of it.
    pub before: PayerAndDisposition,
    /// What the tested version decides.
    pub after: PayerAndDisposition,
    /// The rule that decided.
    pub rule_before: &'c str,
    /// The rule of the tested version.
    pub rule_after: &'c str,
    /// Whether the same are billed, in the same order.
    pub billed_alike: bool,
    /// Its amount.
    pub amount: Cents,
}

impl ItemDifference<'_> {
    fn is_changed(&self) -> bool {
        self.before != self.after || !self.billed_alike
    }
}

impl Tally {
    /// Counts a claim that could not be compared.
    pub fn add_unreadable(&mut self, id: ClaimId) {
        self.unreadable += 1;
        if self.unreadable_ids.len() < NAMED {
            self.unreadable_ids.push(id);
        }
    }

    /// Counts a claim. If it would change: the amounts of its items that would have another payer.
    pub fn add(&mut self, claim: &Difference<'_>) -> Option<Cents> {
        self.claims += 1;
        let cell = self.matrix.entry((claim.before, claim.after)).or_default();
        cell.add(Sum::one(claim.total));
        let mut changed = claim.before != claim.after;
        let mut moved = 0_i64;
        for item in &claim.items {
            self.add_item(item);
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

    fn add_item(&mut self, item: &ItemDifference<'_>) {
        let one = Sum::one(item.amount);
        // Looked for first: nearly always it is there, and a name need not be copied.
        match self.decided_by.get_mut(item.rule_after) {
            Some(sum) => sum.add(one),
            None => {
                self.decided_by.insert(item.rule_after.to_owned(), one);
            }
        }
        if item.rule_before != item.rule_after || item.is_changed() {
            let rules = (item.rule_before.to_owned(), item.rule_after.to_owned());
            self.rules.entry(rules).or_default().add(one);
        }
    }

    /// Claims that were looked at, the unreadable ones too.
    pub fn seen(&self) -> u64 {
        self.claims + self.unreadable
    }

    /// Adds what was added up apart, of claims behind these.
    pub fn merge(&mut self, other: Self) {
        self.claims += other.claims;
        self.changed += other.changed;
        self.moved = self.moved.saturating_add(other.moved);
        self.unreadable += other.unreadable;
        let room = NAMED.saturating_sub(self.unreadable_ids.len());
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

    /// The sums as they are shown and written down, rows in a fixed order.
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
    /// Goes on from sums that were written down.
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
                .map(|it| ((it.before, it.after), Sum::of(it.claims, it.cents)))
                .collect(),
            rules: rules
                .map(|it| ((it.before, it.after), Sum::of(it.items, it.cents)))
                .collect(),
            decided_by: decided_by
                .map(|it| (it.rule, Sum::of(it.items, it.cents)))
                .collect(),
        }
    }
}
