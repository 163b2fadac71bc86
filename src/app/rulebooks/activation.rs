//! What is asked for when a version is put into force.

use serde::Serialize;
use utoipa::ToSchema;

use payerline_domain::{
    backtests::limits::Limits,
    parse::{
        decode::{self, Decode, Fields},
        fault::{At, Faults, Refusal},
        json::Node,
    },
    values::time::Day,
};

/// What an admin wants of an activation.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"effective_from": "2027-01-01"}))]
pub struct ActivationRequest {
    /// The first day of service that the version decides. A claim is decided by the version that is in force on
    /// the earliest day of its services.
    #[schema(value_type = String, format = Date, example = "2027-01-01")]
    pub effective_from: Day,
    /// A finished back-test of this version, and how much it may have found at most. Beyond that the activation is
    /// refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
}

impl ActivationRequest {
    /// Parses a request.
    ///
    /// # Errors
    /// Every fault at once.
    pub fn parse(body: &[u8]) -> Result<Self, Refusal> {
        let node = decode::tree(body)?;
        let mut faults = Faults::default();
        let request = Self::decode(&node, &At::ROOT, &mut faults);
        faults.settle(request)
    }
}

impl Decode for ActivationRequest {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(node, at, faults)?;
        let effective_from = fields.required("effective_from");
        let limits = fields.optional("limits");
        fields.finish();
        Some(Self {
            effective_from: effective_from?,
            limits,
        })
    }
}
