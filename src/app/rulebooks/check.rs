//! The check before an activation: the proof of a version and its golden cases.

use serde::Serialize;
use utoipa::ToSchema;

use payerline_domain::{
    parse::{
        fault::{Fault, Refusal},
        fault_code::FaultCode,
    },
    values::names::VersionName,
};
use payerline_rulebook::{
    Rulebook, Table,
    golden::{GoldenCase, Mismatch},
    newer::NewInShipped,
    proof::Proof,
};

/// What was found out about a version.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CheckReport {
    /// The version.
    #[schema(value_type = String, example = "2026.2-maple")]
    pub version: VersionName,
    /// The digest of the table that was checked.
    #[schema(example = "5f2c8a0be1d34f6790ab12cd34ef56a7b8c9d0e1f2a3b4c5d6e7f8091a2b3c4d")]
    pub sha256: String,
    /// It is proved, and decides each golden case as the case says: it can be activated.
    pub sound: bool,
    /// What was proved for every claim that can be, or what stands in the way, each with a claim that shows
    /// it. Null when the rules are too entangled to be proved: see `unprovable`.
    pub proof: Option<Proof>,
    /// Why it cannot be proved, and what to do about it.
    #[schema(example = "The rules are too entangled to be proved.")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unprovable: Option<&'static str>,
    /// What it decides of the claims that it carries.
    pub golden_cases: GoldenReport,
    /// What the shipped version looks at and this one does not. Left out if there is nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_in_shipped: Option<NewInShipped>,
}

/// How a version decides its golden cases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct GoldenReport {
    /// How many it decides as they say.
    #[schema(example = 12)]
    pub passed: usize,
    /// Those that it decides otherwise.
    pub failed: Vec<FailedCase>,
}

/// A golden case that is decided otherwise than it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FailedCase {
    /// Its place among the version's cases, from 0.
    #[schema(example = 0)]
    pub index: usize,
    /// What the case shows.
    #[schema(example = "Maple Life pays for plasma without a predetermination.")]
    pub title: String,
    /// What is decided otherwise.
    pub mismatches: Vec<Mismatch>,
}

const UNPROVABLE: &str = "The rules are too entangled to be proved: too many of them ask about too many facts at once. Ask about fewer facts in a rule, or say with one rule what several say.";

impl CheckReport {
    /// Checks a version, which can take some seconds of computing. Fails if the golden cases cannot be read back.
    pub fn check(
        rulebook: &Rulebook,
        golden_cases: &str,
        shipped: &Rulebook,
    ) -> Result<Self, Refusal> {
        let golden_cases =
            golden_report(rulebook, &GoldenCase::parse_list(golden_cases.as_bytes())?);
        let proof = rulebook.prove().ok();
        let proved = proof.as_ref().is_some_and(|proof| proof.sound);
        Ok(Self {
            version: rulebook.table().version().clone(),
            sha256: rulebook.version().sha256.to_string(),
            sound: proved && golden_cases.failed.is_empty(),
            unprovable: proof.is_none().then_some(UNPROVABLE),
            proof,
            golden_cases,
            new_in_shipped: rulebook.new_in_shipped(shipped),
        })
    }

    /// Lists the faults that prevent an activation, with pointers into the version's `table` and `golden_cases`.
    pub fn faults(&self, table: &Table) -> Vec<Fault> {
        let mut faults = self.proof_faults(table);
        if let Some(why) = self.unprovable {
            faults.push(fault(FaultCode::Unprovable, "/table/rules", why));
        }
        for case in &self.golden_cases.failed {
            let mismatches: Vec<String> = case
                .mismatches
                .iter()
                .map(|it| {
                    format!(
                        "{} is {} and should be {}",
                        it.pointer, it.actual, it.expected
                    )
                })
                .collect();
            let detail = format!("this case is decided otherwise: {}", mismatches.join("; "));
            let pointer = format!("/golden_cases/{}", case.index);
            faults.push(fault(FaultCode::GoldenCaseFailed, &pointer, &detail));
        }
        faults
    }

    fn proof_faults(&self, table: &Table) -> Vec<Fault> {
        let Some(proof) = &self.proof else {
            return Vec::new();
        };
        let at = |rule: &str| {
            let position = table.rules().iter().position(|it| &*it.id == rule);
            position.map_or("/table/rules".to_owned(), |it| format!("/table/rules/{it}"))
        };
        let mut faults = Vec::new();
        for hole in &proof.holes {
            faults.push(fault(FaultCode::Hole, "/table/rules", &hole.detail));
        }
        for caught in &proof.catch_all {
            let detail = format!(
                "only `{}`, which matches every claim, decides some claims; the check shows one of them",
                caught.rule
            );
            faults.push(fault(FaultCode::CatchAll, &at(&caught.rule), &detail));
        }
        for shadowed in &proof.shadowed {
            let why = if shadowed.never.is_empty() {
                format!(
                    "earlier rules decide all its claims: {}",
                    shadowed.hidden_by.join(", ")
                )
            } else {
                shadowed.never.join("; ")
            };
            let detail = format!("`{}` decides no claim: {why}", shadowed.rule);
            faults.push(fault(FaultCode::Shadowed, &at(&shadowed.rule), &detail));
        }
        for unlawful in &proof.unlawful {
            faults.push(fault(
                FaultCode::Unlawful,
                &at(&unlawful.rule),
                &unlawful.detail,
            ));
        }
        faults
    }
}

fn fault(code: FaultCode, pointer: &str, detail: &str) -> Fault {
    Fault {
        code,
        pointer: pointer.to_owned(),
        detail: detail.to_owned(),
    }
}

fn golden_report(rulebook: &Rulebook, cases: &[GoldenCase]) -> GoldenReport {
    let mut failed = Vec::new();
    for (index, case) in cases.iter().enumerate() {
        let mismatches = case.mismatches(rulebook);
        if !mismatches.is_empty() {
            failed.push(FailedCase {
                index,
                title: case.title.as_str().to_owned(),
                mismatches,
            });
        }
    }
    GoldenReport {
        passed: cases.len() - failed.len(),
        failed,
    }
}
