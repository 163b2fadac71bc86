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
//!    and for its command line
//! 8. the event's data, UTF-8 JSON exactly as stored
//! 9. the hash of the subject's previous event, 32 bytes, or nothing (length 0) for its first
//!
//! Whoever alters, removes or reorders a subject's events breaks its chain from there on.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::{
    access::{ActorId, Roles},
    backtests::limits::Limits,
    claims::{
        claim::Status,
        outcome::{OutcomeRequest, PatientOutcome},
        payer::{Disposition, Payer},
        remittances::balance::NextDue,
        remittances::remittance::{Remittance, RemittanceRequest},
        review::{Review, ReviewRequest},
        sends::{ReasonRequest, SendRequest, SentClaim},
    },
    preauthorizations::PreauthorizationEntry,
    values::{
        closed_enum::string_enum,
        digest::{Sha256, sha256_hex},
        ids::{ClaimId, ClinicId},
        names::VersionName,
        text::Label,
        time::{Day, Timestamp},
    },
};

/// Declares the kinds of events: for each its word and its payload.
macro_rules! events {
    ($($(#[doc = $meaning:literal])+ $kind:ident($payload:ty) = $word:literal,)+) => {
        string_enum! {
            /// What happened.
            EventKind { $($(#[doc = $meaning])+ $kind = $word,)+ }
        }

        /// What happened, with what the record keeps of it. The JSON form is stored and hashed: fields of an
        /// existing payload keep their names, their order and their nulls for ever.
        #[derive(Debug, Serialize)]
        #[serde(untagged)]
        pub enum EventPayload<'a> {
            $($(#[doc = $meaning])+ $kind($payload),)+
        }

        impl EventPayload<'_> {
            /// The kind of event.
            pub fn kind(&self) -> EventKind {
                match self {
                    $(Self::$kind(_) => EventKind::$kind,)+
                }
            }
        }
    };
}

events! {
    /// A claim was received and decided.
    ClaimReceived(ClaimReceived<'a>) = "claim.received",
    /// A prior approval was entered.
    PreauthorizationCreated(&'a PreauthorizationEntry) = "preauthorization.created",
    /// A prior approval was changed.
    PreauthorizationUpdated(&'a PreauthorizationEntry) = "preauthorization.updated",
    /// A clinic was created.
    ClinicCreated(NamedClinic<'a>) = "clinic.created",
    /// An API key was created.
    KeyCreated(NamedKey<'a>) = "key.created",
    /// An API key was revoked.
    KeyRevoked(NamedKey<'a>) = "key.revoked",
    /// A rulebook came with a version of Payerline.
    RulebookShipped(WrittenRulebook<'a>) = "rulebook.shipped",
    /// A draft of a rulebook was written.
    RulebookDrafted(WrittenRulebook<'a>) = "rulebook.drafted",
    /// A draft was written anew.
    RulebookRedrafted(WrittenRulebook<'a>) = "rulebook.redrafted",
    /// A draft was thrown away.
    RulebookDiscarded(DiscardedRulebook<'a>) = "rulebook.discarded",
    /// A version of a rulebook was put into force, from a day of service on.
    RulebookActivated(ActivatedRulebook<'a>) = "rulebook.activated",
    /// Another version took the place of a rulebook that was in force.
    RulebookSuperseded(SupersededRulebook<'a>) = "rulebook.superseded",
    /// A claim was decided again.
    ClaimRedecided(RedecidedClaim<'a>) = "claim.redecided",
    /// A claim was replaced by another claim, which corrects it.
    ClaimReplaced(ReplacedClaim) = "claim.replaced",
    /// A person confirmed or overrode what was decided about a claim.
    ClaimReviewed(RecordedReview<'a>) = "claim.reviewed",
    /// A claim was sent to a payer.
    ClaimSent(SentToPayer<'a>) = "claim.sent",
    /// A payer answered a claim.
    ClaimAnswered(RecordedRemittance<'a>) = "claim.answered",
    /// A payer's refusal was contested.
    ClaimAppealed(ReasonedStep<'a>) = "claim.appealed",
    /// A claim was withdrawn.
    ClaimVoided(ReasonedStep<'a>) = "claim.voided",
    /// It was recorded how the patient of a claim fares.
    ClaimOutcomeRecorded(RecordedOutcome<'a>) = "claim.outcome_recorded",
}

impl EventPayload<'_> {
    /// The text that is stored and hashed.
    ///
    /// # Errors
    /// None of the payloads fails to serialize; the serializer's signature says it could.
    pub fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }
}

/// A claim as it was first decided. The digests tie its evidence, which the claim's row holds, to the chain.
#[derive(Debug, Serialize, Deserialize)]
pub struct ClaimReceived<'a> {
    pub payer: Payer,
    pub disposition: Disposition,
    /// SHA-256 of the submission's text as sent, hexadecimal.
    pub submission_sha256: &'a str,
    /// SHA-256 of the decision's text as stored, hexadecimal.
    pub decision_sha256: &'a str,
    /// SHA-256 of the text of the facts from outside, hexadecimal. Events before 2026-12 have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts_sha256: Option<&'a str>,
}

/// A claim that was decided again: its decision before and after.
#[derive(Debug, Serialize, Deserialize)]
pub struct RedecidedClaim<'a> {
    #[serde(borrow)]
    pub before: RecordedDecision<'a>,
    #[serde(borrow)]
    pub after: RecordedDecision<'a>,
    /// The review of the claim as it is since then, if the claim was reviewed.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub review: Option<&'a RawValue>,
}

/// A decision with all that is needed to make it again but the submission, which never changes.
#[derive(Debug, Serialize, Deserialize)]
pub struct RecordedDecision<'a> {
    pub payer: Payer,
    pub disposition: Disposition,
    /// SHA-256 of `decision`, hexadecimal.
    pub decision_sha256: String,
    #[serde(borrow)]
    pub decision: &'a RawValue,
    #[serde(borrow)]
    pub facts: &'a RawValue,
}

impl<'a> RecordedDecision<'a> {
    /// Embeds the texts of a decision and of its facts byte for byte.
    ///
    /// # Errors
    /// When a text is not JSON.
    pub fn new(
        payer: Payer,
        disposition: Disposition,
        decision: &'a str,
        facts: &'a str,
    ) -> serde_json::Result<Self> {
        Ok(Self {
            payer,
            disposition,
            decision_sha256: sha256_hex(decision),
            decision: serde_json::from_str(decision)?,
            facts: serde_json::from_str(facts)?,
        })
    }
}

/// A claim that was replaced. What was decided about it stays as it was.
#[derive(Debug, Serialize)]
pub struct ReplacedClaim {
    pub replaced_by: ClaimId,
    /// The status that it had until then.
    pub status_before: Status,
}

/// A claim that a person reviewed.
#[derive(Debug, Serialize)]
pub struct RecordedReview<'a> {
    /// What was asked for: the same again is known by it.
    pub request: &'a ReviewRequest,
    /// The status that it had until then.
    pub status_before: Status,
    /// Payer and disposition of the claim since then.
    pub payer: Payer,
    pub disposition: Disposition,
    /// The review as the claim has it since then.
    pub review: &'a Review,
}

/// A claim that a payer was sent.
#[derive(Debug, Serialize)]
pub struct SentToPayer<'a> {
    /// What was asked for: the same again is known by it.
    pub request: &'a SendRequest,
    /// The status that it had until then.
    pub status_before: Status,
    pub sent: &'a SentClaim,
}

/// A claim that a payer answered.
#[derive(Debug, Serialize)]
pub struct RecordedRemittance<'a> {
    /// What was asked for: the same again is known by it.
    pub request: &'a RemittanceRequest,
    /// The status that it had until then.
    pub status_before: Status,
    /// The status that it has since then.
    pub status: Status,
    pub remittance: &'a Remittance,
    /// Whose turn it is since then, in turn.
    pub next_dues: &'a [NextDue],
}

/// How the patient of a claim fares.
#[derive(Debug, Serialize)]
pub struct RecordedOutcome<'a> {
    /// What was asked for: the same again is known by it.
    pub request: &'a OutcomeRequest,
    pub outcome: &'a PatientOutcome,
}

/// A step that needs nothing but a reason.
#[derive(Debug, Serialize)]
pub struct ReasonedStep<'a> {
    /// What was asked for: the same again is known by it.
    pub request: &'a ReasonRequest,
    /// The status that it had until then.
    pub status_before: Status,
}

/// A clinic that was created.
#[derive(Debug, Serialize)]
pub struct NamedClinic<'a> {
    pub name: &'a Label,
}

/// An API key that was created or revoked; never the key itself, nor its hash.
#[derive(Debug, Serialize)]
pub struct NamedKey<'a> {
    pub name: &'a Label,
    pub roles: &'a Roles,
}

/// A version of a rulebook as it was written. The digests tie its table and its golden cases to the chain.
#[derive(Debug, Serialize)]
pub struct WrittenRulebook<'a> {
    pub version: &'a VersionName,
    pub name: &'a Label,
    pub sha256: &'a str,
    pub based_on: Option<&'a VersionName>,
    pub golden_cases_sha256: String,
}

/// A draft that was thrown away.
#[derive(Debug, Serialize)]
pub struct DiscardedRulebook<'a> {
    pub version: &'a VersionName,
    pub sha256: &'a str,
}

/// A version that was put into force.
#[derive(Debug, Serialize)]
pub struct ActivatedRulebook<'a> {
    pub version: &'a VersionName,
    pub sha256: &'a str,
    pub effective_from: Day,
    /// The day from which it decided until now.
    pub moved_from: Option<Day>,
    /// The version that decided from this day on until now.
    pub supersedes: Option<&'a VersionName>,
    /// The back-test that it was held to, with its limits.
    pub limits: Option<Limits>,
}

/// A version that another took the place of.
#[derive(Debug, Serialize)]
pub struct SupersededRulebook<'a> {
    pub superseded_by: &'a VersionName,
    pub effective_from: Day,
}

/// One event in its place in its subject's chain, ready to be hashed and stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub clinic: ClinicId,
    /// What it happened to: a claim, a preauthorization, a key, a clinic or a rulebook.
    pub subject: Uuid,
    /// Its number in the subject's chain, from 1.
    pub number: i64,
    pub kind: EventKind,
    pub at: Timestamp,
    /// Who caused it; `None` for the service itself.
    pub actor: Option<ActorId>,
    /// The payload, JSON.
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
                .map_or(&[], |actor| actor.as_bytes().as_slice()),
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
                actor: Some(ActorId::Key(Uuid::from_u128(0).into())),
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
