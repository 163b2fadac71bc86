use std::io::{self, BufRead};

use serde::{Deserialize, Serialize};

use super::error::SourceError;

/// The longest line, or rows of one claim, held in memory. A file with longer ones holds no claims.
pub const MAX_BUFFERED_BYTES: usize = 16 << 20;

/// A position between two lines of a file: the bytes and lines before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileOffset {
    pub byte: u64,
    pub line: u64,
}

/// Reads a file line by line, and counts the position.
pub struct LineReader<R> {
    input: R,
    offset: FileOffset,
}

impl<R: BufRead> LineReader<R> {
    /// Counts from an offset, at which the input stands already.
    pub fn new(input: R, offset: FileOffset) -> Self {
        Self { input, offset }
    }

    pub fn offset(&self) -> FileOffset {
        self.offset
    }

    /// The number of the line that comes next, counted from 1.
    pub fn next_line(&self) -> u64 {
        self.offset.line + 1
    }

    /// Appends the next line with its line break; returns false at the end of the file.
    pub fn append_line(&mut self, text: &mut Vec<u8>) -> Result<bool, SourceError> {
        let length_before = text.len();
        let room = MAX_BUFFERED_BYTES.saturating_sub(length_before);
        let limit = u64::try_from(room).unwrap_or(u64::MAX).saturating_add(1);
        let read = io::Read::take(&mut self.input, limit).read_until(b'\n', text)?;
        if text.len() > MAX_BUFFERED_BYTES {
            let why = format!(
                "this goes on for more than {} MiB without an end: is it a file of claims, one a line, \
                 or a quote that is never closed?",
                MAX_BUFFERED_BYTES >> 20
            );
            let line = self.next_line();
            return Err(SourceError::Content { line, why });
        }
        // A byte order mark, as Excel writes it.
        if self.offset.byte == 0 && length_before == 0 && text.starts_with(b"\xef\xbb\xbf") {
            text.drain(..3);
        }
        self.offset.byte += u64::try_from(read).unwrap_or_default();
        self.offset.line += u64::from(read > 0);
        Ok(read > 0)
    }
}

pub fn trim_line_break(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}
