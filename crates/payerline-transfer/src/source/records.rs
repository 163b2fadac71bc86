//! The records of a CSV file (RFC 4180), each with the offset of its end, from which reading can go on.

use std::io::BufRead;

use csv::ByteRecord;

use super::{
    error::SourceError,
    line_reader::{FileOffset, LineReader, trim_line_break},
};

pub struct RecordReader<R> {
    lines: LineReader<R>,
    delimiter: u8,
}

pub struct Record {
    /// The first line, counted from 1.
    pub line: u64,
    pub end: FileOffset,
    /// In bytes.
    pub length: usize,
    pub cells: ByteRecord,
}

impl<R: BufRead> RecordReader<R> {
    /// Reads from an offset, at which the input stands already.
    pub fn new(input: R, offset: FileOffset, delimiter: u8) -> Self {
        Self {
            lines: LineReader::new(input, offset),
            delimiter,
        }
    }

    pub fn set_delimiter(&mut self, delimiter: u8) {
        self.delimiter = delimiter;
    }

    /// The text of the next record, which may have line breaks within quotes.
    fn read_text(&mut self) -> Result<Option<Vec<u8>>, SourceError> {
        let line = self.lines.offset().line + 1;
        let mut text = Vec::new();
        let mut state = QuoteState::CellBegins;
        let mut scanned = 0;
        while self.lines.append_line(&mut text)? {
            state = state.after(text.get(scanned..).unwrap_or_default(), self.delimiter);
            scanned = text.len();
            if state != QuoteState::Quoted {
                return Ok(Some(text));
            }
        }
        if state == QuoteState::Quoted {
            let why = "a quote in this record is never closed".to_owned();
            return Err(SourceError::Content { line, why });
        }
        Ok(None)
    }

    /// The first line, quotes ignored: names of columns have no line breaks.
    pub fn read_first_line(&mut self) -> Result<Option<Vec<u8>>, SourceError> {
        let mut text = Vec::new();
        Ok(self.lines.append_line(&mut text)?.then_some(text))
    }

    /// The next record that is not blank.
    pub fn read(&mut self) -> Result<Option<Record>, SourceError> {
        loop {
            let line = self.lines.offset().line + 1;
            let Some(text) = self.read_text()? else {
                return Ok(None);
            };
            let cells = split_cells(&text, self.delimiter)?;
            // A spreadsheet writes its empty rows as separators alone.
            if cells.iter().any(|cell| !cell.is_empty()) {
                return Ok(Some(Record {
                    line,
                    end: self.lines.offset(),
                    length: text.len(),
                    cells,
                }));
            }
        }
    }
}

/// Splits the text of one record.
pub fn split_cells(text: &[u8], delimiter: u8) -> Result<ByteRecord, SourceError> {
    let text = trim_line_break(text);
    let mut cells = ByteRecord::new();
    csv::ReaderBuilder::new()
        .has_headers(false)
        .delimiter(delimiter)
        // A carriage return within a line is a character like others, not the end of the record.
        .terminator(csv::Terminator::Any(b'\n'))
        .buffer_capacity(text.len().max(1))
        .from_reader(text)
        .read_byte_record(&mut cells)
        .map_err(std::io::Error::other)?;
    Ok(cells)
}

/// The scanner's state within a record. A quote has a meaning only at the beginning of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum QuoteState {
    CellBegins,
    Plain,
    Quoted,
    /// After a quote within quotes: it ends them, or is the first of two that stand for one.
    QuoteInQuotes,
}

impl QuoteState {
    fn after(mut self, text: &[u8], delimiter: u8) -> Self {
        for byte in text {
            self = match (self, *byte) {
                (Self::CellBegins | Self::QuoteInQuotes, b'"') => Self::Quoted,
                (Self::Quoted, b'"') => Self::QuoteInQuotes,
                (Self::Quoted, _) => Self::Quoted,
                (_, byte) if byte == delimiter => Self::CellBegins,
                _ => Self::Plain,
            };
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(u64, u64, Vec<String>)> {
        let mut records = RecordReader::new(text.as_bytes(), FileOffset::default(), b',');
        let mut all = Vec::new();
        while let Some(record) = records.read().unwrap() {
            let cells = record.cells.iter().map(String::from_utf8_lossy);
            let cells = cells.map(std::borrow::Cow::into_owned).collect();
            all.push((record.line, record.end.byte, cells));
        }
        all
    }

    #[test]
    fn records_know_their_positions() {
        for end in ["\n", "\r\n"] {
            let text = [
                "a,b",
                "1,\"x\ny\"",
                ",",
                "",
                "5\" pipe,\"say \"\"hi\"\"\"",
                "2,3",
            ];
            let text = text.join(end);
            let records = read(&text);
            let lines: Vec<u64> = records.iter().map(|record| record.0).collect();
            assert_eq!(lines, [1, 2, 6, 7]);
            assert_eq!(records[1].2, ["1", "x\ny"]);
            assert_eq!(records[2].2, ["5\" pipe", "say \"hi\""]);
            assert_eq!(records[3].1, u64::try_from(text.len()).unwrap());
            // Reading goes on where a record ends.
            let end = usize::try_from(records[1].1).unwrap();
            assert_eq!(read(&text[end..]).len(), 2);
        }
    }

    #[test]
    fn quotes_that_stay_open_are_an_error() {
        let mut records = RecordReader::new(&b"a,\"b\nc,d\n"[..], FileOffset::default(), b',');
        let error = records.read().map(|_| ()).unwrap_err().to_string();
        assert!(error.contains("never closed"), "{error}");
    }

    /// For any text the scanner and the parser agree on the end of a record.
    #[test]
    fn the_scanner_agrees_with_the_parser() {
        use proptest::prelude::*;
        proptest!(|(text in "([a,\"\n]|\r\n){0,24}")| {
            let mut parser = csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .from_reader(text.as_bytes());
            let parsed: Vec<ByteRecord> = parser.byte_records().map(Result::unwrap).collect();
            let parsed = parsed.iter().filter(|record| record.iter().any(|cell| !cell.is_empty()));
            let mut records = RecordReader::new(text.as_bytes(), FileOffset::default(), b',');
            for expected in parsed {
                match records.read() {
                    Ok(Some(record)) => prop_assert_eq!(&record.cells, expected),
                    Ok(None) => prop_assert!(false, "too few records"),
                    // Quotes that stay open are an error of the scanner only.
                    Err(_) => return Ok(()),
                }
            }
        });
    }
}
