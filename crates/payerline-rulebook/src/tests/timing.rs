//! How long a proof and a decision take, on demand and with optimisation:
//! `cargo test --release -p payerline-rulebook --lib timing -- --ignored --nocapture`.

#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

use std::time::Instant;

use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use serde_json::json;

use super::{ONTARIO, generate::claim_and_ledger};
use crate::decide::compiled::Rulebook;

/// The shipped table with rules for single categories before the others, so that it has 200.
fn with_200_rules() -> Rulebook {
    let mut table = serde_json::to_value(ONTARIO.table()).unwrap();
    let rules = table["rules"].as_array_mut().unwrap();
    let professions = [
        "physician",
        "dentist",
        "osteopath",
        "naturopath",
        "chiropodist",
    ];
    for index in (0..).take(200 - rules.len()) {
        let emergency = if index / 5 % 2 == 0 { "yes" } else { "no" };
        let rule = json!({
            "id": format!("more-{index}"),
            "when": {
                "category": ["device"],
                "profession": [professions[index % professions.len()]],
                "private": ["active"],
                "emergency": [emergency],
                "private_insurer": [format!("Insurer {}", index / 10)],
            },
            "then": {"decide": {"payer": "private", "disposition": "needs_review"}},
            "because": "A test.",
            "basis": "A test.",
        });
        rules.insert(1, rule);
    }
    Rulebook::parse(&table.to_string()).unwrap()
}

#[test]
#[ignore = "measures; run it alone"]
fn a_proof_and_a_decision() {
    for (what, rulebook) in [("as shipped", &*ONTARIO), ("200 rules", &with_200_rules())] {
        let begun = Instant::now();
        let proof = rulebook.prove().unwrap();
        println!(
            "{what}: proved in {:?}, sound: {}",
            begun.elapsed(),
            proof.sound
        );
    }
    let before = Rulebook::parse(include_str!("fixtures/ontario-2026.2.json")).unwrap();
    let mut quieter = serde_json::to_value(ONTARIO.table()).unwrap();
    quieter["checks"][0]["when"]["pregnant"] = json!(["no"]);
    let quieter = Rulebook::parse(&quieter.to_string()).unwrap();
    for (what, from) in [("2026.2", &before), ("a check that differs", &quieter)] {
        let begun = Instant::now();
        let found = from.differences(&ONTARIO, 2_000_000);
        let (took, count) = (begun.elapsed(), found.differences.len());
        println!(
            "{what}: {count} differences in {took:?}, complete: {}",
            found.complete
        );
    }
    let mut runner = TestRunner::deterministic();
    let claims: Vec<_> = (0..2_000)
        .map(|_| claim_and_ledger().new_tree(&mut runner).unwrap().current())
        .collect();
    let items: usize = claims.iter().map(|it| it.submission.items.len()).sum();
    for _ in 0..5 {
        let begun = Instant::now();
        for _ in 0..20 {
            for claim in &claims {
                std::hint::black_box(ONTARIO.decide(&claim.submission, &claim.outside));
            }
        }
        let nanoseconds = begun.elapsed().as_nanos() / (20 * u128::try_from(items).unwrap());
        println!("decided: {nanoseconds} ns an item of random claims");
    }
}
