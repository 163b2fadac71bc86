//! The rulebook that ships with Payerline.

/// The rulebook `ontario`, as it is written.
pub const ONTARIO: &str = include_str!("ontario.json");

/// Its version. Tests and the documentation's examples take it from here.
pub const VERSION: &str = "2026.2";

/// The digest of this version. Stored decisions name it, so a table that is changed, or written in another way, needs
/// a new version.
pub const SHA256: &str = "ae055a0ac9100bda98abd71478b7227d2e1a0f12d6bb869ff4240b713c5ac77c";
