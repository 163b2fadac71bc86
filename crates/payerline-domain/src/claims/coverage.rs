//! An insurance that the patient has.

use super::item::Category;
use crate::{
    parse::record::record,
    values::{
        closed_enum::string_enum,
        text::{Label, Line},
        time::Day,
    },
};

/// There are fewer categories; a repeated one does no harm.
const MAX_CATEGORIES: usize = 50;

record! {
    /// One insurance of the patient.
    #[derive(Debug, Clone, PartialEq, Eq)]
    #[serde(deny_unknown_fields)]
    pub struct Coverage {
        /// The kind of insurance.
        pub kind: CoverageKind,
        /// Name of the insurer.
        #[schema(value_type = Option<String>, max_length = 500, example = "Maple Life")]
        pub insurer: Option<Line>,
        /// Policy or plan number.
        #[schema(value_type = Option<String>, max_length = 64, example = "POL-556677")]
        pub policy_number: Option<Label>,
        /// The insurer's number of the accident or injury. WSIB's usually has 8 digits.
        #[schema(value_type = Option<String>, max_length = 64, example = "20260417")]
        pub claim_number: Option<Label>,
        /// First day in force. Auto and WSIB coverage must be in force on the day of the accident,
        /// a private plan on the day of the service; otherwise it counts as not given.
        #[schema(value_type = Option<String>, format = Date, example = "2026-01-01")]
        pub effective_date: Option<Day>,
        /// Where it stands; left out means `active`.
        #[schema(default = "active")]
        pub status: CoverageStatus = CoverageStatus::Active,
        /// Auto only: treated under the Minor Injury Guideline, where an OCF-23 counts; left out means no.
        #[schema(default = false)]
        pub minor_injury_guideline: bool = false,
        /// The patient's relation to the insured person; left out counts as `self`.
        pub relationship: Option<Relationship>,
        /// Private only: the categories the plan lists as covered. Left out: the plan does not say.
        /// An empty list: it lists nothing.
        #[schema(max_items = 50, example = json!(["rehabilitation"]))]
        pub covered_categories: Option<Vec<Category>> [0..=MAX_CATEGORIES],
    }
    compared by field;
}

string_enum! {
    /// The kind of an insurance.
    CoverageKind {
        /// Extended health insurance, for example through an employer.
        Private = "private",
        /// Auto insurance: accident benefits after a car accident (SABS).
        Auto = "auto",
        /// Workers' insurance (WSIB).
        Wsib = "wsib",
        /// Ontario's public plan.
        Ohip = "ohip",
    }
}

string_enum! {
    /// Where a coverage stands.
    CoverageStatus {
        /// In force.
        Active = "active",
        /// Not confirmed yet: it keeps the payer, and a person looks.
        Pending = "pending",
        /// The insurer refused.
        Denied = "denied",
        /// Its limit is used up; counts as denied.
        Exhausted = "exhausted",
    }
}

string_enum! {
    /// The patient's relation to the insured person, in the order in which plans pay (CLHIA guideline G4).
    Relationship {
        /// The patient's own plan.
        Own = "self",
        /// Through the patient's spouse.
        Spouse = "spouse",
        /// As somebody's child.
        Child = "child",
    }
}

impl Coverage {
    /// Whether the insurer refused or the limit is used up.
    pub fn is_denied(&self) -> bool {
        matches!(
            self.status,
            CoverageStatus::Denied | CoverageStatus::Exhausted
        )
    }

    /// Without an effective date a coverage is in force on every day.
    pub fn in_force_on(&self, day: Day) -> bool {
        self.effective_date.is_none_or(|effective| effective <= day)
    }

    /// The relationship that counts: a plan is the patient's own unless the claim says otherwise.
    pub fn relation(&self) -> Relationship {
        self.relationship.unwrap_or(Relationship::Own)
    }
}
