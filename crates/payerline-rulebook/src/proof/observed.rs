//! Example claims about which Payerline observes something by itself.

use serde_json::{Value, json};

use super::{report::Witness, witness};
use crate::table::{
    findings::Observation,
    insurers::Insurers,
    vocabulary::{
        AccidentFacts, Answer, ApprovalFacts, ApprovalKind, ApprovalState, Cause, CoverageState,
        Facts, InsuranceFacts, ServiceFacts,
    },
};
use payerline_domain::values::time::Day;

/// An example claim about which this is observed.
pub fn witness(observation: Observation) -> Witness {
    let usual = Facts::USUAL;
    let after_accident = |cause, insurance, approval| Facts {
        accident: AccidentFacts {
            cause,
            ..usual.accident
        },
        accident_date: Some(Day::from(jiff::civil::Date::constant(2026, 5, 2))),
        insurance,
        approval,
        ..usual
    };
    let relying_on = |preauthorization| {
        let auto = InsuranceFacts {
            wsib: CoverageState::None,
            ..usual.insurance
        };
        let ocf_18 = ApprovalFacts {
            preauthorization,
            preauthorization_kind: ApprovalKind::Ocf18,
        };
        example(&after_accident(Cause::Auto, auto, ocf_18))
    };
    match observation {
        Observation::AccidentMissing => with_coverages(
            example(&usual),
            json!([{"kind": "wsib", "status": "active", "claim_number": "20260417"}]),
        ),
        Observation::CoverageNotInForce => with_coverages(
            example(&usual),
            json!([{"kind": "private", "status": "active", "effective_date": "2026-08-11"}]),
        ),
        Observation::ClaimNumberUnusual => with_coverages(
            example(&after_accident(
                Cause::Work,
                usual.insurance,
                usual.approval,
            )),
            json!([{"kind": "wsib", "status": "active", "claim_number": "1"}]),
        ),
        Observation::PreauthorizationUnknown => Witness {
            preauthorizations: Vec::new(),
            ..relying_on(ApprovalState::Approved)
        },
        Observation::PreauthorizationExpired => relying_on(ApprovalState::Expired),
        Observation::PreauthorizationDenied => relying_on(ApprovalState::Denied),
        Observation::PreauthorizationInsufficient => relying_on(ApprovalState::Insufficient),
        Observation::PreauthorizationOtherPatient => with_entry(
            relying_on(ApprovalState::Approved),
            json!({"patient_id": "P-2"}),
        ),
        Observation::PreauthorizationWrongKind => with_entry(
            relying_on(ApprovalState::Approved),
            json!({"kind": "wsib_approval", "payer": "wsib"}),
        ),
        Observation::PreauthorizationNotApplicable => with_entry(
            relying_on(ApprovalState::Approved),
            json!({"categories": ["device"]}),
        ),
        Observation::PossibleDuplicate => example(&Facts {
            item: ServiceFacts {
                possible_duplicate: Answer::Yes,
                ..usual.item
            },
            ..usual
        }),
        Observation::BirthdayRuleUnknown => with_coverages(
            example(&usual),
            json!([
                {"kind": "private", "relationship": "child", "covered_categories": ["rehabilitation"]},
                {"kind": "private", "relationship": "child", "covered_categories": ["rehabilitation"]},
            ]),
        ),
        Observation::OhipStale => Witness {
            today: Day::from(jiff::civil::Date::constant(2026, 11, 11)),
            ..with_item(example(&usual), json!({"insured_by_ohip": "yes"}))
        },
        Observation::MinorInjuryCap => {
            let guideline = InsuranceFacts {
                minor_injury_guideline: Answer::Yes,
                wsib: CoverageState::None,
                wsib_claim_number: Answer::No,
                ..usual.insurance
            };
            let after = after_accident(Cause::Auto, guideline, usual.approval);
            with_item(example(&after), json!({"unit_price_cents": 350_001}))
        }
        Observation::TaxOnExemptService => {
            let taxed = json!({"category": "physiotherapy", "tax_cents": 1_300});
            with_item(example(&usual), taxed)
        }
        Observation::DuplicateDiagnosis => {
            let mut witness = example(&usual);
            let diagnosis = json!({"system": "icd-10-ca", "code": "M17.1"});
            if let Some(fields) = witness.claim.as_object_mut() {
                let twice = json!([diagnosis, diagnosis]);
                fields.insert("diagnoses".to_owned(), twice);
            }
            witness
        }
        Observation::ReviewOutdated => Witness {
            review_outdated: true,
            ..example(&usual)
        },
    }
}

/// With some fields of the first item.
fn with_item(mut witness: Witness, fields: Value) -> Witness {
    let item = witness.claim.pointer_mut("/items/0");
    if let (Some(item), Value::Object(mut fields)) = (item.and_then(Value::as_object_mut), fields) {
        item.append(&mut fields);
    }
    witness
}

fn example(facts: &Facts) -> Witness {
    witness::witness(facts, &Insurers::default())
}

fn with_coverages(mut witness: Witness, coverages: Value) -> Witness {
    if let Some(given) = witness.claim.get_mut("coverages") {
        *given = coverages;
    }
    witness
}

/// With some fields of the approval that the claim names.
fn with_entry(mut witness: Witness, fields: Value) -> Witness {
    let entries = witness.preauthorizations.iter_mut();
    if let (Some(entry), Value::Object(mut fields)) =
        (entries.filter_map(Value::as_object_mut).next(), fields)
    {
        entry.append(&mut fields);
    }
    witness
}
