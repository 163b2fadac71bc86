//! Example claims about which Payerline observes something by itself.

use serde_json::{Value, json};

use super::{report::Witness, witness};
use crate::table::{
    conditions::Facts,
    insurers::Insurers,
    rules::Observation,
    vocabulary::{ApprovalKind, ApprovalState, Cause, CoverageState},
};
use payerline_domain::values::time::Day;

/// An example claim about which this is observed.
pub fn witness(observation: Observation) -> Witness {
    let after_accident = |cause, preauthorization| Facts {
        cause,
        caused_by_work: (cause == Cause::Work).into(),
        accident_date: Some(Day::from(jiff::civil::Date::constant(2026, 5, 2))),
        auto: if cause == Cause::Auto {
            CoverageState::Active
        } else {
            CoverageState::None
        },
        wsib: if cause == Cause::Work {
            CoverageState::Active
        } else {
            CoverageState::None
        },
        preauthorization,
        preauthorization_kind: if preauthorization == ApprovalState::None {
            ApprovalKind::None
        } else {
            ApprovalKind::Ocf18
        },
        ..WITHOUT_ACCIDENT
    };
    let relying_on = |state| example(&after_accident(Cause::Auto, state));
    match observation {
        Observation::AccidentMissing => with_coverages(
            example(&WITHOUT_ACCIDENT),
            json!([{"kind": "wsib", "status": "active", "claim_number": "20260417"}]),
        ),
        Observation::CoverageNotInForce => with_coverages(
            example(&WITHOUT_ACCIDENT),
            json!([{"kind": "private", "status": "active", "effective_date": "2026-08-11"}]),
        ),
        Observation::ClaimNumberUnusual => with_coverages(
            example(&after_accident(Cause::Work, ApprovalState::None)),
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
    }
}

const WITHOUT_ACCIDENT: Facts = Facts {
    auto: CoverageState::None,
    wsib: CoverageState::None,
    ..Facts::USUAL
};

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
