//! Remittances: what a payer, the patient or a third party answers to a claim, item by item.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    claims::{
        payers_due::{BilledParty, PayerDue},
        submission::MAX_ITEMS,
    },
    parse::{decode::note_duplicates, record::record},
    values::{
        ids::KeyId,
        money::Cents,
        text::{Label, Line},
        time::{Day, Timestamp},
    },
};

/// Remittances of one claim, without those that are taken back.
pub const MAX_REMITTANCES: usize = 200;
/// Items of all remittances of a claim.
pub const MAX_ENTRIES: usize = 5_000;
const MAX_REASON_CODES: usize = 20;

record! {
    /// What a payer, the patient or a third party paid of a claim, and what not.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct RemittanceRequest {
        /// The payer's number of the remittance, cheque or transfer. Of one payer a claim has each number once.
        #[schema(value_type = String, min_length = 1, max_length = 64, example = "CHQ-118204")]
        pub number: Label,
        /// Who answers. The claim need not have been sent there.
        pub payer: BilledParty,
        /// The index in `coverages` of the insurance; needed where several private plans are due in turn.
        #[schema(minimum = 0, maximum = 19, example = 0)]
        pub coverage: Option<u16>,
        /// The day on which it was paid. It may not lie in the future.
        #[schema(value_type = Option<String>, format = Date, example = "2026-07-02")]
        pub paid_on: Option<Day>,
        /// The items that it is about. Of one that `reverses` another they may be left out.
        #[schema(max_items = 500)]
        pub items: Vec<RemittedItem> [0..=MAX_ITEMS] = default,
        /// The number of an earlier remittance of this payer, all of which is taken back: a cheque that was not honoured, or
        /// an amount that the payer reclaims.
        #[schema(value_type = Option<String>, min_length = 1, max_length = 64, example = "CHQ-118101")]
        pub reverses: Option<Label>,
    }
    built(remittance, at, faults) {
        note_duplicates(remittance.items.iter().map(|it| &it.sequence), &at.field("items"), faults);
    }
}

record! {
    /// What is said of one item, in Canadian cents.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct RemittedItem {
        /// The item's number, from 1.
        #[schema(minimum = 1, maximum = 500, example = 1)]
        pub sequence: u16,
        /// What is paid.
        #[schema(value_type = i64, minimum = 0, example = 9600)]
        pub paid_cents: Cents,
        /// What is taken off, and nobody pays.
        #[schema(value_type = i64, minimum = 0, example = 0)]
        pub adjusted_cents: Cents = default,
        /// What is refused. It stays outstanding.
        #[schema(value_type = i64, minimum = 0, example = 2400)]
        pub denied_cents: Cents = default,
        /// What is the patient's share.
        #[schema(value_type = i64, minimum = 0, example = 0)]
        pub patient_cents: Cents = default,
        /// The payer's codes of its reasons.
        #[schema(value_type = Vec<String>, max_items = 20, example = json!(["45"]))]
        pub reason_codes: Vec<Label> [0..=MAX_REASON_CODES] = default,
        /// What else the payer says.
        #[schema(value_type = Option<String>, max_length = 500, example = "Paid up to 80 %.")]
        pub note: Option<Line>,
    }
}

/// A remittance as it was booked. Amounts are what it adds to the ledger: those of a reversal are negative.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Remittance {
    /// The payer's number.
    #[schema(example = "CHQ-118204")]
    pub number: String,
    /// Who answered.
    pub payer: BilledParty,
    /// The index in `coverages` of the insurance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = 0)]
    pub coverage: Option<usize>,
    /// The day on which it was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_on: Option<Day>,
    /// What it says of each item.
    pub items: Vec<BookedItem>,
    /// The number of the remittance that it takes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "CHQ-118101")]
    pub reverses: Option<String>,
    /// When it was entered.
    pub received_at: Timestamp,
    /// The key of who entered it.
    pub received_by: KeyId,
}

/// What a remittance adds to the ledger of an item, in Canadian cents.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BookedItem {
    /// The item's number, from 1.
    #[schema(minimum = 1, example = 1)]
    pub sequence: u16,
    /// What is paid.
    #[schema(example = 9600)]
    pub paid_cents: i64,
    /// What is taken off.
    #[schema(example = 0)]
    pub adjusted_cents: i64,
    /// What is refused.
    #[schema(example = 2400)]
    pub denied_cents: i64,
    /// What becomes the patient's share; negative if the patient pays of it.
    #[schema(example = 0)]
    pub patient_cents: i64,
    /// The payer's codes of its reasons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(example = json!(["45"]))]
    pub reason_codes: Vec<String>,
    /// What else the payer says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "Paid up to 80 %.")]
    pub note: Option<String>,
}

impl Remittance {
    pub fn payer_due(&self) -> PayerDue {
        PayerDue {
            payer: self.payer,
            coverage: self.coverage,
        }
    }

    /// Whether it refuses something.
    pub fn refuses(&self) -> bool {
        let refuses = |it: &BookedItem| it.denied_cents > 0 || it.paid_cents == 0;
        self.items.iter().any(refuses)
    }

    /// Whether it has the payer and number of a request.
    pub fn is_of(&self, request: &RemittanceRequest) -> bool {
        self.payer == request.payer && is_number(&self.number, &request.number)
    }

    /// Where a request says something else than the one that it was booked by.
    pub fn differences(&self, request: &RemittanceRequest) -> Vec<&'static str> {
        let reverses = match (&self.reverses, &request.reverses) {
            (None, None) => true,
            (Some(one), Some(other)) => is_number(one, other),
            _ => false,
        };
        let coverage = request.coverage.map(usize::from);
        // The items of a reversal may be left out.
        let items = match self.reverses.is_some() {
            true => request.items.iter().all(|sent| self.takes_back(sent)),
            false => self
                .items
                .iter()
                .map(BookedItem::sent)
                .eq(request.items.iter().map(said)),
        };
        let differs = [
            ("reverses", !reverses),
            ("coverage", coverage.is_some() && coverage != self.coverage),
            ("paid_on", self.paid_on != request.paid_on),
            ("items", !items),
        ];
        let differs = differs.into_iter().filter(|(_, differs)| *differs);
        differs.map(|(field, _)| field).collect()
    }

    /// Whether it takes back what is said of an item, or nothing is said.
    fn takes_back(&self, sent: &RemittedItem) -> bool {
        let amounts = sent.amounts();
        amounts == [0; 4]
            || self
                .items
                .iter()
                .any(|it| it.sequence == sent.sequence && it.negated().sent_amounts() == amounts)
    }

    pub fn is_reversed(&self, by: &[Self]) -> bool {
        by.iter()
            .any(|it| it.payer == self.payer && it.reverses.as_ref() == Some(&self.number))
    }

    /// Whether it said these amounts of an item.
    pub fn has_amounts(&self, sent: &RemittedItem) -> bool {
        let of_item = |it: &BookedItem| it.sequence == sent.sequence;
        let mut items = self.items.iter();
        items.any(|it| of_item(it) && it.sent_amounts() == sent.amounts())
    }

    /// Takes back all that it booked.
    pub fn negated(&self) -> Vec<BookedItem> {
        self.items.iter().map(BookedItem::negated).collect()
    }
}

impl BookedItem {
    fn negated(&self) -> Self {
        Self {
            sequence: self.sequence,
            paid_cents: -self.paid_cents,
            adjusted_cents: -self.adjusted_cents,
            denied_cents: -self.denied_cents,
            patient_cents: -self.patient_cents,
            reason_codes: Vec::new(),
            note: None,
        }
    }

    /// The amounts as they were sent: what comes off the patient's share was not.
    fn sent_amounts(&self) -> [i64; 4] {
        let share = self.patient_cents.max(0);
        [
            self.paid_cents,
            self.adjusted_cents,
            self.denied_cents,
            share,
        ]
    }

    fn sent(&self) -> (u16, [i64; 4], Vec<&str>, Option<&str>) {
        let codes = self.reason_codes.iter().map(String::as_str).collect();
        (
            self.sequence,
            self.sent_amounts(),
            codes,
            self.note.as_deref(),
        )
    }
}

fn said(sent: &RemittedItem) -> (u16, [i64; 4], Vec<&str>, Option<&str>) {
    let codes = sent.reason_codes.iter().map(Label::as_str).collect();
    (
        sent.sequence,
        sent.amounts(),
        codes,
        sent.note.as_ref().map(Line::as_str),
    )
}

impl RemittedItem {
    /// What is paid, adjusted, denied and left to the patient, in cents.
    pub fn amounts(&self) -> [i64; 4] {
        [
            self.paid_cents,
            self.adjusted_cents,
            self.denied_cents,
            self.patient_cents,
        ]
        .map(Cents::get)
    }
}

/// The remittances that were not taken back, without the reversals.
pub fn standing(remittances: &[Remittance]) -> impl DoubleEndedIterator<Item = &Remittance> {
    let all = remittances.iter();
    all.filter(|it| it.reverses.is_none() && !it.is_reversed(remittances))
}

/// Whether a number that is stored is the one that is given.
pub fn is_number(stored: &str, number: &Label) -> bool {
    let stored = Label::read_stored(stored);
    stored.is_ok_and(|stored| stored.normal_form() == number.normal_form())
}
