//! Rulebooks with several flaws at random, held against whole claims at random: whatever a claim
//! shows of a flaw, the proof has said.

use std::collections::BTreeSet;

use proptest::{collection::vec, prelude::*, sample::Index};
use serde_json::{Value, json};

use super::{difference::differences, proof::prove};
use crate::tests::{
    ONTARIO,
    decided::properties::many,
    generate::{INSURERS, claim_and_ledger},
    notation::Situation,
};
use crate::{
    decide::compiled::Rulebook,
    decide::facts::{ClaimFacts, ItemFacts},
    proof::{Invariant, Proof},
    table::{
        rules::Then,
        vocabulary::{ApprovalKind, ApprovalState},
    },
};
use payerline_domain::{
    claims::{
        accident::{AccidentCause, WsiaElection},
        decision::ItemDecision,
        item::{Category, InsuredByOhip, Item},
        payer::{Disposition, Payer},
    },
    values::closed_enum::ClosedEnum,
};

/// What is done to the rules.
#[derive(Debug, Clone)]
enum Spoil {
    Drop(Index),
    Swap(Index, Index),
    Forget(Index, Index),
    Decide(Index, Payer, Disposition),
    DropCheck(Index),
    Follow(Index),
    /// A rule, check or billing order concerns plans of some insurers, or of all but these.
    Insure(&'static str, Index, Vec<&'static str>, bool),
}

fn spoil() -> impl Strategy<Value = Spoil> {
    let index = any::<Index>;
    let decide = (
        index(),
        prop::sample::select(Payer::ALL),
        prop::sample::select(Disposition::ALL),
    );
    let sections =
        prop_oneof![4 => Just("rules"), 1 => Just("checks"), 1 => Just("billing_orders")];
    let names = prop::sample::subsequence(&INSURERS[..], 1..=3);
    let insure = (sections, index(), names, any::<bool>())
        .prop_map(|(section, at, names, but)| Spoil::Insure(section, at, names, but));
    prop_oneof![
        2 => index().prop_map(Spoil::Drop),
        2 => (index(), index()).prop_map(|(one, other)| Spoil::Swap(one, other)),
        4 => (index(), index()).prop_map(|(rule, fact)| Spoil::Forget(rule, fact)),
        4 => decide.prop_map(|(rule, payer, disposition)| Spoil::Decide(rule, payer, disposition)),
        2 => index().prop_map(Spoil::DropCheck),
        1 => index().prop_map(Spoil::Follow),
        4 => insure,
    ]
}

fn spoiled(spoils: &[Spoil]) -> Rulebook {
    let mut table = serde_json::to_value(ONTARIO.table()).unwrap();
    for spoil in spoils {
        let section = match spoil {
            Spoil::DropCheck(_) => "checks",
            Spoil::Insure(section, ..) => section,
            _ => "rules",
        };
        let entries = table[section].as_array_mut().unwrap();
        if entries.is_empty() {
            continue;
        }
        let count = entries.len();
        match spoil {
            Spoil::Drop(at) | Spoil::DropCheck(at) => {
                entries.remove(at.index(count));
            }
            Spoil::Swap(one, other) => entries.swap(one.index(count), other.index(count)),
            Spoil::Forget(at, fact) => forget(&mut entries[at.index(count)]["when"], fact),
            Spoil::Decide(at, payer, disposition) => {
                let outcome = json!({"decide": {"payer": payer, "disposition": disposition}});
                entries[at.index(count)]["then"] = outcome;
            }
            Spoil::Follow(at) => {
                entries[at.index(count)]["then"] = json!({"follow": "strictest_stem_cell_item"});
            }
            Spoil::Insure(_, at, names, but) => insure(&mut entries[at.index(count)], names, *but),
        }
    }
    Rulebook::parse(&table.to_string()).unwrap()
}

/// Makes an entry concern plans of some insurers only, unless it is the billing order that each payer
/// needs.
fn insure(entry: &mut Value, names: &[&str], but: bool) {
    let when = entry["when"].as_object_mut().unwrap();
    if when.keys().eq(["payer"]) {
        return;
    }
    when.retain(|fact, _| !fact.starts_with("private_insurer"));
    let condition = if but {
        "private_insurer_not"
    } else {
        "private_insurer"
    };
    when.insert(condition.to_owned(), json!(names));
}

fn forget(when: &mut Value, fact: &Index) {
    let when = when.as_object_mut().unwrap();
    let facts: Vec<String> = when.keys().cloned().collect();
    if !facts.is_empty() {
        when.remove(fact.get(&facts));
    }
}

/// The invariants that a decision about an item breaks, as the issue words them.
fn broken(
    given: &Situation,
    item: &Item,
    facts: &ItemFacts<'_>,
    decided: &ItemDecision,
) -> Vec<Invariant> {
    if decided.disposition != Disposition::Ready {
        return Vec::new();
    }
    let claim = &given.submission;
    let by_work = claim.accident.is_some_and(|accident| match accident.cause {
        AccidentCause::Work => true,
        AccidentCause::AutoAtWork => accident.wsia_election != WsiaElection::Sue,
        AccidentCause::Auto | AccidentCause::Other => false,
    });
    let stem_cells = item.category == Category::StemCellTherapy;
    let approved_by = |kind| {
        facts.facts.approval.preauthorization == ApprovalState::Approved
            && facts.facts.approval.preauthorization_kind == kind
    };
    let approved = match decided.payer {
        Payer::Mva => approved_by(ApprovalKind::Ocf18),
        Payer::Wsib => approved_by(ApprovalKind::WsibApproval),
        Payer::Private | Payer::Uncovered => true,
    };
    let minor = claim.patient.birth_date.age_on(item.service_date) < 18;
    let insured = item.insured_by_ohip == InsuredByOhip::Yes;
    let broken = [
        (
            by_work && decided.payer == Payer::Uncovered,
            Invariant::WorkNeverBilledToThePatient,
        ),
        (stem_cells && minor, Invariant::StemCellsNeverForMinors),
        (
            stem_cells && claim.patient.pregnant,
            Invariant::StemCellsNeverInPregnancy,
        ),
        (stem_cells && !approved, Invariant::StemCellsNeverUnapproved),
        (
            insured && decided.payer != Payer::Wsib,
            Invariant::OhipInsuredNeverCharged,
        ),
    ];
    broken
        .into_iter()
        .filter(|(it, _)| *it)
        .map(|(_, invariant)| invariant)
        .collect()
}

fn follows(rulebook: &Rulebook, rule: &str) -> bool {
    let mut rules = rulebook.table().rules.iter();
    rules.any(|it| &*it.id == rule && matches!(it.then, Then::Follow(_)))
}

/// What the proof would have to say after this decision but does not.
fn unsaid(rulebook: &Rulebook, proof: &Proof, given: &Situation) -> Vec<String> {
    let shadowed: BTreeSet<&str> = proof.shadowed.iter().map(|it| &*it.rule).collect();
    let decision = rulebook
        .decide(&given.submission, &given.ledger)
        .unwrap()
        .decision;
    let claim = ClaimFacts::gather(&given.submission, &given.ledger, &rulebook.insurers);
    let mut unsaid = Vec::new();
    let items = given
        .submission
        .items
        .iter()
        .zip(&claim.items)
        .zip(&decision.items);
    for ((item, facts), decided) in items {
        let by = &*decided.grounds.rule;
        if by == "no-rule" && proof.holes.is_empty() {
            unsaid.push("there is a hole".to_owned());
        }
        if shadowed.contains(by) {
            unsaid.push(format!("{by} is not shadowed"));
        }
        for invariant in broken(given, item, facts, decided) {
            let named = |rule: &str| {
                let mut unlawful = proof.unlawful.iter();
                unlawful.any(|it| it.invariant == invariant && &*it.rule == rule)
            };
            // A follower's flaw is its leader's, or comes of a hole.
            let said = if follows(rulebook, by) {
                !proof.sound
            } else {
                named(by) || proof.more_unlawful
            };
            if !said {
                unsaid.push(format!("{by} breaks {}", invariant.word()));
            }
        }
    }
    unsaid
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..many() })]

    #[test]
    fn the_proof_says_what_any_claim_could_show(
        spoils in vec(spoil(), 1..=5),
        claims in vec(claim_and_ledger(), 60),
    ) {
        let rulebook = spoiled(&spoils);
        let proof = prove(&rulebook);
        for given in &claims {
            let unsaid = unsaid(&rulebook, &proof, given);
            prop_assert!(unsaid.is_empty(), "{unsaid:?}\n{given:#?}");
        }
    }
}

/// What is decided about a claim, all words of it left out, as text.
fn outcome(rulebook: &Rulebook, given: &Situation) -> (Vec<String>, BTreeSet<String>) {
    let decision = rulebook
        .decide(&given.submission, &given.ledger)
        .unwrap()
        .decision;
    let items = decision.items.iter().map(|it| {
        let (billed, documents) = (it.billing_order.payers(), &it.grounds.required_documents);
        let who = (it.payer, it.disposition, it.coverage);
        format!("{who:?} {billed:?} {documents:?}")
    });
    let findings = decision.findings.iter();
    let findings = findings.map(|it| format!("{} {} {:?}", it.code, it.pointer, it.severity));
    (items.collect(), findings.collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..many() })]

    #[test]
    fn rulebooks_without_a_difference_decide_every_claim_alike(
        spoils in vec(spoil(), 1..=2),
        claims in vec(claim_and_ledger(), 60),
    ) {
        let rulebook = spoiled(&spoils);
        let found = differences(&ONTARIO, &rulebook);
        let alike = found.complete && found.differences.is_empty();
        let differs = |given| outcome(&ONTARIO, given) != outcome(&rulebook, given);
        prop_assert!(!alike || !claims.iter().any(differs));
    }
}
