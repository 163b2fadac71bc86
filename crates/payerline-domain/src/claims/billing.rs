//! Whom to bill: the words of a billing order, and who is billed where no insurer is.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use utoipa::ToSchema;

use super::payer::Payer;
use crate::values::closed_enum::{ClosedEnum, string_enum};

string_enum! {
    /// Who is billed for what no insurer pays.
    BillTo {
        /// The patient.
        Patient = "patient",
        /// The claim's third party, who asked for it.
        ThirdParty = "third_party",
    }
}

string_enum! {
    /// Whom to bill, first to last.
    BillingSequence {
        /// Nobody: no insurer is billed.
        Nobody = "nobody",
        /// Workers' insurance alone.
        Wsib = "wsib",
        /// Auto insurance alone.
        Mva = "mva",
        /// The private plan alone.
        Private = "private",
        /// Auto insurance, then the private plan.
        MvaThenPrivate = "mva_then_private",
        /// The private plan, then auto insurance.
        PrivateThenMva = "private_then_mva",
    }
}

/// Whom to bill, first to last; written as a list of payers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(value_type = Vec<Payer>, example = json!(["private", "mva"]))]
pub struct BillingOrder(pub BillingSequence);

impl BillingOrder {
    pub fn payers(self) -> &'static [Payer] {
        match self.0 {
            BillingSequence::Nobody => &[],
            BillingSequence::Wsib => &[Payer::Wsib],
            BillingSequence::Mva => &[Payer::Mva],
            BillingSequence::Private => &[Payer::Private],
            BillingSequence::MvaThenPrivate => &[Payer::Mva, Payer::Private],
            BillingSequence::PrivateThenMva => &[Payer::Private, Payer::Mva],
        }
    }
}

impl Serialize for BillingOrder {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.payers().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for BillingOrder {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let payers = Vec::<Payer>::deserialize(deserializer)?;
        let mut orders = BillingSequence::ALL.iter().map(|order| Self(*order));
        let order = orders.find(|order| order.payers() == payers.as_slice());
        order.ok_or_else(|| D::Error::custom("no such billing order"))
    }
}
