//! The examples that Swagger UI offers. The README and the tests use the same files.

use payerline_rulebook::shipped;
use serde_json::Value;
use utoipa::openapi::{
    Content, OpenApi as Document, RefOr, example::ExampleBuilder, path::Operation,
};

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
};

const RULEBOOK_EXAMPLES: &[Example] = examples! {
    "maple_life" in "rulebooks/maple-life-covers-plasma": "a copy with one rule more: Maple Life covers platelet-rich plasma",
    "missed_appointments" in "rulebooks/look-at-missed-appointments": "a copy with one rule more: somebody looks at missed appointments first",
};

/// Adds the examples to the operations that take them.
pub fn add_examples(document: &mut Document) -> Result<(), serde_json::Error> {
    for (path, examples) in [
        ("/v1/claims", CLAIM_EXAMPLES),
        ("/v1/classifications", CLAIM_EXAMPLES),
        ("/v1/rulebooks", RULEBOOK_EXAMPLES),
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
    examples: &[Example],
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
