//! What claims are found by: the words and numbers that staff know of a claim.
//!
//! A claim has terms, texts such as `name:tremblay`, and is found by each. A search asks for one term, or for all that
//! begin alike. Terms are stored: a change of how they are made needs a new index of all claims.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::{
    claims::submission::Submission,
    values::{
        folding::{first_characters, fold_number, fold_words},
        money::Cents,
        text::Label,
    },
};

/// Names that begin with so few letters are many: claims have a term for each of these starts.
const STARTS: [(Topic, usize); 2] = [(Topic::Start2, 2), (Topic::Start3, 3)];

/// What a term is about. In the order of how few claims usually have the same, fewest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    HealthNumber,
    ClaimNumber,
    PolicyNumber,
    Amount,
    Name,
    /// The first three letters of a word of the patient's name, and the first two.
    Start3,
    Start2,
    ProviderId,
    Provider,
    Insurer,
    Finding,
    Rule,
}

impl Topic {
    fn word(self) -> &'static str {
        match self {
            Self::HealthNumber => "health_number",
            Self::ClaimNumber => "claim_number",
            Self::PolicyNumber => "policy_number",
            Self::Amount => "amount",
            Self::Name => "name",
            Self::ProviderId => "provider_id",
            Self::Provider => "provider",
            Self::Insurer => "insurer",
            Self::Finding => "finding",
            Self::Rule => "rule",
            Self::Start3 => "start3",
            Self::Start2 => "start2",
        }
    }

    fn term(self, value: &str) -> String {
        format!("{}:{value}", self.word())
    }
}

/// What a claim must have one of: a term, or any term that begins so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sought {
    pub topic: Topic,
    pub term: Option<String>,
    pub beginning: Option<String>,
}

impl Sought {
    fn exactly(topic: Topic, value: &str) -> Self {
        Self {
            topic,
            term: Some(topic.term(value)),
            beginning: None,
        }
    }

    fn beginning(topic: Topic, value: &str) -> Self {
        Self {
            topic,
            term: None,
            beginning: Some(topic.term(value)),
        }
    }

    pub fn health_number(number: &str) -> Self {
        Self::exactly(Topic::HealthNumber, &fold_number(number))
    }

    pub fn claim_number(number: &str) -> Self {
        Self::exactly(Topic::ClaimNumber, &fold_number(number))
    }

    pub fn policy_number(number: &str) -> Self {
        Self::exactly(Topic::PolicyNumber, &fold_number(number))
    }

    pub fn amount(amount: Cents) -> Self {
        Self::exactly(Topic::Amount, &amount.get().to_string())
    }

    pub fn finding(code: &str) -> Self {
        Self::exactly(Topic::Finding, code)
    }

    pub fn rule(rule: &str) -> Self {
        Self::exactly(Topic::Rule, rule)
    }

    /// The words of a patient's name, each the beginning of one. `None` if there is no letter in it.
    pub fn patient_name(name: &str) -> Option<Vec<Self>> {
        let seek = |word: &String| match word.chars().count() {
            1 => Self::beginning(Topic::Start2, word),
            2 => Self::exactly(Topic::Start2, word),
            3 => Self::exactly(Topic::Start3, word),
            _ => Self::beginning(Topic::Name, word),
        };
        sought_words(name, seek)
    }

    /// As [`Sought::patient_name`].
    pub fn insurer(name: &str) -> Option<Vec<Self>> {
        sought_words(name, |word| Self::beginning(Topic::Insurer, word))
    }

    /// A provider's id, or words of a name as [`Sought::patient_name`].
    pub fn provider(provider: &Label) -> Vec<Self> {
        let term = Topic::ProviderId.term(&provider.normal_form());
        let seek = |word: &String| Self {
            term: Some(term.clone()),
            ..Self::beginning(Topic::Provider, word)
        };
        let by_id = || Self {
            topic: Topic::ProviderId,
            term: Some(term.clone()),
            beginning: None,
        };
        sought_words(provider.as_str(), seek).unwrap_or_else(|| vec![by_id()])
    }
}

fn sought_words(text: &str, seek: impl Fn(&String) -> Sought) -> Option<Vec<Sought>> {
    let words: BTreeSet<String> = fold_words(text).into_iter().collect();
    (!words.is_empty()).then(|| words.iter().map(seek).collect())
}

/// What a decision is found by, read from its stored form.
#[derive(Debug, Deserialize)]
pub struct FoundDecision {
    #[serde(default)]
    items: Vec<FoundItem>,
    #[serde(default)]
    findings: Vec<FoundFinding>,
}

#[derive(Debug, Deserialize)]
struct FoundItem {
    rule: String,
}

#[derive(Debug, Deserialize)]
struct FoundFinding {
    code: String,
}

/// The terms of what was submitted.
pub fn submission_terms(submission: &Submission) -> BTreeSet<String> {
    let mut terms = BTreeSet::new();
    let patient = &submission.patient;
    for name in [&patient.given_name, &patient.family_name]
        .into_iter()
        .flatten()
    {
        for word in fold_words(name.as_str()) {
            let starts = STARTS.map(|(topic, count)| topic.term(first_characters(&word, count)));
            terms.extend(starts);
            terms.insert(Topic::Name.term(&word));
        }
    }
    if let Some(number) = &patient.health_number {
        let number = fold_number(number.value.as_str());
        terms.insert(Topic::HealthNumber.term(&number));
    }
    for coverage in &submission.coverages {
        let insurer = coverage.insurer.iter();
        let insurer = insurer.flat_map(|name| fold_words(name.as_str()));
        terms.extend(insurer.map(|word| Topic::Insurer.term(&word)));
        let numbers = [
            (Topic::PolicyNumber, &coverage.policy_number),
            (Topic::PolicyNumber, &coverage.member_id),
            (Topic::ClaimNumber, &coverage.claim_number),
        ];
        for (topic, number) in numbers {
            let number = number.as_ref().map(|it| fold_number(it.as_str()));
            terms.extend(number.map(|it| topic.term(&it)));
        }
    }
    let providers = submission
        .items
        .iter()
        .filter_map(|it| it.provider.as_ref());
    for provider in providers.chain([&submission.provider]) {
        terms.insert(Topic::ProviderId.term(&provider.id.normal_form()));
        let name = provider.name.iter();
        let name = name.flat_map(|name| fold_words(name.as_str()));
        terms.extend(name.map(|word| Topic::Provider.term(&word)));
    }
    let amounts = submission.items.iter().map(|item| item.amount());
    for amount in amounts.chain([submission.total()]) {
        terms.insert(Topic::Amount.term(&amount.get().to_string()));
    }
    terms
}

/// The terms of what was decided.
pub fn decision_terms(decision: &FoundDecision) -> impl Iterator<Item = String> {
    let rules = decision.items.iter().map(|it| Topic::Rule.term(&it.rule));
    let findings = decision.findings.iter();
    rules.chain(findings.map(|it| Topic::Finding.term(&it.code)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::values::time::Day;

    fn terms() -> BTreeSet<String> {
        let claim = json!({
            "external_id": "INV-1",
            "patient": {
                "id": "P-1", "given_name": "Zo\u{e9}", "family_name": "O'Brien-L\u{e9}", "birth_date": "1984-03-09",
                "health_number": {"value": "9393881587", "province": "ON"},
            },
            "provider": {"id": "D-7", "name": "Dr. Amy Lee", "profession": "physician"},
            "coverages": [{
                "kind": "auto", "insurer": "Maple Life", "policy_number": "POL-55", "claim_number": "A 17", "member_id": "0042-01",
            }],
            "items": [
                {"service_date": "2026-06-01", "category": "consultation", "unit_price_cents": 10_000},
                {"service_date": "2026-06-01", "category": "assessment", "unit_price_cents": 5_000},
            ],
        });
        let today = Day::parse("2026-07-01").unwrap();
        submission_terms(&Submission::parse(claim.to_string().as_bytes(), today).unwrap())
    }

    /// Whether a claim with these terms is found.
    fn has(terms: &BTreeSet<String>, sought: &[Sought]) -> bool {
        sought.iter().all(|sought| {
            terms.iter().any(|term| {
                sought.term.as_ref() == Some(term)
                    || sought
                        .beginning
                        .as_ref()
                        .is_some_and(|it| term.starts_with(it))
            })
        })
    }

    #[test]
    fn a_claim_is_found_as_people_ask_for_it() {
        let terms = terms();
        for name in [
            "zoe",
            "ZO\u{c9}",
            "z",
            "le",
            "obr",
            "obri",
            "o'brien",
            "obrien le",
            "O\u{2019}Brien-L\u{e9}, Zo\u{e9}",
            "le zoe",
        ] {
            assert!(has(&terms, &Sought::patient_name(name).unwrap()), "{name}");
        }
        for name in ["brien", "zoee", "obrien lea", "amy"] {
            assert!(!has(&terms, &Sought::patient_name(name).unwrap()), "{name}");
        }
        for provider in ["D-7", "amy", "LEE", "dr lee"] {
            let provider = Label::parse(provider).unwrap();
            assert!(has(&terms, &Sought::provider(&provider)), "{provider:?}");
        }
        for provider in ["d-7", "D-70", "amy z"] {
            let provider = Label::parse(provider).unwrap();
            assert!(!has(&terms, &Sought::provider(&provider)), "{provider:?}");
        }
        for sought in [
            Sought::health_number("9393 881 587"),
            Sought::claim_number("a17"),
            Sought::policy_number("pol55"),
            Sought::policy_number("004201"),
            Sought::amount(Cents::from_stored(10_000)),
            Sought::amount(Cents::from_stored(15_000)),
        ] {
            assert!(has(&terms, std::slice::from_ref(&sought)), "{sought:?}");
        }
        assert!(has(&terms, &Sought::insurer("life map").unwrap()));
        assert!(!has(&terms, &[Sought::claim_number("POL-55")]));
        assert_eq!(Sought::patient_name("-"), None);
    }

    #[test]
    fn terms_are_made_as_they_always_were() {
        let made: Vec<String> = terms().into_iter().collect();
        assert_eq!(
            made,
            [
                "amount:10000",
                "amount:15000",
                "amount:5000",
                "claim_number:a17",
                "health_number:9393881587",
                "insurer:life",
                "insurer:maple",
                "name:le",
                "name:obrien",
                "name:zoe",
                "policy_number:004201",
                "policy_number:pol55",
                "provider:amy",
                "provider:dr",
                "provider:lee",
                "provider_id:D-7",
                "start2:le",
                "start2:ob",
                "start2:zo",
                "start3:le",
                "start3:obr",
                "start3:zoe",
            ]
        );
        let decision =
            r#"{"items": [{"rule": "mva", "payer": "mva"}], "findings": [{"code": "tax"}]}"#;
        let decision: FoundDecision = serde_json::from_str(decision).unwrap();
        let made: Vec<String> = decision_terms(&decision).collect();
        assert_eq!(made, ["rule:mva", "finding:tax"]);
    }
}
