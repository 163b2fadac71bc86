//! Digests of texts, as they are shown and kept.

use sha2::{Digest, Sha256};

/// SHA-256 of a text, as 64 hexadecimal digits.
pub fn hexadecimal(text: &str) -> String {
    let nibbles = Sha256::digest(text)
        .into_iter()
        .flat_map(|byte| [byte >> 4, byte & 0xf]);
    let mut digits = String::with_capacity(64);
    digits.extend(nibbles.filter_map(|nibble| char::from_digit(nibble.into(), 16)));
    digits
}
