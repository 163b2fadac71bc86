//! Whether two rulebooks decide every claim alike.

use std::{collections::BTreeSet, rc::Rc, sync::Arc};

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    diagram::{Diagrams, Link, TooLarge},
    report::Witness,
    space::Space,
    verdicts::{Verdict, Verdicts},
    witness::witness,
};
use crate::{
    domain::{
        decision::{BillingSequence, Document, Severity},
        payer::{Disposition, Payer},
        word::Word,
    },
    rulebook::{
        conditions::{Facts, When},
        decide::Fired,
        table::{Check, FindingAt, Observation, Rulebook, Then},
    },
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
    findings: BTreeSet<(Arc<str>, String, Option<Severity>)>,
    billing: BillingSequence,
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

    fn report(&mut self, rulebook: &Rulebook, finding: Option<&FindingAt>) {
        if let Some(FindingAt { code, pointer }) = finding {
            let severity = rulebook.finding(code).map(|text| text.severity);
            self.findings.insert((code.clone(), pointer.clone(), severity));
        }
    }
}

impl Outcome {
    fn of(rulebook: &Rulebook, verdict: Verdict) -> Self {
        let otherwise = &rulebook.table.otherwise;
        let otherwise = || Some(Case::of(otherwise.payer, otherwise.disposition));
        let following = || {
            let cases = Payer::ALL.iter();
            cases.map(|payer| Case::of(*payer, Disposition::Ready)).collect()
        };
        let (own, following) = match verdict {
            Verdict::Unreachable => return Self::Unreachable,
            Verdict::Otherwise => (otherwise(), Vec::new()),
            Verdict::Leaderless(_) => (otherwise(), following()),
            Verdict::Rule(place) => match rulebook.table.rules.get(place).map(|it| &it.then) {
                Some(Then::Decide(outcome)) => {
                    let mut case = Case::of(outcome.payer, outcome.disposition);
                    case.documents.clone_from(&outcome.required_documents);
                    case.report(rulebook, outcome.finding.as_ref());
                    (Some(case), Vec::new())
                }
                Some(Then::Follow(_)) => (None, following()),
                None => (otherwise(), Vec::new()),
            },
        };
        Self::Decided { own, following }
    }

    /// The same with cases of some payers changed.
    fn with(&self, when: &When, change: impl Fn(&mut Case)) -> Self {
        let mut changed = self.clone();
        if let Self::Decided { own, following } = &mut changed {
            for case in own.iter_mut().chain(following) {
                let payers = when.payer.as_ref();
                if payers.is_none_or(|payers| payers.contains(&case.payer.into())) {
                    change(case);
                }
            }
        }
        changed
    }

    fn checked(&self, rulebook: &Rulebook, check: &Check) -> Self {
        self.with(&check.when, |case| {
            if let Some(least) = check.at_least {
                case.disposition = case.disposition.max(least);
            }
            case.report(rulebook, check.finding.as_ref());
        })
    }

    /// What follows is billed as what it follows.
    fn billed(&self, when: &When, order: BillingSequence) -> Self {
        let mut billed = self.with(when, |case| case.billing = order);
        if let Self::Decided { following, .. } = &mut billed {
            for case in following {
                case.billing = BillingSequence::Nobody;
            }
        }
        billed
    }
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
        let mut diagrams = Diagrams::new();
        let mut ours = self.outcomes_of_rules(&space, &mut diagrams)?;
        let mut theirs = other.outcomes_of_rules(&space, &mut diagrams)?;
        // What comes after the rules is worked out only where it can make a difference.
        if !Rc::ptr_eq(&ours, &theirs) || !self.goes_on_like(other) {
            ours = self.outcomes(&space, &mut diagrams, ours)?;
            theirs = other.outcomes(&space, &mut diagrams, theirs)?;
        }
        let facts = ours
            .difference(&theirs, space.order())
            .and_then(|point| space.facts(&point));
        Ok(facts.map(|facts| {
            let (one, another) = (self.deciding(&facts), other.deciding(&facts));
            let (us, them) = (&self.version.version, &other.version.version);
            Difference {
                detail: format!("`{one}` of {us} and `{another}` of {them} decide differently."),
                witness: Some(witness(&facts)),
            }
        }))
    }

    fn observed_differently(&self, other: &Self) -> Option<Difference> {
        let severity = |of: &Self, code| of.finding(code).map(|text| text.severity);
        let mut codes = Observation::ALL.iter().map(|it| it.word());
        let code = codes.find(|code| severity(self, code) != severity(other, code))?;
        Some(Difference {
            detail: format!("The finding `{code}` matters differently."),
            witness: None,
        })
    }

    /// The name of the rule that is the first to match.
    fn deciding(&self, facts: &Facts) -> &str {
        match self.first_rule(facts) {
            Fired::Decides(rule, _) | Fired::Follows(rule) => &rule.id,
            Fired::Otherwise => &self.table.otherwise.id,
        }
    }

    /// Whether checks, billing orders and findings are the same.
    fn goes_on_like(&self, other: &Self) -> bool {
        self.table.checks == other.table.checks
            && self.table.billing_orders == other.table.billing_orders
            && self.table.findings == other.table.findings
    }

    fn outcomes_of_rules(
        &self,
        space: &Space,
        diagrams: &mut Diagrams<Outcome>,
    ) -> Result<Link<Outcome>, TooLarge> {
        let verdicts = Verdicts::of(self, space)?;
        let of_verdict = |verdict: &Verdict| Outcome::of(self, *verdict);
        verdicts.root.map(diagrams, &of_verdict)
    }

    /// The same after checks and billing orders.
    fn outcomes(
        &self,
        space: &Space,
        diagrams: &mut Diagrams<Outcome>,
        mut root: Link<Outcome>,
    ) -> Result<Link<Outcome>, TooLarge> {
        for (mask, check) in self.checks.iter().zip(&self.table.checks) {
            let within = space.extent(&space.region(mask));
            root = diagrams.update(&root, &within, |it| it.checked(self, check))?;
        }
        // The first that matches counts, so it is written last.
        let orders = self.billing_orders.iter().zip(&self.table.billing_orders);
        for (mask, billing) in orders.rev() {
            let within = space.extent(&space.region(mask));
            let billed = |it: &Outcome| it.billed(&billing.when, billing.order);
            root = diagrams.update(&root, &within, billed)?;
        }
        Ok(root)
    }
}
