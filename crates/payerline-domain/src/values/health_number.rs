//! A provincial health number; Ontario's is checked for its form and check digit.

use serde::Serialize;

use super::{place::Province, text::Label};
use crate::parse::{
    compare::compare_as_whole,
    decode::{self, Decode},
    fault::{At, Faults},
    fault_code::FaultCode,
    json::Node,
    record::record,
};

record! {
    /// The number on a patient's provincial health card. That an Ontario number passes its check digit
    /// says nothing about eligibility.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct HealthNumber {
        /// The number, digits only. Ontario: ten digits, the last one a check digit.
        #[schema(value_type = String, min_length = 1, max_length = 64, example = "9393881587")]
        pub value: Label,
        /// The version code of an Ontario card: up to two letters; lower case is taken too.
        #[schema(value_type = Option<String>, max_length = 2, example = "AB")]
        pub version: Option<VersionCode>,
        /// The province that issued the card.
        pub province: Province,
    }
    compared by field;
    check(_, at, faults) {
        if let (Some(value), Some(Province::Ontario)) = (&value, province)
            && let Err(detail) = check_ontario(value.as_str())
        {
            faults.rule(FaultCode::InvalidHealthNumber, &at.field("value"), detail);
        }
    }
}

/// The version code of an Ontario card: up to two letters, kept as capitals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VersionCode(String);

impl Decode for VersionCode {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let text = decode::read_text(node, at, faults)?;
        if text.len() <= 2 && text.bytes().all(|b| b.is_ascii_alphabetic()) {
            return Some(Self(text.to_ascii_uppercase()));
        }
        let detail = "must be at most two letters";
        faults.rule(FaultCode::InvalidVersionCode, at, detail);
        None
    }

    fn decode_optional(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        decode::read_optional_text(node, at, faults)
    }
}

compare_as_whole!(VersionCode);

/// Ten digits that pass the mod 10 (Luhn) check.
fn check_ontario(number: &str) -> Result<(), &'static str> {
    if number.len() != 10 || !number.bytes().all(|b| b.is_ascii_digit()) {
        return Err("an Ontario health number is ten digits, without spaces or dashes");
    }
    let sum: u32 = number
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0');
            match (place % 2, digit) {
                (0, _) => digit,
                (_, 0..=4) => digit * 2,
                _ => digit * 2 - 9,
            }
        })
        .sum();
    if sum.is_multiple_of(10) {
        Ok(())
    } else {
        Err("the check digit does not match: a digit is wrong or two are swapped")
    }
}

#[cfg(test)]
mod tests {
    use super::check_ontario;

    #[test]
    fn the_check_digit_tells_a_mistyped_number() {
        assert!(check_ontario("9393881587").is_ok());
        for wrong in [
            "1234567890",
            "9393881578",
            "939388158",
            "93938815870",
            "9393 81587",
            "939388158é",
        ] {
            assert!(check_ontario(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_single_wrong_digit_is_caught() {
        for place in 0..10 {
            for digit in b'0'..=b'9' {
                let mut number = b"9393881587".to_vec();
                if number[place] == digit {
                    continue;
                }
                number[place] = digit;
                assert!(check_ontario(std::str::from_utf8(&number).unwrap()).is_err());
            }
        }
    }
}
