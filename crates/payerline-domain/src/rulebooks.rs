//! A rulebook as the clinic keeps it: its origin, its state and the day from which it decides. Its table is text here;
//! `payerline-rulebook` reads it.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    claims::claim::Evidence,
    values::{
        closed_enum::string_enum,
        ids::{KeyId, RulebookId},
        names::VersionName,
        text::Label,
        time::{Day, Timestamp},
    },
};

string_enum! {
    /// Whose rulebook it is.
    Origin {
        /// Payerline ships it; it is there for every clinic.
        Shipped = "shipped",
        /// The clinic's own.
        Clinic = "clinic",
    }
}

string_enum! {
    /// Where a version stands.
    RulebookState {
        /// Still being written; it decides nothing and can be changed.
        Draft = "draft",
        /// It decides claims, from `effective_from` on until the next active version; it never changes.
        Active = "active",
        /// It no longer decides, or not yet again; it is kept, because claims were decided by it.
        Retired = "retired",
    }
}

/// A version of a rulebook, without its table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RulebookSummary {
    /// Payerline's id of it: what its events are recorded under.
    pub id: RulebookId,
    /// The version: unique in the clinic, and its place in addresses.
    #[schema(value_type = String, example = "2026.2-maple")]
    pub version: VersionName,
    /// The rulebook's name.
    #[schema(value_type = String, example = "ontario")]
    pub name: Label,
    /// Whose it is.
    pub origin: Origin,
    /// Where it stands.
    pub state: RulebookState,
    /// SHA-256 of the table in its canonical form, hexadecimal: equal digests decide alike.
    #[schema(
        min_length = 64,
        max_length = 64,
        pattern = "^[0-9a-f]{64}$",
        example = "5f2c8a0be1d34f6790ab12cd34ef56a7b8c9d0e1f2a3b4c5d6e7f8091a2b3c4d"
    )]
    pub sha256: String,
    /// What it is for.
    #[schema(example = "Ontario's rules, and Maple Life covers platelet-rich plasma.")]
    pub note: String,
    /// The version it was copied from.
    #[schema(value_type = Option<String>, example = "2026.2")]
    pub based_on: Option<VersionName>,
    /// The key of whoever wrote it; null for shipped ones.
    pub author: Option<KeyId>,
    /// The first day of service that it decides, by the earliest service of a claim. Null while it is not
    /// active, and for the shipped version that decides whatever no other does.
    #[schema(value_type = Option<String>, format = Date, example = "2027-01-01")]
    pub effective_from: Option<Day>,
    /// When it was entered.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When it was first activated; since then it never changed.
    pub activated_at: Option<Timestamp>,
    /// How often it was written: the number in its ETag.
    #[schema(minimum = 1, example = 1)]
    pub revision: i64,
}

/// A version of a rulebook with its table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoredRulebook {
    #[serde(flatten)]
    pub summary: RulebookSummary,
    /// The table, byte for byte what its digest is of.
    pub table: Evidence,
    /// The claims that it must decide as they say, a JSON list.
    pub golden_cases: Evidence,
}

/// From when on a version decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Activation {
    /// The first day of service.
    pub effective_from: Day,
    /// The version.
    #[schema(value_type = String, example = "2026.2-maple")]
    pub version: VersionName,
    /// The digest of its table.
    pub sha256: String,
}
