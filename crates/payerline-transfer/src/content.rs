//! What the files of an import hold.

use std::borrow::Cow;

use payerline_domain::{
    claims::{remittances::line::RemittanceLine, submission::Submission},
    parse::decode::Decode,
    values::{digest::sha256, text::to_nfc, time::Day},
};
use serde::Deserialize;

/// No birth date is after this day, so a claim's content can be compared without a clock.
const LAST_DAY: &str = "9999-12-31";
/// Stands between the parts of a key, none of which contains it.
pub const KEY_SEPARATOR: &str = "\u{1f}";

/// What the files of an import hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Content {
    #[default]
    Claims,
    /// What payers answer.
    Remittances,
}

impl Content {
    /// The path of the operation that takes them, a segment each.
    pub fn path(self) -> &'static [&'static str] {
        match self {
            Self::Claims => &["v1", "claims", "batch"],
            Self::Remittances => &["v1", "remittances", "batch"],
        }
    }

    pub fn noun(self) -> &'static str {
        match self {
            Self::Claims => "claims",
            Self::Remittances => "remittances",
        }
    }

    /// The columns that together tell one from another, those that a file has.
    pub fn key_columns(self) -> &'static [&'static str] {
        match self {
            Self::Claims => &["external_id"],
            Self::Remittances => &["claim_id", "external_id", "number", "payer"],
        }
    }

    /// The column that every file has: by it the line of names is found.
    pub fn needed_column(self) -> &'static str {
        match self {
            Self::Claims => "external_id",
            Self::Remittances => "number",
        }
    }

    /// What says that two rows are of one: for messages.
    pub fn same(self) -> &'static str {
        match self {
            Self::Claims => "the same `external_id`",
            Self::Remittances => "the same `number` of one payer and claim",
        }
    }

    /// What tells one from another, as the service compares it; `None` where that cannot be read.
    pub fn key_of(self, json: &[u8]) -> Option<String> {
        match self {
            Self::Claims => {
                #[derive(Deserialize)]
                struct Identified<'a> {
                    #[serde(borrow)]
                    external_id: Cow<'a, str>,
                }
                let claim: Identified<'_> = serde_json::from_slice(json).ok()?;
                Some(to_nfc(&claim.external_id).into_owned())
            }
            Self::Remittances => {
                #[derive(Deserialize)]
                struct Identified<'a> {
                    #[serde(borrow, default)]
                    claim_id: Option<Cow<'a, str>>,
                    #[serde(borrow, default)]
                    external_id: Option<Cow<'a, str>>,
                    #[serde(borrow)]
                    number: Cow<'a, str>,
                    #[serde(borrow)]
                    payer: Cow<'a, str>,
                }
                let line: Identified<'_> = serde_json::from_slice(json).ok()?;
                let (number, payer) = (Some(line.number), Some(line.payer));
                let parts = [line.claim_id, line.external_id, number, payer];
                let parts: Vec<String> = parts
                    .iter()
                    .map(|it| to_nfc(it.as_deref().unwrap_or_default()).into_owned())
                    .collect();
                Some(parts.join(KEY_SEPARATOR))
            }
        }
    }

    /// The same for two texts that the service takes for the same; `None` where it refuses them.
    pub fn digest_of(self, json: &[u8]) -> Option<[u8; 32]> {
        match self {
            Self::Claims => {
                let submission = Submission::parse(json, Day::parse(LAST_DAY)?).ok()?;
                submission.content_digest().ok()
            }
            Self::Remittances => {
                let line = RemittanceLine::parse(json).ok()?;
                serde_json::to_vec(&line).ok().map(sha256)
            }
        }
    }
}
