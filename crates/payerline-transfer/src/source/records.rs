//! The records of a CSV file, each with the offsets between which it stands. Quotes must be those of RFC 4180: after
//! any other one nobody can tell where the next record begins.

use std::io::BufRead;

use csv::ByteRecord;

use super::{
    cell,
    error::SourceError,
    line_reader::{FileOffset, LineReader, trim_line_break},
    quotes::QuoteScanner,
};

pub struct RecordReader<R> {
    lines: LineReader<R>,
    delimiter: u8,
    /// The number of the header's cells.
    width: usize,
}

pub struct Record {
    pub begin: FileOffset,
    pub end: FileOffset,
    /// In bytes.
    pub length: usize,
    /// The last record of a file may end without a line break.
    pub has_line_break: bool,
    pub cells: ByteRecord,
}

impl Record {
    /// The first line, counted from 1.
    pub fn line(&self) -> u64 {
        self.begin.line + 1
    }

    /// Returns true for a last row that ends too soon. Other rows may leave out empty cells at their end.
    pub fn is_cut_off(&self, width: usize) -> bool {
        self.cells.len() < width && !self.has_line_break
    }

    /// The cells as a file of refused rows keeps them.
    pub fn keep(mut self, width: usize) -> ByteRecord {
        if self.is_cut_off(width) {
            self.cells.push_field(cell::CUT_OFF.as_bytes());
        }
        self.cells
    }
}

impl<R: BufRead> RecordReader<R> {
    pub fn new(lines: LineReader<R>, delimiter: u8, width: usize) -> Self {
        Self {
            lines,
            delimiter,
            width,
        }
    }

    /// The next record that is not blank.
    pub fn read(&mut self) -> Result<Option<Record>, SourceError> {
        loop {
            let begin = self.lines.offset();
            let Some(text) = self.read_text()? else {
                return Ok(None);
            };
            let cells = split_cells(&text, self.delimiter)?;
            // A spreadsheet writes its empty rows as separators alone.
            if cells.iter().any(|cell| !cell::trim(cell).is_empty()) {
                return Ok(Some(Record {
                    begin,
                    end: self.lines.offset(),
                    length: text.len(),
                    has_line_break: text.ends_with(b"\n"),
                    cells,
                }));
            }
        }
    }

    /// The text of the next record, which may have line breaks within quotes.
    fn read_text(&mut self) -> Result<Option<Vec<u8>>, SourceError> {
        let mut text = Vec::new();
        let mut scanner = QuoteScanner::new(self.delimiter);
        if !self.scan_line(&mut text, &mut scanner)? {
            return Ok(None);
        }
        let Some(first_open) = scanner.open_quote() else {
            return Ok(Some(text));
        };
        let first_length = text.len();
        while let Some(open) = scanner.open_quote() {
            match self.scan_line(&mut text, &mut scanner) {
                Ok(true) => {}
                Err(error @ (SourceError::Read(_) | SourceError::Quote(_))) => return Err(error),
                // The file ends within the quotes, or they go on for too long.
                _ => {
                    return Err(open.into_error(&text, "the quote that opens here is never closed"));
                }
            }
        }
        // Two stray quotes make a pair that swallows the rows between them.
        let (first, rest) = text.split_at(first_length);
        let last = trim_line_break(rest).rsplit(|byte| *byte == b'\n').next();
        if self.is_whole_row(first) && last.is_some_and(|last| self.is_whole_row(last)) {
            let why = "the quote that opens here closes in a later line, and whole rows stand between them";
            return Err(first_open.into_error(&text, why));
        }
        Ok(Some(text))
    }

    /// Appends and scans a line; returns false at the end of the file.
    fn scan_line(
        &mut self,
        text: &mut Vec<u8>,
        scanner: &mut QuoteScanner,
    ) -> Result<bool, SourceError> {
        let begin = text.len();
        let line = self.lines.next_line();
        let is_there = self.lines.append_line(text)?;
        let new = text.get(begin..).unwrap_or_default();
        let bare = trim_line_break(new);
        match scanner.scan(line, bare, new.len() - bare.len()) {
            Ok(()) => Ok(is_there),
            Err(open) => {
                let why = "the quote that opens here closes before the end of its cell; within a cell in quotes \
                           write a quote twice";
                Err(open.into_error(text, why))
            }
        }
    }

    /// Returns true if a line has a cell for each column when its quotes have no meaning.
    fn is_whole_row(&self, line: &[u8]) -> bool {
        let delimiters = line.iter().filter(|byte| **byte == self.delimiter);
        self.width > 1 && delimiters.count() + 1 == self.width
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

#[cfg(test)]
mod tests {
    use super::*;

    fn open(text: &str) -> RecordReader<&[u8]> {
        let lines = LineReader::new(text.as_bytes(), FileOffset::default());
        RecordReader::new(lines, b',', 3)
    }

    fn read(text: &str) -> Vec<(u64, u64, Vec<String>)> {
        let mut records = open(text);
        let mut all = Vec::new();
        while let Some(record) = records.read().unwrap() {
            let cells = record.cells.iter().map(String::from_utf8_lossy);
            let cells = cells.map(std::borrow::Cow::into_owned).collect();
            all.push((record.line(), record.end.byte, cells));
        }
        all
    }

    /// The error that ends a text, after the records before it.
    fn error(text: &str) -> String {
        let mut records = open(text);
        loop {
            match records.read() {
                Ok(record) => assert!(record.is_some(), "{text} has no error"),
                Err(error) => return error.to_string(),
            }
        }
    }

    #[test]
    fn records_know_their_positions() {
        for end in ["\n", "\r\n"] {
            let text = [
                "a,b",
                "1,\"x\ny\"",
                ",",
                "",
                " ,\u{a0}",
                "5\" pipe,\"say \"\"hi\"\"\"",
                "2,3",
            ];
            let text = text.join(end);
            let records = read(&text);
            let lines: Vec<u64> = records.iter().map(|record| record.0).collect();
            assert_eq!(lines, [1, 2, 7, 8]);
            assert_eq!(records[1].2, ["1", "x\ny"]);
            assert_eq!(records[2].2, ["5\" pipe", "say \"hi\""]);
            assert_eq!(records[3].1, u64::try_from(text.len()).unwrap());
            // Reading goes on where a record ends.
            let end = usize::try_from(records[1].1).unwrap();
            assert_eq!(read(&text[end..]).len(), 2);
        }
    }

    #[test]
    fn a_stray_quote_is_named_with_the_line_in_which_it_opens() {
        for (text, line, why) in [
            ("1,2,3\na,\"b\nc,d\n", 2, "never closed"),
            (
                "1,2,3\na,\"5 visits,1\nb,12\" brace,2\n",
                2,
                "before the end of its cell",
            ),
            (
                "a,\"b\nc\",\"5 visits\nd,12\" brace,2\n",
                2,
                "before the end of its cell",
            ),
            ("a,\"b\" ,c\n", 1, "before the end of its cell"),
            // Two stray quotes: together they are RFC 4180.
            ("a,\"5 visits,1\nb,12\",2\n", 1, "whole rows"),
            ("a,\"5 visits,1\nb,ok,3\nc,12\",2\n", 1, "whole rows"),
        ] {
            let error = error(text);
            assert!(
                error.starts_with(&format!("line {line}: ")),
                "{text}: {error}"
            );
            assert!(error.contains(why), "{text}: {error}");
        }
        assert_eq!(read("a,\"b, c\nd\",1\n").len(), 1, "a line break in a text");
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
            let is_blank = |record: &ByteRecord| record.iter().all(|cell| cell.trim_ascii().is_empty());
            let parsed = parsed.iter().filter(|record| !is_blank(record));
            let mut records = open(&text);
            for expected in parsed {
                match records.read() {
                    Ok(Some(record)) => prop_assert_eq!(&record.cells, expected),
                    Ok(None) => prop_assert!(false, "too few records"),
                    // Stray quotes are an error of the scanner only.
                    Err(_) => return Ok(()),
                }
            }
        });
    }
}
