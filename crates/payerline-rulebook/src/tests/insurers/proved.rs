//! What is proved of rules about insurers, and where two rulebooks with such rules differ.

use serde_json::{Value, json};

use super::{before_all_plans, of_maple_life, with_maple_life};
use payerline_domain::laws::Invariant;

use crate::{
    decide::compiled::Rulebook,
    proof::Proof,
    tests::{
        ONTARIO,
        proofs::{
            difference::{decide_alike, first_difference},
            proof::{add, changed, outcome, place, prove, remove, rule},
        },
    },
};

fn shadowed(proof: &Proof) -> Vec<(&str, Vec<&str>)> {
    let names = proof.shadowed.iter();
    names
        .map(|it| (&*it.rule, it.hidden_by.iter().map(|it| &**it).collect()))
        .collect()
}

#[test]
fn a_rulebook_with_a_rule_of_one_insurer_is_proved() {
    let rulebook = with_maple_life();
    let proof = prove(&rulebook);
    assert!(proof.sound, "{proof:#?}");
    let proved = proof.rules.iter().map(|it| &it.rule);
    assert!(proved.eq(rulebook.table().rules.iter().map(|it| &it.id)));
    let facts = |rule: &str| {
        let of_rule = proof.rules.iter().find(|it| &*it.rule == rule).unwrap();
        of_rule.witness.facts.clone()
    };
    let maple = "The private plan of Maple Life is active and lists the service.";
    assert!(facts("maple-plasma").contains(&maple.to_owned()));
    let unsaid =
        "The private plan, whose insurer the claim does not say, is active and lists the service.";
    assert!(facts("private-plasma-approved").contains(&unsaid.to_owned()));
}

/// The same without an accident, where no rule before those for all plans decides.
fn of_maple_life_alone() -> Value {
    let mut when = of_maple_life();
    when["cause"] = json!(["none"]);
    when["ohip_insured"] = json!(["no"]);
    when["requested_by"] = json!(["patient"]);
    when
}

#[test]
fn a_second_rule_of_an_insurer_is_shadowed() {
    let twice = changed(|it| {
        let mut again = of_maple_life_alone();
        again["private_insurer"] = json!(["  maple LIFE"]);
        before_all_plans(it, "maple-plasma", of_maple_life());
        before_all_plans(it, "maple-again", again);
    });
    let proof = prove(&twice);
    assert_eq!(shadowed(&proof), [("maple-again", vec!["maple-plasma"])]);
}

#[test]
fn a_rule_of_an_insurer_behind_those_of_all_plans_is_shadowed() {
    let too_late = changed(|it| {
        let last = place(it, "rules", "private-plasma-unapproved") + 1;
        let when = of_maple_life_alone();
        add(it, last, "maple-plasma", when, outcome("private", "ready"));
    });
    let all_plans = vec!["private-plasma-approved", "private-plasma-unapproved"];
    let proof = prove(&too_late);
    assert_eq!(shadowed(&proof), [("maple-plasma", all_plans)]);
}

/// Beside an insurer that is named there are all that are not.
#[test]
fn rules_of_all_plans_are_shadowed_only_where_every_insurer_has_a_rule() {
    let every_plan = changed(|it| {
        let mut rest = of_maple_life();
        rest.as_object_mut().unwrap().remove("private_insurer");
        rest["private_insurer_not"] = json!(["Maple Life"]);
        before_all_plans(it, "maple-plasma", of_maple_life());
        before_all_plans(it, "the-rest", rest);
    });
    let proof = prove(&every_plan);
    assert_eq!(
        shadowed(&proof),
        [
            ("private-plasma-approved", vec!["maple-plasma", "the-rest"]),
            (
                "private-plasma-unapproved",
                vec![
                    "third-party-ohip-insured",
                    "third-party",
                    "ohip-insured-unproven",
                    "ohip-insured",
                    "maple-plasma",
                    "the-rest"
                ]
            ),
        ]
    );
}

#[test]
fn an_insurer_without_a_plan_is_never_met() {
    let proof = prove(&changed(|it| {
        let when = json!({"private": ["none"], "private_insurer": ["Maple Life", "Oak"]});
        before_all_plans(it, "planless", when);
    }));
    let [shadowed] = proof.shadowed.as_slice() else {
        panic!("one shadowed rule: {:?}", proof.shadowed)
    };
    assert_eq!(
        shadowed.never,
        ["without a private plan there is no insurer of it"]
    );
}

#[test]
fn a_rule_that_bills_what_ohip_insures_is_unlawful_for_one_insurer_too() {
    let proof = prove(&changed(|it| {
        let when = json!({"private_insurer": ["Maple Life"]});
        add(it, 0, "maple-all", when, outcome("private", "ready"));
    }));
    let laws: Vec<_> = proof.unlawful.iter().map(|it| it.invariant).collect();
    assert_eq!(
        laws,
        [
            Invariant::OhipInsuredNeverCharged,
            Invariant::ThirdPartyNeverChargedToAnInsurer
        ]
    );
    let claim = &proof.unlawful[0].witness.claim;
    assert_eq!(claim["coverages"][0]["insurer"], "Maple Life");
    assert_eq!(claim["items"][0]["insured_by_ohip"], "yes");
}

/// The shipped rulebook with other rules for plasma under a private plan.
fn plasma_only(rules: &[(&str, Value)]) -> Rulebook {
    changed(|it| {
        for (id, insurers) in rules {
            let mut when = of_maple_life();
            let fields = when.as_object_mut().unwrap();
            fields.remove("private_insurer");
            fields.extend(insurers.as_object().unwrap().clone());
            before_all_plans(it, id, when);
        }
        remove(it, "rules", "private-plasma-approved");
        remove(it, "rules", "private-plasma-unapproved");
    })
}

/// The insurers of the only hole; a rule of just its conditions closes it.
fn hole(rules: &[(&str, Value)]) -> Value {
    let proof = prove(&plasma_only(rules));
    let [hole] = proof.holes.as_slice() else {
        panic!("one hole: {:#?}", proof.holes)
    };
    let when = serde_json::to_value(&hole.when).unwrap();
    let filled = json!({
        "private_insurer": when["private_insurer"],
        "private_insurer_not": when["private_insurer_not"],
    });
    let rules: Vec<_> = [("filler", filled.clone())]
        .into_iter()
        .chain(rules.iter().cloned())
        .collect();
    assert!(prove(&plasma_only(&rules)).sound);
    filled
}

#[test]
fn a_hole_names_the_insurers_that_it_is_of_or_those_that_it_is_not_of() {
    let of = |names: Value| json!({"private_insurer": names});
    let but = |names: Value| json!({"private_insurer_not": names});
    let holes = [
        (
            vec![("maple", of(json!(["Maple Life"])))],
            json!(["Maple Life"]),
            false,
        ),
        (
            vec![("all-but", but(json!(["Maple Life"])))],
            json!(["Maple Life"]),
            true,
        ),
        (
            vec![
                ("oak", of(json!(["Oak"]))),
                ("maple", of(json!(["maple life"]))),
            ],
            json!(["maple life", "Oak"]),
            false,
        ),
        (
            vec![
                ("all-but", but(json!(["Oak", "Elm"]))),
                ("oak", of(json!(["OAK"]))),
            ],
            json!(["Elm"]),
            true,
        ),
    ];
    for (rules, names, is_of_them) in holes {
        let (listed, other) = if is_of_them {
            ("private_insurer", "private_insurer_not")
        } else {
            ("private_insurer_not", "private_insurer")
        };
        let hole = hole(&rules);
        assert_eq!(
            (&hole[listed], &hole[other]),
            (&names, &Value::Null),
            "{rules:?}"
        );
    }
}

#[test]
fn a_rule_of_one_insurer_makes_a_difference_for_its_plans_only() {
    let rulebook = with_maple_life();
    for (one, other) in [(&*ONTARIO, &rulebook), (&rulebook, &*ONTARIO)] {
        let difference = first_difference(one, other);
        assert_eq!(
            difference.example.claim["coverages"][0]["insurer"],
            "Maple Life"
        );
        assert_ne!(difference.from.rule, difference.to.rule);
    }
    let spelt_otherwise = changed(|it| {
        before_all_plans(it, "maple-plasma", of_maple_life());
        rule(it, "maple-plasma")["when"]["private_insurer"] = json!([" MAPLE   life"]);
    });
    assert!(decide_alike(&rulebook, &spelt_otherwise));
    // It decides as the rules behind it do, whatever it is called and whomever it names.
    let idle = changed(|it| {
        let silent = json!({"cause": ["none", "other"], "service": ["other"], "private": ["active"],
            "private_plan": ["lists"], "private_insurer": ["Oak"]});
        before_all_plans(it, "oak-listed", silent);
    });
    assert!(decide_alike(&ONTARIO, &idle));
}

#[test]
fn rulebooks_that_name_different_insurers_are_told_apart() {
    let oak = changed(|it| {
        let mut when = of_maple_life();
        when["private_insurer"] = json!(["Oak", "Aspen"]);
        before_all_plans(it, "oak-plasma", when);
    });
    let maple = with_maple_life();
    for (one, other) in [(&maple, &oak), (&oak, &maple)] {
        let difference = first_difference(one, other);
        assert_ne!(difference.from.rule, difference.to.rule);
    }
}

/// Each item has a plan of its own, so what is said of a follower's is not said of its leader's.
#[test]
fn a_check_of_an_insurer_on_what_follows_makes_a_difference() {
    let with_check_on = |services: Value| {
        changed(|it| {
            let when = json!({"service": services, "private_insurer": ["Maple Life"]});
            let check = json!({"id": "maple-looks", "when": when, "at_least": "needs_review",
                "basis": "A test."});
            it["checks"].as_array_mut().unwrap().push(check);
        })
    };
    let on_both = with_check_on(json!(["stem_cells", "follows_stem_cells"]));
    let on_leaders = with_check_on(json!(["stem_cells"]));
    let claim = first_difference(&on_both, &on_leaders).example.claim;
    assert_eq!(claim["coverages"][0]["insurer"], "Maple Life");
    assert_eq!(claim["items"][1]["category"], "stem_cell_therapy");
}
