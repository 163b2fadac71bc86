//! Outcomes: the final decisions of a rulebook, without their words. Two rulebooks are compared by them.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    diagram::{Diagrams, Link, TooLarge},
    report::Aspect,
    space::Space,
    verdicts::Verdict,
};
use crate::{
    decide::compiled::Rulebook,
    table::{
        findings::FindingAt,
        rules::{self, BilledCoverage, Check, Rule, Then},
        vocabulary::{Service, When},
    },
};
use payerline_domain::{
    claims::{
        billing::{BillTo, BillingSequence},
        decision::{Document, Severity},
        payer::{Disposition, Payer},
    },
    values::closed_enum::ClosedEnum,
};

/// The decision about an item, without its words.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// No claim has these facts.
    Unreachable,
    /// The item is decided: by its own facts unless it follows, then, if it follows, with each payer that its leader may
    /// have.
    Decided(Vec<Option<Case>>),
}

/// The decision for one payer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Case {
    payer: Payer,
    disposition: Disposition,
    documents: Vec<Document>,
    /// By their places among all that are told apart.
    findings: BTreeSet<usize>,
    billing: Billed,
}

/// Who is billed. Where nobody is named, a `ready` item without a payer is the patient's, as in tables that name nobody.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Billed {
    order: Option<BillingSequence>,
    /// The coverage that comes first, where it is not the payer's.
    coverage: Option<BilledCoverage>,
    by_third_party: bool,
}

/// A finding as two rulebooks tell it apart: code, pointer and how much it matters.
type Reported = (Arc<str>, String, Option<Severity>);

/// All findings that either of two rulebooks reports, in order.
pub struct Reports(Vec<Reported>);

impl Reports {
    pub fn collect(rulebooks: [&Rulebook; 2]) -> Self {
        let mut reports = Vec::new();
        for rulebook in rulebooks {
            let (rules, checks) = (rulebook.table.rules.iter(), rulebook.table.checks.iter());
            let of_rules = rules.filter_map(Rule::finding);
            let of_checks = checks.filter_map(|it| it.finding.as_ref());
            reports.extend(of_rules.chain(of_checks).map(|it| reported(rulebook, it)));
        }
        reports.sort_unstable();
        reports.dedup();
        Self(reports)
    }

    /// The place of a finding.
    fn place(&self, rulebook: &Rulebook, finding: Option<&FindingAt>) -> Option<usize> {
        self.0.binary_search(&reported(rulebook, finding?)).ok()
    }
}

fn reported(rulebook: &Rulebook, at: &FindingAt) -> Reported {
    let severity = rulebook.table.finding(&at.code).map(|text| text.severity);
    (at.code.clone(), at.pointer.clone(), severity)
}

impl Case {
    fn new(payer: Payer, disposition: Disposition) -> Self {
        Self {
            payer,
            disposition,
            documents: Vec::new(),
            findings: BTreeSet::new(),
            billing: Billed::default(),
        }
    }

    /// The case that a rule decides.
    fn ruled(rulebook: &Rulebook, reports: &Reports, outcome: &rules::Outcome) -> Self {
        let mut case = Self::new(outcome.payer, outcome.disposition);
        case.documents.clone_from(&outcome.required_documents);
        let finding = reports.place(rulebook, outcome.finding.as_ref());
        case.findings.extend(finding);
        case.billing.coverage = outcome.billed_coverage;
        case.billing.by_third_party = outcome.bill_to == Some(BillTo::ThirdParty);
        case.tighten(outcome.disposition);
        case
    }

    /// Makes it at least as strict. A third party is billed only for what has no payer and is `ready`.
    fn tighten(&mut self, least: Disposition) {
        self.disposition = self.disposition.max(least);
        let is_billed = self.payer == Payer::Uncovered && self.disposition == Disposition::Ready;
        self.billing.by_third_party &= is_billed;
    }
}

impl Outcome {
    /// The outcome of the rules, before checks and billing orders.
    pub fn ruled(rulebook: &Rulebook, reports: &Reports, verdict: Verdict) -> Self {
        let otherwise = &rulebook.table.otherwise;
        let otherwise = || Some(Case::new(otherwise.payer, otherwise.disposition));
        let (own, may_follow) = match verdict {
            Verdict::Unreachable => return Self::Unreachable,
            Verdict::Otherwise => (otherwise(), false),
            Verdict::Leaderless(_) => (otherwise(), true),
            Verdict::Rule(place) => match rulebook.table.rules.get(place).map(|it| &it.then) {
                Some(Then::Decide(outcome)) => {
                    (Some(Case::ruled(rulebook, reports, outcome)), false)
                }
                Some(Then::Follow(_)) => (None, true),
                None => (otherwise(), false),
            },
        };
        let following = Payer::ALL
            .iter()
            .map(|payer| may_follow.then(|| Case::new(*payer, Disposition::Ready)));
        Self::Decided([own].into_iter().chain(following).collect())
    }

    /// The same with the cases of some payers changed, those that follow only on demand.
    fn change(&self, when: &When, followers: bool, change: impl Fn(&mut Case)) -> Self {
        let mut changed = self.clone();
        if let Self::Decided(cases) = &mut changed {
            let count = if followers { cases.len() } else { 1 };
            for case in cases.iter_mut().take(count).flatten() {
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
        self.change(&check.when, !implied, |case| {
            if let Some(least) = check.at_least {
                case.tighten(least);
            }
            case.findings.extend(finding);
        })
    }

    /// After a billing order. What follows is billed as what it follows.
    fn billed(&self, when: &When, order: BillingSequence) -> Self {
        self.change(when, false, |case| case.billing.order = Some(order))
    }
}

/// The difference between two outcomes of the same facts. Equal parts are left out, except payer and disposition, so
/// that claims that differ in the same way are one situation.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OutcomeDifference {
    /// The most important part that differs.
    pub aspect: Aspect,
    /// A case may be missing on one side, where an item follows only by one of the rulebooks.
    cases: Vec<(Option<Case>, Option<Case>)>,
}

impl OutcomeDifference {
    /// Compares two outcomes; `None` if they are alike or no claim has the facts.
    pub fn find(from: &Outcome, to: &Outcome) -> Option<Self> {
        let (Outcome::Decided(from), Outcome::Decided(to)) = (from, to) else {
            return None;
        };
        let differing = from.iter().zip(to).filter(|(from, to)| from != to);
        let compared: Vec<_> = differing
            .map(|(from, to)| compare_cases(from.as_ref(), to.as_ref()))
            .collect();
        let aspect = compared.iter().map(|(aspect, _)| *aspect).min()?;
        let cases = compared.into_iter().map(|(_, cases)| cases).collect();
        Some(Self { aspect, cases })
    }
}

/// The most important part in which two cases differ, and the cases without what they share.
fn compare_cases(from: Option<&Case>, to: Option<&Case>) -> (Aspect, (Option<Case>, Option<Case>)) {
    let (mut from, mut to) = match (from, to) {
        (Some(from), Some(to)) => (from.clone(), to.clone()),
        (from, to) => return (Aspect::Payer, (from.cloned(), to.cloned())),
    };
    let mut differing = Aspect::differing([
        from.payer != to.payer,
        from.disposition != to.disposition,
        from.billing != to.billing,
        from.documents != to.documents,
        from.findings != to.findings,
    ]);
    let aspect = differing.next().unwrap_or(Aspect::Findings);
    if from.billing == to.billing {
        (from.billing, to.billing) = (Billed::default(), Billed::default());
    }
    if from.documents == to.documents {
        from.documents.clear();
        to.documents.clear();
    }
    let shared: BTreeSet<usize> = from.findings.intersection(&to.findings).copied().collect();
    from.findings.retain(|finding| !shared.contains(finding));
    to.findings.retain(|finding| !shared.contains(finding));
    (aspect, (Some(from), Some(to)))
}

/// Applies checks and billing orders, which come after the rules. Where both rulebooks have the same, it can only make
/// decisions differ that differ in the payer already, so what they report of that is left out: outcomes with all findings
/// of all checks would be too many.
pub struct AfterRules<'c> {
    pub space: &'c Space,
    pub reports: &'c Reports,
    pub rulebooks: [&'c Rulebook; 2],
}

impl AfterRules<'_> {
    /// The final outcomes; `led` if each item that follows has a leader.
    pub fn apply(
        &self,
        rulebook: &Rulebook,
        diagrams: &mut Diagrams<Outcome>,
        mut root: Link<Outcome>,
        led: bool,
    ) -> Result<Link<Outcome>, TooLarge> {
        let extent = |when| self.space.region(when).extent();
        for check in &rulebook.table.checks {
            let reported = check.finding.as_ref().filter(|_| !self.is_shared(check));
            let finding = self.reports.place(rulebook, reported);
            if finding.is_none() && check.at_least.is_none() {
                continue;
            }
            let implied = led && self.is_said_of_the_leader(check);
            let checked = |it: &Outcome| it.checked(check, finding, implied);
            root = diagrams.update(&root, &extent(&check.when), checked)?;
        }
        let [one, other] = self.rulebooks;
        if one.table.billing_orders == other.table.billing_orders {
            return Ok(root);
        }
        // The first that matches counts, so it is written last.
        for billing in rulebook.table.billing_orders.iter().rev() {
            let billed = |it: &Outcome| it.billed(&billing.when, billing.order);
            root = diagrams.update(&root, &extent(&billing.when), billed)?;
        }
        Ok(root)
    }

    /// True if both rulebooks have a check and its finding.
    fn is_shared(&self, check: &Check) -> bool {
        let severity = |of: &Rulebook| {
            let finding = check.finding.as_ref()?;
            of.table.finding(&finding.code).map(|it| it.severity)
        };
        let [one, other] = self.rulebooks;
        let has = |of: &Rulebook| of.table.checks.contains(check);
        has(one) && has(other) && severity(one) == severity(other)
    }

    /// True if a check that matches a follower also matches its leader and says the same of it: the check asks
    /// about the service, the payer and facts that all items of a claim share, and points at no item. Then the
    /// leader is as strict already, and the finding is reported.
    fn is_said_of_the_leader(&self, check: &Check) -> bool {
        let services = check.when.service.as_ref();
        let besides = When {
            service: None,
            ..check.when.clone()
        };
        let finding = check.finding.as_ref();
        services.is_none_or(|services| services.contains(&Service::StemCells))
            && self.space.asks_only_of_the_claim(&besides)
            && !finding.is_some_and(|finding| finding.pointer.contains("{item}"))
    }
}
