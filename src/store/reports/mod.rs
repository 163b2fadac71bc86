//! Reports: sums over the claims and approvals of a period, each one or a few queries of narrow tables.
//!
//! The ids of claims are in the order of their receipt, so the claims of a period are one range of the primary key. Queries
//! are written once for both databases: SQLite numbers `$1`, `$2`, … by where each stands first, so they do so in order.

mod approvals;
mod claims;
mod lives;

use payerline_domain::values::closed_enum::ClosedEnum;

use super::engine::error::StoreError;

/// Reads a word of a sum, which is of no claim.
fn read_word<T: ClosedEnum>(table: &str, column: &str, word: &str) -> Result<T, StoreError> {
    T::from_word(word).ok_or_else(|| {
        StoreError::Internal(format!("{table}.{column} has the unknown word `{word}`"))
    })
}
