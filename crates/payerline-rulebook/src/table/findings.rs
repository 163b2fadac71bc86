//! The findings of a table: how each reads, where it points, and what Payerline observes besides the rules.

use std::sync::Arc;

use payerline_domain::{
    claims::decision::Severity,
    parse::{
        decode::{Decode, read_text},
        fault::{At, Faults},
        fault_code::FaultCode,
        json::Node,
        record::record,
    },
    values::{closed_enum::string_enum, names::Slug, text::Prose},
};

/// Longest JSON Pointer of a finding, in characters.
pub const MAX_POINTER_LENGTH: usize = 200;

record! {
    /// A finding and where it points.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct FindingAt {
        /// The finding's code, one of the table's `findings`.
        #[schema(value_type = String, min_length = 1, max_length = 64, pattern = "^[a-z0-9_-]+$", example = "not_recommended_minor")]
        pub code: Arc<str> as Slug,
        /// A JSON Pointer into the submission; `{item}` stands for the item's index.
        #[schema(max_length = 200, example = "/items/{item}/service_date")]
        pub pointer: String as FindingPointer,
    }
}

record! {
    /// How a finding reads and how much it matters.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct FindingText {
        /// A stable word for programs.
        #[schema(value_type = String, min_length = 1, max_length = 64, pattern = "^[a-z0-9_-]+$", example = "not_recommended_minor")]
        pub code: Arc<str> as Slug,
        /// How much it matters.
        pub severity: Severity,
        /// What was noticed, in a sentence.
        #[schema(value_type = String, min_length = 1, max_length = 2000, example = "Stem cells are not recommended for patients under 18.")]
        pub detail: Arc<str> as Prose,
    }
}

string_enum! {
    /// What Payerline observes about a claim as a whole, by comparing its parts with each other and
    /// with the ledger. A rulebook gives each its severity and wording.
    Observation {
        /// An auto or WSIB coverage has a claim number, but no accident is reported.
        AccidentMissing = "accident_missing",
        /// A coverage was not in force on the day that counts.
        CoverageNotInForce = "coverage_not_in_force",
        /// A WSIB claim number has no 8 digits.
        ClaimNumberUnusual = "claim_number_unusual",
        /// The ledger has no approval of this number.
        PreauthorizationUnknown = "preauthorization_unknown",
        /// The approval is no longer valid.
        PreauthorizationExpired = "preauthorization_expired",
        /// The approval was refused.
        PreauthorizationDenied = "preauthorization_denied",
        /// The approval is for another patient.
        PreauthorizationOtherPatient = "preauthorization_other_patient",
        /// The approval is of a payer that this claim does not involve.
        PreauthorizationWrongKind = "preauthorization_wrong_kind",
        /// The items that rely on the approval add up to more than it allows.
        PreauthorizationInsufficient = "preauthorization_insufficient",
        /// No item can rely on the approval: other categories, other days, or a form that does not count here.
        PreauthorizationNotApplicable = "preauthorization_not_applicable",
        /// Another claim of the clinic has the same service of the same patient on the same day.
        PossibleDuplicate = "possible_duplicate",
        /// Two parents' plans cover a child, and a birthday that would tell which pays first is missing.
        BirthdayRuleUnknown = "birthday_rule_unknown",
        /// What OHIP insures is older than the three months in which OHIP takes it.
        OhipStale = "ohip_stale",
        /// The items under the Minor Injury Guideline add up to more than it pays.
        MinorInjuryCap = "minor_injury_cap",
        /// There is tax on a service that is exempt.
        TaxOnExemptService = "tax_on_exempt_service",
        /// The same diagnosis is given twice.
        DuplicateDiagnosis = "duplicate_diagnosis",
        /// The claim was reviewed, and is not decided any more as it was then.
        ReviewOutdated = "review_outdated",
    }
}

impl Observation {
    /// What every table describes. The others were added later, and are observed for a table that describes them.
    pub const ALWAYS: [Self; 10] = [
        Self::AccidentMissing,
        Self::CoverageNotInForce,
        Self::ClaimNumberUnusual,
        Self::PreauthorizationUnknown,
        Self::PreauthorizationExpired,
        Self::PreauthorizationDenied,
        Self::PreauthorizationOtherPatient,
        Self::PreauthorizationWrongKind,
        Self::PreauthorizationInsufficient,
        Self::PreauthorizationNotApplicable,
    ];
}

/// A JSON Pointer (RFC 6901) into a submission; `{item}` in it stands for an item's index.
pub struct FindingPointer(String);

impl From<FindingPointer> for String {
    fn from(pointer: FindingPointer) -> Self {
        pointer.0
    }
}

impl Decode for FindingPointer {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let text = read_text(node, at, faults)?;
        let count = text.chars().count();
        if count > MAX_POINTER_LENGTH {
            let detail =
                format!("must have at most {MAX_POINTER_LENGTH} characters; this has {count}");
            faults.rule(FaultCode::TooLong, at, detail);
            return None;
        }
        let is_rooted = text.is_empty() || text.starts_with('/');
        let mut after_tildes = text.split('~').skip(1);
        let is_escaped = after_tildes.all(|rest| rest.starts_with(['0', '1']));
        if is_rooted && is_escaped && !text.contains(char::is_control) {
            return Some(Self(text.to_owned()));
        }
        let detail = "must be a JSON Pointer into the claim, such as /patient/birth_date or /items/{item}; empty for the whole claim";
        faults.rule(FaultCode::InvalidPointer, at, detail);
        None
    }
}
