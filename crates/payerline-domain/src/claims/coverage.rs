//! An insurance that the patient has.

use serde::Serialize;

use super::item::Category;
use crate::{
    parse::{
        compare::compare_as_whole,
        decode::{self, Decode},
        fault::{At, Faults},
        json::Node,
        record::record,
    },
    values::{
        closed_enum::string_enum,
        text::{Label, Line},
        time::Day,
    },
};

/// There are fewer categories; a repeated one does no harm.
const MAX_CATEGORIES: usize = 50;
const MAX_PROFESSIONS: usize = 50;

record! {
    /// One insurance of the patient.
    #[derive(Debug, Clone, PartialEq, Eq)]
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
        /// Last day in force. A plan that ended before the day that counts is treated as not given. Left out: it has
        /// no known end.
        #[schema(value_type = Option<String>, format = Date, example = "2026-12-31")]
        pub end_date: Option<Day>,
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
        /// Private only: the professions whose services the plan pays, in the plan's words, at most 50; they are read as
        /// a provider's profession is. Left out: the plan does not say. An empty list: it pays nobody's. Where categories
        /// are listed too, both must hold.
        #[schema(value_type = Option<Vec<String>>, max_items = 50, example = json!(["physiotherapist", "massage_therapist"]))]
        pub covered_professions: Option<Vec<Label>> [0..=MAX_PROFESSIONS],
        /// The patient's own number in the plan, where it differs from the policy's.
        #[schema(value_type = Option<String>, max_length = 64, example = "0042-01")]
        pub member_id: Option<Label>,
        /// The insured person, where that is not the patient. Between two parents' plans the subscribers' birthdays say
        /// which pays first.
        pub subscriber: Option<Subscriber>,
        /// Federal only: the programme, such as `veterans_affairs`.
        pub program: Option<FederalProgram>,
        /// The place of the plan among several private ones, 1 to 9; 1 pays first. It goes before relationship and
        /// birthdays: give it where a court or agreement says who pays first.
        #[schema(value_type = Option<u8>, minimum = 1, maximum = 9, example = 1)]
        pub priority: Option<Priority>,
    }
    compared by field;
}

record! {
    /// The person who is insured by a plan that also covers the patient.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Subscriber {
        /// Given name. It decides between two parents who have the same birthday.
        #[schema(value_type = Option<String>, max_length = 500, example = "Chidi")]
        pub given_name: Option<Line>,
        /// Family name.
        #[schema(value_type = Option<String>, max_length = 500, example = "Okafor")]
        pub family_name: Option<Line>,
        /// Date of birth: not before 1900 and not after today in Ontario. A child's first plan is that of the parent
        /// whose birthday comes earlier in the year.
        #[schema(value_type = Option<String>, format = Date, example = "1955-11-02")]
        pub birth_date: Option<Day>,
    }
    compared by field;
}

/// The place of a plan among several, 1 to 9.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Priority(u8);

impl Priority {
    pub fn value(self) -> u8 {
        self.0
    }
}

impl Decode for Priority {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let value = decode::read_integer(node, 1..=9, at, faults)?;
        u8::try_from(value).ok().map(Self)
    }
}

compare_as_whole!(Priority);

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
        /// A federal programme, for veterans, refugees or First Nations and Inuit.
        Federal = "federal",
    }
}

string_enum! {
    /// A federal programme that pays health care.
    FederalProgram {
        /// Veterans Affairs Canada.
        VeteransAffairs = "veterans_affairs",
        /// Interim Federal Health, for refugees.
        Ifhp = "ifhp",
        /// Non-Insured Health Benefits, for First Nations and Inuit.
        Nihb = "nihb",
        /// Another one.
        Other = "other",
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

    /// A coverage without dates is in force on every day.
    pub fn in_force_on(&self, day: Day) -> bool {
        self.effective_date.is_none_or(|first| first <= day)
            && self.end_date.is_none_or(|last| day <= last)
    }

    /// The relationship that counts: a plan is the patient's own unless the claim says otherwise.
    pub fn relation(&self) -> Relationship {
        self.relationship.unwrap_or(Relationship::Own)
    }
}
