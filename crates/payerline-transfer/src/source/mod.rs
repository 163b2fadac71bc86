//! What is read from a file of claims: one unit after the other, each a claim with its place.

pub mod columns;
pub mod lines;
pub mod mapping;
pub mod records;
pub mod rows;

use std::io::{self, BufRead};

use csv::ByteRecord;
use serde::{Deserialize, Serialize};

use crate::problem::Problem;

pub use lines::Lines;
pub use rows::{Rows, Table};

/// The longest line that the service takes: 1 MiB.
const LINE_MOST: usize = 1 << 20;
/// The longest line, or claim of rows, that is held in memory: a file with a longer one is none of claims.
const UNIT_MOST: usize = 16 << 20;

/// A place between two lines of a file: how many bytes and lines stand before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Bytes before it.
    pub byte: u64,
    /// Lines before it.
    pub line: u64,
}

/// A claim as it stands in a file.
#[derive(Debug)]
pub struct Unit {
    /// The line where it begins, from 1.
    pub line: u64,
    /// Where it ends.
    pub end: Place,
    /// The claim as JSON, without a line break; as it stands in the file when it is refused already.
    pub claim: Vec<u8>,
    /// The rows it is made of, when the file is CSV.
    pub rows: Vec<ByteRecord>,
    /// What became of it.
    pub verdict: Verdict,
}

/// What became of a claim.
#[derive(Debug)]
pub enum Verdict {
    /// Nothing yet, after so many answers that called for another attempt.
    Open {
        /// How many.
        attempts: u32,
    },
    /// It was stored now.
    Stored,
    /// It was stored before.
    AlreadyThere,
    /// It was refused.
    Refused(Problem),
}

impl Verdict {
    /// Not sent yet.
    pub const NEW: Self = Self::Open { attempts: 0 };
}

/// Reads units from a file.
pub trait Source: Send {
    /// The next claim, or `None` at the end.
    ///
    /// # Errors
    /// When the file cannot be read on.
    fn next(&mut self) -> Result<Option<Unit>, SourceError>;
}

/// Why a file of claims cannot be read on.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// Its bytes cannot be read.
    #[error("it cannot be read")]
    Read(#[from] io::Error),
    /// Its content is none of claims.
    #[error("line {line}: {why}")]
    Content {
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        why: String,
    },
}

/// The refusal of a claim that is longer than the service takes; it need not be sent to be refused.
fn refuse_if_too_long(claim: &[u8]) -> Verdict {
    if claim.len() > LINE_MOST {
        let detail = format!("A claim may have at most {LINE_MOST} bytes.");
        return Verdict::Refused(Problem::new(413, "Claim too long", &detail));
    }
    Verdict::NEW
}

/// Reads a file line by line, and knows where it is.
struct LineReader<R> {
    input: R,
    place: Place,
}

impl<R: BufRead> LineReader<R> {
    /// Reads from a place on; the input stands there already.
    fn new(input: R, place: Place) -> Self {
        Self { input, place }
    }

    /// Appends the next line with its line break to what was read; false at the end of the file.
    fn append(&mut self, text: &mut Vec<u8>) -> Result<bool, SourceError> {
        let before = text.len();
        let room = UNIT_MOST.saturating_sub(before);
        let most = u64::try_from(room).unwrap_or(u64::MAX).saturating_add(1);
        let read = io::Read::take(&mut self.input, most).read_until(b'\n', text)?;
        if text.len() > UNIT_MOST {
            let why = format!(
                "this goes on for more than {} MiB without an end: is it a file of claims, one a line, \
                 or a quote that is never closed?",
                UNIT_MOST >> 20
            );
            return Err(self.content(why));
        }
        // A byte order mark, as Excel writes it.
        if self.place.byte == 0 && before == 0 && text.starts_with(b"\xef\xbb\xbf") {
            text.drain(..3);
        }
        self.place.byte += u64::try_from(read).unwrap_or_default();
        self.place.line += u64::from(read > 0);
        Ok(read > 0)
    }

    /// Something is wrong with the line that comes next.
    fn content(&self, why: impl Into<String>) -> SourceError {
        SourceError::Content {
            line: self.place.line + 1,
            why: why.into(),
        }
    }
}

/// A line without its line break.
fn trimmed(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}
