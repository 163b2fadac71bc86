//! Names without what people leave out when they write or look for them.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// A text without case and accents.
pub fn fold(text: &str) -> String {
    let letters = text.nfd().filter(|it| !is_combining_mark(*it));
    letters.flat_map(char::to_lowercase).collect()
}

/// What is written within a name and left out when it is looked for: apostrophes in all their shapes, and full stops.
const APOSTROPHES: [char; 8] = [
    '\'', '\u{2019}', '\u{2018}', '\u{2bc}', '\u{2bb}', '\u{b4}', '`', '.',
];

/// Characters of a word that are kept.
const MAX_WORD_CHARACTERS: usize = 32;
/// Words of a text that are kept.
const MAX_WORDS: usize = 64;

/// The words of a name as they are looked for: without case, accents, apostrophes and full stops. Hyphens part words.
/// `O'Brien-Łukasz` has the words `obrien` and `lukasz`.
pub fn fold_words(name: &str) -> Vec<String> {
    let letters = fold(name);
    let spelled: String = letters
        .chars()
        .filter(|it| !APOSTROPHES.contains(it))
        .flat_map(spell)
        .collect();
    let words = spelled.split(|it: char| !it.is_alphanumeric());
    let words = words.filter(|it| !it.is_empty()).take(MAX_WORDS);
    words
        .map(|it| first_characters(it, MAX_WORD_CHARACTERS).to_owned())
        .collect()
}

/// The start of a text: so many characters at most.
pub fn first_characters(text: &str, count: usize) -> &str {
    let end = text.char_indices().nth(count);
    end.map_or(text, |(end, _)| text.get(..end).unwrap_or(text))
}

/// Letters and digits of a number, without case: `123-45 AB` and `12345ab` are one number.
pub fn fold_number(number: &str) -> String {
    let folded = fold(number);
    let kept: String = folded.chars().filter(|it| it.is_alphanumeric()).collect();
    // A number of signs alone stays what it is.
    if kept.is_empty() { folded } else { kept }
}

/// Letters that Unicode does not take apart, as they are written where a keyboard lacks them.
fn spell(letter: char) -> impl Iterator<Item = char> {
    let spelled = match letter {
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'ı' => "i",
        'æ' => "ae",
        'œ' => "oe",
        'ß' => "ss",
        // At the end of a word Greek writes it so.
        'ς' => "σ",
        'þ' => "th",
        _ => "",
    };
    let kept = spelled.is_empty().then_some(letter);
    spelled.chars().chain(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_without_case_and_accents() {
        assert_eq!(fold("Zo\u{e9}"), fold("ZOE\u{301}"));
        assert_eq!(fold("\u{c9}mile"), "emile");
    }

    #[test]
    fn a_name_has_the_words_that_people_look_for() {
        for (name, words) in [
            ("Tremblay", &["tremblay"][..]),
            ("O'Brien", &["obrien"]),
            ("O\u{2019}BRIEN", &["obrien"]),
            ("O\u{b4}Brien O`Brien", &["obrien", "obrien"]),
            (
                "\u{39f}\u{394}\u{3a5}\u{3a3}",
                &["\u{3bf}\u{3b4}\u{3c5}\u{3c3}"],
            ),
            (
                "\u{39f}\u{3b4}\u{3c5}\u{3c2}",
                &["\u{3bf}\u{3b4}\u{3c5}\u{3c3}"],
            ),
            ("Jean-Luc  C\u{f4}t\u{e9}", &["jean", "luc", "cote"]),
            ("\u{141}ukasz S\u{f8}rensen", &["lukasz", "sorensen"]),
            ("Stra\u{df}e", &["strasse"]),
            ("St. John", &["st", "john"]),
            ("\u{738b}\u{4f1f}", &["\u{738b}\u{4f1f}"]),
            ("--", &[]),
        ] {
            assert_eq!(fold_words(name), words, "{name}");
        }
        let long = fold_words(&"a".repeat(500));
        assert_eq!(long, ["a".repeat(MAX_WORD_CHARACTERS)]);
    }

    #[test]
    fn a_number_is_found_however_it_is_grouped() {
        for written in ["123-45 AB", "12345ab", "123 45AB"] {
            assert_eq!(fold_number(written), "12345ab");
        }
        assert_eq!(fold_number("--"), "--");
    }

    #[test]
    fn the_start_of_a_text_ends_between_characters() {
        assert_eq!(first_characters("c\u{f4}t\u{e9}", 2), "c\u{f4}");
        assert_eq!(first_characters("c", 2), "c");
    }
}
