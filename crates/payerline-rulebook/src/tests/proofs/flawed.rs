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
    proof::Proof,
    table::{
        rules::Then,
        vocabulary::{ApprovalKind, ApprovalState},
    },
};
use payerline_domain::laws::Invariant;
use payerline_domain::{
    claims::{
        accident::{AccidentCause, EmployerCovered, WsiaElection},
        billing::BillTo,
        decision::ItemDecision,
        item::{Category, CodeSystem, InsuredByOhip, Item, RequestedBy},
        payer::{Disposition, Payer},
        profession::Profession,
        submission::Submission,
    },
    values::closed_enum::ClosedEnum,
};

/// What is done to the rules, or to the entries of another section.
#[derive(Debug, Clone)]
enum Spoil {
    Drop(&'static str, Index),
    Swap(Index, Index),
    Forget(&'static str, Index, Index),
    Decide(Index, Payer, Disposition),
    Follow(Index),
    /// An entry concerns plans of some insurers, or of all but these.
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
        || prop_oneof![4 => Just("rules"), 2 => Just("checks"), 1 => Just("without_approval")];
    let insured = prop_oneof![5 => sections(), 1 => Just("billing_orders")];
    let names = prop::sample::subsequence(&INSURERS[..], 1..=3);
    let insure = (insured, index(), names, any::<bool>())
        .prop_map(|(section, at, names, but)| Spoil::Insure(section, at, names, but));
    prop_oneof![
        4 => (sections(), index()).prop_map(|(section, at)| Spoil::Drop(section, at)),
        2 => (index(), index()).prop_map(|(one, other)| Spoil::Swap(one, other)),
        4 => (sections(), index(), index()).prop_map(|(section, at, fact)| Spoil::Forget(section, at, fact)),
        4 => decide.prop_map(|(rule, payer, disposition)| Spoil::Decide(rule, payer, disposition)),
        1 => index().prop_map(Spoil::Follow),
        4 => insure,
    ]
}

fn spoiled(spoils: &[Spoil]) -> Rulebook {
    let mut table = serde_json::to_value(ONTARIO.table()).unwrap();
    for spoil in spoils {
        let section = match spoil {
            Spoil::Drop(section, _) | Spoil::Forget(section, ..) | Spoil::Insure(section, ..) => {
                section
            }
            _ => "rules",
        };
        let entries = table[section].as_array_mut().unwrap();
        if entries.is_empty() {
            continue;
        }
        let count = entries.len();
        match spoil {
            Spoil::Drop(_, at) => {
                entries.remove(at.index(count));
            }
            Spoil::Swap(one, other) => entries.swap(one.index(count), other.index(count)),
            Spoil::Forget(_, at, fact) => forget(&mut entries[at.index(count)]["when"], fact),
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

/// True if OHIP is likely to insure an item of which the claim does not say so. All services are after April 2026.
fn is_silent(claim: &Submission, item: &Item) -> bool {
    let provider = item.provider.as_ref().unwrap_or(&claim.provider);
    let by = [Profession::Physician, Profession::NursePractitioner].contains(&provider.kind());
    let categories = [
        Category::Consultation,
        Category::Assessment,
        Category::Imaging,
    ];
    let has_code = item.code.is_some() && item.system == Some(CodeSystem::Ohip);
    item.insured_by_ohip == InsuredByOhip::Unknown
        && (has_code || (by && categories.contains(&item.category)))
}

/// The invariants that a decision about an item breaks, as the contract words them.
fn broken(
    rulebook: &Rulebook,
    given: &Situation,
    item: &Item,
    facts: &ItemFacts<'_>,
    decided: &ItemDecision,
) -> Vec<Invariant> {
    if decided.disposition != Disposition::Ready {
        return Vec::new();
    }
    if item.requested_by == RequestedBy::ThirdParty {
        let law = Invariant::ThirdPartyNeverChargedToAnInsurer;
        let is_charged = decided.payer != Payer::Uncovered;
        return is_charged.then_some(law).into_iter().collect();
    }
    let claim = &given.submission;
    // A table that does not ask about the employer reads every employer as covered.
    let asks_of_employer = rulebook.canonical().contains("\"employer_covered\":");
    let is_excluded = claim.accident.is_some_and(|it| {
        asks_of_employer && it.cause.is_at_work() && it.employer_covered == EmployerCovered::No
    });
    let by_work = claim.accident.is_some_and(|accident| match accident.cause {
        _ if is_excluded => false,
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
            (by_work || is_excluded) && decided.payer == Payer::Uncovered,
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
        (
            is_silent(claim, item) && !by_work,
            Invariant::SilenceNeverReady,
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
        .decide(&given.submission, &given.outside)
        .unwrap()
        .decision;
    let claim = ClaimFacts::gather(&given.submission, &given.outside, &rulebook.reading);
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
        for invariant in broken(rulebook, given, item, facts, decided) {
            let mut unlawful = proof.unlawful.iter();
            let is_named = unlawful.any(|it| it.invariant == invariant && &*it.rule == by);
            // A follower's flaw is its leader's or comes of a hole, but for what its leader need not share.
            let is_leaders = invariant != Invariant::SilenceNeverReady || !proof.holes.is_empty();
            let said = if follows(rulebook, by) && is_leaders {
                !proof.sound
            } else {
                is_named || proof.more_unlawful
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
        .decide(&given.submission, &given.outside)
        .unwrap()
        .decision;
    let items = decision.items.iter().map(|it| {
        let (billed, documents) = (it.billing_order.payers(), &it.grounds.required_documents);
        let third_party = it.bill_to == Some(BillTo::ThirdParty);
        let who = (it.payer, it.disposition, it.coverage, third_party);
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
