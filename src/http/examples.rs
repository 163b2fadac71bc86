//! The examples that Swagger UI offers: of requests, which can be sent in the document's order, and of the answers to
//! them. The README and the tests use the same files. A test sends the requests, and compares the answers.

use std::collections::BTreeMap;

use payerline_rulebook::shipped;
use serde_json::Value;
use utoipa::openapi::{
    Content, OpenApi as Document, RefOr,
    example::{Example as DocumentedExample, ExampleBuilder},
    path::Operation,
};

use super::boundary::documented;

/// Name, summary and body.
type Example = (&'static str, &'static str, &'static str);

/// Declares examples: the name of each, its file in `examples/` and its summary.
macro_rules! examples {
    ($($name:literal in $file:literal: $summary:literal,)+) => {
        &[$((
            $name,
            $summary,
            include_str!(concat!("../../examples/", $file, ".json")),
        ),)+]
    };
}

pub const CLAIM_EXAMPLES: &[Example] = examples! {
    "private" in "private-physiotherapy": "private: physiotherapy that the plan lists, ready to bill",
    "mva" in "mva-stem-cell-knee": "mva: stem cells after a car accident, needs an OCF-18",
    "wsib" in "wsib-physiotherapy": "wsib: physiotherapy after a work injury, ready to bill",
    "uncovered" in "uncovered-stem-cell-sports": "uncovered: stem cells after a sports injury, OHIP only",
    "mva_minor_injury" in "mva-physiotherapy-minor-injury": "mva: physiotherapy under the Minor Injury Guideline",
    "mva_medication" in "mva-medication-after-july-2026": "mva: accident after 1 July 2026, auto first, medication private first",
    "wsib_stem_cells" in "wsib-stem-cell-back": "wsib: stem cells after a work injury, needs WSIB's approval",
    "private_plasma" in "private-plasma-predetermination": "private: platelet-rich plasma, needs a predetermination",
    "uncovered_private" in "uncovered-stem-cell-private-silent": "uncovered: stem cells with a private plan that has not agreed",
    "review_ohip" in "review-ohip-insured-consultation": "review: a consultation that OHIP insures",
    "review_minor" in "review-minor-stem-cell": "review: stem cells for a patient under 18",
    "review_car_at_work" in "review-car-accident-at-work": "review: a car accident at work",
    "review_wsib_denied" in "review-wsib-denied": "review: WSIB denied",
    "review_no_coverage" in "review-accident-without-coverage": "review: a car accident without auto coverage",
    "uncovered_plasma" in "uncovered-plasma": "uncovered: platelet-rich plasma that the patient pays",
    "uncovered_missed_appointment" in "uncovered-missed-appointment": "uncovered: a missed appointment",
    "uncovered_employer_examination" in "uncovered-employer-examination": "uncovered: an employer's examination, billed to the employer",
    "uncovered_lawyer_report" in "uncovered-lawyer-report": "uncovered: a lawyer's report, billed to the lawyer",
    "review_ohip_silent_consultation" in "review-ohip-silent-consultation": "review: a consultation of which nobody says whether OHIP insures it",
    "review_nurse_practitioner_assessment" in "review-nurse-practitioner-assessment": "review: a nurse practitioner's assessment",
    "review_ohip_insured_tourist" in "review-ohip-insured-tourist": "review: an insured consultation of a patient without a card",
    "mva_drug_and_brace" in "mva-drug-and-brace": "mva: a prescribed drug and a cheap brace, no OCF-18 needed",
    "mva_emergency_care" in "mva-emergency-care": "mva: emergency care within five business days",
    "review_brace_tax_unclear" in "review-brace-tax-unclear": "review: a brace that is over 250 dollars with tax only",
    "review_accident_form" in "review-accident-form": "review: a completed form after a car accident",
    "review_missed_appointment_car_accident" in "review-missed-appointment-car-accident": "review: a missed appointment after a car accident",
    "review_accident_in_mexico" in "review-accident-in-mexico": "review: a car accident in Mexico",
    "review_old_car_accident" in "review-old-car-accident": "review: a car accident of 2020, treated today",
    "wsib_occupational_illness" in "wsib-occupational-illness": "wsib: an occupational illness",
    "wsib_physician_visit" in "wsib-physician-visit": "wsib: a physician's insured visit, billed through the ministry",
    "review_work_injury_mental_stress" in "review-work-injury-mental-stress": "review: mental stress after an event at work, CMS8 needed",
    "review_employer_not_covered" in "review-employer-not-covered": "review: a work injury of which WSIB does not cover the employer",
    "review_work_injury_quebec" in "review-work-injury-quebec": "review: a work injury in Quebec",
    "private_listed_professions" in "private-listed-professions": "private: a plan that lists professions",
    "private_child_two_plans" in "private-child-two-plans": "private: a child with two parents' plans",
    "review_massage_plan_silent" in "review-massage-plan-silent": "review: massage therapy, and a plan that lists rehabilitation",
    "review_veteran" in "review-veteran": "review: a veteran without a plan",
};

const PREAUTHORIZATION_EXAMPLES: &[Example] = examples! {
    "ocf_18" in "preauthorizations/ocf-18": "an OCF-18 that the auto insurer has not answered yet",
    "wsib_approval" in "preauthorizations/wsib-approval": "an approval by WSIB",
    "predetermination" in "preauthorizations/predetermination": "a private plan's predetermination",
};

const CHANGED_PREAUTHORIZATION_EXAMPLES: &[Example] = examples! {
    "ocf_18" in "preauthorizations/ocf-18-approved": "the auto insurer has approved the OCF-18",
};

const RULEBOOK_EXAMPLES: &[Example] = examples! {
    "maple_life" in "rulebooks/maple-life-covers-plasma": "a copy with one rule more: Maple Life covers platelet-rich plasma",
    "missed_appointments" in "rulebooks/look-at-missed-appointments": "a copy with one rule more: somebody looks at missed appointments first",
};

const CHANGED_RULEBOOK_EXAMPLES: &[Example] = examples! {
    "maple_life" in "rulebooks/maple-life-covers-plasma-changed": "the draft for Maple Life with another basis of its rule",
};

const ACTIVATION_EXAMPLES: &[Example] = &[(
    "new_year",
    "in force for services from the new year on",
    r#"{"effective_from": "2027-01-01"}"#,
)];

const BACKTEST_EXAMPLES: &[Example] = &[("all", "all claims received until now", "{}")];

const REVIEW_EXAMPLES: &[Example] = &[
    (
        "confirmed",
        "the decision is confirmed",
        r#"{"reason": "Compared with the file: the OCF-18 was sent and is not answered yet."}"#,
    ),
    (
        "exception",
        "an exception to a law, with its evidence",
        r#"{"reason": "The adjuster approved the treatment.", "disposition": "ready", "exceptions": [{"law": "stem_cells_never_unapproved", "evidence": "Call with the adjuster on 3 June 2026, reference 4471."}]}"#,
    ),
];

const SEND_EXAMPLES: &[Example] = &[(
    "eclaims",
    "sent to the private plan",
    r#"{"payer": "private", "channel": "eclaims", "reference": "EC-20260602-118", "sent_on": "2026-06-02"}"#,
)];

const REMITTANCE_EXAMPLES: &[Example] = &[
    (
        "a_paid_in_part",
        "the plan pays a part of the first item, and refuses the rest",
        r#"{"number": "EFT-118204", "payer": "private", "paid_on": "2026-07-02", "items": [{"sequence": 1, "paid_cents": 100000, "denied_cents": 350000, "reason_codes": ["45"], "note": "Over the plan's maximum."}]}"#,
    ),
    (
        "b_taken_back",
        "the plan reclaims what it paid",
        r#"{"number": "EFT-118377", "payer": "private", "paid_on": "2026-07-20", "reverses": "EFT-118204"}"#,
    ),
];

/// A line each.
const REMITTANCE_LINES: &[Example] = &[(
    "one_transfer",
    "a transfer of which a line refuses a claim",
    r#"{"external_id": "INV-2026-000123", "number": "EFT-118402", "payer": "private", "paid_on": "2026-07-24", "items": [{"sequence": 1, "paid_cents": 0, "denied_cents": 450000, "reason_codes": ["96"], "note": "Experimental in the plan's opinion."}]}"#,
)];

const APPEAL_EXAMPLES: &[Example] = &[(
    "appeal",
    "a refusal is contested",
    r#"{"reason": "The plan's booklet lists the service; a copy was sent."}"#,
)];

const OUTCOME_EXAMPLES: &[Example] = &[(
    "six_weeks",
    "six weeks after the treatment",
    r#"{"day": "2026-07-13", "pain": 4, "function": 70, "range_of_motion": [{"joint": "left knee flexion", "degrees": 110}], "note": "Walks without a stick."}"#,
)];

const VOID_EXAMPLES: &[Example] = &[(
    "cancelled",
    "withdrawn",
    r#"{"reason": "The patient paid at the desk and claims it from the plan."}"#,
)];

const KEY_EXAMPLES: &[Example] = &[(
    "front_desk",
    "a key for the front desk",
    r#"{"name": "front desk", "role": "staff"}"#,
)];

const CLINIC_EXAMPLES: &[Example] = &[(
    "lakeshore",
    "a clinic",
    r#"{"name": "Lakeshore Sports Medicine"}"#,
)];

const ADMIN_KEY_EXAMPLES: &[Example] = &[(
    "new_owner",
    "a key for a clinic that has lost its own",
    r#"{"name": "after the owner changed"}"#,
)];

/// The examples of the requests, by `operationId`.
const REQUESTS: [(&str, &[Example]); 17] = [
    ("classify_claim", CLAIM_EXAMPLES),
    ("submit_claim", CLAIM_EXAMPLES),
    ("review_claim", REVIEW_EXAMPLES),
    ("send_claim", SEND_EXAMPLES),
    ("enter_remittance", REMITTANCE_EXAMPLES),
    ("appeal_claim", APPEAL_EXAMPLES),
    ("record_outcome", OUTCOME_EXAMPLES),
    ("void_claim", VOID_EXAMPLES),
    ("create_preauthorization", PREAUTHORIZATION_EXAMPLES),
    (
        "replace_preauthorization",
        CHANGED_PREAUTHORIZATION_EXAMPLES,
    ),
    ("create_rulebook", RULEBOOK_EXAMPLES),
    ("replace_rulebook", CHANGED_RULEBOOK_EXAMPLES),
    ("activate_rulebook", ACTIVATION_EXAMPLES),
    ("start_backtest", BACKTEST_EXAMPLES),
    ("create_api_key", KEY_EXAMPLES),
    ("create_clinic", CLINIC_EXAMPLES),
    ("create_clinic_admin_key", ADMIN_KEY_EXAMPLES),
];

/// The answers to the examples, by `operationId`, status, media type and name of the example. A test of the API writes
/// them: see `tests/api/service/try_it_out/`.
const ANSWERS: &str = include_str!("../../openapi/answers.json");

/// By status, media type and name.
type AnswersOfOperation = BTreeMap<String, BTreeMap<String, BTreeMap<String, Value>>>;

/// Adds the examples to the operations.
pub fn add_examples(document: &mut Document) -> Result<(), serde_json::Error> {
    let mut answers: BTreeMap<String, AnswersOfOperation> = serde_json::from_str(ANSWERS)?;
    let items = document.paths.paths.values_mut();
    for operation in items.flat_map(documented::list_operations) {
        let id = operation.operation_id.clone().unwrap_or_default();
        let requests = find_requests(&id)?;
        for content in body_contents(operation) {
            content.examples.extend(requests.clone());
        }
        let of_operation = answers.remove(&id).unwrap_or_default();
        add_answers(operation, of_operation, &requests);
    }
    Ok(())
}

fn find_requests(
    operation: &str,
) -> Result<BTreeMap<String, RefOr<DocumentedExample>>, serde_json::Error> {
    let lines = match operation {
        "submit_claims" => Some(("four_claims", "four claims, a line each", write_lines()?)),
        "enter_remittances" => REMITTANCE_LINES
            .first()
            .map(|(name, summary, line)| (*name, *summary, format!("{line}\n"))),
        _ => None,
    };
    if let Some((name, summary, lines)) = lines {
        return Ok([document_example(name, summary, lines.into())].into());
    }
    let of_operation = REQUESTS.iter().find(|(id, _)| *id == operation);
    let examples: &[Example] = of_operation.map(|(_, it)| *it).unwrap_or_default();
    let documented = examples.iter().map(|(name, summary, text)| {
        let value = read_request(text)?;
        Ok(document_example(name, summary, value))
    });
    documented.collect()
}

fn read_request(text: &str) -> Result<Value, serde_json::Error> {
    let mut value: Value = serde_json::from_str(text)?;
    // The files name the version that shipped when they were written.
    let is_of_shipped = value.get("based_on") != value.get("version");
    if let Some(based_on) = value.get_mut("based_on").filter(|_| is_of_shipped) {
        *based_on = shipped::VERSION.into();
    }
    Ok(value)
}

/// Writes the first claims of the examples, a line each.
fn write_lines() -> Result<String, serde_json::Error> {
    let mut lines = String::new();
    for (_, _, text) in CLAIM_EXAMPLES.iter().take(4) {
        let value: Value = serde_json::from_str(text)?;
        lines.push_str(&serde_json::to_string(&value)?);
        lines.push('\n');
    }
    Ok(lines)
}

fn document_example(name: &str, summary: &str, value: Value) -> (String, RefOr<DocumentedExample>) {
    let example = ExampleBuilder::new().summary(summary).value(Some(value));
    (name.to_owned(), RefOr::T(example.build()))
}

/// Adds what an operation answered, under the names and summaries of the requests.
fn add_answers(
    operation: &mut Operation,
    mut answers: AnswersOfOperation,
    requests: &BTreeMap<String, RefOr<DocumentedExample>>,
) {
    for (status, response) in &mut operation.responses.responses {
        let (RefOr::T(response), Some(mut answered)) = (response, answers.remove(status)) else {
            continue;
        };
        for (media_type, content) in &mut response.content {
            let (RefOr::T(content), Some(named)) = (content, answered.remove(media_type)) else {
                continue;
            };
            content.examples = named
                .into_iter()
                .map(|(name, value)| {
                    let summary = match requests.get(&name) {
                        Some(RefOr::T(request)) => request.summary.clone(),
                        _ => "an answer".to_owned(),
                    };
                    document_example(&name, &summary, value)
                })
                .collect();
        }
    }
}

/// Lists the media types in which an operation takes its body.
fn body_contents(operation: &mut Operation) -> impl Iterator<Item = &mut Content> {
    let body = match &mut operation.request_body {
        Some(RefOr::T(body)) => Some(body),
        _ => None,
    };
    let contents = body.into_iter().flat_map(|body| body.content.values_mut());
    contents.filter_map(|content| match content {
        RefOr::T(content) => Some(content),
        RefOr::Ref(_) => None,
    })
}
