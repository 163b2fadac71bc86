//! What the contract says decides alike, for every claim: one word in place of another changes nothing.

use proptest::prelude::*;

use super::properties::many;
use crate::tests::{ONTARIO, generate::claim_and_ledger, notation::Situation};
use payerline_domain::claims::{
    accident::{AccidentCause, WsiaElection},
    coverage::{Coverage, CoverageKind, CoverageStatus, Relationship},
    decision::Decision,
    item::{Category, InsuredByOhip},
    submission::Submission,
};
use payerline_domain::values::text::Label;

/// What is decided about each item and found, but for one finding.
fn decide(given: &Situation, besides: &str) -> Decision {
    let assessed = ONTARIO.decide(&given.submission, &given.outside);
    let mut decision = assessed.unwrap().decision;
    decision
        .findings
        .retain(|finding| &*finding.code != besides);
    decision
}

/// The decision before and after a change of the claim, but for one finding.
fn before_and_after(
    mut given: Situation,
    besides: &str,
    change: impl FnOnce(&mut Submission),
) -> (Decision, Decision) {
    let before = decide(&given, besides);
    change(&mut given.submission);
    (before, decide(&given, besides))
}

proptest! {
    #![proptest_config(many())]

    #[test]
    fn an_accident_of_another_cause_is_like_none(given in claim_and_ledger()) {
        let mut given = given;
        if let Some(accident) = &mut given.submission.accident {
            accident.cause = AccidentCause::Other;
        }
        // A claim number without an accident is a finding.
        given.submission.coverages.iter_mut().for_each(|it| it.claim_number = None);
        let (other, none) = before_and_after(given, "", |it| it.accident = None);
        prop_assert_eq!(other, none);
    }

    #[test]
    fn used_up_is_like_denied(given in claim_and_ledger()) {
        let (before, after) = before_and_after(given, "", |it| {
            for coverage in &mut it.coverages {
                if coverage.status == CoverageStatus::Exhausted {
                    coverage.status = CoverageStatus::Denied;
                }
            }
        });
        prop_assert_eq!(before, after);
    }

    #[test]
    fn not_knowing_whether_ohip_insures_is_like_no_where_it_is_not_likely(given in claim_and_ledger()) {
        let mut given = given;
        given.submission.provider.profession = Label::parse("physiotherapist").unwrap();
        for item in &mut given.submission.items {
            (item.provider, item.code) = (None, None);
        }
        let (before, after) = before_and_after(given, "", |it| {
            for item in &mut it.items {
                if item.insured_by_ohip == InsuredByOhip::Unknown {
                    item.insured_by_ohip = InsuredByOhip::No;
                }
            }
        });
        prop_assert_eq!(before, after);
    }

    #[test]
    fn a_coverage_without_a_relation_is_like_the_patients_own(given in claim_and_ledger()) {
        let (before, after) = before_and_after(given, "", |it| {
            for coverage in &mut it.coverages {
                coverage.relationship.get_or_insert(Relationship::Own);
            }
        });
        prop_assert_eq!(before, after);
    }

    #[test]
    fn a_denied_private_plan_at_the_end_is_like_none(given in claim_and_ledger()) {
        let mut given = given;
        let denied = |it: &Coverage| {
            it.kind == CoverageKind::Private && it.is_denied()
        };
        given.submission.coverages.sort_by_key(denied);
        let (before, after) = before_and_after(given, "coverage_not_in_force", |it| {
            it.coverages.retain(|coverage| !denied(coverage));
        });
        prop_assert_eq!(before, after);
    }

    #[test]
    fn an_ohip_coverage_at_the_end_is_like_none(given in claim_and_ledger()) {
        let mut given = given;
        given.submission.coverages.sort_by_key(|it| it.kind == CoverageKind::Ohip);
        // Of what OHIP insures, such a coverage says whether it insures the patient too.
        given.submission.items.iter_mut().for_each(|it| it.insured_by_ohip = InsuredByOhip::No);
        let (before, after) = before_and_after(given, "", |it| {
            it.coverages.retain(|coverage| coverage.kind != CoverageKind::Ohip);
        });
        prop_assert_eq!(before, after);
    }

    #[test]
    fn what_is_not_stem_cells_ignores_pregnancy_and_procedure(given in claim_and_ledger()) {
        let mut given = given;
        given.submission.items.retain(|item| item.category != Category::StemCellTherapy);
        prop_assume!(!given.submission.items.is_empty());
        let (before, after) = before_and_after(given, "", |it| {
            it.patient.pregnant = !it.patient.pregnant;
            it.procedure = None;
        });
        prop_assert_eq!(before, after);
    }

    #[test]
    fn an_election_means_nothing_but_after_a_car_accident_at_work(given in claim_and_ledger()) {
        let cause = given.submission.accident.map(|accident| accident.cause);
        prop_assume!(cause != Some(AccidentCause::AutoAtWork));
        let (before, after) = before_and_after(given, "", |it| {
            if let Some(accident) = &mut it.accident {
                accident.wsia_election = WsiaElection::Sue;
            }
        });
        prop_assert_eq!(before, after);
    }
}
