//! The status, kind, title and detail of the problem that each error of a use case becomes.

use actix_web::http::StatusCode;
use payerline_domain::{
    access::Role, claims::replacement::NotReplaceable, parse::fault::Refusal,
    values::closed_enum::ClosedEnum,
};

use crate::app::error::AppError;

/// Returns status, kind and title.
pub fn app_class(error: &AppError) -> (StatusCode, &'static str, &'static str) {
    use AppError as E;
    use StatusCode as S;
    match error {
        E::Refused(Refusal::Shape(_)) => {
            (S::BAD_REQUEST, "invalid-body", "Not the documented JSON")
        }
        E::Refused(Refusal::Rules(_)) => (
            S::UNPROCESSABLE_ENTITY,
            "invalid-content",
            "Content breaks a rule",
        ),
        E::Forbidden(_) | E::OperatorOnly => {
            (S::FORBIDDEN, "forbidden", "Not allowed with this key")
        }
        E::NotFound(_) => (S::NOT_FOUND, "not-found", "Not found"),
        E::Conflict { .. } => (S::CONFLICT, "conflict", "Already there, with other content"),
        E::NotReproducible { .. } => (
            S::CONFLICT,
            "not-reproducible",
            "The decision cannot be made again",
        ),
        E::AlreadySubmitted(_) => (S::CONFLICT, "already-submitted", "The payer has the claim"),
        E::Replaced(_) => (
            S::CONFLICT,
            "claim-replaced",
            "Another claim replaced the claim",
        ),
        E::Immutable => (S::CONFLICT, "immutable", "It never changes"),
        E::Unsound(_) => (
            S::UNPROCESSABLE_ENTITY,
            "unsound-rulebook",
            "The rulebook is not sound",
        ),
        E::BeyondLimits(_) => (
            S::UNPROCESSABLE_ENTITY,
            "beyond-limits",
            "Beyond the limits of the activation",
        ),
        E::BacktestRunning(_) => (S::CONFLICT, "backtest-running", "A back-test is running"),
        E::LastKey(_) => (S::CONFLICT, "last-key", "The last key with its role"),
        E::Stale => (S::PRECONDITION_FAILED, "stale", "Changed in the meantime"),
        E::Unavailable(_) | E::NotReady(_) => {
            (S::SERVICE_UNAVAILABLE, "unavailable", "Try again shortly")
        }
        E::Internal(_) => (S::INTERNAL_SERVER_ERROR, "internal", "A fault of ours"),
    }
}

/// Says what went wrong and what to do. Never holds patient data.
pub fn app_detail(error: &AppError) -> String {
    use AppError as E;
    match error {
        E::Refused(Refusal::Shape(faults)) => format!(
            "The body is not JSON of the documented shape; see `errors` ({}).",
            faults.len()
        ),
        E::Refused(Refusal::Rules(faults)) => format!(
            "The body has the documented shape, but its content breaks rules; see `errors` ({}).",
            faults.len()
        ),
        E::Forbidden(permission) => format!(
            "This needs a key that may {}.",
            permission.word().replace('_', " ")
        ),
        E::OperatorOnly => "Only an operator's key may create an operator's key.".to_owned(),
        E::NotFound(what) => format!("There is no such {what}."),
        E::Conflict { what, .. } => format!(
            "This {what} is taken: what is stored under it has other content; `id` is its id, and `errors` lists where the content differs."
        ),
        E::NotReproducible { decided_by } => format!(
            "The rulebook {decided_by} decided this claim; its table is not kept here, or this version of Payerline does not come to the same decision by it. The claim itself has its decision with the reasons."
        ),
        E::AlreadySubmitted(status) => {
            let correct = match NotReplaceable::check(*status) {
                Ok(()) => " Correct it with a claim that `replaces` it.",
                Err(_) => "",
            };
            format!(
                "The claim is {}, so what was decided about it stands.{correct}",
                status.word()
            )
        }
        E::Replaced(_) => {
            "The claim was replaced, so what was decided about it stands. `id` is the id of the claim that replaced it; decide that one again.".to_owned()
        }
        E::Immutable => {
            "The version was activated or shipped, so it never changes: claims may have been decided by it. Draft a new version that is based on it.".to_owned()
        }
        E::Unsound(faults) => format!(
            "The version cannot be activated as it is; see `errors` ({}). Its check shows a claim for each.",
            faults.len()
        ),
        E::BeyondLimits(_) => {
            "The version cannot be activated within these limits; see `errors`.".to_owned()
        }
        E::BacktestRunning(_) => {
            "The clinic has a back-test that is running; `id` is its id. Wait until it is finished, or cancel it.".to_owned()
        }
        E::LastKey(role) => {
            let (whose, way) = match role {
                Role::Operator => ("of all clinics", "`POST /v1/api-keys` with an operator's key"),
                _ => ("of its clinic", "`POST /v1/api-keys`"),
            };
            format!(
                "It is the last key {whose} with the role `{}`, so without it nobody could make another. Create another one first ({way}), then revoke this one with it or later.",
                role.word()
            )
        }
        E::Stale => {
            "It was changed since you read it; read it again and repeat your change.".to_owned()
        }
        E::Unavailable(_) => {
            "The service is busy or its database away. Nothing was lost; send the same request again.".to_owned()
        }
        E::NotReady(cause) => format!("Claims cannot be stored: {cause}. The log says more."),
        E::Internal(_) => {
            "Something went wrong on our side; it was logged under `request_id`.".to_owned()
        }
    }
}
