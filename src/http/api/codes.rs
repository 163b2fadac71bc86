//! `/v1/codes`: what the codes of answers mean. It needs no key: it holds no data of a clinic, and says what the OpenAPI
//! document says, which needs none either.

use std::sync::LazyLock;

use actix_web::{HttpResponse, get};
use payerline_domain::parse::fault_code::FaultCode;
use payerline_rulebook::catalogue::{DescribedFinding, list_findings};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::boundary::problem_type::ProblemType;

/// The codes that answers have, with what each means and what to do about it.
#[derive(Serialize, ToSchema)]
pub struct Codes {
    /// The types of problems: answers of 400 and above.
    pub problems: Vec<DescribedProblem>,
    /// The codes in `errors` of a problem.
    pub faults: Vec<DescribedFault>,
    /// The findings of decisions by Payerline's own rulebook. A clinic's own rulebook may report others, which the
    /// `findings` of its table describe.
    pub findings: Vec<DescribedFinding>,
}

/// A type of problem.
#[derive(Serialize, ToSchema)]
pub struct DescribedProblem {
    /// The type.
    #[serde(rename = "type")]
    pub kind: ProblemType,
    /// The HTTP status of its answers; left out if they have several.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 422)]
    pub status: Option<u16>,
    /// The type in words.
    #[schema(value_type = String, example = "Content breaks a rule")]
    pub title: &'static str,
    /// What it means.
    #[schema(value_type = String, example = "The body has the documented shape, but its content breaks rules.")]
    pub meaning: &'static str,
    /// What to do about it.
    #[schema(value_type = String, example = "Have a person correct the data; `errors` lists every fault.")]
    pub remedy: &'static str,
}

/// A code in `errors` of a problem.
#[derive(Serialize, ToSchema)]
pub struct DescribedFault {
    /// The code.
    pub code: FaultCode,
    /// What it means.
    #[schema(value_type = String, example = "The service lies before the patient's birth.")]
    pub meaning: &'static str,
    /// What to do about it.
    #[schema(value_type = String, example = "Correct the birth date or the date of service.")]
    pub remedy: &'static str,
}

static CODES: LazyLock<Codes> = LazyLock::new(|| Codes {
    problems: ProblemType::ALL
        .iter()
        .map(|it| describe_problem(*it))
        .collect(),
    faults: FaultCode::ALL
        .iter()
        .map(|it| describe_fault(*it))
        .collect(),
    findings: list_findings(),
});

fn describe_problem(kind: ProblemType) -> DescribedProblem {
    DescribedProblem {
        kind,
        status: kind.status().map(|status| status.as_u16()),
        title: kind.title(),
        meaning: kind.meaning(),
        remedy: kind.remedy(),
    }
}

fn describe_fault(code: FaultCode) -> DescribedFault {
    DescribedFault {
        code,
        meaning: code.meaning(),
        remedy: code.remedy(),
    }
}

/// What codes mean
///
/// Every type of problem, every code of a fault and every finding of Payerline's own rulebook, with its meaning and what
/// to do about it; findings also with the law or source they rest on. Later versions may add codes.
#[utoipa::path(
    tag = "Operation",
    security(()),
    responses((status = 200, description = "The codes.", body = Codes)),
)]
#[get("/v1/codes")]
pub async fn list_codes() -> HttpResponse {
    HttpResponse::Ok().json(&*CODES)
}
