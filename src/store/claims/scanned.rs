//! A stored claim as scans read it.

use payerline_domain::values::ids::ClaimId;

use super::evidence::ClaimEvidence;

/// Claims of one query: enough that a query's cost does not show, few enough to be quick.
pub const PAGE_ROWS: i64 = 1000;

/// A stored claim with the evidence of one of its decisions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScannedClaim {
    pub id: ClaimId,
    pub external_id: String,
    /// The stored word: a scan also reads what this build does not know.
    pub payer: String,
    /// The stored word.
    pub disposition: String,
    pub evidence: ClaimEvidence,
}
