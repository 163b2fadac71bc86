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
    domain::{
        decision::{BillingSequence, Document, Severity},
        payer::{Disposition, Payer},
        word::Word,
    },
    rulebook::{
        conditions::{Facts, When},
        decide::Fired,
        table::{Check, FindingAt, Observation, Rulebook, Then},
        vocabulary::Service,
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
            self.findings
                .insert((code.clone(), pointer.clone(), severity));
        }
    }
}

impl Outcome {
    fn of(rulebook: &Rulebook, verdict: Verdict) -> Self {
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
                    case.report(rulebook, outcome.finding.as_ref());
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

    /// After a check; `implied` when what it says of followers is said of their leader too.
    fn checked(&self, rulebook: &Rulebook, check: &Check, implied: bool) -> Self {
        self.with(&check.when, !implied, |case| {
            if let Some(least) = check.at_least {
                case.disposition = case.disposition.max(least);
            }
            case.report(rulebook, check.finding.as_ref());
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
        let mut of_rules = Diagrams::new();
        let claims = claims(&space, &mut of_rules)?;
        let one = Verdicts::of(self, &space, &mut of_rules, &claims)?;
        let another = Verdicts::of(other, &space, &mut of_rules, &claims)?;
        let mut diagrams = Diagrams::new();
        let mut ours = one.root.map(&mut diagrams, &|it| Outcome::of(self, *it))?;
        let mut theirs = another
            .root
            .map(&mut diagrams, &|it| Outcome::of(other, *it))?;
        // What comes after the rules is worked out only where it can make a difference.
        if !Rc::ptr_eq(&ours, &theirs) || !self.goes_on_like(other) {
            let (we_lead, they_lead) =
                (one.stem_cells_lead(&space), another.stem_cells_lead(&space));
            ours = self.outcomes(&space, &mut diagrams, ours, we_lead)?;
            theirs = other.outcomes(&space, &mut diagrams, theirs, they_lead)?;
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

    /// What is decided once checks and billing orders have followed the rules.
    fn outcomes(
        &self,
        space: &Space,
        diagrams: &mut Diagrams<Outcome>,
        mut root: Link<Outcome>,
        led: bool,
    ) -> Result<Link<Outcome>, TooLarge> {
        for (mask, check) in self.checks.iter().zip(&self.table.checks) {
            let within = space.extent(&space.region(mask));
            let implied = led && is_said_of_the_leader(check);
            root = diagrams.update(&root, &within, |it| it.checked(self, check, implied))?;
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
