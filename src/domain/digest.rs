//! Digests of texts, as they are shown and kept.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// SHA-256 of a text, as 64 hexadecimal digits.
pub fn hexadecimal(text: &str) -> String {
    let digest = Sha256::digest(text);
    digest
        .iter()
        .fold(String::with_capacity(64), |mut out, byte| {
            // Writing to a String cannot fail.
            let _ = write!(out, "{byte:02x}");
            out
        })
}
