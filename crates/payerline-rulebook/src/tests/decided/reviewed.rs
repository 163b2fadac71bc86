//! What reviews make of decisions: findings that are settled, laws, and who is billed in turn.

use payerline_domain::laws::Invariant;
use payerline_domain::{
    claims::{
        payer::{Disposition, Payer},
        payers_due::PayersDue,
    },
    values::closed_enum::ClosedEnum,
};

use crate::{
    decide::review::ReviewedClaim,
    tests::{ONTARIO, notation::situation},
};

/// Reviews a claim: some findings are settled, and something is said of all items.
fn review(
    text: &str,
    settled: &[&str],
    said: (Option<Payer>, Option<Disposition>),
) -> ReviewedClaim {
    let it = situation(text);
    let settled: Vec<String> = settled.iter().map(|code| (*code).to_owned()).collect();
    ONTARIO.review(&it.submission, &it.outside, &settled, |decided| {
        (
            said.0.unwrap_or(decided.payer),
            said.1.unwrap_or(decided.disposition),
        )
    })
}

fn dispositions(reviewed: &ReviewedClaim) -> Vec<&'static str> {
    let items = reviewed.items.iter();
    items.map(|item| item.disposition.word()).collect()
}

/// Who is due, as `payer:coverage`.
fn due(due: &PayersDue) -> String {
    let words = due.in_turn().into_iter().map(|it| match it.coverage {
        Some(coverage) => format!("{}:{coverage}", it.payer.word()),
        None => it.payer.word().to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}

const NOTHING: (Option<Payer>, Option<Disposition>) = (None, None);
const READY: (Option<Payer>, Option<Disposition>) = (None, Some(Disposition::Ready));

#[test]
fn a_finding_that_is_settled_tightens_no_more() {
    for (claim, code) in [
        ("consultation by:physician", "ohip_insured_unknown"),
        (
            "assessment by:nurse_practitioner",
            "physician_equivalent_charge",
        ),
        ("duplicate 0; rehabilitation", "possible_duplicate"),
    ] {
        assert_eq!(
            dispositions(&review(claim, &[], NOTHING)),
            ["needs_review"],
            "{claim}"
        );
        let settled = review(claim, &[code], NOTHING);
        assert_eq!(dispositions(&settled), ["ready"], "{claim}");
        assert_eq!(settled.broken, [], "{claim}");
        assert_eq!(due(&settled.payers_due), "patient", "{claim}");
        let other = review(claim, &["minor_injury_cap"], NOTHING);
        assert_eq!(dispositions(&other), ["needs_review"], "{claim}");
    }
}

#[test]
fn a_finding_of_one_kind_settles_no_other() {
    let claim = "duplicate 0; consultation by:physician";
    let one = review(claim, &["possible_duplicate"], NOTHING);
    assert_eq!(dispositions(&one), ["needs_review"]);
    let both = review(
        claim,
        &["possible_duplicate", "ohip_insured_unknown"],
        NOTHING,
    );
    assert_eq!(dispositions(&both), ["ready"]);
}

#[test]
fn laws_hold_for_people_too() {
    let minor = "patient born:2010-01-01; ohip; stem_cells";
    let bill_patient = (Some(Payer::Uncovered), Some(Disposition::Ready));
    for (claim, said, laws) in [
        ("rehabilitation", READY, &[][..]),
        (minor, READY, &[Invariant::StemCellsNeverForMinors]),
        (
            "patient pregnant; ohip; stem_cells",
            READY,
            &[Invariant::StemCellsNeverInPregnancy],
        ),
        (
            "accident auto; auto; stem_cells",
            READY,
            &[Invariant::StemCellsNeverUnapproved],
        ),
        (
            "accident work; wsib #12345678; stem_cells",
            READY,
            &[Invariant::StemCellsNeverUnapproved],
        ),
        (
            "accident work; wsib #12345678; rehabilitation",
            bill_patient,
            &[Invariant::WorkNeverBilledToThePatient],
        ),
        (
            "accident work employer:no; rehabilitation",
            bill_patient,
            &[Invariant::WorkNeverBilledToThePatient],
        ),
        (
            "ohip; consultation ohip:yes",
            READY,
            &[Invariant::OhipInsuredNeverCharged],
        ),
        (
            "consultation by:physician",
            READY,
            &[Invariant::SilenceNeverReady],
        ),
        (
            "report third_party",
            (Some(Payer::Mva), Some(Disposition::Ready)),
            &[Invariant::ThirdPartyNeverChargedToAnInsurer],
        ),
    ] {
        let broken: Vec<Invariant> = review(claim, &[], said)
            .broken
            .iter()
            .map(|(law, _)| *law)
            .collect();
        assert_eq!(broken, laws, "{claim}");
        let held = review(claim, &[], (said.0, Some(Disposition::NeedsReview)));
        assert_eq!(held.broken, [], "{claim}: a law forbids only what is ready");
    }
}

#[test]
fn an_item_of_another_payer_is_billed_as_that_payers() {
    let auto = (Some(Payer::Mva), None);
    let car = "accident auto; auto; private lists:rehabilitation; rehabilitation";
    for (claim, said, order) in [
        (car, NOTHING, "private:1 mva:0"),
        (car, (Some(Payer::Private), None), "private:1"),
        (
            "private lists:device; rehabilitation",
            (Some(Payer::Private), None),
            "private:0",
        ),
        ("accident auto; auto denied; rehabilitation", auto, "mva"),
        ("rehabilitation", (Some(Payer::Wsib), None), "wsib"),
        ("report third_party", NOTHING, "third_party"),
        ("consultation ohip:yes", READY, "ministry"),
        ("consultation ohip:yes", NOTHING, ""),
    ] {
        let reviewed = review(claim, &[], said);
        assert_eq!(due(&reviewed.payers_due), order, "{claim}");
    }
}

#[test]
fn plans_are_due_in_turn() {
    for (claim, order) in [
        (
            "private spouse lists:rehabilitation; private lists:rehabilitation; rehabilitation",
            "private:1 private:0",
        ),
        (
            "private lists:rehabilitation; private spouse; private spouse lists:device; rehabilitation",
            "private:0 private:1",
        ),
        (
            "private lists:rehabilitation; private spouse pending; rehabilitation",
            "private:0",
        ),
        (
            "private lists:rehabilitation; private spouse to:2026-08-09; rehabilitation",
            "private:0",
        ),
        (
            "private lists:rehabilitation; private; private spouse lists:rehabilitation; rehabilitation",
            "private:0 private:2 private:1",
        ),
        (
            "private priority:2 lists:rehabilitation; private priority:1 lists:rehabilitation; rehabilitation",
            "private:1 private:0",
        ),
        (
            "accident auto; auto; private; private spouse; ocf_18 approved; rehabilitation",
            "private:1 private:2 mva:0",
        ),
        (
            "private lists:rehabilitation; rehabilitation; missed_appointment",
            "private:0 patient",
        ),
    ] {
        let it = situation(claim);
        let assessment = ONTARIO.decide(&it.submission, &it.outside).unwrap();
        assert_eq!(due(&assessment.payers_due), order, "{claim}");
    }
}
