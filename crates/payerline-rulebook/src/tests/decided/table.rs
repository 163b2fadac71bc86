//! The contract's decision table as rows, each a case: what it says, the situation, the outcome.
//!
//! ```text
//! The name of the row, a sentence.
//!     the situation, in the words of `notation`
//!     => payer disposition rule [bills:private,mva] [at:0] [needs:ocf_18]; …; finds code code
//! ```
//!
//! One outcome an item, in order. `bills`, `at` (the index in `coverages`) and `needs` (documents)
//! may be left out; the billing order then is that of the payer alone, and the other two are not
//! compared. Findings are complete: what is not listed must not be found. The claim's payer,
//! disposition, billing order and allocations follow from its items as the contract rolls them up.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    accidents, at_work, billing_orders, findings, followers, plasma_and_ohip, private_plans,
    real_week, stem_cells, tightening,
};
use crate::decide::facts::ClaimFacts;
use crate::tests::{
    ONTARIO,
    notation::{Situation, situation},
};
use payerline_domain::{
    claims::{
        decision::{Assessment, Document, ItemDecision, Severity},
        payer::{Disposition, Payer},
    },
    values::closed_enum::ClosedEnum,
};

const TABLES: [&str; 10] = [
    stem_cells::ROWS,
    followers::ROWS,
    plasma_and_ohip::ROWS,
    accidents::ROWS,
    at_work::ROWS,
    private_plans::ROWS,
    billing_orders::ROWS,
    tightening::ROWS,
    findings::ROWS,
    real_week::ROWS,
];

/// The payers in the order in which a claim takes them from its items.
const FIRST_OF: [Payer; 4] = [Payer::Wsib, Payer::Mva, Payer::Private, Payer::Uncovered];

/// The findings that make a person look.
const REVIEWED: [&str; 20] = [
    "not_recommended_minor",
    "not_recommended_pregnant",
    "procedure_incomplete",
    "coverage_missing",
    "accident_missing",
    "preauthorization_unknown",
    "preauthorization_expired",
    "preauthorization_denied",
    "preauthorization_other_patient",
    "preauthorization_wrong_kind",
    "preauthorization_insufficient",
    "ohip_insured_unknown",
    "physician_equivalent_charge",
    "accident_abroad",
    "other_workers_board",
    "federal_program",
    "employer_not_covered",
    "possible_duplicate",
    "benefit_period_over",
    "review_outdated",
];

/// One case.
struct Row {
    name: &'static str,
    situation: Situation,
    outcomes: Vec<Outcome>,
    findings: Vec<&'static str>,
}

/// What is expected of one item.
struct Outcome {
    payer: Payer,
    disposition: Disposition,
    rule: &'static str,
    bills: Vec<Payer>,
    at: Option<Option<usize>>,
    needs: Option<Vec<Document>>,
}

fn rows() -> Vec<Row> {
    let lines = TABLES
        .iter()
        .flat_map(|table| table.lines())
        .filter(|line| !line.trim().is_empty());
    let mut rows = Vec::new();
    let mut name = "";
    let mut given = String::new();
    for line in lines {
        if !line.starts_with(' ') {
            (name, given) = (line, String::new());
        } else if let Some(expected) = line.trim().strip_prefix("=> ") {
            rows.push(Row::read(name, &given, expected));
        } else {
            given.push_str(line.trim());
            given.push(' ');
        }
    }
    rows
}

impl Row {
    fn read(name: &'static str, given: &str, expected: &'static str) -> Self {
        let mut outcomes = Vec::new();
        let mut findings = Vec::new();
        for clause in expected.split("; ") {
            match clause.strip_prefix("finds ") {
                Some(codes) => findings.extend(codes.split(' ')),
                None => outcomes.push(Outcome::read(clause)),
            }
        }
        findings.sort_unstable();
        let situation = situation(given);
        let has_active_plan = given.split(';').any(|clause| {
            let clause = clause.trim();
            let idle = ["pending", "denied", "exhausted", "from:"];
            clause.starts_with("private") && !idle.iter().any(|word| clause.contains(word))
        });
        let shared = |outcome: &Outcome| outcome.payer == Payer::Mva && outcome.bills.len() == 1;
        if has_active_plan && outcomes.iter().any(shared) {
            panic!("{name}: a private plan shares the bill of an auto insurer");
        }
        Self {
            name,
            situation,
            outcomes,
            findings,
        }
    }

    fn assess(&self) -> Assessment {
        ONTARIO
            .decide(&self.situation.submission, &self.situation.outside)
            .unwrap()
    }

    /// What differs from what is expected, a line each.
    fn differences(&self) -> Vec<String> {
        let assessed = self.assess();
        let mut found: Vec<&str> = assessed
            .decision
            .findings
            .iter()
            .map(|it| &*it.code)
            .collect();
        found.sort_unstable();
        let mut differences = Vec::new();
        if self.outcomes.len() != assessed.decision.items.len() {
            differences.push("the number of outcomes is not that of the items".to_owned());
        }
        if found != self.findings {
            differences.push(format!("finds {found:?}, expected {:?}", self.findings));
        }
        for (outcome, item) in self.outcomes.iter().zip(&assessed.decision.items) {
            if !outcome.is(item) {
                differences.push(format!("item {}: {}", item.sequence, describe(item)));
            }
        }
        if !self.rolls_up_to(&assessed) {
            let (payer, disposition) = (assessed.payer.word(), assessed.disposition.word());
            let bills = assessed.billing_order.payers();
            differences.push(format!("the claim: {payer} {disposition} bills {bills:?}"));
        }
        differences
    }

    /// Whether the claim takes from the expected items what the contract says.
    fn rolls_up_to(&self, claim: &Assessment) -> bool {
        let has = |payer: &Payer| self.outcomes.iter().any(|outcome| outcome.payer == *payer);
        let payer = *FIRST_OF.iter().find(|payer| has(payer)).unwrap();
        let first = self
            .outcomes
            .iter()
            .find(|outcome| outcome.payer == payer)
            .unwrap();
        let strictest = self
            .outcomes
            .iter()
            .map(|outcome| strictness(outcome.disposition))
            .max();
        let reviewed = self.findings.iter().any(|code| REVIEWED.contains(code));
        let strictness_of_claim = if reviewed { Some(2) } else { strictest };
        let amounts = FIRST_OF.iter().filter(|payer| has(payer)).map(|payer| {
            let items = self.outcomes.iter().zip(&self.situation.submission.items);
            let own = items.filter(|(outcome, _)| outcome.payer == *payer);
            (*payer, own.map(|(_, item)| item.amount()).sum())
        });
        let allocations = claim
            .allocations
            .iter()
            .map(|it| (it.payer, it.amount_cents));
        claim.payer == payer
            && Some(strictness(claim.disposition)) == strictness_of_claim
            && claim.billing_order.payers() == first.bills
            && allocations.eq(amounts)
    }
}

impl Outcome {
    fn read(clause: &'static str) -> Self {
        let mut words = clause.split(' ');
        let payer = Payer::from_word(words.next().unwrap()).expect(clause);
        let disposition = Disposition::from_word(words.next().unwrap()).expect(clause);
        let rule = words.next().expect(clause);
        let bills = if payer == Payer::Uncovered {
            Vec::new()
        } else {
            vec![payer]
        };
        let mut outcome = Self {
            payer,
            disposition,
            rule,
            bills,
            at: None,
            needs: None,
        };
        for word in words {
            match word.split_once(':').expect(clause) {
                ("bills", payers) => outcome.bills = list(payers),
                ("at", "none") => outcome.at = Some(None),
                ("at", index) => outcome.at = Some(Some(index.parse().unwrap())),
                ("needs", "nothing") => outcome.needs = Some(Vec::new()),
                ("needs", documents) => outcome.needs = Some(list(documents)),
                _ => panic!("an outcome has no `{word}`"),
            }
        }
        outcome
    }

    fn is(&self, item: &ItemDecision) -> bool {
        item.payer == self.payer
            && item.disposition == self.disposition
            && &*item.grounds.rule == self.rule
            && item.billing_order.payers() == self.bills
            && self.at.is_none_or(|at| item.coverage == at)
            && self
                .needs
                .as_ref()
                .is_none_or(|needs| item.grounds.required_documents == *needs)
    }
}

fn list<T: ClosedEnum>(words: &str) -> Vec<T> {
    words
        .split(',')
        .map(|word| T::from_word(word).expect(word))
        .collect()
}

fn strictness(disposition: Disposition) -> u8 {
    match disposition {
        Disposition::Ready => 0,
        Disposition::NeedsPreauthorization => 1,
        Disposition::NeedsReview => 2,
    }
}

fn describe(item: &ItemDecision) -> String {
    format!(
        "{} {} {} bills:{:?} at:{:?} needs:{:?}",
        item.payer.word(),
        item.disposition.word(),
        item.grounds.rule,
        item.billing_order.payers(),
        item.coverage,
        item.grounds.required_documents,
    )
}

#[test]
fn every_row_is_decided_as_the_contract_says() {
    let mut report = String::new();
    for row in rows() {
        for difference in row.differences() {
            report.push_str(&format!("\n{}\n    {difference}", row.name));
        }
    }
    assert!(report.is_empty(), "{report}");
}

#[test]
fn each_row_has_a_name_of_its_own() {
    let rows = rows();
    let names: BTreeSet<&str> = rows.iter().map(|row| row.name).collect();
    assert_eq!(names.len(), rows.len());
    assert!(rows.len() >= 110, "{} rows", rows.len());
    assert!(names.iter().all(|name| name.ends_with('.')));
}

#[test]
fn every_rule_check_billing_order_and_finding_is_hit_by_a_row() {
    let mut hit = BTreeSet::new();
    for row in rows() {
        let decision = row.assess().decision;
        hit.extend(decision.findings.into_iter().map(|finding| finding.code));
        let claim = ClaimFacts::gather(
            &row.situation.submission,
            &row.situation.outside,
            &ONTARIO.reading,
        );
        for (item, decided) in claim.items.iter().zip(decision.items) {
            hit.insert(decided.grounds.rule.clone());
            let facts = item.facts.with_payer(decided.payer);
            let checks = ONTARIO.checks.holding(&facts);
            hit.extend(checks.map(|place| ONTARIO.table.checks[place].id.clone()));
            let order = ONTARIO.billing_orders.first(&facts);
            hit.extend(order.map(|place| ONTARIO.table.billing_orders[place].id.clone()));
        }
    }
    let table = ONTARIO.table();
    let named = (table.rules.iter().map(|it| &it.id))
        .chain(table.checks.iter().map(|it| &it.id))
        .chain(table.billing_orders.iter().map(|it| &it.id))
        .chain(table.findings.iter().map(|it| &it.code));
    let missed: Vec<_> = named.filter(|name| !hit.contains(*name)).collect();
    assert!(missed.is_empty(), "no row hits {missed:?}");
}

#[test]
fn exactly_the_findings_that_the_contract_lists_make_a_person_look() {
    let severities: BTreeMap<&str, Severity> = ONTARIO
        .table()
        .findings
        .iter()
        .map(|it| (&*it.code, it.severity))
        .collect();
    for (code, severity) in &severities {
        assert_eq!(
            *severity == Severity::Review,
            REVIEWED.contains(code),
            "{code}"
        );
    }
    assert!(REVIEWED.iter().all(|code| severities.contains_key(code)));
    assert_eq!(severities["predetermination_possible"], Severity::Info);
}
