//! SHA-256, computed and written down here alone.
//!
//! OpenSSL computes it, which libpq brings in any case. A claim takes three digests and its event one; on a processor
//! without instructions for SHA-256, OpenSSL takes half the time of an implementation in Rust.

pub use openssl::sha::Sha256;

pub fn sha256(bytes: impl AsRef<[u8]>) -> [u8; 32] {
    // OpenSSL's function for a whole text looks the algorithm up by name each time. When that fails, it does not tell.
    let mut digest = Sha256::new();
    digest.update(bytes.as_ref());
    digest.finish()
}

/// SHA-256 as 64 hexadecimal digits.
pub fn sha256_hex(text: impl AsRef<[u8]>) -> String {
    hex(&sha256(text))
}

/// Writes bytes as hexadecimal digits, two a byte.
pub fn hex(bytes: &[u8]) -> String {
    let nibbles = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
    let mut digits = String::with_capacity(2 * bytes.len());
    digits.extend(nibbles.filter_map(|nibble| char::from_digit(nibble.into(), 16)));
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of FIPS 180-2, appendix B.
    const EXAMPLES: [(&str, &str); 2] = [
        (
            "abc",
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        ),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
        ),
    ];

    #[test]
    fn the_examples_of_the_standard_come_out() {
        for (text, digest) in EXAMPLES {
            assert_eq!(sha256_hex(text), digest);
        }
    }

    #[test]
    fn in_pieces_it_is_the_same() {
        for (text, digest) in EXAMPLES {
            let mut pieces = Sha256::new();
            for byte in text.as_bytes() {
                pieces.update(&[*byte]);
            }
            assert_eq!(hex(&pieces.finish()), digest);
        }
    }
}
