//! What can be wrong with a claim: one fault of each kind that a service has to refuse.

use jiff::{ToSpan, civil::Date};

use super::{
    claim::{self, Claim},
    people::{HealthNumber, check_digit},
    situation::Accident,
};

/// A fault of one claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// One of the claim alone.
    Of(Kind),
    /// It has the external id of an earlier claim, and other content.
    IdOf(u64),
}

/// A kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// The line breaks off.
    #[default]
    NoJson,
    /// The line is a list.
    NoObject,
    /// A byte that is no UTF-8.
    NoText,
    /// A field that does not exist.
    UnknownField,
    /// A key that stands twice.
    DuplicateKey,
    /// A required field that is missing.
    MissingField,
    /// A price with a fraction.
    WrongType,
    /// A category that does not exist.
    UnknownWord,
    /// A health number that fails its check digit.
    CheckDigit,
    /// A version code in small letters.
    VersionCode,
    /// 30 February.
    NoDay,
    /// A service before the patient's birth.
    BeforeBirth,
    /// A patient who is not born yet.
    Unborn,
    /// An accident after the treatment.
    LateAccident,
    /// No items.
    NoItems,
    /// An item of no pieces.
    Quantity,
    /// A negative price.
    Credit,
    /// An external id that is too long.
    LongId,
    /// A control character in an id.
    ControlCharacter,
    /// The external id of another claim.
    TakenId,
}

/// Every kind, and how likely it is.
pub const KINDS: &[(u32, Kind)] = &[
    (1, Kind::NoJson),
    (1, Kind::NoObject),
    (1, Kind::NoText),
    (1, Kind::UnknownField),
    (1, Kind::DuplicateKey),
    (1, Kind::MissingField),
    (1, Kind::WrongType),
    (1, Kind::UnknownWord),
    (1, Kind::CheckDigit),
    (1, Kind::VersionCode),
    (1, Kind::NoDay),
    (1, Kind::BeforeBirth),
    (1, Kind::Unborn),
    (1, Kind::LateAccident),
    (1, Kind::NoItems),
    (1, Kind::Quantity),
    (1, Kind::Credit),
    (1, Kind::LongId),
    (1, Kind::ControlCharacter),
    (1, Kind::TakenId),
];

/// A day on which nobody who is a patient is born.
const NEVER: Date = jiff::civil::date(2999, 1, 1);
/// What stands before the first price, date and so on.
const PRICE: &[u8] = b"\"unit_price_cents\":";
const SERVICE_DATE: &[u8] = b"\"service_date\":\"";
const BIRTH_DATE: &[u8] = b",\"birth_date\":\"";
const PATIENT: &[u8] = b"\"patient\":{\"id\":\"";
const CATEGORY: &[u8] = b"\"category\":\"";

impl Fault {
    /// Appends the claim as JSON with this fault in it.
    pub fn write(self, mut claim: Claim, out: &mut Vec<u8>) {
        match self {
            Self::IdOf(earlier) => claim.external_id = claim::external_id(earlier),
            Self::Of(kind) => kind.spoil_content(&mut claim),
        }
        let start = out.len();
        claim.write(out);
        if let Self::Of(kind) = self {
            let mut line = out.split_off(start);
            kind.spoil_text(&mut line);
            out.append(&mut line);
        }
    }
}

impl Kind {
    /// Faults of content.
    fn spoil_content(self, claim: &mut Claim) {
        let first = claim.items.first_mut();
        match self {
            Self::CheckDigit | Self::VersionCode => {
                let version = if self == Self::VersionCode {
                    "ab"
                } else {
                    "AB"
                };
                claim.patient.health_number =
                    Some(health_number(version, self == Self::CheckDigit));
            }
            Self::BeforeBirth => {
                if let Some(item) = first {
                    item.date = claim.patient.birth_date.saturating_sub(1.day());
                }
            }
            Self::Unborn => claim.patient.birth_date = NEVER,
            Self::LateAccident => {
                claim.accident = first.map(|item| Accident {
                    cause: "other",
                    date: item.date.saturating_add(1.day()),
                    province: None,
                    election: None,
                });
            }
            Self::NoItems => claim.items.clear(),
            Self::Quantity => {
                if let Some(item) = first {
                    item.quantity = 0;
                }
            }
            Self::LongId => claim.external_id = format!("{:065}", 0),
            _ => {}
        }
    }

    /// Faults of form.
    fn spoil_text(self, line: &mut Vec<u8>) {
        match self {
            Self::NoJson => line.truncate(line.len() / 2),
            Self::NoObject => {
                line.insert(0, b'[');
                line.push(b']');
            }
            Self::NoText => insert(line, after(line, PATIENT), b"\xff"),
            Self::ControlCharacter => insert(line, after(line, PATIENT), b"\\u0000"),
            Self::UnknownField => insert(line, Some(1), b"\"refered_by\":\"D-3\","),
            Self::DuplicateKey => {
                insert(
                    line,
                    line.len().checked_sub(1),
                    b",\"external_id\":\"INV-0\"",
                );
            }
            Self::MissingField => {
                if let Some(end) = after(line, BIRTH_DATE) {
                    // Ten characters of the day and its quote.
                    line.drain(end - BIRTH_DATE.len()..end + 11);
                }
            }
            Self::WrongType => insert(line, after(line, PRICE), b"1."),
            Self::Credit => insert(line, after(line, PRICE), b"-1"),
            Self::UnknownWord => insert(line, after(line, CATEGORY), b"un"),
            Self::NoDay => {
                if let Some(start) = after(line, SERVICE_DATE) {
                    line.splice(start + 5..start + 10, *b"02-30");
                }
            }
            _ => {}
        }
    }
}

/// A health number whose version or check digit is wrong.
fn health_number(version: &'static str, wrong: bool) -> HealthNumber {
    let nine = 939_388_158;
    let digit = (check_digit(nine) + u32::from(wrong)) % 10;
    HealthNumber {
        value: format!("{nine}{digit}"),
        version: Some(version),
        province: "ON",
    }
}

/// The place after the first occurrence of a text.
fn after(line: &[u8], text: &[u8]) -> Option<usize> {
    let start = line.windows(text.len()).position(|window| window == text)?;
    Some(start + text.len())
}

fn insert(line: &mut Vec<u8>, place: Option<usize>, text: &[u8]) {
    if let Some(place) = place {
        line.splice(place..place, text.iter().copied());
    }
}
