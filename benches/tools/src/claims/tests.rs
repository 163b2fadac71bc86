//! Compares the generated claims with the service's own parser and rulebook.

use std::collections::BTreeSet;

use payerline_domain::{
    claims::{
        outside_facts::OutsideFacts,
        payer::{Disposition, Payer},
        submission::Submission,
    },
    parse::fault::Refusal,
    preauthorizations::Ledger,
    values::{closed_enum::ClosedEnum, money::Cents, time::Day},
};
use payerline_rulebook::Rulebook;

use super::{
    Claims, claim,
    fault::{Fault, FaultKind, KINDS},
};

const CLEAN: Claims = Claims {
    seed: 42,
    dirty_percent: 0,
};
const DIRTY: Claims = Claims {
    seed: 42,
    dirty_percent: 100,
};
const MIXED: Claims = Claims {
    seed: 42,
    dirty_percent: 20,
};

fn line(claims: Claims, number: u64) -> Vec<u8> {
    let mut out = Vec::new();
    claims.write(number, &mut out);
    assert_eq!(out.pop(), Some(b'\n'));
    assert!(!out.contains(&b'\n'));
    out
}

fn parse(line: &[u8]) -> Result<Submission, Refusal> {
    Submission::parse(line, Day::parse("2027-01-01").unwrap())
}

fn parsed(line: &[u8]) -> Submission {
    parse(line).unwrap_or_else(|refusal| panic!("{refusal:?}: {}", String::from_utf8_lossy(line)))
}

/// FNV-1a.
fn digest(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[test]
fn a_seed_and_a_number_always_give_the_same_bytes() {
    let forward: Vec<_> = (0..500).map(|number| line(MIXED, number)).collect();
    let mut backward: Vec<_> = (0..500).rev().map(|number| line(MIXED, number)).collect();
    backward.reverse();
    assert_eq!(forward, backward);
    // The same on another day and another machine.
    assert_eq!(digest(&forward.concat()), 0x3cb7_c11e_a997_ee07);
    let other = Claims { seed: 43, ..MIXED };
    assert_ne!(line(MIXED, 1), line(other, 1));
}

#[test]
fn clean_claims_are_taken_and_decided_in_every_way() {
    let rulebook = Rulebook::ontario().unwrap();
    let (mut payers, mut dispositions) = (BTreeSet::new(), BTreeSet::new());
    let (mut categories, mut rules) = (BTreeSet::new(), BTreeSet::new());
    let outside = OutsideFacts {
        today: Day::parse("2026-09-01").unwrap(),
        ledger: Ledger::default(),
        possible_duplicates: Vec::new(),
        review_outdated: false,
        minor_injury_cents: Cents::default(),
    };
    let mut items = 0;
    for number in 0..2_000 {
        let claim = parsed(&line(CLEAN, number));
        assert!(
            (1..=12).contains(&claim.items.len()),
            "{}",
            claim.items.len()
        );
        items += claim.items.len();
        categories.extend(claim.items.iter().map(|item| item.category));
        let decided = rulebook.decide(&claim, &outside).unwrap();
        payers.insert(decided.payer);
        dispositions.insert(decided.disposition);
        let items = decided.decision.items.iter();
        rules.extend(items.map(|item| item.grounds.rule.clone()));
    }
    assert_eq!(payers.len(), Payer::ALL.len(), "{payers:?}");
    assert_eq!(
        dispositions.len(),
        Disposition::ALL.len(),
        "{dispositions:?}"
    );
    assert_eq!(categories.len(), 14, "{categories:?}");
    assert!(rules.len() >= 25, "{rules:?}");
    assert!((5_000..7_000).contains(&items), "{items}");
}

#[test]
fn every_kind_of_fault_is_refused() {
    let mut met = Vec::new();
    for number in 0..500 {
        let line = line(DIRTY, number);
        let Some(Fault::Single(kind)) = DIRTY.fault(number) else {
            panic!("without clean claims no id is taken");
        };
        let refusal = parse(&line).expect_err(&format!("{kind:?}"));
        assert_eq!(
            matches!(refusal, Refusal::Shape(_)),
            is_shape(kind),
            "{kind:?}: {refusal:?}"
        );
        met.push(kind);
    }
    for (_, kind) in KINDS {
        assert!(
            met.contains(kind) || *kind == FaultKind::TakenId,
            "{kind:?}"
        );
    }
}

/// True for kinds that are answered with 400, false for 422.
fn is_shape(kind: FaultKind) -> bool {
    matches!(
        kind,
        FaultKind::NoJson
            | FaultKind::NoObject
            | FaultKind::NoText
            | FaultKind::UnknownField
            | FaultKind::DuplicateKey
            | FaultKind::MissingField
            | FaultKind::WrongType
            | FaultKind::UnknownWord
    )
}

#[test]
fn a_taken_id_is_that_of_a_clean_claim_with_other_content() {
    let mut met = 0;
    for number in 0..2_000 {
        let Some(Fault::TakenId(earlier)) = MIXED.fault(number) else {
            continue;
        };
        assert_eq!(MIXED.fault(earlier), None);
        let (taken, first) = (parsed(&line(MIXED, number)), parsed(&line(MIXED, earlier)));
        assert_eq!(taken.external_id, first.external_id);
        assert_eq!(first.external_id.as_str(), claim::external_id(earlier));
        assert_ne!(taken, first);
        met += 1;
    }
    assert!(met > 5, "{met}");
}

#[test]
fn dirt_leaves_the_other_claims_as_they_are() {
    let dirty = (0..1_000).filter(|number| match MIXED.fault(*number) {
        Some(_) => true,
        None => {
            assert_eq!(line(MIXED, *number), line(CLEAN, *number));
            false
        }
    });
    let count = dirty.count();
    assert!((150..250).contains(&count), "{count}");
}
