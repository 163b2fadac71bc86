//! The records of a CSV file (RFC 4180), each with the place where it ends, so that reading can go on there.

use std::io::BufRead;

use csv::ByteRecord;

use super::{LineReader, Place, SourceError, trimmed};

/// Reads records.
pub struct Records<R> {
    lines: LineReader<R>,
    delimiter: u8,
}

/// One record.
pub struct Record {
    /// The line where it begins, from 1.
    pub line: u64,
    /// Where it ends.
    pub end: Place,
    /// Its length in bytes.
    pub length: usize,
    /// Its cells.
    pub cells: ByteRecord,
}

impl<R: BufRead> Records<R> {
    /// Reads from a place on; the input stands there already.
    pub fn new(input: R, place: Place, delimiter: u8) -> Self {
        Self {
            lines: LineReader::new(input, place),
            delimiter,
        }
    }

    /// Cells from here on are separated by this.
    pub fn set_delimiter(&mut self, delimiter: u8) {
        self.delimiter = delimiter;
    }

    /// The next record's text, which has line breaks within quotes.
    fn text(&mut self) -> Result<Option<Vec<u8>>, SourceError> {
        let line = self.lines.place.line + 1;
        let mut text = Vec::new();
        let mut cell = Cell::Begins;
        let mut seen = 0;
        while self.lines.append(&mut text)? {
            cell = cell.after(text.get(seen..).unwrap_or_default(), self.delimiter);
            seen = text.len();
            if cell != Cell::Quoted {
                return Ok(Some(text));
            }
        }
        if cell == Cell::Quoted {
            let why = "a quote in this record is never closed".to_owned();
            return Err(SourceError::Content { line, why });
        }
        Ok(None)
    }

    /// The first line, without a look at quotes: names of columns have no line breaks.
    pub fn first_line(&mut self) -> Result<Option<Vec<u8>>, SourceError> {
        let mut text = Vec::new();
        Ok(self.lines.append(&mut text)?.then_some(text))
    }

    /// The next record that is not blank.
    pub fn read(&mut self) -> Result<Option<Record>, SourceError> {
        loop {
            let line = self.lines.place.line + 1;
            let Some(text) = self.text()? else {
                return Ok(None);
            };
            let cells = cells(&text, self.delimiter)?;
            // A spreadsheet writes its empty rows as separators alone.
            if cells.iter().any(|cell| !cell.is_empty()) {
                return Ok(Some(Record {
                    line,
                    end: self.lines.place,
                    length: text.len(),
                    cells,
                }));
            }
        }
    }
}

/// The cells of one record's text.
pub fn cells(text: &[u8], delimiter: u8) -> Result<ByteRecord, SourceError> {
    let text = trimmed(text);
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

/// Where reading is within a record. Quotes count at the beginning of a cell only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cell {
    Begins,
    Plain,
    Quoted,
    /// After a quote in quotes: either their end, or the first of two that stand for one.
    Quote,
}

impl Cell {
    fn after(mut self, text: &[u8], delimiter: u8) -> Self {
        for byte in text {
            self = match (self, *byte) {
                (Self::Begins | Self::Quote, b'"') => Self::Quoted,
                (Self::Quoted, b'"') => Self::Quote,
                (Self::Quoted, _) => Self::Quoted,
                (_, byte) if byte == delimiter => Self::Begins,
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
        let mut records = Records::new(text.as_bytes(), Place::default(), b',');
        let mut all = Vec::new();
        while let Some(record) = records.read().unwrap() {
            let cells = record.cells.iter().map(String::from_utf8_lossy);
            let cells = cells.map(std::borrow::Cow::into_owned).collect();
            all.push((record.line, record.end.byte, cells));
        }
        all
    }

    #[test]
    fn records_know_their_places() {
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
        let mut records = Records::new(&b"a,\"b\nc,d\n"[..], Place::default(), b',');
        let error = records.read().map(|_| ()).unwrap_err().to_string();
        assert!(error.contains("never closed"), "{error}");
    }

    /// The scanner and the parser agree on where a record ends, whatever stands in it.
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
            let mut records = Records::new(text.as_bytes(), Place::default(), b',');
            for expected in parsed {
                match records.read() {
                    Ok(Some(record)) => prop_assert_eq!(&record.cells, expected),
                    Ok(None) => prop_assert!(false, "too few records"),
                    // Only the scanner minds quotes that stay open.
                    Err(_) => return Ok(()),
                }
            }
        });
    }
}
