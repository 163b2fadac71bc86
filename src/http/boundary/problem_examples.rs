//! An example of each type of problem, made of the error that is answered so.

use actix_web::http::StatusCode;
use payerline_domain::{
    access::{Permission, Role, Roles},
    claims::claim::Status,
    parse::{
        fault::{Fault, Refusal},
        fault_code::FaultCode,
    },
    values::ids::{BacktestId, ClaimId},
};
use serde_json::{Map, Value, json};
use utoipa::openapi::{Ref, RefOr, example::Example};
use uuid::Uuid;

use super::{
    body::{self, MAX_BODY_BYTES},
    problem::ApiError,
    problem_type::ProblemType,
};
use crate::app::error::AppError;

/// The id of the request in all examples.
const REQUEST_ID: &str = "01980a6e-2c4f-7d31-a5b0-6f3e5c1d2b7a";
/// The id of what is stored already.
const OTHER_ID: Uuid = Uuid::from_u128(0x0198_0a6e_2c4f_7d31_a5b0_0000_0000_0001);

/// Refers to the example of a type among the document's components; its name comes first.
pub fn refer_to(kind: ProblemType) -> (&'static str, RefOr<Example>) {
    let name = kind.name();
    let path = format!("#/components/examples/{name}");
    (name, RefOr::Ref(Ref::new(path)))
}

/// The document's components to which [`refer_to`] refers.
pub fn list_components() -> Result<Map<String, Value>, serde_json::Error> {
    let example = |kind: &ProblemType| {
        let value = serde_json::to_value(find_error(*kind).problem(REQUEST_ID))?;
        let summary = kind.title();
        let component = json!({"summary": summary, "value": value});
        Ok((kind.name().to_owned(), component))
    };
    ProblemType::ALL.iter().map(example).collect()
}

/// An error that is answered as a problem of a type.
fn find_error(kind: ProblemType) -> ApiError {
    match kind {
        ProblemType::InvalidBody => AppError::Refused(Refusal::Shape(vec![fault(
            FaultCode::InvalidJson,
            "",
            "not JSON: line 7, column 12: a comma or `}` is missing",
        )]))
        .into(),
        ProblemType::InvalidQuery => ApiError::Query(vec![fault(
            FaultCode::OutOfRange,
            "/limit",
            "must be a number from 1 to 200",
        )]),
        ProblemType::UnreadableBody => ApiError::UnreadableBody,
        ProblemType::Unauthenticated => ApiError::Unauthenticated,
        ProblemType::Forbidden => AppError::Forbidden {
            missing: Permission::ManageKeys,
            needed: vec![Role::Admin],
            given: Roles::new(vec![Role::Billing]),
        }
        .into(),
        ProblemType::NotFound => AppError::NotFound("claim").into(),
        ProblemType::MethodNotAllowed => ApiError::MethodNotAllowed("GET, HEAD, POST".to_owned()),
        ProblemType::SlowBody => ApiError::SlowBody,
        ProblemType::Conflict => AppError::Conflict {
            what: "external_id",
            id: OTHER_ID.to_string(),
            differences: vec![fault(
                FaultCode::Differs,
                "/items/0/unit_price_cents",
                "is not what is stored",
            )],
        }
        .into(),
        ProblemType::IllegalStep => AppError::IllegalStep(Status::Submitted).into(),
        ProblemType::ClaimReplaced => AppError::Replaced(ClaimId::from(OTHER_ID)).into(),
        ProblemType::ApprovalsChanged => AppError::ApprovalsChanged.into(),
        ProblemType::BelowDraws => AppError::LoweredBelowDraws.into(),
        ProblemType::NotReproducible => AppError::NotReproducible {
            decided_by: "ontario 2026.2".to_owned(),
        }
        .into(),
        ProblemType::Immutable => AppError::Immutable.into(),
        ProblemType::BacktestRunning => {
            AppError::BacktestRunning(BacktestId::from(OTHER_ID)).into()
        }
        ProblemType::LastKey => AppError::LastKey(Role::Admin).into(),
        ProblemType::Stale => AppError::Stale.into(),
        ProblemType::IfMatchUnusable => ApiError::IfMatchUnusable,
        ProblemType::TooLarge => ApiError::TooLarge(MAX_BODY_BYTES),
        ProblemType::UnsupportedMediaType => ApiError::UnsupportedMediaType(body::JSON),
        ProblemType::UnsupportedEncoding => ApiError::UnsupportedEncoding(None),
        ProblemType::InvalidContent => AppError::Refused(Refusal::Rules(vec![fault(
            FaultCode::TooShort,
            "/name",
            "must not be empty",
        )]))
        .into(),
        ProblemType::UnsoundRulebook => AppError::Unsound(vec![fault(
            FaultCode::Shadowed,
            "/table/rules/12",
            "`private-plasma-maple` decides no claim: earlier rules decide all its claims: private-plasma-approved",
        )])
        .into(),
        ProblemType::BeyondLimits => AppError::BeyondLimits(vec![fault(
            FaultCode::TooManyChangedClaims,
            "/limits/max_changed_claims",
            "the back-test found 12 changed claims",
        )])
        .into(),
        ProblemType::IfMatchMissing => ApiError::IfMatchMissing,
        ProblemType::TooManyFailedLogins => ApiError::TooManyFailedLogins {
            retry_after_seconds: 60,
        },
        ProblemType::Internal => ApiError::internal("an example"),
        ProblemType::Unavailable => ApiError::busy(),
        ProblemType::Stopping => ApiError::Stopping,
        ProblemType::Http => ApiError::Framework(StatusCode::NOT_FOUND),
    }
}

fn fault(code: FaultCode, pointer: &str, detail: &str) -> Fault {
    Fault {
        code,
        pointer: pointer.to_owned(),
        detail: detail.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_is_answered_for_some_error() {
        for kind in ProblemType::ALL {
            assert_eq!(find_error(*kind).kind(), *kind);
        }
    }
}
