//! The rulebook as a text: what its digest sees, how it reads to a patient.

use serde_json::{Value, json};

use crate::tests::{ONTARIO, notation::situation};
use crate::{
    decide::compiled::{Rulebook, TableError},
    shipped,
    table::{findings::Observation, rules::Then},
};
use payerline_domain::{
    claims::{
        billing::BillTo,
        payer::{Disposition, Payer},
    },
    values::{closed_enum::ClosedEnum, digest::sha256_hex},
};

/// A rulebook of one rule that decides consultations only.
pub fn small_rulebook() -> Value {
    let observed = Observation::ALL.iter().map(
        |it| json!({"code": it.word(), "severity": "info", "detail": "Something was noticed."}),
    );
    let orders = Payer::ALL.iter().map(|payer| {
        let order = if *payer == Payer::Uncovered {
            "nobody"
        } else {
            payer.word()
        };
        let id = format!("bill-{}", payer.word());
        json!({"id": id, "when": {"payer": [payer.word()]}, "order": order, "basis": "A test."})
    });
    json!({
        "name": "small",
        "version": "1",
        "note": "For tests.",
        "rules": [{
            "id": "consultations",
            "when": {"category": ["consultation"]},
            "then": {"decide": {"payer": "private", "disposition": "ready"}},
            "because": "The private plan pays.",
            "basis": "A test.",
        }],
        "otherwise": {
            "id": "anything-else",
            "payer": "uncovered",
            "disposition": "needs_review",
            "because": "A person decides.",
            "basis": "A test.",
        },
        "checks": [],
        "billing_orders": orders.collect::<Vec<_>>(),
        "findings": observed.collect::<Vec<_>>(),
    })
}

pub fn read(rulebook: &Value) -> Result<Rulebook, TableError> {
    Rulebook::parse(&rulebook.to_string())
}

fn digest(rulebook: &Value) -> String {
    read(rulebook).unwrap().version().sha256.to_string()
}

#[test]
fn the_shipped_rulebook_is_the_ontario_one() {
    assert_eq!(&*ONTARIO.version().name, "ontario");
    assert!(!ONTARIO.version().version.is_empty());
    assert_eq!(ONTARIO.version().sha256.len(), 64);
}

#[test]
fn the_shipped_rulebook_is_the_one_of_its_version() {
    let version = ONTARIO.version();
    assert_eq!(
        (&*version.version, &*version.sha256),
        (shipped::VERSION, shipped::SHA256),
        "a table that is changed, or written in another way, needs a new version and its digest in `shipped`"
    );
}

#[test]
fn what_no_rule_names_is_uncovered_and_reviewed() {
    let rulebook = read(&small_rulebook()).unwrap();
    let given = situation("private; consultation; rehabilitation");
    let decided = rulebook.decide(&given.submission, &given.outside).unwrap();
    let [consultation, rehabilitation] = decided.decision.items.as_slice() else {
        panic!("one decision an item")
    };
    assert_eq!(&*consultation.grounds.rule, "consultations");
    assert_eq!(consultation.payer, Payer::Private);
    assert_eq!(&*rehabilitation.grounds.rule, "anything-else");
    assert_eq!(rehabilitation.payer, Payer::Uncovered);
    assert_eq!(rehabilitation.disposition, Disposition::NeedsReview);
    assert_eq!(&*rehabilitation.grounds.because, "A person decides.");
    let otherwise = &ONTARIO.table.otherwise;
    assert_eq!(
        (otherwise.payer, otherwise.disposition),
        (Payer::Uncovered, Disposition::NeedsReview)
    );
}

#[test]
fn a_follower_without_stem_cells_to_follow_is_reviewed() {
    let mut rulebook = small_rulebook();
    rulebook["rules"][0]["then"] = json!({"follow": "strictest_stem_cell_item"});
    let given = situation("private; consultation");
    let decided = read(&rulebook)
        .unwrap()
        .decide(&given.submission, &given.outside)
        .unwrap();
    assert_eq!(&*decided.decision.items[0].grounds.rule, "anything-else");
}

#[test]
fn the_digest_is_that_of_the_canonical_text() {
    let canonical = ONTARIO.canonical();
    assert_eq!(sha256_hex(canonical), *ONTARIO.version().sha256);
    let again = Rulebook::parse(canonical).unwrap();
    assert_eq!(again.canonical(), canonical);
    assert_eq!(again.table(), ONTARIO.table());
    let compiled = Rulebook::compile(again.table().clone()).unwrap();
    assert_eq!(compiled.version(), ONTARIO.version());
}

#[test]
fn the_digest_ignores_layout() {
    let shipped: Value = serde_json::from_str(include_str!("../../ontario.json")).unwrap();
    let as_shipped = ONTARIO.version();
    // `Value` also sorts the keys, so both layout and the order of keys differ from the file's.
    assert_eq!(digest(&shipped), &*as_shipped.sha256);
    let pretty = Rulebook::parse(&serde_json::to_string_pretty(&shipped).unwrap()).unwrap();
    assert_eq!(pretty.version(), as_shipped);
}

#[test]
fn the_digest_sees_every_change_of_content() {
    let changes: [fn(&mut Value); 8] = [
        |_| {},
        |it| it["version"] = json!("2"),
        |it| it["note"] = json!("For other tests."),
        |it| it["rules"][0]["because"] = json!("The private plan pays all."),
        |it| it["rules"][0]["when"]["category"] = json!(["consultation", "report"]),
        |it| it["rules"][0]["when"]["accident_date"] = json!({"from": "2026-07-01"}),
        |it| it["findings"][0]["severity"] = json!("warning"),
        |it| it["findings"].as_array_mut().unwrap().swap(0, 1),
    ];
    let digests: std::collections::BTreeSet<String> = changes
        .iter()
        .map(|change| {
            let mut rulebook = small_rulebook();
            change(&mut rulebook);
            digest(&rulebook)
        })
        .collect();
    assert_eq!(digests.len(), changes.len());
}

#[test]
fn every_reason_can_be_read_to_a_patient() {
    let table = ONTARIO.table();
    let rules = table.rules.iter().map(|rule| (&rule.id, &rule.because));
    let when_ready = table.rules.iter();
    let when_ready = when_ready.filter_map(|rule| Some((&rule.id, rule.when_ready.as_ref()?)));
    let rules = rules.chain(when_ready);
    for (id, because) in rules.chain([(&table.otherwise.id, &table.otherwise.because)]) {
        assert!(because.ends_with('.'), "{id}: ends with a full stop");
        let sentences = because.matches(". ").count() + 1;
        assert!((1..=3).contains(&sentences), "{id}: one to three sentences");
        for sentence in because.split(". ") {
            assert!(sentence.starts_with(char::is_uppercase), "{id}: {sentence}");
        }
        let known = [
            "OCF-18", "OCF-23", "OHIP", "WSIB", "OCF-1", "CMS8", "250", "3", "8",
        ];
        for word in because.split(|c: char| !c.is_alphanumeric() && c != '-' && c != '_') {
            let capitals = word.chars().filter(|c| c.is_uppercase()).count();
            let code = capitals > 1 || word.contains(|c: char| c == '_' || c.is_ascii_digit());
            assert!(
                !code || known.contains(&word),
                "{id}: the patient cannot know `{word}`"
            );
        }
    }
}

#[test]
fn everything_says_what_it_rests_on() {
    let table = ONTARIO.table();
    let bases = (table.rules.iter().map(|it| (&it.id, &it.basis)))
        .chain(table.checks.iter().map(|it| (&it.id, &it.basis)))
        .chain(table.billing_orders.iter().map(|it| (&it.id, &it.basis)))
        .chain([(&table.otherwise.id, &table.otherwise.basis)]);
    for (id, basis) in bases {
        assert!(!basis.trim().is_empty(), "{id}");
    }
    for finding in &table.findings {
        assert!(finding.detail.ends_with('.'), "{}", finding.code);
    }
}

#[test]
fn no_rule_or_check_makes_an_item_ready_that_another_payer_would_review() {
    // Ready without a payer is the patient's bill: no rule for an accident's cause may say so.
    for rule in &ONTARIO.table().rules {
        let Then::Decide(outcome) = &rule.then else {
            continue;
        };
        let is_patients = outcome.bill_to != Some(BillTo::ThirdParty);
        if outcome.payer == Payer::Uncovered
            && outcome.disposition == Disposition::Ready
            && is_patients
        {
            let causes = rule.when.cause.as_deref().unwrap_or_default();
            let harmless = causes
                .iter()
                .all(|cause| ["none", "other"].contains(&cause.word()));
            assert!(!causes.is_empty() && harmless, "{}", rule.id);
        }
    }
}
