//! Example claims about which Payerline observes something by itself.

use serde_json::{Value, json};

use super::{report::Witness, witness};
use crate::table::{
    insurers::Insurers,
    rules::Observation,
    vocabulary::{
        AccidentFacts, ApprovalFacts, ApprovalKind, ApprovalState, Cause, CoverageState, Facts,
        InsuranceFacts,
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
    }
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
