//! The OpenAPI document, collected from the handlers that are served.
//!
//! The service sends the committed text, which is part of the binary, since collecting it takes some twenty megabytes
//! that the process would keep. `payerline openapi` collects it, and a test compares the two.

mod shapes;
mod steps;
mod version_3_0;

use actix_web::App;
use payerline_rulebook::catalogue::FindingCode;
use serde_json::Value;
use utoipa::{
    OpenApi,
    openapi::{
        OpenApi as Document,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};
use utoipa_actix_web::AppExt;

use crate::http::{
    boundary::{documented, problem::Problem},
    document_parts, examples,
};

pub const COMMITTED_DOCUMENT: &str = include_str!("../../../openapi/openapi.json");
pub const COMMITTED_DOCUMENT_3_0: &str = include_str!("../../../openapi/openapi-3.0.json");
pub const DOCUMENT_PATH: &str = "/openapi.json";
pub const DOCUMENT_3_0_PATH: &str = "/openapi-3.0.json";

/// The parts of the document that no handler declares: title, tags in the order of a working day, authentication.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Payerline",
        description = "Decides which payer an insurance claim of a clinic in Ontario belongs to, says why, and keeps it.\n\n\
            **To try it out:** press *Authorize*, paste your API key, open *Submit a claim*, choose an example, press *Execute*.\n\n\
            Money is in whole Canadian cents, dates are `YYYY-MM-DD`, ids are UUIDs. Unknown fields are refused, so that a misspelt one is never lost. \
            Every answer of 400 and above is a problem (RFC 9457) that names each fault and its place, and every answer carries an `X-Request-Id`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    servers((url = "/", description = "This server")),
    tags(
        (name = "Would this be covered?", description = "Ask before a treatment: decided like a claim, stored nowhere."),
        (name = "Preauthorizations", description = "Payers' prior approvals, and what claims have drawn of them: OCF-18, OCF-23, WSIB approvals, predeterminations."),
        (name = "Claims", description = "Submit claims, one or many, find them again, and read why they are decided so."),
        (name = "After the decision", description = "Decide again, review, send, record how the patient fares, appeal, withdraw."),
        (name = "Work queue", description = "What a person should do next, nearest deadline first."),
        (name = "Reports", description = "What the claims and approvals of a period come to: as figures, for a spreadsheet, or as a chart."),
        (name = "Rulebooks", description = "The rules that decide: read them, draft a change, prove it, rehearse it on past claims, put it into force."),
        (name = "Back-tests", description = "Try a rulebook on stored claims before it decides new ones."),
        (name = "Keys and clinics", description = "API keys of a clinic; clinics, for operators."),
        (name = "Operation", description = "For whoever runs the service or connects to it. No key needed."),
    ),
    components(schemas(Problem, FindingCode)),
    security(("api_key" = [])),
)]
struct Frame;

fn collect_document() -> Result<Document, serde_json::Error> {
    let (_, mut document) = App::new()
        .into_utoipa_app()
        .openapi(Frame::openapi())
        .configure(crate::http::operations::document_all)
        .split_for_parts();
    document.info.version = env!("CARGO_PKG_VERSION").to_owned();
    if let Some(components) = &mut document.components {
        let key = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("An API key of your clinic, such as `pl_…`."))
            .build();
        components.add_security_scheme("api_key", SecurityScheme::Http(key));
    }
    documented::add_problems(&mut document);
    steps::describe_steps(&mut document);
    examples::add_examples(&mut document)?;
    Ok(document)
}

/// Collects the document as text, in the form that is committed.
pub fn collect_text() -> Result<String, serde_json::Error> {
    write(&collect()?)
}

/// Collects the document as [`collect_text`] does, and writes it as OpenAPI 3.0.
pub fn collect_text_3_0() -> Result<String, serde_json::Error> {
    let mut document = collect()?;
    version_3_0::convert(&mut document);
    write(&document)
}

fn collect() -> Result<Value, serde_json::Error> {
    let mut document = serde_json::to_value(collect_document()?)?;
    document_parts::add_parts(&mut document)?;
    shapes::settle(&mut document);
    Ok(document)
}

fn write(document: &Value) -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(document)?;
    text.push('\n');
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use utoipa::ToSchema;

    use super::*;
    use payerline_domain::laws::Invariant;
    use payerline_domain::{
        access::Role,
        backtests::backtest::BacktestState,
        claims::{
            accident::{AccidentCause, EmployerCovered, Onset, WsiaElection},
            billing::{BillTo, BillingSequence},
            claim::Status,
            coverage::{CoverageKind, CoverageStatus, FederalProgram, Relationship},
            decision::{Document, Severity},
            item::{Category, CodeSystem, InsuredByOhip, RequestedBy},
            payer::{Disposition, Payer},
            payers_due::BilledParty,
            people::{Sex, ThirdPartyKind},
            procedure::{Guidance, HarvestSite, TargetTissue},
            profession::Profession,
            sends::Channel,
        },
        preauthorizations::{PreauthorizationKind, PreauthorizationStatus},
        reports::{ageing::AgeBand, outcomes::OutcomeMoment, turnaround::TurnaroundSpan},
        rulebooks::{Origin, RulebookState},
        values::{closed_enum::ClosedEnum, place::Province},
        work::WorkTask,
    };
    use payerline_rulebook::{
        explain::change::ChangeKind,
        proof::Aspect,
        table::{
            rules::{BilledCoverage, Leader},
            vocabulary::{
                AccidentPlace, AccidentRegion, Age, Answer, ApprovalKind, ApprovalState,
                BusinessDays, Cause, CodeList, CoverageState, DecidedPayer, LikelyInsured,
                PlanListing, Service, UnitAmount,
            },
        },
    };

    #[test]
    fn every_example_is_a_valid_claim() {
        let today = payerline_domain::values::time::Day::parse("2026-11-24").unwrap();
        for (name, _, text) in examples::CLAIM_EXAMPLES {
            let parsed =
                payerline_domain::claims::submission::Submission::parse(text.as_bytes(), today);
            assert!(parsed.is_ok(), "{name}: {parsed:?}");
        }
    }

    #[test]
    fn every_field_is_described_and_has_an_example_or_its_values() {
        let document: Value = serde_json::from_str(&collect_text().unwrap()).unwrap();
        let schemas = document["components"]["schemas"].as_object().unwrap();
        let mut lacking = Vec::new();
        for (name, schema) in schemas {
            for (field, property) in schema["properties"].as_object().into_iter().flatten() {
                // A reference alone is described where it leads to.
                let reference = property["$ref"]
                    .as_str()
                    .and_then(|it| it.rsplit('/').next());
                let referred = reference.and_then(|name| schemas.get(name));
                let is_described = |schema: &Value| {
                    schema["description"]
                        .as_str()
                        .is_some_and(|it| !it.is_empty())
                };
                if !is_described(property) && !referred.is_some_and(is_described) {
                    lacking.push(format!("{name}.{field}: description"));
                }
                if !shows_its_values(property, schemas) {
                    lacking.push(format!("{name}.{field}: example"));
                }
            }
        }
        assert_eq!(lacking, Vec::<String>::new());
    }

    /// utoipa documents two types of one name as one of them.
    #[test]
    fn a_draft_is_documented_with_the_changes_that_it_takes() {
        let document: Value = serde_json::from_str(&collect_text().unwrap()).unwrap();
        let schemas = &document["components"]["schemas"];
        let changes = &schemas["CopyDraft"]["properties"]["changes"]["items"]["$ref"];
        assert_eq!(changes, "#/components/schemas/RuleChange");
        let kinds = schemas["RuleChange"]["oneOf"].as_array().unwrap().iter();
        let kinds: Vec<&str> = kinds
            .filter_map(|it| it["$ref"].as_str()?.rsplit('/').next())
            .collect();
        let expected = ["RuleAddition", "RuleReplacement", "RuleMove", "RuleRemoval"];
        assert_eq!(kinds, expected);
    }

    #[test]
    fn the_values_of_every_enum_are_the_words_of_the_contract() {
        fn words<W: ClosedEnum + ToSchema>() -> (String, Value) {
            let words = W::ALL.iter().map(|value| Value::from(value.word()));
            (W::name().into_owned(), words.collect())
        }
        let expected: BTreeMap<String, Value> = [
            words::<AccidentCause>(),
            words::<AccidentPlace>(),
            words::<AccidentRegion>(),
            words::<BillTo>(),
            words::<BilledCoverage>(),
            words::<BusinessDays>(),
            words::<CodeList>(),
            words::<EmployerCovered>(),
            words::<FederalProgram>(),
            words::<LikelyInsured>(),
            words::<Onset>(),
            words::<Profession>(),
            words::<RequestedBy>(),
            words::<ThirdPartyKind>(),
            words::<UnitAmount>(),
            words::<Age>(),
            words::<AgeBand>(),
            words::<OutcomeMoment>(),
            words::<TurnaroundSpan>(),
            words::<Answer>(),
            words::<Aspect>(),
            words::<ApprovalKind>(),
            words::<ApprovalState>(),
            words::<BacktestState>(),
            words::<BillingSequence>(),
            words::<Category>(),
            words::<Cause>(),
            words::<ChangeKind>(),
            words::<CodeSystem>(),
            words::<CoverageKind>(),
            words::<CoverageState>(),
            words::<CoverageStatus>(),
            words::<DecidedPayer>(),
            words::<Disposition>(),
            words::<Document>(),
            words::<Guidance>(),
            words::<HarvestSite>(),
            words::<InsuredByOhip>(),
            words::<Invariant>(),
            words::<BilledParty>(),
            words::<Channel>(),
            words::<Leader>(),
            words::<Origin>(),
            words::<Payer>(),
            words::<PlanListing>(),
            words::<PreauthorizationKind>(),
            words::<PreauthorizationStatus>(),
            words::<Province>(),
            words::<Relationship>(),
            words::<Role>(),
            words::<RulebookState>(),
            words::<Service>(),
            words::<Severity>(),
            words::<Sex>(),
            words::<Status>(),
            words::<TargetTissue>(),
            words::<WorkTask>(),
            words::<WsiaElection>(),
        ]
        .into();
        let document: Value = serde_json::from_str(&collect_text().unwrap()).unwrap();
        let schemas = document["components"]["schemas"].as_object().unwrap();
        let documented: BTreeMap<String, Value> = schemas
            .iter()
            .filter(|(_, schema)| !schema["enum"].is_null())
            .map(|(name, schema)| (name.clone(), schema["enum"].clone()))
            .collect();
        assert_eq!(documented, expected);
    }

    type Schemas = serde_json::Map<String, Value>;

    /// Returns true if the schema has an example, fixed values or a default, or if its parts do.
    fn shows_its_values(schema: &Value, schemas: &Schemas) -> bool {
        let own = [
            "example",
            "examples",
            "enum",
            "default",
            "properties",
            "allOf",
        ];
        if own.iter().any(|key| !schema[key].is_null()) || schema["type"] == "boolean" {
            return true;
        }
        if let Some(name) = schema["$ref"].as_str() {
            let name = name.rsplit('/').next().unwrap();
            return shows_its_values(&schemas[name], schemas);
        }
        let parts = schema["oneOf"].as_array().into_iter().flatten();
        parts
            .chain([&schema["items"]])
            .any(|part| part.is_object() && shows_its_values(part, schemas))
    }

    #[test]
    fn every_schema_that_is_referred_to_is_there() {
        let text = collect_text().unwrap();
        let document: Value = serde_json::from_str(&text).unwrap();
        let schemas = document["components"]["schemas"].as_object().unwrap();
        for piece in text.split("#/components/schemas/").skip(1) {
            let name = piece.split('"').next().unwrap();
            assert!(schemas.contains_key(name), "{name}");
        }
    }
}
