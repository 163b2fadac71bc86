//! What holds for every claim: properties over claims and ledgers made at random.

use std::{
    collections::{BTreeMap, HashSet},
    sync::LazyLock,
};

use proptest::{prelude::*, sample::Index};
use serde_json::json;

use crate::decide::compiled::Rulebook;
use crate::tests::{
    ONTARIO,
    generate::{claim_and_ledger, ledger, shuffling},
    notation::Situation,
};
use payerline_domain::{
    claims::{
        accident::{Accident, AccidentCause, EmployerCovered, WsiaElection},
        billing::BillTo,
        coverage::{Coverage, CoverageKind, Priority},
        decision::{Assessment, FOLLOWERS, ItemDecision, Severity},
        item::{Category, CodeSystem, InsuredByOhip, Item, RequestedBy},
        payer::{Disposition, Payer},
        procedure::Guidance,
        profession::Profession,
        submission::Submission,
    },
    preauthorizations::{PreauthorizationKind, PreauthorizationStatus, Validity},
    values::{closed_enum::ClosedEnum, money::Cents},
};

/// The shipped rulebook without its checks.
static UNCHECKED: LazyLock<Rulebook> = LazyLock::new(|| {
    let mut table = serde_json::to_value(ONTARIO.table()).unwrap();
    // They stay, since a table that asks about the employer reads claims in another way, and tighten nothing.
    for check in table["checks"].as_array_mut().unwrap() {
        check["at_least"] = json!("ready");
        check["because"] = json!(null);
        check["finding"] = json!(null);
    }
    Rulebook::parse(&table.to_string()).unwrap()
});

/// How many claims each property is tried on. No failures are kept in files: a failure prints the
/// smallest claim that shows it, which then deserves a row in the table.
pub fn many() -> ProptestConfig {
    ProptestConfig {
        cases: 512,
        max_global_rejects: 10_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

fn decide(rulebook: &Rulebook, given: &Situation) -> Assessment {
    rulebook.decide(&given.submission, &given.outside).unwrap()
}

/// The claim's items with what was decided about each.
fn decided(given: &Situation) -> Vec<(&Item, ItemDecision)> {
    let decision = decide(&ONTARIO, given).decision;
    given.submission.items.iter().zip(decision.items).collect()
}

fn is_caused_by_work(claim: &Submission) -> bool {
    let is_covered = |it: &Accident| it.employer_covered != EmployerCovered::No;
    let accident = claim.accident.filter(is_covered);
    accident.is_some_and(|accident| match accident.cause {
        AccidentCause::Work => true,
        AccidentCause::AutoAtWork => accident.wsia_election != WsiaElection::Sue,
        AccidentCause::Auto | AccidentCause::Other => false,
    })
}

/// The items that nobody but the patient asked for, with what was decided.
fn decided_for_patient(given: &Situation) -> Vec<(&Item, ItemDecision)> {
    let mut items = decided(given);
    items.retain(|(item, _)| item.requested_by == RequestedBy::Patient);
    items
}

fn is_procedure_complete(claim: &Submission) -> bool {
    claim.procedure.as_ref().is_some_and(|procedure| {
        matches!(
            procedure.guidance,
            Some(Guidance::Ultrasound | Guidance::Fluoroscopy)
        ) && procedure.aseptic_technique == Some(true)
            && procedure.antibiotic_prophylaxis == Some(true)
    })
}

/// Whether the claim names an approval on which a ready stem-cell item can rest.
fn is_approved(given: &Situation, item: &Item, payer: Payer) -> bool {
    let named = given.submission.preauthorizations.iter();
    named
        .filter_map(|number| given.outside.ledger.find(number))
        .any(|approval| {
            approval.kind.payer() == payer
                && approval.kind != PreauthorizationKind::Ocf23
                && approval.patient_id == given.submission.patient.id
                && approval.status == PreauthorizationStatus::Approved
                && approval.validity_on(item.service_date) == Validity::Valid
                && approval.covers(item.category)
                && item.amount() <= approval.approved_cents
        })
}

/// What two coverages share of which either may be chosen, whichever was sent first. `priority` is of private plans.
fn rank(coverage: &Coverage) -> impl PartialEq + std::fmt::Debug + use<> {
    let is_private = coverage.kind == CoverageKind::Private;
    let priority = coverage.priority.map(Priority::value);
    (
        coverage.kind,
        coverage.status,
        coverage.relation(),
        priority.filter(|_| is_private),
    )
}

fn shuffled<T: Clone>(list: &[T], shuffling: &[Index]) -> Vec<T> {
    let mut list = list.to_vec();
    for (place, index) in shuffling.iter().enumerate().take(list.len()) {
        let other = index.index(list.len());
        list.swap(place, other);
    }
    list
}

fn codes(assessed: &Assessment) -> Vec<&str> {
    let mut codes: Vec<&str> = assessed
        .decision
        .findings
        .iter()
        .map(|it| &*it.code)
        .collect();
    codes.sort_unstable();
    codes
}

proptest! {
    #![proptest_config(many())]

    #[test]
    fn the_order_of_approvals_changes_no_item(given in claim_and_ledger(), order in shuffling()) {
        let mut other = given.submission.clone();
        other.preauthorizations = shuffled(&other.preauthorizations, &order);
        let other = Situation { submission: other, outside: given.outside.clone() };
        let (one, two) = (decide(&ONTARIO, &given), decide(&ONTARIO, &other));
        prop_assert_eq!(one.disposition, two.disposition);
        let pairs = one.decision.items.iter().zip(&two.decision.items);
        for (one, two) in pairs {
            prop_assert_eq!((one.payer, one.disposition), (two.payer, two.disposition));
        }
    }

    #[test]
    fn the_order_of_coverages_changes_nothing(given in claim_and_ledger(), order in shuffling()) {
        let mut other = given.submission.clone();
        other.coverages = shuffled(&other.coverages, &order);
        let other = Situation { submission: other, outside: given.outside.clone() };
        let (one, two) = (decide(&ONTARIO, &given), decide(&ONTARIO, &other));
        prop_assert_eq!(one.payer, two.payer);
        prop_assert_eq!(one.disposition, two.disposition);
        prop_assert_eq!(one.billing_order, two.billing_order);
        prop_assert_eq!(&one.allocations, &two.allocations);
        prop_assert_eq!(codes(&one), codes(&two));
        let pairs = one.decision.items.into_iter().zip(two.decision.items);
        for (mut one, two) in pairs {
            let coverage_of = |situation: &Situation, decided: &ItemDecision| {
                let index = decided.coverage?;
                Some(rank(&situation.submission.coverages[index]))
            };
            // A follower's insurance was chosen for the item that it follows.
            if &*one.grounds.rule != "follows-stem-cells" {
                prop_assert_eq!(coverage_of(&given, &one), coverage_of(&other, &two));
            }
            one.coverage = two.coverage;
            prop_assert_eq!(one, two);
        }
    }

    #[test]
    fn a_decision_is_a_function_of_its_input(given in claim_and_ledger(), others in ledger()) {
        let once = decide(&ONTARIO, &given);
        prop_assert_eq!(&once, &decide(&ONTARIO, &given));
        prop_assert_eq!(&once, &decide(&Rulebook::ontario().unwrap(), &given));
        // What the ledger says of numbers that the claim does not name is no input.
        let mut more = given;
        let named: HashSet<_> = more.submission.preauthorizations.iter().cloned().collect();
        let unnamed = others.preauthorizations.into_iter().filter(|it| !named.contains(&it.number));
        more.outside.ledger.preauthorizations.extend(unnamed);
        prop_assert_eq!(&once, &decide(&ONTARIO, &more));
    }

    #[test]
    fn every_item_gets_one_payer_of_a_rule_of_the_table(given in claim_and_ledger()) {
        let items = decide(&ONTARIO, &given).decision.items;
        let sequences: Vec<u16> = items.iter().map(|item| item.sequence).collect();
        let numbers: Vec<u16> = (1..).take(given.submission.items.len()).collect();
        prop_assert_eq!(sequences, numbers);
        for item in items {
            // No claim is left to `otherwise`: the shipped table names every case.
            prop_assert!(ONTARIO.table().rules.iter().any(|rule| rule.id == item.grounds.rule));
            prop_assert!(item.coverage.is_none_or(|it| it < given.submission.coverages.len()));
        }
    }

    #[test]
    fn allocations_add_up_to_the_total(given in claim_and_ledger()) {
        let assessed = decide(&ONTARIO, &given);
        let sum: Cents = assessed.allocations.iter().map(|it| it.amount_cents).sum();
        prop_assert_eq!(sum, assessed.total_cents);
        let amounts: Cents = given.submission.items.iter().map(Item::amount).sum();
        prop_assert_eq!(sum, amounts);
        let mut of_items: BTreeMap<Payer, Cents> = BTreeMap::new();
        for (item, decided) in given.submission.items.iter().zip(&assessed.decision.items) {
            let amount = of_items.entry(decided.payer).or_default();
            *amount = *amount + item.amount();
        }
        let allocated: Vec<_> = assessed.allocations.iter().map(|it| (it.payer, it.amount_cents)).collect();
        prop_assert_eq!(allocated, of_items.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn a_claim_rolls_up_its_items(given in claim_and_ledger()) {
        let assessed = decide(&ONTARIO, &given);
        let items = &assessed.decision.items;
        let ranked = [Payer::Wsib, Payer::Mva, Payer::Private, Payer::Uncovered];
        let first = ranked.iter().find_map(|payer| items.iter().find(|item| item.payer == *payer));
        prop_assert_eq!(assessed.payer, first.unwrap().payer);
        prop_assert_eq!(assessed.billing_order, first.unwrap().billing_order);
        let any = |disposition| items.iter().any(|item| item.disposition == disposition);
        let reviewed = assessed.decision.findings.iter().any(|it| it.severity == Severity::Review);
        let expected = if reviewed || any(Disposition::NeedsReview) {
            Disposition::NeedsReview
        } else if any(Disposition::NeedsPreauthorization) {
            Disposition::NeedsPreauthorization
        } else {
            Disposition::Ready
        };
        prop_assert_eq!(assessed.disposition, expected);
    }

    #[test]
    fn billing_starts_with_the_payer_alone_or_shares_with_an_active_plan(given in claim_and_ledger()) {
        for (_, decided) in decided(&given) {
            let billed = decided.billing_order.payers();
            match decided.payer {
                Payer::Uncovered => prop_assert!(billed.is_empty()),
                Payer::Mva if billed.len() == 2 => {
                    prop_assert!(billed.contains(&Payer::Mva) && billed.contains(&Payer::Private));
                }
                payer => prop_assert_eq!(billed, &[payer]),
            }
            let Some(index) = decided.coverage else { continue };
            let kind = given.submission.coverages[index].kind;
            let payer = match kind {
                CoverageKind::Private | CoverageKind::Federal => Some(Payer::Private),
                CoverageKind::Auto => Some(Payer::Mva),
                CoverageKind::Wsib => Some(Payer::Wsib),
                CoverageKind::Ohip => None,
            };
            prop_assert_eq!(payer, billed.first().copied());
            prop_assert!(!given.submission.coverages[index].is_denied());
        }
    }

    #[test]
    fn nobody_is_billed_unreviewed_for_what_work_caused(given in claim_and_ledger()) {
        prop_assume!(is_caused_by_work(&given.submission));
        for (_, decided) in decided_for_patient(&given) {
            let ready = decided.disposition == Disposition::Ready;
            prop_assert!(!ready || decided.payer == Payer::Wsib, "{:?}", decided);
        }
    }

    #[test]
    fn nobody_is_billed_unreviewed_whatever_is_said_of_the_employer(given in claim_and_ledger()) {
        let accident = given.submission.accident;
        prop_assume!(accident.is_some_and(|it| it.cause.is_at_work() && it.employer_covered == EmployerCovered::No));
        for (_, decided) in decided_for_patient(&given) {
            prop_assert_eq!(decided.disposition, Disposition::NeedsReview);
        }
    }

    #[test]
    fn what_silence_covers_is_never_ready(given in claim_and_ledger()) {
        let by_work = is_caused_by_work(&given.submission);
        let likely = [Category::Consultation, Category::Assessment, Category::Imaging];
        for (item, decided) in decided_for_patient(&given) {
            let provider = item.provider.as_ref().unwrap_or(&given.submission.provider);
            let by = [Profession::Physician, Profession::NursePractitioner].contains(&provider.kind());
            let is_likely = by && likely.contains(&item.category);
            let has_code = item.code.is_some() && item.system == Some(CodeSystem::Ohip);
            if item.insured_by_ohip == InsuredByOhip::Unknown && !by_work && (is_likely || has_code) {
                prop_assert_eq!(decided.disposition, Disposition::NeedsReview);
            }
        }
    }

    #[test]
    fn what_a_third_party_pays_is_no_insurers(given in claim_and_ledger()) {
        for (item, decided) in decided(&given) {
            if item.requested_by == RequestedBy::ThirdParty {
                prop_assert_eq!(decided.payer, Payer::Uncovered);
                let is_ready = decided.disposition == Disposition::Ready;
                prop_assert_eq!(decided.bill_to, is_ready.then_some(BillTo::ThirdParty));
            }
        }
    }

    #[test]
    fn somebody_is_billed_for_what_is_ready_and_no_insurers(given in claim_and_ledger()) {
        for (item, decided) in decided(&given) {
            let is_billed = decided.payer == Payer::Uncovered && decided.disposition == Disposition::Ready;
            let whom = match item.requested_by {
                RequestedBy::Patient => BillTo::Patient,
                RequestedBy::ThirdParty => BillTo::ThirdParty,
            };
            prop_assert_eq!(decided.bill_to, is_billed.then_some(whom));
            prop_assert!(is_billed || !decided.grounds.because.contains("billed to you."), "{:?}", decided);
        }
    }

    #[test]
    fn stem_cells_are_never_ready_against_medical_advice(given in claim_and_ledger()) {
        let claim = &given.submission;
        for (item, decided) in decided(&given) {
            let minor = claim.patient.birth_date.age_on(item.service_date) < 18;
            if item.category == Category::StemCellTherapy
                && item.requested_by == RequestedBy::Patient
                && (minor || claim.patient.pregnant || !is_procedure_complete(claim))
            {
                prop_assert_eq!(decided.disposition, Disposition::NeedsReview);
            }
        }
    }

    #[test]
    fn stem_cells_are_never_an_insurers_without_its_sufficient_approval(given in claim_and_ledger()) {
        for (item, decided) in decided(&given) {
            let ready = decided.disposition == Disposition::Ready;
            if item.category == Category::StemCellTherapy && ready && decided.payer != Payer::Uncovered {
                prop_assert!(is_approved(&given, item, decided.payer), "{:?}", decided);
            }
        }
    }

    #[test]
    fn what_follows_takes_all_from_one_of_the_strictest_stem_cells(given in claim_and_ledger()) {
        let decided = decided(&given);
        let decided = decided.into_iter().filter(|(item, _)| item.requested_by == RequestedBy::Patient);
        let decided: Vec<_> = decided.collect();
        let leaders = || decided.iter().filter(|(item, _)| item.category == Category::StemCellTherapy);
        let Some(strictest) = leaders().map(|(_, leader)| leader.disposition).max() else {
            return Ok(());
        };
        for (item, follower) in &decided {
            let insured = item.insured_by_ohip == InsuredByOhip::Yes;
            if FOLLOWERS.contains(&item.category) && !insured {
                let led = leaders().any(|(_, leader)| {
                    leader.disposition == strictest
                        && leader.payer == follower.payer
                        && leader.billing_order == follower.billing_order
                        && leader.coverage == follower.coverage
                });
                prop_assert!(led, "{:?}", follower);
                prop_assert!(follower.disposition >= strictest, "{:?}", follower);
            }
        }
    }

    #[test]
    fn what_ohip_insures_is_ready_only_for_wsib(given in claim_and_ledger()) {
        let by_work = is_caused_by_work(&given.submission);
        for (item, decided) in decided(&given) {
            if item.insured_by_ohip == InsuredByOhip::Yes && item.requested_by == RequestedBy::ThirdParty {
                prop_assert_eq!(&*decided.grounds.rule, "third-party-ohip-insured");
            } else if item.insured_by_ohip == InsuredByOhip::Yes {
                let ready = decided.disposition == Disposition::Ready;
                prop_assert!(!ready || (by_work && decided.payer == Payer::Wsib));
                let rules = ["ohip-insured", "ohip-insured-unproven"];
                prop_assert!(by_work || rules.contains(&&*decided.grounds.rule));
            }
        }
    }

    #[test]
    fn checks_only_tighten(given in claim_and_ledger()) {
        let (with, without) = (decide(&ONTARIO, &given), decide(&UNCHECKED, &given));
        for (with, without) in with.decision.items.iter().zip(&without.decision.items) {
            prop_assert_eq!(&with.grounds.rule, &without.grounds.rule);
            prop_assert!(with.disposition >= without.disposition);
            // Checks may make another stem-cell item the strictest, which its followers then follow.
            if &*with.grounds.rule != "follows-stem-cells" {
                prop_assert_eq!(with.payer, without.payer);
                prop_assert_eq!(with.billing_order, without.billing_order);
                prop_assert_eq!(with.coverage, without.coverage);
            }
        }
        prop_assert!(with.disposition >= without.disposition);
    }

    #[test]
    fn the_trace_ends_with_the_rule_that_decided(given in claim_and_ledger()) {
        let traces = ONTARIO.trace(&given.submission, &given.outside);
        let decided = decided(&given);
        prop_assert_eq!(traces.len(), decided.len());
        for (trace, (_, decided)) in traces.iter().zip(&decided) {
            prop_assert_eq!(trace.sequence, decided.sequence);
            let (last, before) = trace.rules.split_last().unwrap();
            prop_assert_eq!(&last.rule, &decided.grounds.rule);
            prop_assert!(last.fired && before.iter().all(|tried| !tried.fired));
            prop_assert!(last.conditions.iter().all(|condition| condition.holds));
            for tried in before {
                prop_assert!(tried.conditions.iter().any(|condition| !condition.holds));
            }
            let order: Vec<_> = trace.rules.iter().map(|tried| &tried.rule).collect();
            let rules = ONTARIO.table().rules.iter().map(|rule| &rule.id);
            prop_assert_eq!(order, rules.take(trace.rules.len()).collect::<Vec<_>>());
        }
    }

    #[test]
    fn findings_point_into_the_claim_and_are_reported_once(given in claim_and_ledger()) {
        let found = decide(&ONTARIO, &given).decision.findings;
        let claim = serde_json::to_value(&given.submission).unwrap();
        let mut seen = HashSet::new();
        for finding in found {
            let (parent, field) = finding.pointer.rsplit_once('/').unwrap();
            let is_list = claim.pointer(parent).is_some_and(serde_json::Value::is_array);
            prop_assert!(!is_list || claim.pointer(&finding.pointer).is_some(), "{:?}", finding);
            prop_assert!(!field.is_empty() && !finding.pointer.contains('{'), "{:?}", finding);
            prop_assert!(Severity::from_word(finding.severity.word()).is_some());
            prop_assert!(seen.insert((finding.code, finding.pointer)));
        }
    }
}
