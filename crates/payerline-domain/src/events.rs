//! Events: the append-only, hash-chained record of everything that happened to a claim, an approval,
//! a key, a clinic or a rulebook.
//!
//! An event's hash is SHA-256 over these bytes, in this order, each part preceded by its length in
//! bytes as an unsigned 64-bit big-endian integer:
//!
//! 1. the text `payerline-event-v1`
//! 2. the clinic's id, 16 bytes
//! 3. the id of its subject (the claim, preauthorization, key, clinic or rulebook), 16 bytes
//! 4. the event's number in its subject's chain, from 1, 8 bytes big-endian
//! 5. the kind, a word such as `claim.received`
//! 6. the instant in microseconds since 1970-01-01T00:00:00Z, 8 bytes big-endian
//! 7. the id of the API key that caused it, 16 bytes, or nothing (length 0) for the service itself
//! 8. the event's data, UTF-8 JSON exactly as stored
//! 9. the hash of the subject's previous event, 32 bytes, or nothing (length 0) for its first
//!
//! Whoever alters, removes or reorders a subject's events breaks its chain from there on.

use serde::Serialize;
use uuid::Uuid;

use crate::{
    claims::payer::{Disposition, Payer},
    values::{
        closed_enum::string_enum,
        digest::Sha256,
        ids::{ClinicId, KeyId},
        time::Timestamp,
    },
};

string_enum! {
    /// What happened.
    EventKind {
        /// A claim was received and decided.
        ClaimReceived = "claim.received",
        /// A prior approval was entered.
        PreauthorizationCreated = "preauthorization.created",
        /// A prior approval was changed.
        PreauthorizationUpdated = "preauthorization.updated",
        /// A clinic was created.
        ClinicCreated = "clinic.created",
        /// An API key was created.
        KeyCreated = "key.created",
        /// An API key was revoked.
        KeyRevoked = "key.revoked",
        /// A rulebook came with a version of Payerline.
        RulebookShipped = "rulebook.shipped",
        /// A draft of a rulebook was written.
        RulebookDrafted = "rulebook.drafted",
        /// A draft was written anew.
        RulebookRedrafted = "rulebook.redrafted",
        /// A draft was thrown away.
        RulebookDiscarded = "rulebook.discarded",
        /// A version of a rulebook was put into force, from a day of service on.
        RulebookActivated = "rulebook.activated",
        /// Another version took the place of a rulebook that was in force.
        RulebookSuperseded = "rulebook.superseded",
        /// A claim was decided again.
        ClaimRedecided = "claim.redecided",
    }
}

/// The data of a [`EventKind::ClaimReceived`] event: digests tie the evidence to the chain.
#[derive(Debug, Serialize)]
pub struct ClaimReceived<'a> {
    /// The payer decided.
    pub payer: Payer,
    /// The disposition decided.
    pub disposition: Disposition,
    /// SHA-256 of the submission's text as sent, hexadecimal.
    pub submission_sha256: &'a str,
    /// SHA-256 of the decision's text as stored, hexadecimal.
    pub decision_sha256: &'a str,
}

/// One event, ready to be hashed and stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The clinic.
    pub clinic: ClinicId,
    /// What it happened to: a claim, a preauthorization, a key or a clinic.
    pub subject: Uuid,
    /// Its number in the subject's chain, from 1: the subject's version after it.
    pub number: i64,
    /// What happened.
    pub kind: EventKind,
    /// When.
    pub at: Timestamp,
    /// The key that caused it; `None` for the service itself.
    pub actor: Option<KeyId>,
    /// What changed, JSON.
    pub data: String,
    /// The hash of the subject's previous event; `None` for its first.
    pub previous: Option<[u8; 32]>,
}

impl Event {
    /// The hash over the documented bytes.
    pub fn hash(&self) -> [u8; 32] {
        use crate::values::closed_enum::ClosedEnum;
        let mut digest = Sha256::new();
        let mut part = |bytes: &[u8]| {
            let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            digest.update(&length.to_be_bytes());
            digest.update(bytes);
        };
        part(b"payerline-event-v1");
        part(self.clinic.uuid().as_bytes());
        part(self.subject.as_bytes());
        part(&self.number.to_be_bytes());
        part(self.kind.word().as_bytes());
        part(&self.at.microseconds().to_be_bytes());
        part(
            self.actor
                .as_ref()
                .map_or(&[], |key| key.as_bytes().as_slice()),
        );
        part(self.data.as_bytes());
        part(self.previous.as_ref().map_or(&[], |hash| hash.as_slice()));
        digest.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::digest::sha256;

    fn event() -> Event {
        Event {
            clinic: Uuid::from_u128(1).into(),
            subject: Uuid::from_u128(2),
            number: 1,
            kind: EventKind::ClaimReceived,
            at: Timestamp::from_microseconds(1_780_000_000_000_000).unwrap(),
            actor: None,
            data: "{}".to_owned(),
            previous: None,
        }
    }

    #[test]
    fn the_hash_is_the_one_the_documentation_describes() {
        let mut bytes = Vec::new();
        for part in [
            b"payerline-event-v1".as_slice(),
            Uuid::from_u128(1).as_bytes(),
            Uuid::from_u128(2).as_bytes(),
            &1_i64.to_be_bytes(),
            b"claim.received",
            &1_780_000_000_000_000_i64.to_be_bytes(),
            b"",
            b"{}",
            b"",
        ] {
            bytes.extend(u64::try_from(part.len()).unwrap().to_be_bytes());
            bytes.extend(part);
        }
        assert_eq!(event().hash(), sha256(&bytes));
    }

    #[test]
    fn every_part_counts() {
        let original = event().hash();
        let changed = [
            Event {
                subject: Uuid::from_u128(3),
                ..event()
            },
            Event {
                number: 2,
                ..event()
            },
            Event {
                actor: Some(Uuid::from_u128(0).into()),
                ..event()
            },
            Event {
                data: "{ }".to_owned(),
                ..event()
            },
            Event {
                previous: Some([0; 32]),
                ..event()
            },
        ];
        for event in changed {
            assert_ne!(event.hash(), original, "{event:?}");
        }
    }
}
