//! The rulebook as a text: what is refused, what its digest sees, how it reads to a patient.

use serde_json::{Value, json};

use super::{ONTARIO, notation::situation};
use crate::{
    domain::{
        payer::{Disposition, Payer},
        word::Word,
    },
    rulebook::{
        Rulebook, TableError,
        table::{Observation, Then},
    },
};

/// A rulebook of one rule that decides consultations only.
fn small_rulebook() -> Value {
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

fn read(rulebook: &Value) -> Result<Rulebook, TableError> {
    Rulebook::parse(&rulebook.to_string())
}

/// What the small rulebook is refused for once `spoil` has changed it.
fn refused_for(spoil: impl FnOnce(&mut Value)) -> TableError {
    let mut rulebook = small_rulebook();
    spoil(&mut rulebook);
    read(&rulebook).expect_err("the rulebook is refused")
}

fn push(list: &mut Value, element: Value) {
    list.as_array_mut().unwrap().push(element);
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

/// Stored decisions name a digest, and are explained only by the rulebook that has it.
#[test]
fn the_shipped_rulebook_is_the_one_of_its_version() {
    let version = ONTARIO.version();
    assert_eq!(
        (&*version.version, &*version.sha256),
        (
            "2026.2",
            "ae055a0ac9100bda98abd71478b7227d2e1a0f12d6bb869ff4240b713c5ac77c"
        ),
        "a table that is changed, or written in another way, needs a new version"
    );
}

#[test]
fn what_no_rule_names_is_uncovered_and_reviewed() {
    let rulebook = read(&small_rulebook()).unwrap();
    let given = situation("private; consultation; rehabilitation");
    let decided = rulebook.decide(&given.submission, &given.ledger).unwrap();
    let [consultation, rehabilitation] = decided.decision.items.as_slice() else {
        panic!("one decision an item")
    };
    assert_eq!(&*consultation.rule, "consultations");
    assert_eq!(consultation.payer, Payer::Private);
    assert_eq!(&*rehabilitation.rule, "anything-else");
    assert_eq!(rehabilitation.payer, Payer::Uncovered);
    assert_eq!(rehabilitation.disposition, Disposition::NeedsReview);
    assert_eq!(&*rehabilitation.because, "A person decides.");
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
        .decide(&given.submission, &given.ledger)
        .unwrap();
    assert_eq!(&*decided.decision.items[0].rule, "anything-else");
}

#[test]
fn two_things_of_one_name_are_refused() {
    let twice = refused_for(|it| {
        let rule = it["rules"][0].clone();
        push(&mut it["rules"], rule);
    });
    assert!(matches!(twice, TableError::Duplicate(name) if &*name == "consultations"));
    let across = refused_for(|it| it["otherwise"]["id"] = json!("consultations"));
    assert!(matches!(across, TableError::Duplicate(name) if &*name == "consultations"));
    let order = refused_for(|it| it["billing_orders"][0]["id"] = json!("consultations"));
    assert!(matches!(order, TableError::Duplicate(name) if &*name == "consultations"));
    let finding = refused_for(|it| {
        let finding = it["findings"][0].clone();
        push(&mut it["findings"], finding);
    });
    assert!(matches!(finding, TableError::Duplicate(name) if &*name == "accident_missing"));
}

#[test]
fn unknown_fields_and_words_are_refused() {
    let spoilers: [fn(&mut Value); 9] = [
        |it| it["author"] = json!("somebody"),
        |it| it["rules"][0]["priority"] = json!(1),
        |it| it["rules"][0]["when"]["weather"] = json!(["rain"]),
        |it| it["rules"][0]["when"]["category"] = json!(["surgery"]),
        |it| it["rules"][0]["when"]["accident_date"] = json!({"after": "2026-07-01"}),
        |it| it["rules"][0]["when"]["accident_date"] = json!({"from": "2026-02-30"}),
        |it| it["rules"][0]["then"] = json!({"decide": {"payer": "ohip", "disposition": "ready"}}),
        |it| it["rules"][0]["then"] = json!({"ask": "somebody"}),
        |it| it["otherwise"]["coverage"] = json!(0),
    ];
    for (index, spoil) in spoilers.into_iter().enumerate() {
        assert!(
            matches!(refused_for(spoil), TableError::Shape(_)),
            "{index}"
        );
    }
}

#[test]
fn a_rulebook_without_one_of_its_parts_is_refused() {
    let parts: Vec<String> = small_rulebook()
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    for part in parts {
        let refused = refused_for(|it| {
            it.as_object_mut().unwrap().remove(&part);
        });
        assert!(matches!(refused, TableError::Shape(_)), "{part}");
    }
    assert!(matches!(Rulebook::parse(""), Err(TableError::Shape(_))));
}

#[test]
fn a_condition_that_lists_no_value_is_refused() {
    let refused = refused_for(|it| it["rules"][0]["when"]["cause"] = json!([]));
    assert!(matches!(
        refused,
        TableError::EmptyCondition { rule, fact: "cause" } if &*rule == "consultations"
    ));
    let in_a_check = refused_for(|it| {
        push(
            &mut it["checks"],
            json!({"id": "never", "when": {"age": []}, "basis": "A test."}),
        );
    });
    assert!(matches!(
        in_a_check,
        TableError::EmptyCondition { rule, fact: "age" } if &*rule == "never"
    ));
}

#[test]
fn a_rule_that_asks_for_the_payer_is_refused() {
    let refused = refused_for(|it| it["rules"][0]["when"]["payer"] = json!(["mva"]));
    assert!(matches!(refused, TableError::PayerInRule(rule) if &*rule == "consultations"));
}

#[test]
fn a_finding_that_is_not_described_is_refused() {
    let at = json!({"code": "surprise", "pointer": "/items/{item}"});
    let of_a_rule = refused_for(|it| it["rules"][0]["then"]["decide"]["finding"] = at.clone());
    assert!(matches!(of_a_rule, TableError::UnknownFinding(code) if &*code == "surprise"));
    let of_a_check = refused_for(|it| {
        let check = json!({"id": "all", "when": {}, "finding": at, "basis": "A test."});
        push(&mut it["checks"], check);
    });
    assert!(matches!(of_a_check, TableError::UnknownFinding(code) if &*code == "surprise"));
    let observed = refused_for(|it| {
        it["findings"].as_array_mut().unwrap().remove(0);
    });
    assert!(matches!(observed, TableError::UnknownFinding(code) if &*code == "accident_missing"));
}

#[test]
fn a_payer_without_a_billing_order_for_all_its_cases_is_refused() {
    for (index, payer) in Payer::ALL.iter().enumerate() {
        let missing = refused_for(|it| {
            it["billing_orders"].as_array_mut().unwrap().remove(index);
        });
        assert!(matches!(missing, TableError::BillingOrderMissing(word) if word == payer.word()));
        let partial = refused_for(|it| {
            it["billing_orders"][index]["when"]["category"] = json!(["device"]);
        });
        assert!(matches!(partial, TableError::BillingOrderMissing(word) if word == payer.word()));
    }
}

#[test]
fn the_digest_ignores_layout() {
    let shipped: Value = serde_json::from_str(include_str!("../ontario.json")).unwrap();
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
    for (id, because) in rules.chain([(&table.otherwise.id, &table.otherwise.because)]) {
        assert!(because.ends_with('.'), "{id}: ends with a full stop");
        let sentences = because.matches(". ").count() + 1;
        assert!((1..=3).contains(&sentences), "{id}: one to three sentences");
        for sentence in because.split(". ") {
            assert!(sentence.starts_with(char::is_uppercase), "{id}: {sentence}");
        }
        let known = ["OCF-18", "OCF-23", "OHIP", "WSIB"];
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
        if outcome.payer == Payer::Uncovered && outcome.disposition == Disposition::Ready {
            let causes = rule.when.cause.as_deref().unwrap_or_default();
            let harmless = causes
                .iter()
                .all(|cause| ["none", "other"].contains(&cause.word()));
            assert!(!causes.is_empty() && harmless, "{}", rule.id);
        }
    }
}
