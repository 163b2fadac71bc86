//! Texts that begin alike, as a range: from a prefix to below its successor.

use super::text::MAX_LABEL_CHARACTERS;

/// The lowest text above every label that begins with `prefix`. Both databases compare this text bytewise, and UTF-8
/// sorts bytewise as its characters do.
pub fn successor(prefix: &str) -> String {
    let mut text = prefix.to_owned();
    while let Some(last) = text.pop() {
        // The range of characters steps over the surrogates; after the last one there is none.
        if let Some(next) = (last..=char::MAX).nth(1) {
            text.push(next);
            return text;
        }
    }
    char::MAX.to_string().repeat(MAX_LABEL_CHARACTERS + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_successor_of_a_prefix_is_just_above_it() {
        let last = "\u{10ffff}".repeat(65);
        for (prefix, expected) in [
            ("INV-1", "INV-2"),
            ("a\u{d7ff}", "a\u{e000}"),
            ("a\u{10ffff}", "b"),
            ("a\u{10ffff}\u{10ffff}", "b"),
            ("\u{10ffff}", &last),
            ("", &last),
            ("100%", "100&"),
            ("é", "ê"),
        ] {
            assert_eq!(successor(prefix), expected, "{prefix:?}");
        }
    }
}
