//! The examples that Swagger UI offers. The README and the tests use the same files.

use payerline_rulebook::shipped;
use serde_json::Value;
use utoipa::openapi::{
    Content, OpenApi as Document, RefOr, example::ExampleBuilder, path::Operation,
};

/// Name, summary and body of each.
pub const CLAIM_EXAMPLES: [(&str, &str, &str); 14] = [
    (
        "private",
        "private: physiotherapy that the plan lists, ready to bill",
        include_str!("../../examples/private-physiotherapy.json"),
    ),
    (
        "mva",
        "mva: stem cells after a car accident, needs an OCF-18",
        include_str!("../../examples/mva-stem-cell-knee.json"),
    ),
    (
        "wsib",
        "wsib: physiotherapy after a work injury, ready to bill",
        include_str!("../../examples/wsib-physiotherapy.json"),
    ),
    (
        "uncovered",
        "uncovered: stem cells after a sports injury, OHIP only",
        include_str!("../../examples/uncovered-stem-cell-sports.json"),
    ),
    (
        "mva_minor_injury",
        "mva: physiotherapy under the Minor Injury Guideline",
        include_str!("../../examples/mva-physiotherapy-minor-injury.json"),
    ),
    (
        "mva_medication",
        "mva: accident after 1 July 2026, auto first, medication private first",
        include_str!("../../examples/mva-medication-after-july-2026.json"),
    ),
    (
        "wsib_stem_cells",
        "wsib: stem cells after a work injury, needs WSIB's approval",
        include_str!("../../examples/wsib-stem-cell-back.json"),
    ),
    (
        "private_plasma",
        "private: platelet-rich plasma, needs a predetermination",
        include_str!("../../examples/private-plasma-predetermination.json"),
    ),
    (
        "uncovered_private",
        "uncovered: stem cells with a private plan that has not agreed",
        include_str!("../../examples/uncovered-stem-cell-private-silent.json"),
    ),
    (
        "review_ohip",
        "review: a consultation that OHIP insures",
        include_str!("../../examples/review-ohip-insured-consultation.json"),
    ),
    (
        "review_minor",
        "review: stem cells for a patient under 18",
        include_str!("../../examples/review-minor-stem-cell.json"),
    ),
    (
        "review_car_at_work",
        "review: a car accident at work",
        include_str!("../../examples/review-car-accident-at-work.json"),
    ),
    (
        "review_wsib_denied",
        "review: WSIB denied",
        include_str!("../../examples/review-wsib-denied.json"),
    ),
    (
        "review_no_coverage",
        "review: a car accident without auto coverage",
        include_str!("../../examples/review-accident-without-coverage.json"),
    ),
];

/// Name, summary and body of each.
const RULEBOOK_EXAMPLES: [(&str, &str, &str); 2] = [
    (
        "maple_life",
        "a copy with one rule more: Maple Life covers platelet-rich plasma",
        include_str!("../../examples/rulebooks/maple-life-covers-plasma.json"),
    ),
    (
        "missed_appointments",
        "a copy with one rule more: somebody looks at missed appointments first",
        include_str!("../../examples/rulebooks/look-at-missed-appointments.json"),
    ),
];

/// Adds the examples to the operations that take them.
pub fn add_examples(document: &mut Document) -> Result<(), serde_json::Error> {
    for (path, examples) in [
        ("/v1/claims", CLAIM_EXAMPLES.as_slice()),
        ("/v1/classifications", CLAIM_EXAMPLES.as_slice()),
        ("/v1/rulebooks", RULEBOOK_EXAMPLES.as_slice()),
    ] {
        let item = document.paths.paths.get_mut(path);
        if let Some(operation) = item.and_then(|item| item.post.as_mut()) {
            add_to_operation(operation, examples)?;
        }
    }
    let batch = document.paths.paths.get_mut("/v1/claims/batch");
    if let Some(operation) = batch.and_then(|item| item.post.as_mut()) {
        add_batch_example(operation)?;
    }
    Ok(())
}

fn add_to_operation(
    operation: &mut Operation,
    examples: &[(&str, &str, &str)],
) -> Result<(), serde_json::Error> {
    for content in body_contents(operation) {
        for (name, summary, text) in examples {
            let mut value: Value = serde_json::from_str(text)?;
            // The files name the version that shipped when they were written.
            if let Some(based_on) = value.get_mut("based_on") {
                *based_on = shipped::VERSION.into();
            }
            let example = ExampleBuilder::new()
                .summary(*summary)
                .value(Some(value))
                .build();
            content
                .examples
                .insert((*name).to_owned(), RefOr::T(example));
        }
    }
    Ok(())
}

/// Adds the first claims of the examples, a line each.
fn add_batch_example(operation: &mut Operation) -> Result<(), serde_json::Error> {
    let mut lines = String::new();
    for (_, _, text) in CLAIM_EXAMPLES.iter().take(4) {
        let value: Value = serde_json::from_str(text)?;
        lines.push_str(&serde_json::to_string(&value)?);
        lines.push('\n');
    }
    for content in body_contents(operation) {
        content.example = Some(Value::String(lines.clone()));
    }
    Ok(())
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
