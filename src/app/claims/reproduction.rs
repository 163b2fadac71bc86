//! Stored decisions are reproduced from their evidence, by the rulebook that made them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{decided::DecidedClaim, differences};
use crate::{app::error::AppError, store::ClaimEvidence};
use payerline_domain::{
    claims::{
        decision::{Decision, ItemDecision, RulebookVersion},
        outside_facts::OutsideFacts,
        payer::{Disposition, Payer},
        submission::Submission,
    },
    parse::decode::Decode,
    values::{digest, ids::ClaimId},
};
use payerline_rulebook::Rulebook;

/// Stored evidence cannot be read back.
#[derive(Debug, thiserror::Error)]
#[error("the {what} of claim {id} cannot be read back")]
pub struct Unreadable {
    pub what: &'static str,
    pub id: ClaimId,
}

/// The part of a stored decision that must come out again to be explained: each item's rule, payer and disposition.
/// The rest follows from these, or is wording that a later version may change.
pub struct StoredDecision {
    id: ClaimId,
    header: DecisionHeader,
}

#[derive(Deserialize)]
struct DecisionHeader {
    rulebook: RulebookHeader,
    items: Vec<ItemHeader>,
}

#[derive(Deserialize)]
struct RulebookHeader {
    name: String,
    version: String,
    sha256: String,
}

#[derive(Deserialize)]
struct ItemHeader {
    rule: String,
    payer: Payer,
    disposition: Disposition,
}

/// A stored decision, and the claim with the decision that was made again.
pub struct RemadeDecision {
    stored: StoredDecision,
    decided: DecidedClaim,
}

/// Whether a stored decision came out again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Replayed {
    /// The claim.
    pub id: ClaimId,
    /// Whether the decision made again is the stored one, byte for byte.
    pub identical: bool,
    /// The rulebook that decided it then and now.
    #[schema(value_type = RulebookVersion)]
    pub rulebook: Arc<RulebookVersion>,
    /// SHA-256 of the stored decision's text, hexadecimal.
    #[schema(example = "5f2c8a0be1d34f6790ab12cd34ef56a7b8c9d0e1f2a3b4c5d6e7f8091a2b3c4d")]
    pub stored_sha256: String,
    /// SHA-256 of the text of the decision made again, hexadecimal.
    #[schema(example = "5f2c8a0be1d34f6790ab12cd34ef56a7b8c9d0e1f2a3b4c5d6e7f8091a2b3c4d")]
    pub remade_sha256: String,
    /// What is different: JSON Pointers into the decision. Empty when it is identical.
    #[schema(example = json!(["/items/0/payer"]))]
    pub differences: Vec<String>,
}

impl StoredDecision {
    pub fn read(id: ClaimId, evidence: &ClaimEvidence) -> Result<Self, AppError> {
        let header = serde_json::from_str(&evidence.decision).map_err(|_| {
            AppError::internal(Unreadable {
                what: "decision",
                id,
            })
        })?;
        Ok(Self { id, header })
    }

    /// Creates the error for a decision that does not come out again.
    pub fn not_reproducible(&self) -> AppError {
        let RulebookHeader { name, version, .. } = &self.header.rulebook;
        AppError::NotReproducible {
            decided_by: format!("{name} {version}"),
        }
    }

    pub fn rulebook_sha256(&self) -> &str {
        &self.header.rulebook.sha256
    }

    /// Decides the claim again from its evidence.
    pub fn remake(
        self,
        rulebook: Arc<Rulebook>,
        evidence: &ClaimEvidence,
    ) -> Result<RemadeDecision, AppError> {
        let id = self.id;
        let (submission, facts) = read_submission(evidence)
            .map_err(|what| AppError::internal(Unreadable { what, id }))?;
        Ok(RemadeDecision {
            stored: self,
            decided: DecidedClaim::decide(rulebook, submission, facts)?,
        })
    }

    fn matches(&self, decision: &Decision) -> bool {
        let is_same = |(stored, made): (&ItemHeader, &ItemDecision)| {
            stored.rule == *made.grounds.rule
                && stored.payer == made.payer
                && stored.disposition == made.disposition
        };
        let items = &self.header.items;
        items.len() == decision.items.len() && items.iter().zip(&decision.items).all(is_same)
    }
}

/// Reads a stored submission back.
pub fn parse_submission(text: &str, id: ClaimId) -> Result<Submission, AppError> {
    let what = "submission";
    Submission::read_stored(text.as_bytes())
        .map_err(|_| AppError::internal(Unreadable { what, id }))
}

/// Reads a stored submission back, with the facts of its decision.
///
/// # Errors
/// The part that cannot be read.
pub fn read_submission(
    evidence: &ClaimEvidence,
) -> Result<(Submission, OutsideFacts), &'static str> {
    let facts = OutsideFacts::read_stored(evidence.facts.as_bytes()).map_err(|_| "facts")?;
    let submission =
        Submission::read_stored(evidence.submission.as_bytes()).map_err(|_| "submission")?;
    Ok((submission, facts))
}

impl RemadeDecision {
    /// Returns the claim if its decision came out as it is stored.
    pub fn into_reproduced(self) -> Result<DecidedClaim, AppError> {
        if self.stored.matches(&self.decided.assessment.decision) {
            return Ok(self.decided);
        }
        Err(self.stored.not_reproducible())
    }

    /// Writes the new decision as it would be stored.
    pub fn to_json(&self) -> Result<String, AppError> {
        Ok(self.decided.assessment.decision.to_json()?)
    }

    /// Compares the new decision with the stored text, byte for byte.
    pub fn compare(&self, evidence: &ClaimEvidence) -> Result<Replayed, AppError> {
        let decision = &self.decided.assessment.decision;
        let remade = self.to_json()?;
        let identical = remade == evidence.decision;
        let differences = if identical {
            Vec::new()
        } else {
            differences::find(&evidence.decision, &remade)?
        };
        Ok(Replayed {
            id: self.stored.id,
            identical,
            rulebook: decision.rulebook.clone(),
            stored_sha256: digest::sha256_hex(&evidence.decision),
            remade_sha256: digest::sha256_hex(&remade),
            differences,
        })
    }
}
