//! The sides that decide, over the same claims; and the check that they come to the same.

use std::{collections::BTreeSet, error::Error, hint::black_box};

use cel::Context;
use payerline::{
    domain::decision::Assessment,
    rulebook::{
        Rulebook,
        conditions::{Facts, Mask},
        facts::ClaimFacts,
    },
};
use zen_engine::Variable;

use crate::{
    cel::CelPrograms,
    claims::{self, Claim},
    rules::{Rules, facts_in_words},
    zen::ZenTable,
};

/// Who decides what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Payerline, from claim and ledger to the finished decision: facts, rules, checks, billing orders, findings,
    /// texts, and the sums by payer.
    Decision,
    /// Payerline, from the facts of an item to the rule: what the engines do.
    Rules,
    /// zen-engine, from the facts of an item to the rule.
    Zen,
    /// cel, from the facts of an item to the rule.
    Cel,
}

impl Side {
    /// All, with their names.
    pub const ALL: [(Self, &str); 4] = [
        (Self::Decision, "decision"),
        (Self::Rules, "rules"),
        (Self::Zen, "zen"),
        (Self::Cel, "cel"),
    ];
}

/// A claim with the facts of its items in the form in which each side takes them.
pub struct Prepared {
    claim: Claim,
    items: Vec<PreparedItem>,
}

struct PreparedItem {
    facts: Facts,
    zen: Variable,
    cel: Context<'static, 'static>,
}

/// What was compared.
#[derive(Debug, Default)]
pub struct Agreement {
    /// Claims.
    pub claims: usize,
    /// Their items: on each all sides agreed.
    pub items: usize,
    /// The rules that decided them.
    pub rules: BTreeSet<String>,
}

/// All sides, with the same rules.
pub struct Contest {
    rulebook: Rulebook,
    masks: Vec<Mask>,
    zen: ZenTable,
    cel: CelPrograms,
}

impl Contest {
    /// All sides with the rules of a rulebook.
    ///
    /// # Errors
    /// What cannot be translated, or is not understood by an engine.
    pub fn new(rulebook: Rulebook) -> Result<Self, Box<dyn Error>> {
        let rules = Rules::of(rulebook.table())?;
        Self::between(rulebook, &rules)
    }

    /// Payerline with a rulebook, the others with rules that should be the same.
    pub(crate) fn between(rulebook: Rulebook, rules: &Rules) -> Result<Self, Box<dyn Error>> {
        Ok(Self {
            masks: rulebook
                .table()
                .rules()
                .iter()
                .map(|it| it.when.compile(rulebook.insurers()))
                .collect(),
            zen: ZenTable::new(rules)?,
            cel: CelPrograms::new(rules)?,
            rulebook,
        })
    }

    /// A claim with its items' facts gathered and put into the form of each engine.
    pub fn prepare(&self, claim: Claim) -> Prepared {
        let gathered = ClaimFacts::gather(&claim.submission, &claim.ledger, self.rulebook.insurers());
        let items = gathered.items.iter().map(|item| {
            let words = facts_in_words(&self.rulebook, &item.facts);
            PreparedItem {
                facts: item.facts,
                zen: ZenTable::facts(&words),
                cel: self.cel.facts(&words),
            }
        });
        let items = items.collect();
        Prepared { claim, items }
    }

    /// Lets a side decide claims, and drops what comes of it.
    pub fn run(&self, side: Side, load: &Load) {
        for Prepared { claim, items } in &load.claims {
            match side {
                Side::Decision => drop(black_box(self.decide(black_box(claim)))),
                Side::Rules => ask_each(items, |item| self.first_rule(&item.facts)),
                Side::Zen => ask_each(items, |item| self.zen.ask(&item.zen)),
                Side::Cel => ask_each(items, |item| self.cel.ask(&item.cel)),
            }
        }
    }

    /// Lets all sides decide claims.
    ///
    /// # Errors
    /// The first item on which they differ, or what one failed with; or a rule that decided nothing, for of that
    /// one nothing was compared.
    pub fn agree(
        &self,
        claims: impl IntoIterator<Item = Claim>,
    ) -> Result<Agreement, Box<dyn Error>> {
        let mut agreement = Agreement::default();
        for claim in claims {
            self.agree_on(&self.prepare(claim), &mut agreement)?;
        }
        let rules = self.rulebook.table().rules();
        match rules.iter().find(|it| !agreement.rules.contains(&*it.id)) {
            Some(idle) => Err(format!("no claim is decided by {}", idle.id).into()),
            None => Ok(agreement),
        }
    }

    fn agree_on(
        &self,
        Prepared { claim, items }: &Prepared,
        agreement: &mut Agreement,
    ) -> Result<(), Box<dyn Error>> {
        let assessment = self.decide(claim);
        let decided = assessment.map(|it| it.decision.items).unwrap_or_default();
        if decided.len() != items.len() {
            return Err("a decision has other items than its claim".into());
        }
        for (item, decided) in items.iter().zip(decided) {
            let rule = &*decided.grounds.rule;
            let zen = ZenTable::rule(&self.zen.ask(&item.zen)?).unwrap_or_default();
            let others = [self.first_rule(&item.facts), &zen, self.cel.ask(&item.cel)?];
            if others.iter().any(|other| *other != rule) {
                let claim = &claim.submission.external_id;
                return Err(format!(
                    "{claim:?}, item {}: decided by {rule}; by rules alone, zen-engine, cel: {others:?}",
                    decided.sequence,
                )
                .into());
            }
            agreement.rules.insert(rule.to_owned());
            agreement.items += 1;
        }
        agreement.claims += 1;
        Ok(())
    }

    fn decide(&self, claim: &Claim) -> Option<Assessment> {
        self.rulebook.decide(&claim.submission, &claim.ledger)
    }

    fn first_rule(&self, facts: &Facts) -> &str {
        let situation = facts.compile();
        let mut rules = self.masks.iter().zip(self.rulebook.table().rules());
        match rules.find(|(mask, _)| mask.matches(&situation)) {
            Some((_, rule)) => &rule.id,
            None => &self.rulebook.table().otherwise().id,
        }
    }
}

fn ask_each<'i, T>(items: &'i [PreparedItem], ask: impl Fn(&'i PreparedItem) -> T) {
    for item in items {
        black_box(ask(black_box(item)));
    }
}

/// Claims to be timed, with what they are called.
pub struct Load {
    /// Its name.
    pub name: &'static str,
    /// The claims.
    pub claims: Vec<Prepared>,
}

impl Load {
    /// What is timed: one claim of three items, and a thousand claims as clinics would send them.
    ///
    /// # Errors
    /// That a claim cannot be read.
    pub fn all(contest: &Contest) -> Result<[Self; 2], Box<dyn Error>> {
        let load = |name, claims: Vec<Claim>| Self {
            name,
            claims: claims.into_iter().map(|it| contest.prepare(it)).collect(),
        };
        Ok([
            load("claim", vec![claims::of_three_items()?]),
            load("mix", claims::made_up(1_000)?),
        ])
    }

    /// How many items are decided.
    pub fn items(&self) -> usize {
        self.claims.iter().map(|claim| claim.items.len()).sum()
    }
}
