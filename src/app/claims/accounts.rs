//! What a claim draws of the approvals that it names, and what it takes of the cap of the Minor Injury Guideline.

use payerline_domain::{
    claims::{
        payer::{Disposition, Payer},
        review::Standing,
        submission::Submission,
    },
    preauthorizations::{DrawnApproval, ItemDraw, Ledger},
    values::{
        ids::{ClaimId, ClinicId},
        money::Cents,
        text::Label,
    },
};

use super::decided::DecidedClaim;
use crate::store::{ClaimAccounts, FoundApproval, LedgerSearch, NewDraw};

/// The claim that a search in the ledger is for: what it has drawn itself does not count.
#[derive(Debug, Clone)]
pub(in crate::app) enum SearchedClaim {
    Sent,
    Stored(ClaimId),
}

impl SearchedClaim {
    pub fn search(&self, clinic: ClinicId, submission: &Submission) -> LedgerSearch {
        let (stored, external_id) = match self {
            Self::Stored(id) => (Some(*id), None),
            Self::Sent => (None, Some(submission.external_id.clone())),
        };
        let mut coverages = submission.coverages.iter();
        let accident = submission.accident.as_ref();
        let is_guideline = coverages.any(|it| it.minor_injury_guideline);
        let guideline_accident = accident.filter(|_| is_guideline);
        LedgerSearch {
            clinic,
            numbers: submission.preauthorizations.clone(),
            guideline_accident: guideline_accident
                .map(|accident| (submission.patient.id.clone(), accident.date)),
            own: stored.into_iter().chain(submission.replaces).collect(),
            external_id,
        }
    }
}

/// The approvals that a claim names, with what other claims have drawn of them.
pub(in crate::app) fn ledger_of(submission: &Submission, found: &[FoundApproval]) -> Ledger {
    let entries: Vec<_> = found.iter().map(|it| it.entry.clone()).collect();
    let mut ledger = Ledger::of_claim(submission, &entries);
    let drawn = ledger.preauthorizations.iter().filter_map(|entry| {
        let cents = find(found, &entry.number)?.drawn;
        (cents > Cents::default()).then(|| DrawnApproval {
            number: entry.number.clone(),
            cents,
        })
    });
    ledger.drawn = drawn.collect();
    ledger
}

/// The approval that a claim means by a number, as [`Ledger::of_claim`] takes it.
fn find<'f>(found: &'f [FoundApproval], number: &Label) -> Option<&'f FoundApproval> {
    let exact = found.iter().find(|it| it.entry.number == *number);
    exact.or_else(|| {
        let mut found = found.iter();
        found.find(|it| it.entry.number.has_same_normal_form(number))
    })
}

impl DecidedClaim {
    /// What the claim draws if its items have these payers and it has this disposition.
    pub(in crate::app) fn find_accounts(
        &self,
        found: &[FoundApproval],
        disposition: Disposition,
        payers: impl Iterator<Item = Payer> + Clone,
    ) -> ClaimAccounts {
        let (submission, outside) = (&self.submission, &self.outside);
        let draws = if disposition == Disposition::Ready {
            self.rulebook
                .find_draws(submission, outside, payers.clone())
        } else {
            Vec::new()
        };
        let draw = |draw: ItemDraw| {
            Some(NewDraw {
                preauthorization: find(found, &draw.number)?.id,
                sequence: draw.sequence,
                cents: draw.cents.get(),
                is_short: draw.is_short,
            })
        };
        let charge = self
            .rulebook
            .find_minor_injury_charge(submission, outside, payers);
        let patient_id = submission.patient.id.normal_form();
        let is_unknown = |number: &&Label| find(found, number).is_none();
        let unknown = submission.preauthorizations.iter().filter(is_unknown);
        ClaimAccounts {
            numbers: submission.preauthorizations.clone(),
            unknown: unknown.cloned().collect(),
            seen: found.iter().map(|it| (it.id, it.version)).collect(),
            draws: draws.into_iter().filter_map(draw).collect(),
            minor_injury: charge.map(|charge| (patient_id.into_owned(), charge)),
        }
    }

    /// What the claim draws as it stands by the decision and a review.
    pub(in crate::app) fn find_standing_accounts(
        &self,
        found: &[FoundApproval],
        standing: &Standing,
    ) -> ClaimAccounts {
        let payers = standing.items.iter().map(|it| it.payer);
        self.find_accounts(found, standing.disposition, payers)
    }

    /// What the claim draws as it is decided.
    pub(in crate::app) fn find_decided_accounts(&self, found: &[FoundApproval]) -> ClaimAccounts {
        let items = self.assessment.decision.items.iter();
        self.find_accounts(found, self.assessment.disposition, items.map(|it| it.payer))
    }
}
