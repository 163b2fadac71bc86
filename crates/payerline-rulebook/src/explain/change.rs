//! One change of what was sent or of the ledger: what it is, where it is made, and making it.

use serde::Serialize;
use serde_json::Value;

use payerline_domain::{
    claims::{
        accident::{Accident, WsiaElection},
        coverage::{Coverage, CoverageStatus},
        item::{Category, InsuredByOhip},
        procedure::Procedure,
        submission::Submission,
    },
    preauthorizations::{Ledger, PreauthorizationEntry},
    values::{
        closed_enum::{ClosedEnum, string_enum},
        text::Label,
    },
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

/// A change that may be tried.
#[derive(Debug, Clone)]
pub struct Change {
    pub kind: ChangeKind,
    pub edit: Edit,
    /// The condition in words: the beginning of a sentence.
    pub given: String,
}

/// A change of the submission or the ledger. Indexes are those of the submission's lists.
#[derive(Debug, Clone)]
pub enum Edit {
    /// The procedure becomes this.
    Procedure(Procedure),
    /// This accident is reported.
    Accident(Accident),
    /// The election after a car accident at work becomes this.
    Election(WsiaElection),
    /// An item is said not to be insured by OHIP.
    NotInsuredByOhip(usize),
    /// This coverage is added.
    Coverage(Coverage),
    /// A coverage gets this status.
    Status(usize, CoverageStatus),
    /// A coverage gets this claim number.
    ClaimNumber(usize, Label),
    /// A plan lists these categories.
    Categories(usize, Vec<Category>),
    /// A coverage is under the Minor Injury Guideline.
    MinorInjury(usize),
    /// A number is not named any more.
    NotNamed(usize),
    /// The ledger has this entry of a number that the claim names.
    Ledger(usize, PreauthorizationEntry),
    /// The ledger has this new entry, and the claim names it.
    Obtained(PreauthorizationEntry),
}

impl Edit {
    /// Copies of a claim and its ledger with the change made.
    pub fn applied(&self, submission: &Submission, ledger: &Ledger) -> (Submission, Ledger) {
        let (mut submission, mut ledger) = (submission.clone(), ledger.clone());
        self.alter(&mut submission, &mut ledger);
        (submission, ledger)
    }

    fn alter(&self, claim: &mut Submission, ledger: &mut Ledger) {
        match self {
            Self::Procedure(procedure) => claim.procedure = Some(procedure.clone()),
            Self::Accident(accident) => claim.accident = Some(*accident),
            Self::Election(election) => {
                if let Some(accident) = &mut claim.accident {
                    accident.wsia_election = *election;
                }
            }
            Self::NotInsuredByOhip(index) => {
                if let Some(item) = claim.items.get_mut(*index) {
                    item.insured_by_ohip = InsuredByOhip::No;
                }
            }
            Self::Coverage(coverage) => claim.coverages.push(coverage.clone()),
            Self::Status(index, _)
            | Self::ClaimNumber(index, _)
            | Self::Categories(index, _)
            | Self::MinorInjury(index) => {
                if let Some(coverage) = claim.coverages.get_mut(*index) {
                    self.alter_coverage(coverage);
                }
            }
            Self::NotNamed(index) => {
                if *index < claim.preauthorizations.len() {
                    claim.preauthorizations.remove(*index);
                }
            }
            Self::Ledger(_, entry) => enter(ledger, entry),
            Self::Obtained(entry) => {
                enter(ledger, entry);
                claim.preauthorizations.push(entry.number.clone());
            }
        }
    }

    fn alter_coverage(&self, coverage: &mut Coverage) {
        match self {
            Self::Status(_, status) => coverage.status = *status,
            Self::ClaimNumber(_, number) => coverage.claim_number = Some(number.clone()),
            Self::Categories(_, listed) => coverage.covered_categories = Some(listed.clone()),
            Self::MinorInjury(_) => coverage.minor_injury_guideline = true,
            _ => {}
        }
    }

    /// The JSON Pointer of the change in the submission; `-` stands for a new element of a list. A change of the
    /// ledger alone points at the number whose entry changes.
    pub fn pointer(&self) -> String {
        match self {
            Self::Procedure(_) => "/procedure".to_owned(),
            Self::Accident(_) => "/accident".to_owned(),
            Self::Election(_) => "/accident/wsia_election".to_owned(),
            Self::NotInsuredByOhip(index) => format!("/items/{index}/insured_by_ohip"),
            Self::Coverage(_) => "/coverages/-".to_owned(),
            Self::Status(index, _) => format!("/coverages/{index}/status"),
            Self::ClaimNumber(index, _) => format!("/coverages/{index}/claim_number"),
            Self::Categories(index, _) => format!("/coverages/{index}/covered_categories"),
            Self::MinorInjury(index) => format!("/coverages/{index}/minor_injury_guideline"),
            Self::NotNamed(index) | Self::Ledger(index, _) => format!("/preauthorizations/{index}"),
            Self::Obtained(_) => "/preauthorizations/-".to_owned(),
        }
    }

    /// The new value there: null where something is taken out, `None` where the claim stays as it is.
    pub fn value(&self) -> Option<Value> {
        match self {
            Self::Procedure(procedure) => json(procedure),
            Self::Accident(accident) => json(accident),
            Self::Election(election) => Some(election.word().into()),
            Self::NotInsuredByOhip(_) => Some(InsuredByOhip::No.word().into()),
            Self::Coverage(coverage) => json(coverage),
            Self::Status(_, status) => Some(status.word().into()),
            Self::ClaimNumber(_, number) => json(number),
            Self::Categories(_, listed) => json(listed),
            Self::MinorInjury(_) => Some(true.into()),
            Self::NotNamed(_) => Some(Value::Null),
            Self::Ledger(..) => None,
            Self::Obtained(entry) => json(&entry.number),
        }
    }

    /// The entry that the ledger would have.
    pub fn approval(&self) -> Option<&PreauthorizationEntry> {
        match self {
            Self::Ledger(_, entry) | Self::Obtained(entry) => Some(entry),
            _ => None,
        }
    }
}

/// An entry takes the place of the one of its number.
fn enter(ledger: &mut Ledger, entry: &PreauthorizationEntry) {
    let entries = &mut ledger.preauthorizations;
    entries.retain(|known| known.number != entry.number);
    entries.push(entry.clone());
}

/// The types of a claim are always written as JSON; the serializer's signature says that they may not.
fn json<T: Serialize>(value: &T) -> Option<Value> {
    serde_json::to_value(value).ok()
}
