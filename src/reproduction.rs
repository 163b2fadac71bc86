//! A stored claim decided again from its evidence; what comes out is the stored decision or an error.

use serde::Deserialize;

use crate::{
    domain::{
        decision::{Decision, ItemDecision},
        ids::ClaimId,
        outside_facts::OutsideFacts,
        payer::{Disposition, Payer},
        submission::Submission,
    },
    intake::{Considered, IntakeError},
    rulebook::Rulebook,
    store::ClaimEvidence,
};

/// What has to be the same: the rulebook, and each item's rule, payer and disposition. The rest follows from
/// these, or is wording that a later version may write otherwise.
#[derive(Deserialize)]
struct Stored {
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

/// Decides a claim again.
///
/// # Errors
/// When the evidence does not read back, or the decision is another one than the stored.
pub fn decide_again(
    rulebook: &Rulebook,
    id: ClaimId,
    evidence: &ClaimEvidence,
) -> Result<Considered, IntakeError> {
    let unreadable = |what| IntakeError::Unreadable { what, id };
    let stored: Stored =
        serde_json::from_str(&evidence.decision).map_err(|_| unreadable("decision"))?;
    let here = rulebook.version();
    let not_reproducible = || IntakeError::NotReproducible {
        decided_by: format!("{} {}", stored.rulebook.name, stored.rulebook.version),
        here: format!("{} {}", here.name, here.version),
    };
    if stored.rulebook.sha256 != *here.sha256 {
        return Err(not_reproducible());
    }
    let facts = OutsideFacts::parse(&evidence.facts).map_err(|_| unreadable("facts"))?;
    let submission = Submission::parse(evidence.submission.as_bytes(), facts.today)
        .map_err(|_| unreadable("submission"))?;
    let assessment = rulebook
        .decide(&submission, &facts.ledger)
        .ok_or(IntakeError::NoItems)?;
    if !stored.is(&assessment.decision) {
        return Err(not_reproducible());
    }
    Ok(Considered {
        submission,
        ledger: facts.ledger,
        assessment,
    })
}

impl Stored {
    fn is(&self, decision: &Decision) -> bool {
        let same = |(stored, made): (&StoredItem, &ItemDecision)| {
            stored.rule == *made.rule
                && stored.payer == made.payer
                && stored.disposition == made.disposition
        };
        self.items.len() == decision.items.len() && self.items.iter().zip(&decision.items).all(same)
    }
}
