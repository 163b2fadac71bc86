//! The sides that decide, over the same claims; and the check that they come to the same.

use std::{collections::BTreeSet, error::Error, hint::black_box};

use payerline_domain::{claims::decision::Assessment, values::closed_enum::ClosedEnum};
use payerline_rulebook::{
    Rulebook,
    decide::{facts::ClaimFacts, matcher::Matcher},
    table::{rules::Observation, vocabulary::Facts},
};

use crate::{
    cel::CelPrograms,
    claims::{self, Claim},
    engine::{Decision, Engine, Given},
    table::Parts,
    zen::ZenTables,
};

/// Who decides what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Payerline, from claim and ledger to the finished decision: facts, rules, checks, billing orders, findings,
    /// texts, and the sums by payer.
    Decision,
    /// Payerline, from the facts of an item to the rule.
    Rules,
    /// From claim and ledger by zen-engine: facts gathered by Payerline and handed over, rules, checks, billing orders.
    ZenDecision,
    /// zen-engine, from the facts of an item, which it has, to the rule.
    ZenRules,
    /// From claim and ledger by cel: facts gathered by Payerline and handed over, rules, checks, billing orders.
    CelDecision,
    /// cel, from the facts of an item, which it has, to the rule.
    CelRules,
}

impl Side {
    /// All, with their names.
    pub const ALL: [(Self, &str); 6] = [
        (Self::Decision, "decision"),
        (Self::Rules, "rules"),
        (Self::ZenDecision, "zen-decision"),
        (Self::ZenRules, "zen-rules"),
        (Self::CelDecision, "cel-decision"),
        (Self::CelRules, "cel-rules"),
    ];
}

/// A claim with the facts of its items in the form in which each side takes them.
pub struct Prepared {
    claim: Claim,
    items: Vec<PreparedItem>,
}

struct PreparedItem {
    facts: Facts,
    zen: <ZenTables as Engine>::Facts,
    cel: <CelPrograms as Engine>::Facts,
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
    /// The codes of what rules and checks noticed.
    pub findings: BTreeSet<String>,
}

/// All sides, with the same table.
pub struct Contest {
    rulebook: Rulebook,
    rules: Matcher,
    zen: Given<ZenTables>,
    cel: Given<CelPrograms>,
}

impl Contest {
    /// All sides with the table of a rulebook.
    ///
    /// # Errors
    /// What cannot be translated, or is not understood by an engine.
    pub fn new(rulebook: Rulebook) -> Result<Self, Box<dyn Error>> {
        let parts = || Parts::of(rulebook.table());
        let (zen, cel) = (parts()?, parts()?);
        Self::between(rulebook, zen, cel)
    }

    /// Payerline with a rulebook, the others each with a table that should be the same.
    pub(crate) fn between(
        rulebook: Rulebook,
        zen: Parts,
        cel: Parts,
    ) -> Result<Self, Box<dyn Error>> {
        Ok(Self {
            rules: Matcher::new(
                rulebook.table().rules().iter().map(|it| &it.when),
                rulebook.insurers(),
            ),
            zen: Given {
                engine: ZenTables::new(&zen)?,
                parts: zen,
            },
            cel: Given {
                engine: CelPrograms::new(&cel)?,
                parts: cel,
            },
            rulebook,
        })
    }

    /// A claim with its items' facts gathered and put into the form of each engine.
    pub fn prepare(&self, claim: Claim) -> Prepared {
        let gathered =
            ClaimFacts::gather(&claim.submission, &claim.ledger, self.rulebook.insurers());
        let items = gathered.items.iter().map(|item| PreparedItem {
            facts: item.facts,
            zen: self.zen.engine.facts(&item.facts),
            cel: self.cel.engine.facts(&item.facts),
        });
        let items = items.collect();
        Prepared { claim, items }
    }

    /// Lets a side decide claims, and drops what comes of it.
    pub fn run(&self, side: Side, load: &Load) {
        for Prepared { claim, items } in &load.claims {
            let claim = black_box(claim);
            match side {
                Side::Decision => drop(black_box(self.decide(claim))),
                Side::Rules => ask_each(items, |item| self.first_rule(&item.facts)),
                Side::ZenDecision => drop(black_box(self.zen.decide(&self.rulebook, claim))),
                Side::ZenRules => ask_each(items, |item| self.zen.engine.rule(&item.zen)),
                Side::CelDecision => drop(black_box(self.cel.decide(&self.rulebook, claim))),
                Side::CelRules => ask_each(items, |item| self.cel.engine.rule(&item.cel)),
            }
        }
    }

    /// Lets all sides decide claims.
    ///
    /// # Errors
    /// The first claim on which they differ, or what one failed with; or a rule that decided nothing, for of that
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
        let assessment = self.decide(claim).ok_or("a claim without items")?;
        let ours = Comparable::by_payerline(&assessment);
        for (engine, theirs) in [
            ("zen-engine", self.zen.decide(&self.rulebook, claim)?),
            ("cel", self.cel.decide(&self.rulebook, claim)?),
        ] {
            let theirs = Comparable::by_an_engine(&theirs);
            if theirs != ours {
                let claim = &claim.submission.external_id;
                return Err(format!("{claim:?}: {ours:?}; by {engine}: {theirs:?}").into());
            }
        }
        for (item, decided) in items.iter().zip(&assessment.decision.items) {
            let rule = &*decided.grounds.rule;
            let (zen, cel) = (
                self.zen.engine.rule(&item.zen)?,
                self.cel.engine.rule(&item.cel)?,
            );
            let others = [
                self.first_rule(&item.facts),
                name(&self.zen.parts, zen),
                name(&self.cel.parts, cel),
            ];
            if others.iter().any(|other| *other != rule) {
                let claim = &claim.submission.external_id;
                return Err(format!(
                    "{claim:?}, item {}: decided by {rule}; by rules alone, zen-engine, cel: {others:?}",
                    decided.sequence,
                )
                .into());
            }
            agreement.rules.insert(rule.to_owned());
        }
        let codes = ours.findings.into_iter().map(|(code, _)| code);
        agreement.findings.extend(codes);
        agreement.items += items.len();
        agreement.claims += 1;
        Ok(())
    }

    fn decide(&self, claim: &Claim) -> Option<Assessment> {
        self.rulebook.decide(&claim.submission, &claim.ledger)
    }

    fn first_rule(&self, facts: &Facts) -> &str {
        let table = self.rulebook.table();
        let first = self.rules.first(facts);
        let rule = first.and_then(|place| table.rules().get(place));
        rule.map_or(&table.otherwise().id, |it| &it.id)
    }
}

fn name(parts: &Parts, rule: usize) -> &str {
    parts.rules.get(rule).map_or("", |it| &it.id)
}

/// What all sides decide of a claim: of each item the rule, the payer, the disposition and whom to bill; and what rules
/// and checks noticed, by code and pointer.
#[derive(Debug, PartialEq, Eq)]
struct Comparable {
    items: Vec<[String; 4]>,
    findings: BTreeSet<(String, String)>,
}

impl Comparable {
    fn by_payerline(assessment: &Assessment) -> Self {
        let items = assessment.decision.items.iter().map(|item| {
            let (payer, disposition) = (item.payer.word(), item.disposition.word());
            [
                &item.grounds.rule,
                payer,
                disposition,
                item.billing_order.0.word(),
            ]
            .map(str::to_owned)
        });
        let findings = assessment.decision.findings.iter();
        // What Payerline observes beside the table is not the engines' to find.
        let of_the_table = findings.filter(|it| Observation::from_word(&it.code).is_none());
        Self {
            items: items.collect(),
            findings: of_the_table
                .map(|it| (it.code.to_string(), it.pointer.clone()))
                .collect(),
        }
    }

    fn by_an_engine(decision: &Decision<'_>) -> Self {
        let items = decision.items.iter().map(|item| {
            let (payer, disposition) = (item.payer.word(), item.disposition.word());
            [item.rule, payer, disposition, item.billing_order].map(str::to_owned)
        });
        let findings = decision.findings.iter().map(|(index, finding)| {
            let pointer = finding.pointer.replace("{item}", &index.to_string());
            (finding.code.clone(), pointer)
        });
        Self {
            items: items.collect(),
            findings: findings.collect(),
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
