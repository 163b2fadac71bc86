//! A claim and its ledger in one line: clauses separated by `;`, each a word and its details.
//!
//! ```text
//! accident auto on:2026-07-01 in:AB sue        cause; day, province and election if they matter
//! accident work country:US employer:no gradual
//! patient born:2008-08-10 pregnant
//! procedure none | guidance:none asepsis:false antibiotics:absent authorization:absent
//! auto pending mig from:2026-05-03             a coverage: kind, status, first day in force …
//! wsib #20260417                               … claim number …
//! private spouse lists:rehabilitation,device   … relation, categories listed (`lists:` lists none)
//! private child to:2026-08-01 priority:1 born:1955-11-02 professions:physiotherapist
//! private of:Maple_Life                        … insurer, `_` for a blank
//! ocf_18 approved cents:5000 for:device from:2026-08-01 to:2026-08-31 patient:P-2
//! diagnosis F43.1                              a diagnosis of ICD-10-CA
//! duplicate 0                                  another claim has the service of this item
//! unknown approval                             a number that the ledger does not have
//! rehabilitation cents:100 x3 tax:13 on:2026-08-11 ohip:yes
//! device by:kinesiologist code:hcai third_party prescribed emergency
//! ```
//!
//! `stem_cells` and `plasma` are short for their categories. What is not said is harmless: an adult
//! patient, a complete procedure, services on 10 August and accidents on 2 May 2026 in Ontario.

use serde_json::{Map, Value, json};

use crate::proof::witness::OTHER_CLAIM;

use payerline_domain::{
    claims::{
        coverage::{CoverageKind, CoverageStatus, Relationship},
        outside_facts::{OutsideFacts, PossibleDuplicate},
        submission::Submission,
    },
    parse::decode::Decode,
    preauthorizations::{Ledger, PreauthorizationEntry, PreauthorizationKind},
    values::{closed_enum::ClosedEnum, ids::ClaimId, money::Cents, time::Day},
};

/// The patient that claims and approvals are for unless told otherwise.
pub const PATIENT: &str = "P-1";

/// A claim with what the ledger says of the approvals it names.
#[derive(Debug)]
pub struct Situation {
    pub submission: Submission,
    pub outside: OutsideFacts,
}

/// What is known outside a claim where only the ledger matters.
pub fn outside(ledger: Ledger) -> OutsideFacts {
    OutsideFacts {
        today: today(),
        ledger,
        possible_duplicates: Vec::new(),
        minor_injury_cents: Cents::default(),
        review_outdated: false,
    }
}

/// A claim that lacks only accident, coverages, items and approvals.
pub fn blank_claim() -> Value {
    json!({
        "external_id": "INV-1",
        "patient": {
            "id": PATIENT,
            "birth_date": "1984-03-09",
            "health_number": {"value": "9393881587", "province": "ON"},
        },
        "provider": {"id": "D-7", "profession": "physiotherapist"},
        "coverages": [],
        "items": [],
        "diagnoses": [],
        "procedure": {
            "guidance": "ultrasound",
            "aseptic_technique": true,
            "antibiotic_prophylaxis": true,
            "health_canada_authorization": "CTA-1",
        },
        "preauthorizations": [],
    })
}

/// Parses a claim that must be valid.
pub fn parse(claim: &Value) -> Submission {
    let refusal = |why| panic!("the claim is not valid: {why:?}\n{claim:#}");
    Submission::parse(&serde_json::to_vec(claim).unwrap(), today()).unwrap_or_else(refusal)
}

/// Parses an approval that must be valid.
pub fn parse_approval(approval: &Value) -> PreauthorizationEntry {
    let refusal = |why| panic!("the approval is not valid: {why:?}\n{approval:#}");
    PreauthorizationEntry::parse(&serde_json::to_vec(approval).unwrap()).unwrap_or_else(refusal)
}

/// The day on which claims are parsed.
pub fn today() -> Day {
    Day::parse("2026-09-01").unwrap()
}

/// Reads a situation.
pub fn situation(text: &str) -> Situation {
    let mut claim = blank_claim();
    let mut ledger = Ledger::default();
    let mut possible_duplicates = Vec::new();
    let mut review_outdated = false;
    for clause in text.split(';').map(str::trim) {
        let (subject, details) = clause.split_once(' ').unwrap_or((clause, ""));
        let details = details.split_whitespace();
        if subject == "accident" {
            claim["accident"] = accident(details);
        } else if subject == "patient" {
            describe_patient(&mut claim["patient"], details);
        } else if subject == "procedure" {
            describe_procedure(&mut claim["procedure"], details);
        } else if CoverageKind::from_word(subject).is_some() {
            push(&mut claim["coverages"], coverage(subject, details));
        } else if PreauthorizationKind::from_word(subject).is_some() {
            let number = format!("PA-{}", ledger.preauthorizations.len() + 1);
            ledger
                .preauthorizations
                .push(approval(subject, &number, details));
            push(&mut claim["preauthorizations"], json!(number));
        } else if subject == "diagnosis" {
            let code: String = details.collect();
            push(
                &mut claim["diagnoses"],
                json!({"system": "icd-10-ca", "code": code}),
            );
        } else if subject == "duplicate" {
            let claim = ClaimId::parse(OTHER_CLAIM).unwrap();
            let item = details.collect::<String>().parse().unwrap();
            possible_duplicates.push(PossibleDuplicate { item, claim });
        } else if subject == "outdated" {
            review_outdated = true;
        } else if subject == "unknown" {
            push(&mut claim["preauthorizations"], json!("PA-404"));
        } else {
            push(&mut claim["items"], item(subject, details));
        }
        let asked = claim["items"].as_array().unwrap().last();
        if asked.is_some_and(|it| it["requested_by"] == "third_party") {
            claim["third_party"] = json!({"kind": "employer", "name": "An employer"});
        }
    }
    let submission = parse(&claim);
    Situation {
        submission,
        outside: OutsideFacts {
            possible_duplicates,
            review_outdated,
            ..outside(ledger)
        },
    }
}

fn push(list: &mut Value, element: Value) {
    list.as_array_mut().unwrap().push(element);
}

fn accident<'t>(mut details: impl Iterator<Item = &'t str>) -> Value {
    let mut accident = json!({"cause": details.next(), "date": "2026-05-02"});
    for detail in details {
        match detail.split_once(':') {
            Some(("on", day)) => accident["date"] = json!(day),
            Some(("in", province)) => accident["province"] = json!(province),
            Some(("country", country)) => accident["country"] = json!(country),
            Some(("employer", covered)) => accident["employer_covered"] = json!(covered),
            None if detail == "gradual" => accident["onset"] = json!(detail),
            None => accident["wsia_election"] = json!(detail),
            Some(_) => panic!("an accident has no `{detail}`"),
        }
    }
    accident
}

fn describe_patient<'t>(patient: &mut Value, details: impl Iterator<Item = &'t str>) {
    for detail in details {
        match detail.split_once(':') {
            Some(("born", day)) => patient["birth_date"] = json!(day),
            Some(("card", "none")) => patient["health_number"] = Value::Null,
            None if detail == "pregnant" => patient["pregnant"] = json!(true),
            _ => panic!("a patient has no `{detail}`"),
        }
    }
}

fn describe_procedure<'t>(procedure: &mut Value, details: impl Iterator<Item = &'t str>) {
    for detail in details {
        let field = match detail.split_once(':') {
            None if detail == "none" => {
                *procedure = Value::Null;
                return;
            }
            Some(("guidance", _)) => "guidance",
            Some(("asepsis", _)) => "aseptic_technique",
            Some(("antibiotics", _)) => "antibiotic_prophylaxis",
            Some(("authorization", _)) => "health_canada_authorization",
            _ => panic!("a procedure has no `{detail}`"),
        };
        procedure[field] = match detail.split_once(':').unwrap().1 {
            "absent" => Value::Null,
            "false" => json!(false),
            word => json!(word),
        };
    }
}

fn coverage<'t>(kind: &str, details: impl Iterator<Item = &'t str>) -> Value {
    let mut coverage = json!({"kind": kind});
    for detail in details {
        if let Some(day) = detail.strip_prefix("from:") {
            coverage["effective_date"] = json!(day);
        } else if let Some(day) = detail.strip_prefix("to:") {
            coverage["end_date"] = json!(day);
        } else if let Some(place) = detail.strip_prefix("priority:") {
            coverage["priority"] = cents(place);
        } else if let Some(born) = detail.strip_prefix("born:") {
            coverage["subscriber"] = json!({"birth_date": born});
        } else if let Some(listed) = detail.strip_prefix("professions:") {
            let listed = listed.split(',').filter(|it| !it.is_empty());
            coverage["covered_professions"] = listed.collect();
        } else if let Some(listed) = detail.strip_prefix("lists:") {
            coverage["covered_categories"] = categories(listed);
        } else if let Some(insurer) = detail.strip_prefix("of:") {
            coverage["insurer"] = json!(insurer.replace('_', " "));
        } else if let Some(number) = detail.strip_prefix('#') {
            coverage["claim_number"] = json!(number);
        } else if detail == "mig" {
            coverage["minor_injury_guideline"] = json!(true);
        } else if CoverageStatus::from_word(detail).is_some() {
            coverage["status"] = json!(detail);
        } else if Relationship::from_word(detail).is_some() {
            coverage["relationship"] = json!(detail);
        } else {
            panic!("a coverage has no `{detail}`");
        }
    }
    coverage
}

fn approval<'t>(
    kind: &str,
    number: &str,
    mut details: impl Iterator<Item = &'t str>,
) -> PreauthorizationEntry {
    let payer = PreauthorizationKind::from_word(kind).unwrap().payer();
    let mut approval = json!({
        "number": number,
        "kind": kind,
        "patient_id": PATIENT,
        "payer": payer.word(),
        "status": details.next(),
        "approved_cents": 1_000_000,
    });
    for detail in details {
        match detail.split_once(':') {
            Some(("cents", amount)) => approval["approved_cents"] = cents(amount),
            Some(("for", listed)) => approval["categories"] = categories(listed),
            Some(("from", day)) => approval["valid_from"] = json!(day),
            Some(("to", day)) => approval["valid_to"] = json!(day),
            Some(("patient", id)) => approval["patient_id"] = json!(id),
            _ => panic!("an approval has no `{detail}`"),
        }
    }
    parse_approval(&approval)
}

fn item<'t>(category: &str, details: impl Iterator<Item = &'t str>) -> Value {
    let mut item = Map::new();
    item.insert("service_date".to_owned(), json!("2026-08-10"));
    item.insert("category".to_owned(), full_category(category));
    item.insert("unit_price_cents".to_owned(), json!(10_000));
    for detail in details {
        let (field, value) = match detail.split_once(':') {
            Some(("on", day)) => ("service_date", json!(day)),
            Some(("ohip", answer)) => ("insured_by_ohip", json!(answer)),
            Some(("cents", amount)) => ("unit_price_cents", cents(amount)),
            Some(("tax", amount)) => ("tax_cents", cents(amount)),
            Some(("by", profession)) => {
                ("provider", json!({"id": "D-8", "profession": profession}))
            }
            Some(("code", system)) => {
                item.insert("code".to_owned(), json!("A007A"));
                ("system", json!(system))
            }
            None if detail == "third_party" => ("requested_by", json!(detail)),
            None if ["prescribed", "emergency"].contains(&detail) => (detail, json!(true)),
            None if detail.starts_with('x') => ("quantity", cents(&detail[1..])),
            _ => panic!("an item has no `{detail}`"),
        };
        item.insert(field.to_owned(), value);
    }
    Value::Object(item)
}

fn cents(amount: &str) -> Value {
    json!(amount.parse::<i64>().unwrap())
}

fn categories(listed: &str) -> Value {
    listed
        .split(',')
        .filter(|word| !word.is_empty())
        .map(full_category)
        .collect()
}

fn full_category(word: &str) -> Value {
    json!(match word {
        "stem_cells" => "stem_cell_therapy",
        "plasma" => "platelet_rich_plasma",
        other => other,
    })
}
