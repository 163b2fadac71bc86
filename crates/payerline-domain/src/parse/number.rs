//! Numbers with a point or an exponent, read from their digits. The JSON parser hands them over as floats, which are
//! rounded; so their texts are found again.

use std::cell::Cell;

use super::fault::Source;

/// Earlier editions took the floats up to this one for what was written.
const MAX_EXACT_FLOAT: f64 = 1e12;

/// A number that has a point or exponent, or that does not fit 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Number {
    Whole(i64),
    /// A whole number that does not fit 64 bits, or a fraction that is larger than any field takes.
    Huge,
    Fraction(Fraction),
}

/// A number that is not whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fraction {
    /// One with at most two decimals.
    Hundredths(i64),
    /// One with more.
    Finer,
    /// One with so many that it is this whole number as a float.
    NearlyWhole(i64),
}

impl Fraction {
    /// The whole number that a stored text was accepted for, when numbers were read as floats.
    pub fn read_whole(self, source: Source) -> Option<i64> {
        match (source, self) {
            (Source::Stored, Self::NearlyWhole(whole)) => Some(whole),
            _ => None,
        }
    }
}

impl Number {
    /// Reads the text of a JSON number, which is `float` when it is read as one.
    pub fn read(text: &str, float: f64) -> Self {
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (sign, mantissa) = match mantissa.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, mantissa),
        };
        let (whole, decimals) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = [whole, decimals].concat();
        let significant = digits.trim_end_matches('0');
        let zeros = length(&digits) - length(significant);
        // The number is `significant × 10^zeros`.
        let zeros = zeros.saturating_add(read_exponent(exponent)) - length(decimals);
        let significant = significant.trim_start_matches('0');
        if significant.is_empty() {
            return Self::Whole(0);
        }
        if zeros >= 0 {
            let whole = shift(significant, zeros);
            return whole.map_or(Self::Huge, |whole| Self::Whole(sign * whole));
        }
        if float.abs() > MAX_EXACT_FLOAT {
            return Self::Huge;
        }
        Self::Fraction(match shift(significant, zeros + 2) {
            Some(hundredths) => Fraction::Hundredths(sign * hundredths),
            None if float.fract() == 0.0 => Fraction::NearlyWhole(to_whole(float)),
            None => Fraction::Finer,
        })
    }
}

/// The number that a whole float is.
#[expect(
    clippy::as_conversions,
    reason = "it is whole and no larger than `MAX_EXACT_FLOAT`"
)]
fn to_whole(float: f64) -> i64 {
    float as i64
}

fn length(text: &str) -> i64 {
    i64::try_from(text.len()).unwrap_or(i64::MAX)
}

/// An exponent beyond 32 bits moves the point as far out of sight as any.
fn read_exponent(text: &str) -> i64 {
    let beyond = i64::from(if text.starts_with('-') {
        i32::MIN
    } else {
        i32::MAX
    });
    text.parse()
        .ok()
        .filter(|it: &i64| it.abs() < beyond.abs())
        .unwrap_or(beyond)
}

/// The whole number that has some zeros behind these digits.
fn shift(digits: &str, zeros: i64) -> Option<i64> {
    let factor = 10_i64.checked_pow(u32::try_from(zeros).ok()?)?;
    digits.parse::<i64>().ok()?.checked_mul(factor)
}

/// The texts of the numbers in a JSON text, found one after the other while it is parsed.
pub struct NumberTexts<'a> {
    /// What stands behind the last number that was taken.
    rest: Cell<&'a str>,
    /// How many numbers the parser has read since.
    passed: Cell<usize>,
}

impl<'a> NumberTexts<'a> {
    pub fn of(json: &'a str) -> Self {
        Self {
            rest: Cell::new(json),
            passed: Cell::new(0),
        }
    }

    /// Notes that the parser read a number whose text nobody needs. Most claims have no others, and are not searched.
    pub fn pass(&self) {
        self.passed.set(self.passed.get() + 1);
    }

    /// The text of the number that the parser has just read.
    pub fn take(&self) -> Option<&'a str> {
        let mut rest = self.rest.get();
        let mut found = None;
        for _ in 0..=self.passed.get() {
            let (number, behind) = split_number(rest)?;
            (found, rest) = (Some(number), behind);
        }
        self.rest.set(rest);
        self.passed.set(0);
        found
    }
}

/// The first number of a JSON text, and what stands behind it. The text is known to be JSON up to there.
fn split_number(json: &str) -> Option<(&str, &str)> {
    let mut rest = json;
    loop {
        let begin = rest.find(|c: char| matches!(c, '"' | '-' | '0'..='9'))?;
        rest = rest.get(begin..)?;
        match rest.strip_prefix('"') {
            Some(text) => rest = skip_text(text)?,
            None => {
                let is_part = |c: char| matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E');
                let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
                return rest.split_at_checked(end);
            }
        }
    }
}

/// What stands behind a text, from its opening quote on.
fn skip_text(mut rest: &str) -> Option<&str> {
    loop {
        let end = rest.find(['"', '\\'])?;
        let (special, behind) = rest.get(end..)?.split_at_checked(1)?;
        if special == "\"" {
            return Some(behind);
        }
        let mut escaped = behind.chars();
        escaped.next()?;
        rest = escaped.as_str();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Number {
        Number::read(text, text.parse().unwrap())
    }

    #[test]
    fn a_fraction_keeps_its_hundredths_alone() {
        for (text, expected) in [
            ("0.5", Fraction::Hundredths(50)),
            ("-1.25", Fraction::Hundredths(-125)),
            ("1e-2", Fraction::Hundredths(1)),
            ("999999999999.99", Fraction::Hundredths(99_999_999_999_999)),
            ("1.005", Fraction::Finer),
            ("1e-3", Fraction::Finer),
            ("0.10000000000000000000000000000000000001", Fraction::Finer),
            ("1.00000000000000000001", Fraction::NearlyWhole(1)),
            ("-0.99999999999999999999", Fraction::NearlyWhole(-1)),
            ("1e-99999999999999999999", Fraction::NearlyWhole(0)),
        ] {
            assert_eq!(read(text), Number::Fraction(expected), "{text}");
        }
    }

    #[test]
    fn a_stored_fraction_is_read_as_it_was_once() {
        let nearly = Fraction::NearlyWhole(1);
        assert_eq!(nearly.read_whole(Source::Stored), Some(1));
        assert_eq!(nearly.read_whole(Source::Incoming), None);
        for other in [Fraction::Hundredths(100), Fraction::Finer] {
            assert_eq!(other.read_whole(Source::Stored), None);
        }
    }

    #[test]
    fn numbers_are_found_between_texts() {
        let json = r#"{"1": "2 \" 3 \\", "\\": [-4, 5.5E+1, true, null],"é6":"7"  ,"x":8}"#;
        let texts = NumberTexts::of(json);
        texts.pass();
        assert_eq!(texts.take(), Some("5.5E+1"));
        assert_eq!(texts.take(), Some("8"));
        assert_eq!(texts.take(), None);
    }
}
