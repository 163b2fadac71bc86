use csv::ByteRecord;

use super::{error::SourceError, line_reader::FileOffset};
use crate::problem::ProblemDetails;

/// The longest claim that the service accepts.
pub(super) const MAX_CLAIM_BYTES: usize = 1 << 20;

/// A claim, or a remittance, as it stands in a file.
#[derive(Debug)]
pub struct FileClaim {
    pub begin: FileOffset,
    pub end: FileOffset,
    /// What tells it from others, as the service compares it: a claim's external id. `None` where there is none.
    pub key: Option<String>,
    /// The claim without a line break; the line as it stands in the file when it is refused unsent.
    pub json: Vec<u8>,
    /// The rows of the claim, when the file is CSV.
    pub rows: Vec<ByteRecord>,
    pub state: ClaimState,
    /// What stands elsewhere under the same external id, and is refused together with this claim.
    pub elsewhere: Vec<FileClaim>,
}

#[derive(Debug)]
pub enum ClaimState {
    /// To be sent, after some attempts that the service could not answer for good.
    Open {
        attempts: u32,
    },
    Stored,
    /// Stored before, with the same content.
    AlreadyThere,
    Refused(ProblemDetails),
}

impl ClaimState {
    pub const UNSENT: Self = Self::Open { attempts: 0 };

    /// A claim that the service would refuse for its length is not sent.
    pub fn before_sending(json: &[u8]) -> Self {
        if json.len() > MAX_CLAIM_BYTES {
            let detail = format!("A claim may have at most {MAX_CLAIM_BYTES} bytes.");
            return Self::Refused(ProblemDetails::new(413, "Claim too long", &detail));
        }
        Self::UNSENT
    }
}

impl FileClaim {
    /// The first line, counted from 1.
    pub fn line(&self) -> u64 {
        self.begin.line + 1
    }

    pub fn is_open(&self) -> bool {
        matches!(self.state, ClaimState::Open { .. })
    }
}

#[cfg(test)]
impl FileClaim {
    pub(crate) fn in_test(line: u64, json: &str) -> Self {
        let begin = FileOffset {
            byte: 0,
            line: line - 1,
        };
        Self {
            begin,
            end: FileOffset::default(),
            key: None,
            json: json.as_bytes().to_vec(),
            rows: Vec::new(),
            state: ClaimState::UNSENT,
            elsewhere: Vec::new(),
        }
    }
}

/// Reads the claims of a file.
pub trait ClaimSource: Send {
    /// The next claim, or `None` at the end.
    fn next_claim(&mut self) -> Result<Option<FileClaim>, SourceError>;
}
