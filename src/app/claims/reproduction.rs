//! A stored claim decided again from its evidence, by the rulebook that decided it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{considered::Considered, differences};
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

/// Stored evidence that does not read back.
#[derive(Debug, thiserror::Error)]
#[error("the {what} of claim {id} cannot be read back")]
pub struct Unreadable {
    /// The part of the evidence.
    pub what: &'static str,
    pub id: ClaimId,
}

/// What of a stored decision has to be the same to be explained: each item's rule, payer and disposition. The
/// rest follows from these, or is wording that a later version may write otherwise.
pub struct Stored {
    id: ClaimId,
    header: Header,
}

#[derive(Deserialize)]
struct Header {
    rulebook: StoredRulebook,
    items: Vec<StoredItem>,
}

#[derive(Deserialize)]
struct StoredRulebook {
    name: String,
    version: String,
    sha256: String,
}

#[derive(Deserialize)]
struct StoredItem {
    rule: String,
    payer: Payer,
    disposition: Disposition,
}

/// A stored claim decided again.
pub struct Remade {
    stored: Stored,
    considered: Considered,
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

impl Stored {
    /// Reads what was decided.
    ///
    /// # Errors
    /// When it does not read back.
    pub fn read(id: ClaimId, evidence: &ClaimEvidence) -> Result<Self, AppError> {
        let header = serde_json::from_str(&evidence.decision).map_err(|_| {
            AppError::internal(Unreadable {
                what: "decision",
                id,
            })
        })?;
        Ok(Self { id, header })
    }

    /// That it does not come out again.
    pub fn not_reproducible(&self) -> AppError {
        let StoredRulebook { name, version, .. } = &self.header.rulebook;
        AppError::NotReproducible {
            decided_by: format!("{name} {version}"),
        }
    }

    /// The digest of the rulebook that decided.
    pub fn sha256(&self) -> &str {
        &self.header.rulebook.sha256
    }

    /// Decides the claim again.
    ///
    /// # Errors
    /// When the evidence does not read back.
    pub fn decide_again(
        self,
        rulebook: Arc<Rulebook>,
        evidence: &ClaimEvidence,
    ) -> Result<Remade, AppError> {
        let id = self.id;
        let unreadable = |what| AppError::internal(Unreadable { what, id });
        let facts =
            OutsideFacts::parse(evidence.facts.as_bytes()).map_err(|_| unreadable("facts"))?;
        let submission = Submission::parse(evidence.submission.as_bytes(), facts.today)
            .map_err(|_| unreadable("submission"))?;
        Ok(Remade {
            stored: self,
            considered: Considered::decide(rulebook, submission, facts.ledger)?,
        })
    }

    fn is(&self, decision: &Decision) -> bool {
        let same = |(stored, made): (&StoredItem, &ItemDecision)| {
            stored.rule == *made.grounds.rule
                && stored.payer == made.payer
                && stored.disposition == made.disposition
        };
        let items = &self.header.items;
        items.len() == decision.items.len() && items.iter().zip(&decision.items).all(same)
    }
}

impl Remade {
    /// The claim as it was considered, if it came out as it is stored.
    ///
    /// # Errors
    /// When it did not.
    pub fn into_same(self) -> Result<Considered, AppError> {
        if self.stored.is(&self.considered.assessment.decision) {
            return Ok(self.considered);
        }
        Err(self.stored.not_reproducible())
    }

    /// The decision made again, as it would be stored.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn text(&self) -> Result<String, AppError> {
        Ok(self.considered.assessment.decision.to_json()?)
    }

    /// How the decision made again compares with the stored text.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn compare(&self, evidence: &ClaimEvidence) -> Result<Replayed, AppError> {
        let decision = &self.considered.assessment.decision;
        let remade = self.text()?;
        let identical = remade == evidence.decision;
        let differences = if identical {
            Vec::new()
        } else {
            differences::between(&evidence.decision, &remade)?
        };
        Ok(Replayed {
            id: self.stored.id,
            identical,
            rulebook: decision.rulebook.clone(),
            stored_sha256: digest::hexadecimal(&evidence.decision),
            remade_sha256: digest::hexadecimal(&remade),
            differences,
        })
    }
}
