//! Flaws of a table whose parts are each well written: names used twice, findings that are not described,
//! payers without a billing order.

use std::collections::HashSet;

use super::{
    conditions::when,
    findings::{FindingAt, Observation},
    insurers::Insurers,
    rules::{Rule, Table, Then},
    vocabulary::When,
};
use payerline_domain::{
    claims::payer::Payer,
    parse::{
        fault::{At, Faults},
        fault_code::FaultCode,
    },
    values::closed_enum::ClosedEnum,
};

/// One thing wrong with a table as a whole.
#[derive(Debug)]
pub(crate) struct Flaw {
    pub location: Location,
    code: FaultCode,
    detail: String,
}

/// The place of a flaw: fields of an entry of a section, or of the table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Location {
    section: &'static str,
    entry: Option<usize>,
    fields: &'static [&'static str],
}

impl Location {
    /// The rule in which the flaw is, if it is in one.
    pub fn rule(&self) -> Option<usize> {
        self.entry.filter(|_| self.section == RULES)
    }
}

/// The entries of a section, each with the place of some fields in it.
fn located<'t, T>(
    section: &'static str,
    entries: &'t [T],
    fields: &'static [&'static str],
) -> impl Iterator<Item = (&'t T, Location)> {
    let locations = (0..).map(move |index| Location {
        section,
        entry: Some(index),
        fields,
    });
    entries.iter().zip(locations)
}

const RULES: &str = "rules";
const ID: &[&str] = &["id"];
const CODE: &[&str] = &["code"];

impl Flaw {
    /// Notes it in a table at a place of the input.
    pub fn note(&self, table: &At<'_>, faults: &mut Faults) {
        let section = table.field(self.location.section);
        match self.location.entry {
            Some(entry) => self.note_in(&section.index(entry), faults),
            None => self.note_in(&section, faults),
        }
    }

    /// Notes it in its entry at a place of the input.
    pub fn note_in(&self, entry: &At<'_>, faults: &mut Faults) {
        self.note_at(self.location.fields, entry, faults);
    }

    /// Notes it at fields of a place of the input, one in the other.
    pub fn note_at(&self, fields: &[&str], at: &At<'_>, faults: &mut Faults) {
        match fields.split_first() {
            Some((first, rest)) => self.note_at(rest, &at.field(first), faults),
            None => faults.rule(self.code, at, self.detail.as_str()),
        }
    }
}

/// What to do about a name that another part of the table has.
pub(crate) const DUPLICATE_ID: &str = "another rule, check, billing order, finding or `otherwise` has this name; give it one of its own";

impl Rule {
    pub(crate) fn finding(&self) -> Option<&FindingAt> {
        match &self.then {
            Then::Decide(outcome) => outcome.finding.as_ref(),
            Then::Follow(_) => None,
        }
    }
}

impl Table {
    /// Everything that is wrong with the table as a whole.
    pub(crate) fn flaws(&self) -> Vec<Flaw> {
        let mut flaws = self.names_used_twice();
        flaws.extend(self.findings_not_described());
        flaws.extend(self.billing_orders_missing());
        flaws.extend(self.too_many_insurers());
        flaws
    }

    /// Every name in the table with its place; explanations and findings are told apart by them.
    pub(crate) fn names(&self) -> impl Iterator<Item = (&str, Location)> {
        let otherwise = Location {
            fields: ID,
            ..section("otherwise")
        };
        let rules = located(RULES, &self.rules, ID).map(|(it, at)| (&*it.id, at));
        let checks = located("checks", &self.checks, ID).map(|(it, at)| (&*it.id, at));
        let orders = located("billing_orders", &self.billing_orders, ID);
        let orders = orders.map(|(it, at)| (&*it.id, at));
        let without_approval = located("without_approval", &self.without_approval, ID);
        let without_approval = without_approval.map(|(it, at)| (&*it.id, at));
        let findings = located("findings", &self.findings, CODE).map(|(it, at)| (&*it.code, at));
        let otherwise = [(&*self.otherwise.id, otherwise)];
        rules
            .chain(checks)
            .chain(orders)
            .chain(without_approval)
            .chain(otherwise)
            .chain(findings)
    }

    fn names_used_twice(&self) -> Vec<Flaw> {
        let mut seen = HashSet::new();
        let twice = self.names().filter(|(name, _)| !seen.insert(*name));
        twice
            .map(|(_, location)| Flaw {
                location,
                code: FaultCode::DuplicateId,
                detail: DUPLICATE_ID.to_owned(),
            })
            .collect()
    }

    fn findings_not_described(&self) -> Vec<Flaw> {
        let described: HashSet<&str> = self.findings.iter().map(|it| &*it.code).collect();
        let in_rule = &["then", "decide", "finding", "code"];
        let of_rules = located(RULES, &self.rules, in_rule).map(|(it, at)| (it.finding(), at));
        let of_checks = located("checks", &self.checks, &["finding", "code"]);
        let of_checks = of_checks.map(|(it, at)| (it.finding.as_ref(), at));
        let unknown = of_rules
            .chain(of_checks)
            .filter(|(finding, _)| finding.is_some_and(|it| !described.contains(&*it.code)))
            .map(|(_, location)| Flaw {
                location,
                code: FaultCode::UnknownFinding,
                detail:
                    "is not among the table's `findings`; describe it there, or name one that is"
                        .to_owned(),
            });
        let observed = Observation::ALWAYS.iter().map(|it| it.word());
        let missing = observed
            .filter(|code| !described.contains(code))
            .map(|code| Flaw {
                location: section("findings"),
                code: FaultCode::FindingMissing,
                detail: format!(
                    "Payerline reports `{code}` itself; add it with a severity and a sentence"
                ),
            });
        unknown.chain(missing).collect()
    }

    /// A claim's insurer is one fact, with a value for each name.
    fn too_many_insurers(&self) -> Option<Flaw> {
        let named = Insurers::collect(self.insurer_names()).names().len();
        (named > Insurers::MAX_NAMED).then(|| Flaw {
            location: section(RULES),
            code: FaultCode::TooManyInsurers,
            detail: format!(
                "{named} private insurers are named in `private_insurer` and `private_insurer_not`; at most {} can be",
                Insurers::MAX_NAMED
            ),
        })
    }

    /// Each payer needs a billing order that asks for nothing but the payer.
    fn billing_orders_missing(&self) -> Vec<Flaw> {
        let is_missing = |payer: &&Payer| {
            let bare = when! { payer: [(**payer).into()] };
            !self.billing_orders.iter().any(|order| order.when == bare)
        };
        let missing = Payer::ALL.iter().filter(is_missing);
        missing
            .map(|payer| Flaw {
                location: section("billing_orders"),
                code: FaultCode::BillingOrderMissing,
                detail: format!(
                    "no billing order is for every case of the payer `{0}`; add one whose `when` is only {{\"payer\": [\"{0}\"]}}",
                    payer.word()
                ),
            })
            .collect()
    }
}

fn section(section: &'static str) -> Location {
    Location {
        section,
        entry: None,
        fields: &[],
    }
}
