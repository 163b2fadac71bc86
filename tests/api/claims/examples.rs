//! The committed examples: each is decided as its file name and `examples/README.md` say.

use std::{collections::BTreeSet, fs};

use serde_json::{Value, json};

use crate::support::{Claim, EXAMPLES, TestApp, array, on_both_databases};

on_both_databases!(
    every_example_is_decided_as_its_name_says,
    every_example_stands_in_the_table_for_clerks,
);

/// What an example must become.
struct Example {
    name: &'static str,
    payer: &'static str,
    disposition: &'static str,
    /// Payer and disposition of each item.
    items: &'static [(&'static str, &'static str)],
    /// The finding that its name is about, if any.
    finding: Option<&'static str>,
}

const READY: &str = "ready";
const PREAUTHORIZATION: &str = "needs_preauthorization";
const REVIEW: &str = "needs_review";

#[rustfmt::skip]
const TABLE: [Example; 37] = [
    Example { name: "private-physiotherapy", payer: "private", disposition: READY,
        items: &[("private", READY), ("private", READY)], finding: None },
    Example { name: "private-plasma-predetermination", payer: "private", disposition: PREAUTHORIZATION,
        items: &[("private", PREAUTHORIZATION)], finding: None },
    Example { name: "mva-stem-cell-knee", payer: "mva", disposition: PREAUTHORIZATION,
        items: &[("mva", PREAUTHORIZATION), ("mva", PREAUTHORIZATION), ("mva", PREAUTHORIZATION)], finding: None },
    Example { name: "mva-physiotherapy-minor-injury", payer: "mva", disposition: PREAUTHORIZATION,
        items: &[("mva", PREAUTHORIZATION), ("mva", PREAUTHORIZATION)], finding: None },
    Example { name: "mva-medication-after-july-2026", payer: "mva", disposition: PREAUTHORIZATION,
        items: &[("mva", PREAUTHORIZATION), ("mva", READY)], finding: None },
    Example { name: "wsib-physiotherapy", payer: "wsib", disposition: READY,
        items: &[("wsib", READY), ("wsib", READY)], finding: None },
    Example { name: "wsib-stem-cell-back", payer: "wsib", disposition: PREAUTHORIZATION,
        items: &[("wsib", PREAUTHORIZATION), ("wsib", PREAUTHORIZATION), ("wsib", PREAUTHORIZATION)], finding: None },
    Example { name: "uncovered-stem-cell-sports", payer: "uncovered", disposition: READY,
        items: &[("uncovered", READY), ("uncovered", READY), ("uncovered", READY), ("uncovered", READY)], finding: None },
    Example { name: "uncovered-stem-cell-private-silent", payer: "uncovered", disposition: READY,
        items: &[("uncovered", READY), ("uncovered", READY)], finding: Some("predetermination_possible") },
    Example { name: "review-ohip-insured-consultation", payer: "uncovered", disposition: REVIEW,
        items: &[("uncovered", REVIEW), ("uncovered", READY)], finding: None },
    Example { name: "review-minor-stem-cell", payer: "uncovered", disposition: REVIEW,
        items: &[("uncovered", REVIEW)], finding: Some("not_recommended_minor") },
    Example { name: "review-car-accident-at-work", payer: "wsib", disposition: REVIEW,
        items: &[("wsib", REVIEW)], finding: None },
    Example { name: "review-wsib-denied", payer: "uncovered", disposition: REVIEW,
        items: &[("uncovered", REVIEW)], finding: None },
    Example { name: "review-accident-without-coverage", payer: "mva", disposition: REVIEW,
        items: &[("mva", REVIEW), ("mva", REVIEW)], finding: Some("coverage_missing") },
    Example { name: "uncovered-plasma", payer: "uncovered", disposition: READY,
        items: &[("uncovered", READY)], finding: None },
    Example { name: "uncovered-missed-appointment", payer: "uncovered", disposition: READY,
        items: &[("uncovered", READY)], finding: None },
    Example { name: "uncovered-employer-examination", payer: "uncovered", disposition: READY,
        items: &[("uncovered", READY)], finding: None },
    Example { name: "uncovered-lawyer-report", payer: "uncovered", disposition: READY,
        items: &[("uncovered", READY)], finding: None },
    Example { name: "review-ohip-silent-consultation", payer: "uncovered", disposition: REVIEW,
        items: &[("uncovered", REVIEW)], finding: Some("ohip_insured_unknown") },
    Example { name: "review-nurse-practitioner-assessment", payer: "uncovered", disposition: REVIEW,
        items: &[("uncovered", REVIEW)], finding: Some("physician_equivalent_charge") },
    Example { name: "review-ohip-insured-tourist", payer: "uncovered", disposition: REVIEW,
        items: &[("uncovered", REVIEW)], finding: None },
    Example { name: "mva-drug-and-brace", payer: "mva", disposition: READY,
        items: &[("mva", READY), ("mva", READY)], finding: None },
    Example { name: "mva-emergency-care", payer: "mva", disposition: READY,
        items: &[("mva", READY)], finding: None },
    Example { name: "review-brace-tax-unclear", payer: "mva", disposition: REVIEW,
        items: &[("mva", REVIEW)], finding: None },
    Example { name: "review-accident-form", payer: "mva", disposition: REVIEW,
        items: &[("mva", REVIEW)], finding: None },
    Example { name: "review-missed-appointment-car-accident", payer: "uncovered", disposition: REVIEW,
        items: &[("uncovered", REVIEW)], finding: None },
    Example { name: "review-accident-in-mexico", payer: "mva", disposition: REVIEW,
        items: &[("mva", REVIEW)], finding: Some("accident_abroad") },
    Example { name: "review-old-car-accident", payer: "mva", disposition: REVIEW,
        items: &[("mva", REVIEW)], finding: Some("benefit_period_over") },
    Example { name: "wsib-occupational-illness", payer: "wsib", disposition: READY,
        items: &[("wsib", READY)], finding: None },
    Example { name: "wsib-physician-visit", payer: "wsib", disposition: READY,
        items: &[("wsib", READY)], finding: None },
    Example { name: "review-work-injury-mental-stress", payer: "wsib", disposition: REVIEW,
        items: &[("wsib", REVIEW)], finding: None },
    Example { name: "review-employer-not-covered", payer: "private", disposition: REVIEW,
        items: &[("private", REVIEW)], finding: Some("employer_not_covered") },
    Example { name: "review-work-injury-quebec", payer: "wsib", disposition: REVIEW,
        items: &[("wsib", REVIEW)], finding: Some("other_workers_board") },
    Example { name: "private-listed-professions", payer: "private", disposition: READY,
        items: &[("private", READY), ("private", READY)], finding: None },
    Example { name: "private-child-two-plans", payer: "private", disposition: READY,
        items: &[("private", READY)], finding: None },
    Example { name: "review-massage-plan-silent", payer: "private", disposition: REVIEW,
        items: &[("private", REVIEW)], finding: None },
    Example { name: "review-veteran", payer: "private", disposition: REVIEW,
        items: &[("private", REVIEW)], finding: Some("federal_program") },
];

/// Findings that the contract names and that an example could have.
const NAMED: [&str; 15] = [
    "predetermination_possible",
    "not_recommended_minor",
    "not_recommended_pregnant",
    "procedure_incomplete",
    "coverage_missing",
    "accident_missing",
    "coverage_not_in_force",
    "preauthorization_unknown",
    "accident_abroad",
    "benefit_period_over",
    "employer_not_covered",
    "federal_program",
    "ohip_insured_unknown",
    "other_workers_board",
    "physician_equivalent_charge",
];

async fn every_example_is_decided_as_its_name_says(app: &TestApp) {
    for example in &TABLE {
        let claim = Claim::example(example.name);
        let stored = app.submit(&claim).await.is(201).json();
        let name = example.name;
        assert_eq!(stored["payer"], example.payer, "{name}");
        assert_eq!(stored["disposition"], example.disposition, "{name}");
        let decided: Vec<(&str, &str)> = array(&stored["decision"]["items"])
            .iter()
            .filter_map(|item| Some((item["payer"].as_str()?, item["disposition"].as_str()?)))
            .collect();
        assert_eq!(decided, example.items, "{name}");
        let findings: BTreeSet<&str> = array(&stored["decision"]["findings"])
            .iter()
            .filter_map(|finding| finding["code"].as_str())
            .filter(|code| NAMED.contains(code))
            .collect();
        assert_eq!(
            findings,
            example.finding.into_iter().collect::<BTreeSet<&str>>(),
            "{name}"
        );
    }
    let orders = async |name: &str| {
        let answer = app.classify(&Claim::example(name)).await.is(200).json();
        let items = array(&answer["decision"]["items"]).iter();
        let orders: Vec<Value> = items.map(|item| item["billing_order"].clone()).collect();
        (answer["billing_order"].clone(), orders)
    };
    let (private, auto) = (json!(["private", "mva"]), json!(["mva", "private"]));
    let (claim, items) = orders("mva-stem-cell-knee").await;
    assert_eq!((&claim, items), (&private, vec![private.clone(); 3]));
    let (claim, items) = orders("mva-medication-after-july-2026").await;
    assert_eq!((&claim, items), (&auto, vec![auto.clone(), private]));
}

/// Every file is in the table above and in the README, with the same payer and disposition, and
/// could be sent next to all the others.
async fn every_example_stands_in_the_table_for_clerks(app: &TestApp) {
    let files: BTreeSet<String> = fs::read_dir(EXAMPLES)
        .expect("examples/")
        .filter_map(|entry| {
            let name = entry.expect("an entry").file_name();
            name.to_str()
                .expect("a name")
                .strip_suffix(".json")
                .map(str::to_owned)
        })
        .collect();
    let tested: BTreeSet<String> = TABLE
        .iter()
        .map(|example| example.name.to_owned())
        .collect();
    assert_eq!(files, tested);

    let readme = fs::read_to_string(format!("{EXAMPLES}/README.md")).expect("the README");
    for Example {
        name,
        payer,
        disposition,
        ..
    } in &TABLE
    {
        let row = readme
            .lines()
            .find(|line| line.contains(&format!("`{name}.json`")));
        let row = row.unwrap_or_else(|| panic!("{name} is not in the README"));
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        assert_eq!(
            cells.get(3..5),
            Some([*payer, *disposition].as_slice()),
            "{row}"
        );
    }

    let mut external_ids = BTreeSet::new();
    for name in &files {
        let claim = Claim::example(name);
        let external_id = claim["external_id"].as_str().expect("text").to_owned();
        assert!(
            external_ids.insert(external_id),
            "{name} repeats an external_id"
        );
        app.classify(&claim).await.is(200);
    }
}
