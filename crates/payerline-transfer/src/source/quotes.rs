//! The quotes of one CSV record (RFC 4180). A quote has a meaning only at the beginning of a cell, so the inch mark in
//! `5" brace` is a character like others.

use super::error::{BrokenRecord, SourceError};

pub struct QuoteScanner {
    delimiter: u8,
    state: QuoteState,
    /// The bytes of the record that were scanned.
    scanned: usize,
    last_opened: OpenQuote,
}

/// Where a quote opens a cell.
#[derive(Debug, Clone, Copy, Default)]
pub struct OpenQuote {
    line: u64,
    /// The bytes of the record before it.
    position: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum QuoteState {
    CellBegins,
    Plain,
    Quoted,
    /// After a quote within quotes: it ends them, or is the first of two that stand for one.
    QuoteInQuotes,
}

impl QuoteScanner {
    pub fn new(delimiter: u8) -> Self {
        Self {
            delimiter,
            state: QuoteState::CellBegins,
            scanned: 0,
            last_opened: OpenQuote::default(),
        }
    }

    /// Scans a line of the record; `line_break` is the length of its end, which has a meaning only within quotes.
    /// Fails with the quote whose closing one is not the end of its cell.
    pub fn scan(&mut self, line: u64, text: &[u8], line_break: usize) -> Result<(), OpenQuote> {
        for (index, byte) in text.iter().enumerate() {
            self.state = match (self.state, *byte) {
                (QuoteState::CellBegins, b'"') => {
                    let position = self.scanned + index;
                    self.last_opened = OpenQuote { line, position };
                    QuoteState::Quoted
                }
                (QuoteState::QuoteInQuotes, b'"') => QuoteState::Quoted,
                (QuoteState::Quoted, b'"') => QuoteState::QuoteInQuotes,
                (QuoteState::Quoted, _) => QuoteState::Quoted,
                (_, byte) if byte == self.delimiter => QuoteState::CellBegins,
                (QuoteState::QuoteInQuotes, _) => return Err(self.last_opened),
                _ => QuoteState::Plain,
            };
        }
        self.scanned += text.len() + line_break;
        Ok(())
    }

    /// The quote that is open at the end of what was scanned.
    pub fn open_quote(&self) -> Option<OpenQuote> {
        (self.state == QuoteState::Quoted).then_some(self.last_opened)
    }
}

impl OpenQuote {
    /// The error of a record in which this quote is a stray one.
    pub fn into_error(self, record: &[u8], why: &'static str) -> SourceError {
        let (before, cell) = record
            .split_at_checked(self.position)
            .unwrap_or((record, b""));
        let mut lines = cell.split(|byte| matches!(byte, b'\r' | b'\n'));
        let first_line = lines.next().unwrap_or_default();
        SourceError::Quote(BrokenRecord {
            line: self.line,
            why,
            cells_before: before.to_vec(),
            cell: first_line.get(1..).unwrap_or_default().to_vec(),
        })
    }
}
