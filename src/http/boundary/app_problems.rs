//! The type and detail of the problem that each error of a use case becomes.

use payerline_domain::{
    access::{self, Role},
    claims::lifecycle::{Step, legal_steps},
    parse::fault::Refusal,
    search::Topic,
    values::closed_enum::ClosedEnum,
};

use super::problem_type::ProblemType;
use crate::app::error::AppError;

pub fn app_problem_type(error: &AppError) -> ProblemType {
    use AppError as E;
    use ProblemType as T;
    match error {
        E::Refused(Refusal::Shape(_)) => T::InvalidBody,
        E::Refused(Refusal::Rules(_)) => T::InvalidContent,
        E::Forbidden { .. } | E::OperatorOnly(_) => T::Forbidden,
        E::NotFound(_) => T::NotFound,
        E::Conflict { .. } => T::Conflict,
        E::NotReproducible { .. } => T::NotReproducible,
        E::IllegalStep(_) | E::NoAdjustment(_) | E::SomethingPaid => T::IllegalStep,
        E::VersionMissing => T::IfMatchMissing,
        E::Replaced(_) => T::ClaimReplaced,
        E::ApprovalsChanged => T::ApprovalsChanged,
        E::LoweredBelowDraws => T::BelowDraws,
        E::Immutable => T::Immutable,
        E::Unsound(_) => T::UnsoundRulebook,
        E::BeyondLimits(_) => T::BeyondLimits,
        E::BacktestRunning(_) => T::BacktestRunning,
        E::LastKey(_) => T::LastKey,
        E::Stale => T::Stale,
        E::SearchTooWide(_) => T::InvalidQuery,
        E::Unavailable(_) | E::SearchBehind | E::NotReady(_) => T::Unavailable,
        E::Internal(_) => T::Internal,
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
        E::Forbidden {
            missing,
            needed,
            given,
        } => format!(
            "This needs a key that may {}: one with the role {}. Yours has {}.",
            missing.word().replace('_', " "),
            access::quote(needed, "or"),
            given.quoted()
        ),
        E::OperatorOnly(given) => format!(
            "Only a key with the role `operator` may create one with it. Yours has {}.",
            given.quoted()
        ),
        E::NotFound(what) => format!("There is no such {what}."),
        E::Conflict { what, .. } => format!(
            "This {what} is taken: what is stored under it has other content; `id` is its id, and `errors` lists where the content differs."
        ),
        E::NotReproducible { decided_by } => format!(
            "The rulebook {decided_by} decided this claim; its table is not kept here, or this version of Payerline does not come to the same decision by it. The claim itself has its decision with the reasons."
        ),
        E::IllegalStep(status) => {
            let steps = legal_steps(*status);
            let steps: Vec<String> = steps
                .map(|it| format!("{} (`{}`)", it.step.word(), it.operation))
                .collect();
            let legal = if steps.is_empty() {
                "no step is left for it".to_owned()
            } else {
                format!("it can take these steps: {}", steps.join(", "))
            };
            format!("The claim is {}: {legal}.", status.word())
        }
        E::NoAdjustment(status) => format!(
            "The claim is {}: it takes {}. Contest a refusal by an appeal first.",
            status.word(),
            Step::Adjust.rule().needs
        ),
        E::SomethingPaid => {
            "Something of the claim is paid. Take the payments back first, by remittances that reverse them.".to_owned()
        }
        E::VersionMissing => {
            "A change needs `If-Match` with the ETag of the version that you saw.".to_owned()
        }
        E::Replaced(_) => {
            "The claim was replaced, so nothing is done with it any more. `id` is the id of the claim that replaced it; work with that one.".to_owned()
        }
        E::ApprovalsChanged => {
            "An approval that an item relies on has changed since the claim was decided, or claims have drawn of it since, so that it does not suffice any more. Decide the claim again (`POST /v1/claims/{id}/redecide`), look at it, and repeat your review.".to_owned()
        }
        E::LoweredBelowDraws => {
            "Claims that are `ready` or sent have drawn more of this approval than `approved_cents` says. `GET` shows what they have drawn. If the payer did lower it, send the same with `?confirm=true`: claims that are not sent yet are decided again.".to_owned()
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
        E::SearchBehind => {
            "Many claims have come in since the last search or report, and are being made ready for it: after an upgrade or a large file that takes minutes. Try again a little later; lists without a search are not affected.".to_owned()
        }
        E::SearchTooWide(topic) => {
            let what = match topic {
                Topic::Provider | Topic::ProviderId => "`provider`: more than 100 different words of providers' names begin",
                Topic::Insurer => "`insurer`: more than 100 different words of insurers' names begin",
                _ => "`patient_name`: more than 100 different words of patients' names begin",
            };
            format!("{what} so. Give more letters.")
        }
        E::NotReady(cause) => format!("Claims cannot be stored: {cause}. The log says more."),
        E::Internal(_) => {
            "Something went wrong on our side; it was logged under `request_id`.".to_owned()
        }
    }
}
