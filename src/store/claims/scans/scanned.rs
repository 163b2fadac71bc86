//! A stored claim as scans read it.

use payerline_domain::values::ids::ClaimId;

use crate::store::claims::evidence::ClaimEvidence;

/// Claims of one query: enough that a query's cost does not show, few enough to be quick.
pub const PAGE_ROWS: i64 = 1000;

/// A stored claim with the evidence of one of its decisions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScannedClaim {
    pub id: ClaimId,
    pub external_id: String,
    pub evidence: ClaimEvidence,
}
