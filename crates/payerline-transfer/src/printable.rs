use std::borrow::Cow;

/// A text for a terminal. Control characters, as names and contents of files may have them, are written as escapes.
pub fn printable(text: &str) -> Cow<'_, str> {
    let is_raw = |character: char| character.is_control() && character != '\n';
    if !text.contains(is_raw) {
        return text.into();
    }
    let escape = |character: char| {
        if is_raw(character) {
            character.escape_default().to_string()
        } else {
            character.to_string()
        }
    };
    text.chars().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(printable("Bélanger\n"), "Bélanger\n");
        assert_eq!(printable("a\u{1b}[2Jé\u{9b}\r"), "a\\u{1b}[2Jé\\u{9b}\\r");
    }
}
