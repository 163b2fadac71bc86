//! Ids that Payerline assigns: UUIDv7 whose order is the order of creation to the microsecond.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::time::Timestamp;
use crate::parse::{
    compare::compare_as_whole,
    decode::{self, Decode},
    fault::{At, Faults},
    fault_code::FaultCode,
    json::Node,
};

/// Makes a UUIDv7 for something that happened at a time: its first 48 bits are the milliseconds, the
/// next 12 (RFC 9562 method 3) start with the microseconds, the rest are `random`.
pub fn uuid_at(time: Timestamp, random: [u8; 10]) -> Uuid {
    let microseconds = u64::try_from(time.microseconds()).unwrap_or_default();
    let (millis, micros) = (microseconds / 1000, microseconds % 1000);
    let [_, second, rest @ ..] = random;
    // 10 bits of microseconds from the top of the 12, then 2 random bits.
    let [high, low] = u16::try_from(micros << 2).unwrap_or_default().to_be_bytes();
    let mut bytes = [high, low | (second & 0b11), 0, 0, 0, 0, 0, 0, 0, 0];
    bytes
        .iter_mut()
        .skip(2)
        .zip(rest)
        .for_each(|(to, from)| *to = from);
    uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
}

/// The lowest id that something created at a time or later can have.
pub fn first_uuid_at(time: Timestamp) -> Uuid {
    uuid_at(time, [0; 10])
}

macro_rules! id {
    ($(#[$meta:meta])* $name:ident, $whose:literal) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(Serialize, Deserialize, ToSchema)]
        // No `example`: Swagger UI would fill it into paths, where it finds nothing.
        #[schema(value_type = String, format = Uuid, examples("01980a6e-2c4f-7d31-a5b0-6f3e5c1d2b7a"))]
        pub struct $name(Uuid);

        impl $name {
            /// Reads an id in its hyphenated form.
            pub fn parse(text: &str) -> Option<Self> {
                (text.len() == 36).then(|| Uuid::try_parse(text).ok())?.map(Self)
            }

            pub fn uuid(self) -> Uuid {
                self.0
            }

            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl Decode for $name {
            fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
                let id = Self::parse(decode::read_text(node, at, faults)?);
                if id.is_none() {
                    let detail = concat!("must be the id of ", $whose, ", a UUID");
                    faults.rule(FaultCode::InvalidId, at, detail);
                }
                id
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(&self.0.hyphenated(), out)
            }
        }
    };
}

id! {
    /// The id of a claim.
    ClaimId, "a claim"
}
id! {
    /// The id of a clinic, the tenant that owns every row.
    ClinicId, "a clinic"
}
id! {
    /// The id of an API key (not the key itself).
    KeyId, "an API key"
}
id! {
    /// The id of a preauthorization in the clinic's ledger.
    PreauthorizationId, "a preauthorization"
}
id! {
    /// The id of a version of a rulebook.
    RulebookId, "a version of a rulebook"
}
id! {
    /// The id of a back-test.
    BacktestId, "a back-test"
}

compare_as_whole!(ClaimId);

impl ClinicId {
    /// The clinic of what Payerline ships: no clinic has this id, so no key does.
    pub const SHIPPED: Self = Self(Uuid::nil());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_uuid_v7_and_sort_by_microsecond() {
        let mut last = Uuid::nil();
        for microsecond in 1_780_000_000_000_000_i64..1_780_000_000_003_000 {
            let time = Timestamp::from_microseconds(microsecond).unwrap();
            let low = first_uuid_at(time);
            let id = uuid_at(time, [0xff; 10]);
            assert_eq!(id.get_version_num(), 7);
            assert_eq!(id.get_variant(), uuid::Variant::RFC4122);
            assert!(last < low && low < id);
            last = id;
        }
    }
}
