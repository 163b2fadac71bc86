//! The text of a cell: what counts as blank, and what a spreadsheet made of it.

use std::str;

/// A cell without the blanks around its text; a no-break space counts as blank.
pub fn trim(cell: &[u8]) -> &[u8] {
    match str::from_utf8(cell) {
        Ok(text) => text.trim().as_bytes(),
        Err(_) => cell.trim_ascii(),
    }
}

/// Stands in a file of refused rows where the input was cut off, so that nobody imports the rest as the whole.
pub const CUT_OFF: &str = "#CUT-OFF!";

/// What stands in place of a cell's value, if something does.
pub fn find_damage(text: &str) -> Option<&'static str> {
    if text == CUT_OFF {
        return Some(
            "the row ended here; write what belongs here, and see if the cell before it is whole",
        );
    }
    if is_scientific(text) {
        return Some(
            "a spreadsheet rounded a long number to this, and its digits are lost; format the column as text before \
             the numbers are entered or opened",
        );
    }
    if text.bytes().all(|byte| byte == b'#') && text.len() > 1 {
        return Some(
            "a spreadsheet writes this where a column is too narrow for its value; widen the column and save again",
        );
    }
    is_error_value(text).then_some(
        "a spreadsheet writes this error in place of a value; correct the formula there and save again",
    )
}

/// Such as `2.0261E+11`. Spreadsheets always write the exponent's sign, ids such as `12E5` have none.
fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else {
        return false;
    };
    let mantissa = mantissa.strip_prefix(['+', '-']).unwrap_or(mantissa);
    let (whole, decimals) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, "0"));
    let digits = exponent.strip_prefix(['+', '-']).unwrap_or_default();
    [whole, decimals, digits].iter().all(|part| is_digits(part))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Such as `#REF!`, `#DIV/0!`, `#NAME?`, `#N/A`, in any of the spreadsheet's languages, and LibreOffice's `Err:502`.
fn is_error_value(text: &str) -> bool {
    if let Some(code) = text.strip_prefix("Err:") {
        return is_digits(code);
    }
    let Some(word) = text.strip_prefix('#') else {
        return false;
    };
    let is_part =
        |character: char| character.is_uppercase() || matches!(character, '/' | '_' | '0');
    match word.strip_suffix(['!', '?']) {
        Some(word) => !word.is_empty() && word.chars().all(is_part),
        None => matches!(word, "N/A" | "N/D" | "NV" | "GETTING_DATA"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_no_break_space_is_blank() {
        assert_eq!(trim("\u{a0} A B\u{a0}\t".as_bytes()), b"A B");
        assert_eq!(trim(b" \xe9 "), b"\xe9");
    }

    #[test]
    fn what_a_spreadsheet_broke_is_recognised() {
        for broken in [
            "2.0261E+11",
            "2,0261E+11",
            "2E+11",
            "-1.5e-07",
            "#REF!",
            "#N/A",
            "#NAME?",
            "#VALUE!",
            "#DIV/0!",
            "#NULL!",
            "#NUM!",
            "#BEZUG!",
            "#GETTING_DATA",
            "####",
            "##",
            "Err:502",
            CUT_OFF,
        ] {
            assert!(find_damage(broken).is_some(), "{broken}");
        }
    }

    #[test]
    fn ids_that_look_alike_are_left_alone() {
        for whole in [
            "",
            "#",
            "#17",
            "#A-1",
            "INV-2026-000123",
            "12E5",
            "E+11",
            "1E+",
            "1.E+5",
            "202610000123",
            "#1!",
            "Err:x",
            "1E+5A",
            "M17.1",
        ] {
            assert_eq!(find_damage(whole), None, "{whole}");
        }
    }
}
