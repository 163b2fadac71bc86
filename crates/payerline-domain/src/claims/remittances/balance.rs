//! How much of a claim is paid, and whose turn it is.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{claims::payers_due::PayerDue, values::money::Cents};

/// What became of the amount of an item, in cents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ItemAccount {
    pub billed: i64,
    /// By whomever.
    pub paid: i64,
    /// What a payer took off, and nobody pays.
    pub adjusted: i64,
    /// What a payer says is the patient's, as far as the patient has not paid it.
    pub patient: i64,
}

impl ItemAccount {
    pub fn outstanding(&self) -> i64 {
        self.billed - self.paid - self.adjusted - self.patient
    }

    /// Whether nothing is less than nothing.
    pub fn is_sound(&self) -> bool {
        [self.paid, self.adjusted, self.patient, self.outstanding()]
            .iter()
            .all(|cents| *cents >= 0)
    }
}

/// Whose turn it is to pay what payers have left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextDue {
    #[serde(flatten)]
    pub payer: PayerDue,
    /// The numbers of the items, from 1.
    pub items: Vec<u16>,
}

/// How much of a claim is paid.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Balance {
    /// The sum of all items in Canadian cents. It is always `paid_cents + adjusted_cents + patient_cents + outstanding_cents`.
    pub billed_cents: Cents,
    /// What was paid, by whomever.
    pub paid_cents: Cents,
    /// What payers took off, and nobody pays.
    pub adjusted_cents: Cents,
    /// What is the patient's share by the payers' word, and the patient has not paid.
    pub patient_cents: Cents,
    /// What is left. What was denied is part of it.
    pub outstanding_cents: Cents,
    /// Who is to pay what is left now; null if nothing is, or nobody is due.
    #[schema(required = true)]
    pub due_from: Option<PayerDue>,
}

impl Balance {
    /// Says nothing of who is to pay.
    pub fn new(total: ItemAccount) -> Self {
        Self {
            billed_cents: Cents::from_stored(total.billed),
            paid_cents: Cents::from_stored(total.paid),
            adjusted_cents: Cents::from_stored(total.adjusted),
            patient_cents: Cents::from_stored(total.patient),
            outstanding_cents: Cents::from_stored(total.outstanding()),
            due_from: None,
        }
    }
}
