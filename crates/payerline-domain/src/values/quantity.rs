//! How many of a service were given: a number with at most two decimals, kept in hundredths and never as a float.

use serde::{Serialize, Serializer};

use crate::parse::{
    compare::compare_as_whole,
    decode::{self, Decode},
    fault::{At, Faults},
    fault_code::FaultCode,
    json::Node,
    number::Fraction,
};

/// How many of a service were given: over 0, at most 10,000, in steps of a hundredth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantity(u32);

const HUNDREDTHS_OF_ONE: u32 = 100;
const MAX_HUNDREDTHS: i64 = 1_000_000;

impl Quantity {
    pub const ONE: Self = Self(HUNDREDTHS_OF_ONE);

    /// From 1 to 1,000,000.
    pub fn hundredths(self) -> u32 {
        self.0
    }
}

impl Decode for Quantity {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let hundredths = match node {
            Node::Integer(whole) => whole.checked_mul(i64::from(HUNDREDTHS_OF_ONE)),
            Node::HugeInteger => None,
            Node::Fraction(Fraction::Hundredths(hundredths)) => Some(*hundredths),
            Node::Fraction(finer) => match finer.read_whole(faults.source()) {
                // What was accepted as a whole number stays one.
                Some(whole) => whole.checked_mul(i64::from(HUNDREDTHS_OF_ONE)),
                None => {
                    let detail = "must have at most two decimals";
                    faults.rule(FaultCode::TooManyDecimals, at, detail);
                    return None;
                }
            },
            other => return decode::note_wrong_type("a number", other, at, faults),
        };
        let in_range = hundredths.filter(|it| (1..=MAX_HUNDREDTHS).contains(it));
        let quantity = in_range.and_then(|it| u32::try_from(it).ok()).map(Self);
        if quantity.is_none() {
            let detail = "must be over 0 and at most 10000, with at most two decimals";
            faults.rule(FaultCode::OutOfRange, at, detail);
        }
        quantity
    }
}

impl Serialize for Quantity {
    /// A whole number is written as an integer, so that digests of what was stored before there were decimals stay the
    /// same.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_multiple_of(HUNDREDTHS_OF_ONE) {
            return serializer.serialize_u32(self.0 / HUNDREDTHS_OF_ONE);
        }
        // The float next to so short a decimal is written as that decimal.
        serializer.serialize_f64(f64::from(self.0) / f64::from(HUNDREDTHS_OF_ONE))
    }
}

compare_as_whole!(Quantity);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::fault::Refusal;

    fn hundredths(text: &str) -> Result<u32, &'static str> {
        match Quantity::parse(text.as_bytes()) {
            Ok(quantity) => Ok(quantity.hundredths()),
            Err(Refusal::Shape(faults) | Refusal::Rules(faults)) => Err(faults[0].code.word()),
        }
    }

    #[test]
    fn one_number_written_in_several_ways_is_one_quantity() {
        for (texts, expected) in [
            (
                &["2", "2.0", "2e0", "2.000000", "0.2E+1", "200e-2"][..],
                200,
            ),
            (&["1.25", "1.250", "125e-2", "0.0125E2", "12.5e-1"], 125),
            (&["0.01", "1e-2", "0.0100"], 1),
            (&["10000", "1e4", "10000.00", "9999.99e0"][..3], 1_000_000),
            (&["9999.99", "999999e-2"], 999_999),
        ] {
            for text in texts {
                assert_eq!(hundredths(text), Ok(expected), "{text}");
            }
        }
    }

    #[test]
    fn what_is_no_quantity_says_why() {
        for (text, code) in [
            ("0", "out_of_range"),
            ("0.0", "out_of_range"),
            ("-0", "out_of_range"),
            ("-1.25", "out_of_range"),
            ("10000.01", "out_of_range"),
            ("10001", "out_of_range"),
            ("1e300", "out_of_range"),
            ("92233720368547758070", "out_of_range"),
            ("0.001", "too_many_decimals"),
            ("1e-400", "too_many_decimals"),
            ("1.255", "too_many_decimals"),
            ("1.00000000000000000001", "too_many_decimals"),
            ("0.99999999999999999999", "too_many_decimals"),
            (r#""1.25""#, "wrong_type"),
            ("true", "wrong_type"),
            ("null", "wrong_type"),
        ] {
            assert_eq!(hundredths(text), Err(code), "{text}");
        }
    }

    #[test]
    fn it_is_written_in_its_shortest_form() {
        for hundredths in 1..=1_000_000_u32 {
            let (whole, rest) = (hundredths / 100, hundredths % 100);
            let expected = match (rest, rest % 10) {
                (0, _) => whole.to_string(),
                (_, 0) => format!("{whole}.{}", rest / 10),
                _ => format!("{whole}.{rest:02}"),
            };
            let written = serde_json::to_string(&Quantity(hundredths)).unwrap();
            assert_eq!(written, expected);
        }
    }
}
