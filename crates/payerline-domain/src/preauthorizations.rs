//! A payer's prior approval, as the clinic's ledger keeps it.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    claims::{item::Category, payer::Payer, submission::Submission},
    parse::record::record,
    values::{
        closed_enum::{ClosedEnum, string_enum},
        ids::PreauthorizationId,
        money::Cents,
        text::Label,
        time::{Day, Timestamp},
    },
};

const MAX_CATEGORIES: usize = 50;

string_enum! {
    /// The kind of a prior approval.
    PreauthorizationKind {
        /// Treatment and assessment plan, approved by the auto insurer.
        Ocf18 = "ocf_18",
        /// Treatment confirmation under the Minor Injury Guideline (auto).
        Ocf23 = "ocf_23",
        /// Approval by WSIB.
        WsibApproval = "wsib_approval",
        /// A private plan's answer before the treatment.
        Predetermination = "predetermination",
    }
}

impl PreauthorizationKind {
    /// The payer that gives approvals of this kind.
    pub fn payer(self) -> Payer {
        match self {
            Self::Ocf18 | Self::Ocf23 => Payer::Mva,
            Self::WsibApproval => Payer::Wsib,
            Self::Predetermination => Payer::Private,
        }
    }
}

string_enum! {
    /// Where a prior approval stands.
    PreauthorizationStatus {
        /// Asked for, not answered.
        Pending = "pending",
        /// Approved.
        Approved = "approved",
        /// Refused.
        Denied = "denied",
        /// No longer valid.
        Expired = "expired",
    }
}

record! {
    /// A prior approval as staff enter it.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct PreauthorizationEntry {
        /// The payer's number of the approval, unique in the clinic.
        #[schema(value_type = String, min_length = 1, max_length = 64, example = "OCF18-88123")]
        pub number: Label,
        /// Its kind.
        pub kind: PreauthorizationKind,
        /// The clinic's id of the patient it is for.
        #[schema(value_type = String, min_length = 1, max_length = 64, example = "P-4411")]
        pub patient_id: Label,
        /// The payer that gives it: `mva` for an OCF-18 or OCF-23, `wsib` for WSIB's approval, `private`
        /// for a predetermination.
        pub payer: Payer,
        /// Where it stands.
        pub status: PreauthorizationStatus,
        /// The amount approved in Canadian cents, 0 to 10,000,000,000; 0 while nothing is approved.
        #[schema(value_type = i64, minimum = 0, maximum = 10_000_000_000_i64, example = 500000)]
        pub approved_cents: Cents,
        /// The categories of service it covers; left out: all. It must list at least one.
        #[schema(min_items = 1, max_items = 50, example = json!(["stem_cell_therapy"]))]
        pub categories: Option<Vec<Category>> [0..=MAX_CATEGORIES],
        /// First service date it covers; left out: no limit.
        #[schema(value_type = Option<String>, format = Date, example = "2026-05-15")]
        pub valid_from: Option<Day>,
        /// Last service date it covers; left out: no limit.
        #[schema(value_type = Option<String>, format = Date, example = "2026-11-15")]
        pub valid_to: Option<Day>,
    }
    compared by field;
    check(_, at, faults) {
        if let (Some(kind), Some(payer)) = (kind, payer)
            && kind.payer() != payer
        {
            let (kind, giver) = (kind.word(), kind.payer().word());
            let detail = format!("an approval of kind {kind} is given by {giver}");
            faults.rule("payer_of_another_kind", &at.field("payer"), detail);
        }
        if categories.as_ref().is_some_and(Vec::is_empty) {
            let detail = "must list at least one category; leave it out to cover all";
            faults.rule("too_few", &at.field("categories"), detail);
        }
        if let (Some(from), Some(to)) = (valid_from, valid_to)
            && to < from
        {
            let detail = "must not be before valid_from";
            faults.rule("out_of_range", &at.field("valid_to"), detail);
        }
    }
}

/// A prior approval in the clinic's ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Preauthorization {
    /// Payerline's id of the approval.
    pub id: PreauthorizationId,
    /// What staff entered.
    #[serde(flatten)]
    pub entry: PreauthorizationEntry,
    /// When it was entered.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Counts its changes from 1; the `ETag` of the approval.
    #[schema(minimum = 1, example = 1)]
    pub version: i64,
}

impl PreauthorizationEntry {
    pub fn covers(&self, category: Category) -> bool {
        self.categories
            .as_ref()
            .is_none_or(|listed| listed.contains(&category))
    }

    pub fn validity_on(&self, day: Day) -> Validity {
        if self.valid_from.is_some_and(|from| day < from) {
            Validity::NotYet
        } else if self.valid_to.is_some_and(|to| day > to) {
            Validity::NoLonger
        } else {
            Validity::Valid
        }
    }
}

/// Where a day lies in the validity of a prior approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// Before its first day.
    NotYet,
    /// From its first to its last day.
    Valid,
    /// After its last day.
    NoLonger,
}

/// What the ledger said of the approvals that a claim names: the facts from outside the submission
/// on which its decision rests, kept with it so that the decision can be replayed. Rules compare its texts with the
/// claim's byte for byte.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Ledger {
    /// The approvals found, by number.
    pub preauthorizations: Vec<PreauthorizationEntry>,
}

impl Ledger {
    /// Takes the approvals that a claim names. Number and patient are written as the claim writes them where they are
    /// the same text in another form. Where entries have the same number, the one that is written as the claim
    /// writes it goes before. A number that the claim names twice has one entry.
    pub fn of_claim(submission: &Submission, entries: &[PreauthorizationEntry]) -> Self {
        let mut preauthorizations: Vec<PreauthorizationEntry> = Vec::new();
        for number in &submission.preauthorizations {
            let is_named = |it: &&PreauthorizationEntry| it.number.has_same_normal_form(number);
            let exact = entries.iter().find(|it| it.number == *number);
            let Some(found) = exact.or_else(|| entries.iter().find(is_named)) else {
                continue;
            };
            if preauthorizations.iter().any(|it| is_named(&it)) {
                continue;
            }
            let mut entry = found.clone();
            entry.number = number.clone();
            if entry
                .patient_id
                .has_same_normal_form(&submission.patient.id)
            {
                entry.patient_id = submission.patient.id.clone();
            }
            preauthorizations.push(entry);
        }
        preauthorizations.sort_by(|one, other| one.number.cmp(&other.number));
        Self { preauthorizations }
    }

    pub fn find(&self, number: &Label) -> Option<&PreauthorizationEntry> {
        self.preauthorizations
            .iter()
            .find(|entry| entry.number == *number)
    }
}
