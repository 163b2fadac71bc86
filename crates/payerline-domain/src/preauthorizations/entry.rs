//! A payer's prior approval as staff enter it.

use crate::{
    claims::{item::Category, payer::Payer},
    parse::{
        decode::{Decode, Fields},
        fault::{At, Faults},
        fault_code::FaultCode,
        json::Node,
        record::record,
    },
    values::{
        closed_enum::{ClosedEnum, string_enum},
        money::Cents,
        text::Label,
        time::Day,
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
        /// OCF-23 only: the insurer gave notice that there is a policy. Counts as approved.
        Confirmed = "confirmed",
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
        /// Where it stands; `confirmed` is for an OCF-23 alone.
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
            faults.rule(FaultCode::PayerOfAnotherKind, &at.field("payer"), detail);
        }
        if let (Some(kind), Some(PreauthorizationStatus::Confirmed)) = (kind, status)
            && kind != PreauthorizationKind::Ocf23
        {
            let detail = "only an approval of kind ocf_23 is confirmed";
            faults.rule(FaultCode::StatusOfAnotherKind, &at.field("status"), detail);
        }
        if categories.as_ref().is_some_and(Vec::is_empty) {
            let detail = "must list at least one category; leave it out to cover all";
            faults.rule(FaultCode::TooFew, &at.field("categories"), detail);
        }
        if let (Some(from), Some(to)) = (valid_from, valid_to)
            && to < from
        {
            let detail = "must not be before valid_from";
            faults.rule(FaultCode::OutOfRange, &at.field("valid_to"), detail);
        }
    }
}

/// What replaces a prior approval: an entry, or the whole approval as it is answered. What the ledger itself writes of an
/// approval is passed over.
#[derive(Debug)]
pub struct PreauthorizationReplacement(pub PreauthorizationEntry);

impl Decode for PreauthorizationReplacement {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let written_by_ledger = &[
            "id",
            "created_at",
            "updated_at",
            "version",
            "reserved_cents",
            "consumed_cents",
            "left_cents",
            "draws",
            "redecisions",
        ];
        let Node::Object(entries) = node else {
            // The fault is the entry's.
            return PreauthorizationEntry::decode(node, at, faults).map(Self);
        };
        let (passed_over, entered) = entries
            .iter()
            .cloned()
            .partition(|(key, _)| written_by_ledger.iter().any(|name| name == key));
        let passed_over = Node::Object(passed_over);
        Fields::match_names(&passed_over, written_by_ledger, at, faults)?
            .note_strangers(at, faults);
        PreauthorizationEntry::decode(&Node::Object(entered), at, faults).map(Self)
    }
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
