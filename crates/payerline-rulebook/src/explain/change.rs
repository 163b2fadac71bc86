//! One change of what was sent or of the ledger: what it is, where it is made, and making it.

use serde::Serialize;
use serde_json::Value;

use payerline_domain::{
    claims::{coverage::Coverage, submission::Submission},
    preauthorizations::{Ledger, PreauthorizationEntry},
    values::closed_enum::string_enum,
};

string_enum! {
    /// What would change, in the order of what a clerk can do soonest: first what the clinic itself
    /// knows, then what the patient can say, then what an insurer has to answer, last what an insurer
    /// refused.
    ChangeKind {
        /// The procedure is described completely, if it was done so.
        ProcedureDescribed = "procedure_described",
        /// A number that is no approval for this claim is not named in it.
        ApprovalNotNamed = "approval_not_named",
        /// The approval of a named number is entered in the ledger.
        ApprovalEntered = "approval_entered",
        /// OHIP does not insure the service after all.
        NotInsuredByOhip = "not_insured_by_ohip",
        /// WSIB's claim number is given.
        ClaimNumberGiven = "claim_number_given",
        /// The coverage of the insurer responsible for the accident is given.
        CoverageGiven = "coverage_given",
        /// The accident that a coverage speaks of is reported.
        AccidentReported = "accident_reported",
        /// The injured worker elects otherwise.
        ElectionMade = "election_made",
        /// A private plan that lists the services is given.
        PlanGiven = "plan_given",
        /// The private plan is known to cover the services.
        PlanCovers = "plan_covers",
        /// The private plan is known not to cover the services.
        PlanDoesNotCover = "plan_does_not_cover",
        /// A coverage that was not confirmed is.
        CoverageConfirmed = "coverage_confirmed",
        /// The auto insurer treats the injury under the Minor Injury Guideline.
        MinorInjuryConfirmed = "minor_injury_confirmed",
        /// A pending approval is given.
        ApprovalAnswered = "approval_answered",
        /// An approval is raised to the amount that is needed.
        ApprovalRaised = "approval_raised",
        /// The payer's approval is obtained.
        ApprovalObtained = "approval_obtained",
        /// An approval that is not valid on the days of service is renewed.
        ApprovalRenewed = "approval_renewed",
        /// A refused approval is given after all.
        ApprovalReconsidered = "approval_reconsidered",
        /// An insurer that refused takes its refusal back.
        CoverageReconsidered = "coverage_reconsidered",
    }
}

/// A change that may be tried: of the submission, of the ledger, or of both.
pub struct Change {
    pub kind: ChangeKind,
    /// The condition in words: the beginning of a sentence.
    pub given: String,
    /// The JSON Pointer of the change in the submission; `-` stands for a new element of a list. A change of the
    /// ledger alone points at the number whose entry changes.
    pub pointer: String,
    /// The new value there: null where something is taken out, `None` where the claim stays as it is.
    pub value: Option<Value>,
    /// The entry that the ledger would have.
    pub approval: Option<PreauthorizationEntry>,
    edit: Box<dyn Fn(&mut Submission)>,
}

impl Change {
    /// A change of the submission that `set` makes.
    pub fn new<V: Serialize + Clone + 'static>(
        kind: ChangeKind,
        given: String,
        pointer: impl Into<String>,
        value: V,
        set: impl Fn(&mut Submission, V) + 'static,
    ) -> Self {
        Self {
            kind,
            given,
            pointer: pointer.into(),
            // A claim's types can always be written; the serializer's signature says that they may not.
            value: serde_json::to_value(&value).ok(),
            approval: None,
            edit: Box::new(move |claim| set(claim, value.clone())),
        }
    }

    /// A change of a field of a coverage.
    pub fn of_coverage<V: Serialize + Clone + 'static>(
        kind: ChangeKind,
        given: String,
        index: usize,
        (field, value): (&str, V),
        set: fn(&mut Coverage, V),
    ) -> Self {
        let pointer = format!("/coverages/{index}/{field}");
        Self::new(kind, given, pointer, value, move |claim, value| {
            if let Some(coverage) = claim.coverages.get_mut(index) {
                set(coverage, value);
            }
        })
    }

    /// A change of the entry of a number that the claim names.
    pub fn of_entry(
        kind: ChangeKind,
        given: String,
        index: usize,
        entry: PreauthorizationEntry,
    ) -> Self {
        Self {
            kind,
            given,
            pointer: format!("/preauthorizations/{index}"),
            value: None,
            approval: Some(entry),
            edit: Box::new(|_| {}),
        }
    }

    /// The same, and the ledger has an entry too.
    pub fn with_entry(self, entry: PreauthorizationEntry) -> Self {
        Self {
            approval: Some(entry),
            ..self
        }
    }

    /// Copies of a claim and its ledger with the change made. An entry takes the place of the one of its number.
    pub fn apply(&self, submission: &Submission, ledger: &Ledger) -> (Submission, Ledger) {
        let (mut submission, mut ledger) = (submission.clone(), ledger.clone());
        (self.edit)(&mut submission);
        if let Some(entry) = &self.approval {
            let entries = &mut ledger.preauthorizations;
            entries.retain(|known| known.number != entry.number);
            entries.push(entry.clone());
        }
        (submission, ledger)
    }
}
