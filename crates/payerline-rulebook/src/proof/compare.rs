//! Whether two rulebooks decide every claim alike.

use std::{collections::BTreeSet, rc::Rc, sync::Arc};

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    diagram::{Diagrams, Link, TooLarge},
    report::Witness,
    space::Space,
    verdicts::{Verdict, Verdicts, claims},
    witness::witness,
};
use crate::{
    Rulebook,
    decide::prepared::CompiledRule,
    table::{
        conditions::{Facts, When},
        insurers::Insurers,
        rules::{Check, FindingAt, Observation, Then},
        vocabulary::Service,
    },
};
use payerline_domain::{
    claims::{
        decision::{BillingSequence, Document, Severity},
        payer::{Disposition, Payer},
    },
    values::closed_enum::ClosedEnum,
};

/// Where two rulebooks decide differently.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Difference {
    /// What the one and what the other says, in a sentence.
    pub detail: String,
    /// A claim whose first item they decide differently; null when they differ only in how much an
    /// observation of Payerline's own matters.
    pub witness: Option<Witness>,
}

/// What is decided about an item, all words of it left out.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Outcome {
    /// No claim has these facts.
    Unreachable,
    /// The item is decided.
    Decided {
        /// By its own facts, unless it follows.
        own: Option<Case>,
        /// If it follows: with each payer that its leader may have.
        following: Vec<Case>,
    },
}

/// What is decided when the payer is one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Case {
    payer: Payer,
    disposition: Disposition,
    documents: Vec<Document>,
    /// By their places among all that are told apart.
    findings: BTreeSet<usize>,
    billing: BillingSequence,
}

/// The findings that two rulebooks tell apart: code, pointer and how much it matters.
struct Reports(Vec<(Arc<str>, String, Option<Severity>)>);

impl Reports {
    fn of(rulebooks: [&Rulebook; 2]) -> Self {
        let mut reports = Vec::new();
        for rulebook in rulebooks {
            let outcomes = rulebook.table.rules.iter().filter_map(|it| match &it.then {
                Then::Decide(outcome) => Some(outcome),
                Then::Follow(_) => None,
            });
            let of_rules = outcomes.filter_map(|it| it.finding.as_ref());
            let of_checks = rulebook.table.checks.iter();
            let of_checks = of_checks.filter_map(|it| it.finding.as_ref());
            reports.extend(of_rules.chain(of_checks).map(|it| told(rulebook, it)));
        }
        reports.sort_unstable();
        reports.dedup();
        Self(reports)
    }

    /// The place of a finding.
    fn place(&self, rulebook: &Rulebook, finding: Option<&FindingAt>) -> Option<usize> {
        self.0.binary_search(&told(rulebook, finding?)).ok()
    }
}

fn told(rulebook: &Rulebook, at: &FindingAt) -> (Arc<str>, String, Option<Severity>) {
    let severity = rulebook.table.finding(&at.code).map(|text| text.severity);
    (at.code.clone(), at.pointer.clone(), severity)
}

impl Case {
    fn of(payer: Payer, disposition: Disposition) -> Self {
        Self {
            payer,
            disposition,
            documents: Vec::new(),
            findings: BTreeSet::new(),
            billing: BillingSequence::Nobody,
        }
    }
}

impl Outcome {
    fn of(rulebook: &Rulebook, reports: &Reports, verdict: Verdict) -> Self {
        let otherwise = &rulebook.table.otherwise;
        let otherwise = || Some(Case::of(otherwise.payer, otherwise.disposition));
        let following = || {
            let cases = Payer::ALL.iter();
            cases
                .map(|payer| Case::of(*payer, Disposition::Ready))
                .collect()
        };
        let (own, following) = match verdict {
            Verdict::Unreachable => return Self::Unreachable,
            Verdict::Otherwise => (otherwise(), Vec::new()),
            Verdict::Leaderless(_) => (otherwise(), following()),
            Verdict::Rule(place) => match rulebook.table.rules.get(place).map(|it| &it.then) {
                Some(Then::Decide(outcome)) => {
                    let mut case = Case::of(outcome.payer, outcome.disposition);
                    case.documents.clone_from(&outcome.required_documents);
                    let finding = reports.place(rulebook, outcome.finding.as_ref());
                    case.findings.extend(finding);
                    (Some(case), Vec::new())
                }
                Some(Then::Follow(_)) => (None, following()),
                None => (otherwise(), Vec::new()),
            },
        };
        Self::Decided { own, following }
    }

    /// The same with the cases of some payers changed, those that follow only on demand.
    fn with(&self, when: &When, followers: bool, change: impl Fn(&mut Case)) -> Self {
        let mut changed = self.clone();
        if let Self::Decided { own, following } = &mut changed {
            let following = following.iter_mut().filter(|_| followers);
            for case in own.iter_mut().chain(following) {
                let payers = when.payer.as_ref();
                if payers.is_none_or(|payers| payers.contains(&case.payer.into())) {
                    change(case);
                }
            }
        }
        changed
    }

    /// After a check with a finding; `implied` when what it says of followers is said of their leader
    /// too.
    fn checked(&self, check: &Check, finding: Option<usize>, implied: bool) -> Self {
        self.with(&check.when, !implied, |case| {
            if let Some(least) = check.at_least {
                case.disposition = case.disposition.max(least);
            }
            case.findings.extend(finding);
        })
    }

    /// After a billing order. What follows is billed as what it follows.
    fn billed(&self, when: &When, order: BillingSequence) -> Self {
        self.with(when, false, |case| case.billing = order)
    }
}

/// Whether a check that matches a follower matches its leader too and says the same of it: it asks
/// about the service, the payer and what all items of a claim share, and points at no item. Then the
/// leader is as strict already, and the finding is reported.
fn is_said_of_the_leader(check: &Check) -> bool {
    let leaders = check.when.service.as_ref();
    let asks_about_the_item = check.when.category.is_some()
        || check.when.ohip_insured.is_some()
        || check.when.private.is_some()
        || check.when.private_plan.is_some()
        || check.when.active_private_plan.is_some()
        || check.when.private_insurer.is_some()
        || check.when.private_insurer_not.is_some()
        || check.when.preauthorization.is_some()
        || check.when.preauthorization_kind.is_some()
        || check.when.age.is_some();
    let points_at_the_item = |finding: &FindingAt| finding.pointer.contains("{item}");
    leaders.is_none_or(|services| services.contains(&Service::StemCells))
        && !asks_about_the_item
        && !check.finding.as_ref().is_some_and(points_at_the_item)
}

impl Rulebook {
    /// A claim that two rulebooks decide differently, if there is one: another payer, disposition,
    /// billing order, required document or finding. Their words are not compared, nor the names of
    /// their rules.
    ///
    /// # Errors
    /// The rules are too entangled to be compared.
    pub fn difference(&self, other: &Self) -> Result<Option<Difference>, TooLarge> {
        if let Some(difference) = self.observed_differently(other) {
            return Ok(Some(difference));
        }
        let space = Space::of(&[&self.table, &other.table]);
        let mut of_rules = Diagrams::default();
        let claims = claims(&space, &mut of_rules)?;
        let one = Verdicts::of(self, &space, &mut of_rules, &claims)?;
        let another = Verdicts::of(other, &space, &mut of_rules, &claims)?;
        let (reports, mut diagrams) = (Reports::of([self, other]), Diagrams::default());
        let our = |it: &Verdict| Outcome::of(self, &reports, *it);
        let their = |it: &Verdict| Outcome::of(other, &reports, *it);
        let mut ours = one.root.map(&mut diagrams, &our)?;
        let mut theirs = another.root.map(&mut diagrams, &their)?;
        // What comes after the rules is worked out only where it can make a difference.
        if !Rc::ptr_eq(&ours, &theirs) || !self.goes_on_like(other) {
            let after = After {
                space: &space,
                reports: &reports,
            };
            let (we_lead, they_lead) =
                (one.stem_cells_lead(&space), another.stem_cells_lead(&space));
            ours = after.all(self, &mut diagrams, ours, we_lead)?;
            theirs = after.all(other, &mut diagrams, theirs, they_lead)?;
        }
        let facts = ours
            .difference(&theirs, space.order())
            .and_then(|point| space.facts(&point));
        Ok(facts.map(|facts| {
            let insurers = space.insurers();
            let one = self.deciding(facts, insurers);
            let another = other.deciding(facts, insurers);
            let (us, them) = (&self.version.version, &other.version.version);
            Difference {
                detail: format!("`{one}` of {us} and `{another}` of {them} decide differently."),
                witness: Some(witness(&facts, insurers)),
            }
        }))
    }

    fn observed_differently(&self, other: &Self) -> Option<Difference> {
        let severity = |of: &Self, code| of.table.finding(code).map(|text| text.severity);
        let mut codes = Observation::ALL.iter().map(|it| it.word());
        let code = codes.find(|code| severity(self, code) != severity(other, code))?;
        Some(Difference {
            detail: format!("The finding `{code}` matters differently."),
            witness: None,
        })
    }

    /// The name of the rule that is the first to match facts in which the insurer is one of a list.
    fn deciding(&self, facts: Facts, of: &Insurers) -> &str {
        let facts = Facts {
            private_insurer: self.insurers.adopt(facts.private_insurer, of),
            ..facts
        };
        let ruling = self.first_ruling(&facts);
        let grounds = ruling.map_or(&self.otherwise.grounds, CompiledRule::grounds);
        &grounds.rule
    }

    /// Whether checks, billing orders and findings are the same.
    fn goes_on_like(&self, other: &Self) -> bool {
        self.table.checks == other.table.checks
            && self.table.billing_orders == other.table.billing_orders
            && self.table.findings == other.table.findings
    }
}

/// What comes after the rules: checks and billing orders.
struct After<'c> {
    space: &'c Space,
    reports: &'c Reports,
}

impl After<'_> {
    /// What is decided in the end; `led` when whatever follows has a leader.
    fn all(
        &self,
        rulebook: &Rulebook,
        diagrams: &mut Diagrams<Outcome>,
        mut root: Link<Outcome>,
        led: bool,
    ) -> Result<Link<Outcome>, TooLarge> {
        let extent = |when| self.space.extent(&self.space.region(when));
        for check in &rulebook.table.checks {
            let finding = self.reports.place(rulebook, check.finding.as_ref());
            let implied = led && is_said_of_the_leader(check);
            let checked = |it: &Outcome| it.checked(check, finding, implied);
            root = diagrams.update(&root, &extent(&check.when), checked)?;
        }
        // The first that matches counts, so it is written last.
        for billing in rulebook.table.billing_orders.iter().rev() {
            let billed = |it: &Outcome| it.billed(&billing.when, billing.order);
            root = diagrams.update(&root, &extent(&billing.when), billed)?;
        }
        Ok(root)
    }
}
