//! Text with limits: labels (ids and numbers), single lines, prose, and notes with line breaks.

use std::{borrow::Cow, fmt, sync::Arc};

use serde::Serialize;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};
use utoipa::ToSchema;

use crate::parse::{
    compare::{Compare, compare_as_whole, note_difference},
    decode::{Decode, read_text},
    fault::{At, Faults, Source},
    fault_code::FaultCode,
    json::Node,
};

pub const MAX_LABEL_CHARACTERS: usize = 64;
pub const MAX_LINE_CHARACTERS: usize = 500;
pub const MAX_PROSE_CHARACTERS: usize = 2_000;
pub const MAX_NOTE_CHARACTERS: usize = 10_000;

/// An identifier or number that somebody else assigned: 1 to 64 printable characters without a blank at either end.
/// It is kept and answered as it was sent. Texts that Unicode counts as the same, such as `é` as one character or as
/// `e` and an accent, are one text (they are compared in normalization form C).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[schema(value_type = String, min_length = 1, max_length = 64, example = "INV-2026-000123")]
pub struct Label(String);

/// One line of text without control characters, at most 500 characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(value_type = String, max_length = 500)]
pub struct Line(String);

/// Sentences on one line that say something: 1 to 2,000 characters, not all blank, without control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prose(Arc<str>);

/// Text that may have line breaks but no other control character, at most 10,000 characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(value_type = String, max_length = 10000)]
pub struct Note(String);

/// What is wrong with a text: a fault's code and its detail.
pub type Objection = (FaultCode, String);

// Two labels are equal if their bytes are: rules compare them so, and what was decided once must come out again.
// Whoever looks a label up compares its normal form.
impl Label {
    /// A regular expression that every label matches, also one that was stored under earlier rules, and an empty text,
    /// which counts as left out. Generated clients hold what is answered against it. Every dialect of regular
    /// expressions knows `\xAD`; for characters after U+00FF there is no such notation.
    pub const PATTERN: &str = r"^[^\x00-\x1f\x7f-\x9f\xad]*$";

    /// Parses a text that comes in.
    pub fn parse(text: &str) -> Result<Self, Objection> {
        let label = Self::read_stored(text)?;
        if text.contains(is_invisible) {
            return Err(not_printable());
        }
        if text.starts_with(' ') || text.ends_with(' ') {
            let detail = "must not begin or end with a blank";
            return Err((FaultCode::SurroundingBlank, detail.to_owned()));
        }
        Ok(label)
    }

    /// Reads a text that was stored, or one that is looked up. Blanks at the ends and some invisible characters were
    /// taken once.
    pub fn read_stored(text: &str) -> Result<Self, Objection> {
        check_length(text, 1, MAX_LABEL_CHARACTERS)?;
        if text.contains(is_unprintable) {
            return Err(not_printable());
        }
        check_not_blank(text)?;
        Ok(Self(text.to_owned()))
    }

    /// The text as it was sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form that is looked up and compared: NFC.
    pub fn normal_form(&self) -> Cow<'_, str> {
        to_nfc(&self.0)
    }

    /// The text as it was sent, if that is not its normal form.
    pub fn other_form(&self) -> Option<&str> {
        match self.normal_form() {
            Cow::Borrowed(_) => None,
            Cow::Owned(_) => Some(&self.0),
        }
    }

    /// The forms under which the text may be stored: the normal form first. The others are only there where an
    /// earlier build stored several forms of one text side by side.
    pub fn stored_forms(&self) -> Vec<String> {
        let mut forms = vec![self.normal_form().into_owned()];
        for form in [self.0.nfd().collect(), self.0.clone()] {
            if !forms.contains(&form) {
                forms.push(form);
            }
        }
        forms
    }

    pub fn has_same_normal_form(&self, other: &Self) -> bool {
        self == other || self.normal_form() == other.normal_form()
    }
}

/// Writes a text in Unicode's normalization form C; borrows one that is in it.
pub fn to_nfc(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        return Cow::Borrowed(text);
    }
    let normal: String = text.nfc().collect();
    if normal == text {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(normal)
    }
}

impl Decode for Label {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let text = read_text(node, at, faults)?;
        let parsed = match faults.source() {
            Source::Incoming => Self::parse(text),
            Source::Stored => Self::read_stored(text),
        };
        note_objection(parsed, at, faults)
    }

    fn decode_optional(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        crate::parse::decode::read_optional_text(node, at, faults)
    }
}

impl Compare for Label {
    fn note_differences(&self, stored: &Self, at: &At<'_>, faults: &mut Faults) {
        if !self.has_same_normal_form(stored) {
            note_difference(at, faults);
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl Line {
    fn parse(text: &str) -> Result<Self, Objection> {
        check_length(text, 0, MAX_LINE_CHARACTERS)?;
        check_one_line(text)?;
        Ok(Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Prose {
    fn parse(text: &str) -> Result<Self, Objection> {
        check_length(text, 1, MAX_PROSE_CHARACTERS)?;
        check_one_line(text)?;
        check_not_blank(text)?;
        Ok(Self(text.into()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Prose> for String {
    fn from(prose: Prose) -> Self {
        prose.as_str().to_owned()
    }
}

impl From<Prose> for Arc<str> {
    fn from(prose: Prose) -> Self {
        prose.0
    }
}

impl Note {
    fn parse(text: &str) -> Result<Self, Objection> {
        check_length(text, 0, MAX_NOTE_CHARACTERS)?;
        if text.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\r')) {
            return Err((
                FaultCode::ControlCharacter,
                "must not contain control characters other than line breaks".to_owned(),
            ));
        }
        Ok(Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

pub(crate) fn check_length(text: &str, least: usize, most: usize) -> Result<(), Objection> {
    // Bytes bound characters from above, so long texts are counted only when they may fail.
    if text.len() > most {
        let count = text.chars().count();
        if count > most {
            let detail = format!("must have at most {most} characters; this has {count}");
            return Err((FaultCode::TooLong, detail));
        }
    }
    if text.len() < least {
        return Err((FaultCode::TooShort, "must not be empty".to_owned()));
    }
    Ok(())
}

fn check_one_line(text: &str) -> Result<(), Objection> {
    if text.contains(char::is_control) {
        let detail = "must not contain control characters or line breaks";
        return Err((FaultCode::ControlCharacter, detail.to_owned()));
    }
    Ok(())
}

fn check_not_blank(text: &str) -> Result<(), Objection> {
    if text.trim().is_empty() {
        return Err((FaultCode::Blank, "must not be blank".to_owned()));
    }
    Ok(())
}

fn not_printable() -> Objection {
    let detail = "must be printable characters only: no control or invisible ones, and no space but the ordinary one";
    (FaultCode::NotPrintable, detail.to_owned())
}

/// Control characters, and the invisible ones that make two ids look alike: zero-width marks,
/// bidirectional overrides, line and paragraph separators, the byte order mark.
fn is_unprintable(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// Unicode 17's `Default_Ignorable_Code_Point`, and every space but U+0020.
fn is_invisible(character: char) -> bool {
    (character.is_whitespace() && character != ' ')
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// Notes what is wrong with a text.
pub(crate) fn note_objection<T>(
    parsed: Result<T, Objection>,
    at: &At<'_>,
    faults: &mut Faults,
) -> Option<T> {
    parsed
        .map_err(|(code, detail)| faults.rule(code, at, detail))
        .ok()
}

/// Implements `Decode` for types that have a `parse` from text.
macro_rules! decode_by_parsing {
    ($($name:ident),+) => {$(
        impl $crate::parse::decode::Decode for $name {
            fn decode(
                node: &$crate::parse::json::Node<'_>,
                at: &$crate::parse::fault::At<'_>,
                faults: &mut $crate::parse::fault::Faults,
            ) -> Option<Self> {
                let text = $crate::parse::decode::read_text(node, at, faults)?;
                $crate::values::text::note_objection(Self::parse(text), at, faults)
            }

            fn decode_optional(
                node: &$crate::parse::json::Node<'_>,
                at: &$crate::parse::fault::At<'_>,
                faults: &mut $crate::parse::fault::Faults,
            ) -> Option<Self> {
                $crate::parse::decode::read_optional_text(node, at, faults)
            }
        }
    )+};
}
pub(crate) use decode_by_parsing;

decode_by_parsing!(Line, Prose, Note);
compare_as_whole!(Line, Note);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_one_to_64_printable_characters() {
        assert!(Label::parse("INV 1/é").is_ok());
        assert!(Label::parse(&"é".repeat(64)).is_ok());
        for (text, code) in [
            ("", "too_short"),
            ("   ", "blank"),
            ("a\0b", "not_printable"),
            ("a\nb", "not_printable"),
            ("a\u{202e}b", "not_printable"),
        ] {
            assert_eq!(Label::parse(text).unwrap_err().0.word(), code, "{text:?}");
        }
        assert_eq!(
            Label::parse(&"é".repeat(65)).unwrap_err().0.word(),
            "too_long"
        );
    }

    #[test]
    fn what_comes_in_has_no_blank_at_either_end_and_nothing_that_cannot_be_seen() {
        for text in [" I-1", "I-1 ", "  I-1"] {
            assert_eq!(
                Label::parse(text).unwrap_err().0.word(),
                "surrounding_blank"
            );
        }
        for invisible in [
            '\u{a0}',
            '\u{1680}',
            '\u{2003}',
            '\u{202f}',
            '\u{205f}',
            '\u{3000}',
            '\u{ad}',
            '\u{34f}',
            '\u{61c}',
            '\u{115f}',
            '\u{17b4}',
            '\u{180e}',
            '\u{200b}',
            '\u{200d}',
            '\u{2060}',
            '\u{206f}',
            '\u{3164}',
            '\u{fe0f}',
            '\u{feff}',
            '\u{ffa0}',
            '\u{fff0}',
            '\u{1bca0}',
            '\u{1d173}',
            '\u{e0001}',
            '\u{e01ef}',
        ] {
            let text = format!("I-1{invisible}2");
            assert_eq!(
                Label::parse(&text).unwrap_err().0,
                FaultCode::NotPrintable,
                "{text:?}"
            );
        }
        for text in [
            "I 1",
            "É",
            "e\u{301}",
            "漢字",
            "ก",
            "\u{2800}",
            "a\u{300}\u{301}",
        ] {
            assert!(Label::parse(text).is_ok(), "{text:?}");
        }
    }

    #[test]
    fn what_is_stored_is_read_by_the_rules_of_its_day() {
        for text in ["I-1 ", " I-1", "I\u{a0}1", "I\u{fe0f}1", "1\u{3164}"] {
            assert_eq!(Label::read_stored(text).unwrap().as_str(), text);
            let node = Node::Text(text.into());
            let mut faults = Faults::new(Source::Stored);
            assert!(Label::decode(&node, &At::ROOT, &mut faults).is_some());
            let mut faults = Faults::default();
            assert!(Label::decode(&node, &At::ROOT, &mut faults).is_none());
        }
        assert_eq!(
            Label::read_stored("a\u{200b}").unwrap_err().0,
            FaultCode::NotPrintable
        );
    }

    #[test]
    fn a_label_is_kept_as_sent_and_compared_in_its_normal_form() {
        let (composed, decomposed) = ("\u{c9}T\u{c9}", "E\u{301}TE\u{301}");
        let (nfc, nfd) = (
            Label::parse(composed).unwrap(),
            Label::parse(decomposed).unwrap(),
        );
        assert_eq!(nfd.as_str(), decomposed);
        assert_eq!(
            (&*nfc.normal_form(), &*nfd.normal_form()),
            (composed, composed)
        );
        assert_eq!(
            (nfc.other_form(), nfd.other_form()),
            (None, Some(decomposed))
        );
        assert_eq!(nfc.stored_forms(), [composed, decomposed]);
        assert_eq!(nfd.stored_forms(), [composed, decomposed]);
        assert!(nfc.has_same_normal_form(&nfd) && nfc != nfd);
        assert!(!nfc.has_same_normal_form(&Label::parse("ETE").unwrap()));
        let mixed = Label::parse("E\u{301}T\u{c9}").unwrap();
        assert_eq!(mixed.stored_forms(), [composed, decomposed, mixed.as_str()]);
        assert_eq!(Label::parse("I-1").unwrap().stored_forms(), ["I-1"]);
        // A character that is another one in every form, and an order of accents that is none.
        assert_eq!(Label::parse("\u{212a}-1").unwrap().normal_form(), "K-1");
        assert_eq!(
            Label::parse("a\u{301}\u{323}").unwrap().normal_form(),
            "\u{1ea1}\u{301}"
        );
    }

    #[test]
    fn prose_says_something_on_one_line() {
        assert!(Prose::parse("The private plan pays: it lists « médication ».").is_ok());
        assert!(Prose::parse(&"é".repeat(MAX_PROSE_CHARACTERS)).is_ok());
        let too_long = "é".repeat(MAX_PROSE_CHARACTERS + 1);
        for (text, code) in [
            ("", "too_short"),
            (" \u{a0}", "blank"),
            ("a\nb", "control_character"),
            (too_long.as_str(), "too_long"),
        ] {
            assert_eq!(Prose::parse(text).unwrap_err().0.word(), code, "{text:?}");
        }
    }

    #[test]
    fn only_notes_may_have_line_breaks() {
        assert!(Note::parse("left knee\r\nsecond visit").is_ok());
        assert_eq!(
            Note::parse("a\tb").unwrap_err().0.word(),
            "control_character"
        );
        assert_eq!(
            Note::parse("a\0").unwrap_err().0.word(),
            "control_character"
        );
        assert_eq!(
            Line::parse("a\nb").unwrap_err().0.word(),
            "control_character"
        );
        assert_eq!(
            Line::parse("a\u{85}").unwrap_err().0.word(),
            "control_character"
        );
    }
}
