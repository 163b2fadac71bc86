//! The rulebook that ships with Payerline.

/// The rulebook `ontario`, as it is written.
pub const ONTARIO: &str = include_str!("ontario.json");

/// Its version. Tests and the documentation's examples take it from here.
pub const VERSION: &str = "2026.3";

/// The digest of this version. Stored decisions name it, so a table that is changed, or written in another way, needs
/// a new version.
pub const SHA256: &str = "50dcd353648e9a09297b422756ddba8ac23e260dd423a6459405e3b42e22f5bb";
