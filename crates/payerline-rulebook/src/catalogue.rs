//! The findings of the shipped rulebook, for people and programs: what each means, what to do about it, and what it rests
//! on. The OpenAPI document, `GET /v1/codes` and `docs/api.md` are made from it.
//!
//! Severity, meaning and, of what a rule or check reports, the basis are those of the table. The rest is said here.

use payerline_domain::{
    claims::decision::Severity,
    values::{closed_enum::ClosedEnum, open_list::OpenList},
};
use serde::Serialize;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

use crate::{Rulebook, Table, table::findings::Observation};

/// A finding that Payerline's own rulebook reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DescribedFinding {
    /// The code.
    pub code: FindingCode,
    /// How much it matters: `review` makes a person look at the claim.
    pub severity: Severity,
    /// What it means: the sentence that is reported.
    #[schema(example = "Stem cells are not recommended in pregnancy.")]
    pub meaning: String,
    /// What to do about it.
    #[schema(
        example = "A physician decides whether the treatment is given; record the review with the reason."
    )]
    pub remedy: String,
    /// The law, bulletin or other source that it rests on.
    #[schema(example = "SABS (O. Reg. 34/10) s.15(2)(a)")]
    pub basis: String,
}

/// The code of a finding: text, since a clinic's own rulebook may report others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FindingCode(String);

/// Lists the findings of the shipped rulebook in its order.
pub fn list_findings() -> Vec<DescribedFinding> {
    // Tests see that the shipped rulebook can be read.
    let Ok(rulebook) = Rulebook::ontario() else {
        return Vec::new();
    };
    let table = rulebook.table();
    let described = table.findings.iter().map(|text| DescribedFinding {
        code: FindingCode(text.code.to_string()),
        severity: text.severity,
        meaning: text.detail.to_string(),
        remedy: find_remedy(&text.code).unwrap_or_default().to_owned(),
        basis: find_basis(table, &text.code),
    });
    described.collect()
}

/// What the rules and checks rest on that report a finding, or what is said of an observation.
fn find_basis(table: &Table, code: &str) -> String {
    if let Some(observation) = Observation::from_word(code) {
        return basis_of_observation(observation).to_owned();
    }
    let of_rules = table.rules.iter().filter(|rule| {
        let finding = rule.finding();
        finding.is_some_and(|it| &*it.code == code)
    });
    let of_checks = table.checks.iter().filter(|check| {
        let finding = check.finding.as_ref();
        finding.is_some_and(|it| &*it.code == code)
    });
    let of_rules = of_rules.map(|rule| &*rule.basis);
    let of_checks = of_checks.map(|check| &*check.basis);
    let mut bases: Vec<&str> = Vec::new();
    for basis in of_rules.chain(of_checks) {
        // A basis that goes on with a case of its own says no more about the finding.
        if !bases
            .iter()
            .any(|known| basis.starts_with(known) || known.starts_with(basis))
        {
            bases.push(basis);
        }
    }
    bases.join("; ")
}

fn basis_of_observation(observation: Observation) -> &'static str {
    match observation {
        Observation::AccidentMissing => {
            "WSIA s.33: a worker is not asked to pay for health care provided under the insurance plan; SABS (O. Reg. 34/10): an insurer gives a claim number for an accident or injury"
        }
        Observation::CoverageNotInForce => {
            "A policy answers for what happens while it is in force: an accident, or the service of a plan"
        }
        Observation::ClaimNumberUnusual => "WSIB's practice, unconfirmed: therefore a warning only",
        Observation::PreauthorizationUnknown
        | Observation::PreauthorizationExpired
        | Observation::PreauthorizationDenied
        | Observation::PreauthorizationOtherPatient
        | Observation::PreauthorizationWrongKind
        | Observation::PreauthorizationNotApplicable => {
            "An approval counts for the patient, payer, services and days that it was given for (SABS, O. Reg. 34/10, s.38; WSIA s.33)"
        }
        Observation::PreauthorizationInsufficient => {
            "An approval counts within its amount only; beyond it a person decides"
        }
        Observation::PossibleDuplicate => "Nothing is billed twice",
        Observation::BirthdayRuleUnknown => "CLHIA guideline G4",
        Observation::OhipStale => "OHIP bulletin 231001: services are claimed within three months",
        Observation::MinorInjuryCap => "SABS (O. Reg. 34/10) s.18(1), s.18(2)",
        Observation::TaxOnExemptService => {
            "Excise Tax Act: health services that the Canada Revenue Agency lists as exempt"
        }
        Observation::DuplicateDiagnosis => "A diagnosis is sent once",
        Observation::ReviewOutdated => "A review counts for the decision that was reviewed",
    }
}

const FILL_IN: &str = "Fill in what was done, and send the corrected claim with `replaces`; otherwise a physician reviews it.";
const CORRECT_NUMBER: &str =
    "Correct the number on the claim, or the entry in the ledger, and decide the claim again.";

/// What to do about a finding.
fn find_remedy(code: &str) -> Option<&'static str> {
    Some(match code {
        "not_recommended_minor" | "not_recommended_pregnant" => {
            "Check birth date and pregnancy on the claim. If they are right, a physician decides whether the treatment is given."
        }
        "procedure_incomplete" => FILL_IN,
        "coverage_missing" => {
            "Find out which insurer it is, and send the corrected claim with its coverage."
        }
        "accident_missing" => {
            "Send the corrected claim with the accident; only if there was none, without the claim number."
        }
        "preauthorization_unknown" => {
            "Enter the approval in the ledger under this number and decide the claim again, or correct the number."
        }
        "preauthorization_expired" => {
            "Ask the payer for a new approval, enter it, and name it on the corrected claim."
        }
        "preauthorization_denied" => {
            "Appeal to the payer or ask for another approval; a person decides who is billed meanwhile."
        }
        "preauthorization_other_patient" | "preauthorization_wrong_kind" => CORRECT_NUMBER,
        "preauthorization_insufficient" => {
            "Ask the payer to approve the rest, change the amount in the ledger, and decide the claim again."
        }
        "preauthorization_not_applicable" => {
            "Check categories and days of the approval; take its number off the claim if it is not meant or not needed."
        }
        "predetermination_possible" => {
            "Ask the plan for a predetermination before the treatment, and enter its answer in the ledger."
        }
        "coverage_not_in_force" => {
            "Check the first and the last day of the coverage; add the one that was in force."
        }
        "claim_number_unusual" => "Compare the number with WSIB's letter.",
        "health_canada_authorization_missing" => {
            "Give the number of the authorization or the trial, if there is one."
        }
        "experimental_exclusion" => {
            "Expect the question, and ask for the insurer's approval in writing before the treatment."
        }
        "ohip_insured_unknown" => {
            "Find out whether OHIP insures the service. If it does not, settle the finding in a review; otherwise send the corrected claim with `insured_by_ohip`."
        }
        "physician_equivalent_charge" => {
            "Find out whether this charge is allowed before the patient is billed."
        }
        "accident_abroad" => {
            "Ask the auto insurer whether its policy answers for the place, and give the country on the claim."
        }
        "other_workers_board" => {
            "Ask WSIB and the board of that province which of them is responsible."
        }
        "employer_not_covered" => {
            "Obtain WSIB's decision, or make sure that the industry is exempt, before anybody else is billed."
        }
        "benefit_period_over" => {
            "Ask the auto insurer whether the injury is catastrophic, in which case it goes on paying."
        }
        "federal_program" => {
            "Ask the programme whether it covers the service, and whether it has to approve it first."
        }
        "possible_duplicate" => {
            "Compare the claim with the one in `related_claim`; correct or withdraw one if they are the same, or settle the finding in a review if they are not."
        }
        "birthday_rule_unknown" => {
            "Give both parents' birth dates; where they live apart, say the order by `priority`."
        }
        "ohip_stale" => "Ask the ministry whether it still pays.",
        "minor_injury_cap" => {
            "Ask the insurer about the rest; a documented earlier condition may take the patient out of the guideline."
        }
        "tax_on_exempt_service" => "Take the tax off, or correct the profession of the provider.",
        "duplicate_diagnosis" => "Take one of the two out.",
        "review_outdated" => "Compare `review` with the new decision, and review the claim again.",
        "accident_outside_ontario" => {
            "Nothing, if the place is right: the private plan is billed first."
        }
        "ocf_18_exempt" => "Invoice with an OCF-21B that says 'exempt' with the reason.",
        "payer_order_unclear" => {
            "If the auto insurer refuses for this reason, bill the private plan first."
        }
        "bill_through_ministry" => "Bill the ministry under payment programme WCB.",
        _ => return None,
    })
}

impl FindingCode {
    /// The findings of the shipped rulebook, for people.
    pub fn list() -> OpenList<5> {
        let rows = list_findings().into_iter().map(|it| {
            let severity = it.severity.word().to_owned();
            [it.code.0, severity, it.meaning, it.remedy, it.basis]
        });
        OpenList {
            headings: ["code", "severity", "meaning", "what to do", "basis"],
            rows: rows.collect(),
        }
    }
}

impl PartialSchema for FindingCode {
    fn schema() -> RefOr<Schema> {
        Self::list().to_schema(
            "What was noticed, as a stable word for programs. These are the findings of Payerline's own rulebook; later versions may report more, and a clinic's own rulebook may report findings of its own, which the `findings` of its table describe.",
        )
    }
}

impl ToSchema for FindingCode {}

#[cfg(test)]
mod tests {
    use super::*;

    /// That each is reported by some claim is tested beside the decision table.
    #[test]
    fn every_finding_of_the_shipped_rulebook_has_a_remedy_and_a_basis() {
        let findings = list_findings();
        let lacking = findings
            .iter()
            .filter(|it| it.remedy.is_empty() || it.basis.is_empty());
        let codes: Vec<&str> = lacking.map(|it| &*it.code.0).collect();
        assert_eq!(codes, Vec::<&str>::new());
        assert!(findings.len() >= 34, "{}", findings.len());
    }
}
