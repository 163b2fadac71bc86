use std::io;

/// Why a file of claims cannot be read to its end.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    #[error("it cannot be read")]
    Read(#[from] io::Error),
    #[error("line {line}: {why}")]
    Content {
        /// Counts from 1.
        line: u64,
        why: String,
    },
    #[error("line {}: {}", .0.line, .0.why)]
    Quote(BrokenRecord),
}

/// A record whose quotes are not those of RFC 4180. Nobody can tell where the records after it begin.
#[derive(Debug)]
pub struct BrokenRecord {
    /// The line in which the quote opens, counted from 1.
    pub line: u64,
    pub why: &'static str,
    /// The record's text before the cell that the quote opens.
    pub cells_before: Vec<u8>,
    /// The cell's text in its first line, without the quote.
    pub cell: Vec<u8>,
}
