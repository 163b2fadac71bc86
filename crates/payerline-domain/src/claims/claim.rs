//! A stored claim, as the API returns it, and its line in a list.

use serde::{Serialize, Serializer, ser::Error as _};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::{
    billing::BillingOrder,
    decision::{Allocation, Decision},
    outcome::PatientOutcome,
    payer::{Disposition, Payer},
    payers_due::{PayerDue, PayersDue},
    remittances::{
        balance::{Balance, NextDue},
        remittance::{Remittance, standing},
    },
    review::Review,
    sends::SentClaim,
    submission::Submission,
};
use crate::{
    parse::json,
    values::{
        closed_enum::string_enum,
        ids::ClaimId,
        money::Cents,
        text::Label,
        time::{Day, Timestamp},
    },
};

/// One invoice for one patient at one provider, with what was decided about it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Claim {
    /// Payerline's id of the claim.
    pub id: ClaimId,
    /// The billing system's id of the claim.
    pub external_id: Label,
    /// Where the claim stands.
    pub status: Status,
    /// Who is responsible for the loss.
    pub payer: Payer,
    /// What happens next.
    pub disposition: Disposition,
    /// Who is billed, first to last.
    pub billing_order: BillingOrder,
    /// Who is billed, in turn: `billing_order` with each insurance by itself.
    #[schema(value_type = PayersDue, required = true)]
    pub payers_due: Option<PayersDue>,
    /// The sum of all items in Canadian cents.
    pub total_cents: Cents,
    /// The items' amounts added up by payer.
    pub allocations: Vec<Allocation>,
    /// When it was received.
    pub received_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Counts its changes from 1; the `ETag` of the claim.
    #[schema(minimum = 1, example = 1)]
    pub version: i64,
    /// The decision, byte for byte as it was made.
    #[schema(value_type = Decision)]
    pub decision: Evidence,
    /// What a person decided about the claim, or null. While it is not `outdated`, payer, disposition, allocations and
    /// billing order of the claim are those of the review.
    #[schema(required = true)]
    pub review: Option<Review>,
    /// To whom the claim was sent, in order.
    pub sends: Vec<SentClaim>,
    /// What payers, the patient and third parties answered, in order.
    pub remittances: Vec<Remittance>,
    /// How much of the claim is paid, and who is to pay what is left.
    pub balance: Balance,
    /// Whose turn it is since the last answer, in turn.
    #[serde(skip)]
    pub next_dues: Vec<NextDue>,
    /// How the patient fared, in the order in which it was recorded.
    pub outcomes: Vec<PatientOutcome>,
    /// The id of the claim that this one corrects, or null.
    #[schema(required = true)]
    pub replaces: Option<ClaimId>,
    /// The id of the claim that corrects this one, or null. Its status then is `replaced`.
    #[schema(required = true)]
    pub replaced_by: Option<ClaimId>,
    /// The submission, byte for byte as it was sent.
    #[schema(value_type = Submission)]
    pub submission: Evidence,
}

/// About how long a claim is as JSON without its evidence.
const FRAME_BYTES: usize = 896;

impl Claim {
    /// Who is to pay what is left now.
    pub fn find_due_from(&self) -> Option<PayerDue> {
        match self.status {
            Status::Ready => {
                let due = self.payers_due.as_ref()?.due_after(&[]);
                due.first().copied()
            }
            Status::Submitted => self.sends.last().map(SentClaim::payer_due),
            Status::Appealed => {
                let insurers =
                    || standing(&self.remittances).filter(|it| !it.payer.is_last_resort());
                let refused = insurers().rfind(|it| it.refuses());
                let last = refused.or_else(|| insurers().next_back());
                let next = self.next_dues.first().map(|it| it.payer);
                last.map(Remittance::payer_due).or(next)
            }
            Status::PartiallyPaid | Status::Denied => self.next_dues.first().map(|it| it.payer),
            Status::NeedsReview
            | Status::NeedsPreauthorization
            | Status::Paid
            | Status::Void
            | Status::Replaced => None,
        }
    }

    /// Writes the claim as JSON. Nearly all of it is evidence, so the length is known before.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let evidence = self.decision.0.len() + self.submission.0.len();
        json::to_vec(self, evidence + FRAME_BYTES)
    }
}

/// JSON text that is kept and answered byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence(String);

impl Evidence {
    /// Keeps a JSON text without the white space around it.
    pub fn new(text: String) -> Self {
        let json = text.trim_matches([' ', '\t', '\r', '\n']);
        if json.len() == text.len() {
            return Self(text);
        }
        Self(json.to_owned())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Serialize for Evidence {
    // A `RawValue` is only had by checking the text. That takes a few microseconds a claim, and text that is no JSON
    // is an error here instead of a broken answer.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text: &RawValue = serde_json::from_str(&self.0).map_err(S::Error::custom)?;
        text.serialize(serializer)
    }
}

/// A claim's line in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ClaimSummary {
    /// Payerline's id of the claim.
    pub id: ClaimId,
    /// The billing system's id of the claim.
    pub external_id: Label,
    /// Where the claim stands.
    pub status: Status,
    /// Who is responsible for the loss.
    pub payer: Payer,
    /// What happens next.
    pub disposition: Disposition,
    /// The clinic's id of the patient.
    pub patient_id: Label,
    /// First day of service.
    pub service_from: Day,
    /// Last day of service.
    pub service_to: Day,
    /// The sum of all items in Canadian cents.
    pub total_cents: Cents,
    /// When it was received.
    pub received_at: Timestamp,
    /// When it was last changed, by the clock of the database: lists with `updated_from` have this order.
    pub updated_at: Timestamp,
    /// Counts its changes from 1.
    #[schema(minimum = 1, example = 1)]
    pub version: i64,
    /// The id of the claim that this one corrects, or null.
    #[schema(required = true)]
    pub replaces: Option<ClaimId>,
    /// The id of the claim that corrects this one, or null.
    #[schema(required = true)]
    pub replaced_by: Option<ClaimId>,
}

impl ClaimSummary {
    /// The names of the fields, in their order: the first line of a CSV export, also when it is empty.
    pub const FIELDS: [&'static str; 14] = [
        "id",
        "external_id",
        "status",
        "payer",
        "disposition",
        "patient_id",
        "service_from",
        "service_to",
        "total_cents",
        "received_at",
        "updated_at",
        "version",
        "replaces",
        "replaced_by",
    ];
}

string_enum! {
    /// Where a claim stands in its life. The first status is its disposition.
    Status {
        /// A person has to decide.
        NeedsReview = "needs_review",
        /// The payer's prior approval is needed.
        NeedsPreauthorization = "needs_preauthorization",
        /// It can be billed.
        Ready = "ready",
        /// Sent to the payer.
        Submitted = "submitted",
        /// Paid in full.
        Paid = "paid",
        /// Paid in part.
        PartiallyPaid = "partially_paid",
        /// Refused by the payer.
        Denied = "denied",
        /// The refusal is contested.
        Appealed = "appealed",
        /// Withdrawn.
        Void = "void",
        /// Corrected by another claim.
        Replaced = "replaced",
    }
}

impl From<Disposition> for Status {
    fn from(disposition: Disposition) -> Self {
        match disposition {
            Disposition::NeedsReview => Self::NeedsReview,
            Disposition::NeedsPreauthorization => Self::NeedsPreauthorization,
            Disposition::Ready => Self::Ready,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_is_written_as_it_is() {
        let text = r#"{"b": 1,  "a":1.50, "a":"\u00e9"}"#;
        let evidence = Evidence::new(format!("\r\n {text}\t"));
        assert_eq!(
            serde_json::to_string(&[evidence]).unwrap(),
            format!("[{text}]")
        );
    }

    #[test]
    fn evidence_that_is_no_json_is_not_written() {
        for text in ["", "{", "1 2", r#"{"a":1}}"#] {
            let evidence = Evidence::new(text.to_owned());
            assert!(serde_json::to_string(&[evidence]).is_err(), "{text}");
        }
    }
}
