//! Faults of claims: one of each kind that a service has to refuse.

use jiff::{ToSpan, civil::Date};

use super::{
    accident::Accident,
    claim::{self, Claim},
    people::{HealthNumber, check_digit},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    Single(FaultKind),
    /// The claim has the external id of an earlier claim, and other content.
    TakenId(u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FaultKind {
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
    /// A version code with a digit.
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

/// The kinds and their weights.
pub const KINDS: &[(u32, FaultKind)] = &[
    (1, FaultKind::NoJson),
    (1, FaultKind::NoObject),
    (1, FaultKind::NoText),
    (1, FaultKind::UnknownField),
    (1, FaultKind::DuplicateKey),
    (1, FaultKind::MissingField),
    (1, FaultKind::WrongType),
    (1, FaultKind::UnknownWord),
    (1, FaultKind::CheckDigit),
    (1, FaultKind::VersionCode),
    (1, FaultKind::NoDay),
    (1, FaultKind::BeforeBirth),
    (1, FaultKind::Unborn),
    (1, FaultKind::LateAccident),
    (1, FaultKind::NoItems),
    (1, FaultKind::Quantity),
    (1, FaultKind::Credit),
    (1, FaultKind::LongId),
    (1, FaultKind::ControlCharacter),
    (1, FaultKind::TakenId),
];

const FUTURE_BIRTH_DATE: Date = jiff::civil::date(2999, 1, 1);
// The text before the first price, date and so on.
const PRICE: &[u8] = b"\"unit_price_cents\":";
const SERVICE_DATE: &[u8] = b"\"service_date\":\"";
const BIRTH_DATE: &[u8] = b",\"birth_date\":\"";
const PATIENT: &[u8] = b"\"patient\":{\"id\":\"";
const CATEGORY: &[u8] = b"\"category\":\"";

impl Fault {
    /// Appends the claim as JSON with this fault in it.
    pub fn write(self, mut claim: Claim, out: &mut Vec<u8>) {
        match self {
            Self::TakenId(earlier) => claim.external_id = claim::external_id(earlier),
            Self::Single(kind) => kind.spoil_content(&mut claim),
        }
        let start = out.len();
        claim.write(out);
        if let Self::Single(kind) = self {
            let mut line = out.split_off(start);
            kind.spoil_text(&mut line);
            out.append(&mut line);
        }
    }
}

impl FaultKind {
    /// Changes the content; kinds of form change nothing.
    fn spoil_content(self, claim: &mut Claim) {
        let first = claim.items.first_mut();
        match self {
            Self::CheckDigit | Self::VersionCode => {
                let version = if self == Self::VersionCode {
                    "A1"
                } else {
                    "AB"
                };
                claim.patient.health_number =
                    Some(new_health_number(version, self == Self::CheckDigit));
            }
            Self::BeforeBirth => {
                if let Some(item) = first {
                    item.date = claim.patient.birth_date.saturating_sub(1.day());
                }
            }
            Self::Unborn => claim.patient.birth_date = FUTURE_BIRTH_DATE,
            Self::LateAccident => {
                claim.accident = first.map(|item| Accident {
                    cause: "other",
                    date: item.date.saturating_add(1.day()),
                    province: None,
                    wsia_election: None,
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

    /// Changes the text; kinds of content change nothing.
    fn spoil_text(self, line: &mut Vec<u8>) {
        match self {
            Self::NoJson => line.truncate(line.len() / 2),
            Self::NoObject => {
                line.insert(0, b'[');
                line.push(b']');
            }
            Self::NoText => insert(line, find_end(line, PATIENT), b"\xff"),
            Self::ControlCharacter => insert(line, find_end(line, PATIENT), b"\\u0000"),
            Self::UnknownField => insert(line, Some(1), b"\"refered_by\":\"D-3\","),
            Self::DuplicateKey => {
                insert(
                    line,
                    line.len().checked_sub(1),
                    b",\"external_id\":\"INV-0\"",
                );
            }
            Self::MissingField => {
                if let Some(end) = find_end(line, BIRTH_DATE) {
                    // Ten characters of the day and its quote.
                    line.drain(end - BIRTH_DATE.len()..end + 11);
                }
            }
            Self::WrongType => insert(line, find_end(line, PRICE), b"1."),
            Self::Credit => insert(line, find_end(line, PRICE), b"-1"),
            Self::UnknownWord => insert(line, find_end(line, CATEGORY), b"un"),
            Self::NoDay => {
                if let Some(start) = find_end(line, SERVICE_DATE) {
                    line.splice(start + 5..start + 10, *b"02-30");
                }
            }
            _ => {}
        }
    }
}

fn new_health_number(version: &'static str, has_wrong_digit: bool) -> HealthNumber {
    let nine = 939_388_158;
    let digit = (check_digit(nine) + u32::from(has_wrong_digit)) % 10;
    HealthNumber {
        value: format!("{nine}{digit}"),
        version: Some(version),
        province: "ON",
    }
}

/// The index after the first occurrence of a text.
fn find_end(line: &[u8], text: &[u8]) -> Option<usize> {
    let start = line.windows(text.len()).position(|window| window == text)?;
    Some(start + text.len())
}

fn insert(line: &mut Vec<u8>, index: Option<usize>, text: &[u8]) {
    if let Some(index) = index {
        line.splice(index..index, text.iter().copied());
    }
}
