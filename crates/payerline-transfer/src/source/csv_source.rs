//! CSV: each row is an item. The rows of one claim, or of one remittance, are consecutive and have the same key.

use std::{cmp::Ordering, io::BufRead};

use super::{
    cell,
    claim::{ClaimSource, ClaimState, FileClaim},
    error::{BrokenRecord, SourceError},
    header::CsvHeader,
    line_reader::{FileOffset, LineReader, MAX_BUFFERED_BYTES},
    mapping,
    records::{Record, RecordReader, split_cells},
};
use crate::{
    content::{Content, KEY_SEPARATOR},
    problem::ProblemDetails,
};

pub struct CsvSource<R> {
    records: RecordReader<R>,
    header: CsvHeader,
    /// What was read already behind the last claim: the first row of the next one, or the end of what is CSV.
    next: Option<Result<Record, SourceError>>,
}

impl<R: BufRead> CsvSource<R> {
    /// Reads the header, and stands at the first row.
    pub fn begin(content: Content, input: R) -> Result<Self, SourceError> {
        let mut lines = LineReader::new(input, FileOffset::default());
        let header = CsvHeader::read(content, &mut lines)?;
        Ok(Self::new(lines, header))
    }

    /// Goes on from an offset behind the header, at which the input stands already.
    pub fn resume(input: R, offset: FileOffset, header: CsvHeader) -> Self {
        Self::new(LineReader::new(input, offset), header)
    }

    fn new(lines: LineReader<R>, header: CsvHeader) -> Self {
        Self {
            records: RecordReader::new(lines, header.delimiter, header.names.len()),
            header,
            next: None,
        }
    }

    pub fn header(&self) -> &CsvHeader {
        &self.header
    }

    fn read_row(&mut self) -> Result<Option<Record>, SourceError> {
        match self.next.take() {
            Some(next) => next.map(Some),
            None => self.records.read(),
        }
    }

    /// Returns true if a row belongs to the claim with a key.
    fn is_of_claim(&self, row: &Record, key: &str) -> bool {
        let own = self.header.key(&row.cells);
        // A file that is cut off within the key may end with a row of any claim that begins so.
        let is_key_cut_off = !row.has_line_break && row.cells.len() <= self.header.key_end() + 1;
        !key.is_empty()
            && (own == key || (is_key_cut_off && self.header.begins_key(&row.cells, key)))
    }

    /// Returns true unless the part of a broken record before its quote shows that it is of another claim.
    fn may_be_of_claim(&self, broken: &BrokenRecord, key: &str) -> Result<bool, SourceError> {
        let cells = split_cells(&broken.cells_before, self.header.delimiter)?;
        // Behind the last delimiter begins the broken cell.
        let whole = cells.len().saturating_sub(1);
        Ok(match self.header.key_end().cmp(&whole) {
            Ordering::Less => self.header.key(&cells) == key,
            Ordering::Equal if self.header.has_simple_key() => {
                cell::trim(&broken.cell).starts_with(key.as_bytes())
            }
            Ordering::Equal | Ordering::Greater => true,
        })
    }
}

impl<R: BufRead + Send> ClaimSource for CsvSource<R> {
    fn next_claim(&mut self) -> Result<Option<FileClaim>, SourceError> {
        let Some(first) = self.read_row()? else {
            return Ok(None);
        };
        let key = self.header.key(&first.cells);
        let mut length = first.length;
        let mut last_line = first.line();
        let mut group = vec![first];
        let mut broken_at = None;
        loop {
            match self.records.read() {
                Ok(None) => break,
                Ok(Some(row)) if self.is_of_claim(&row, &key) => {
                    length += row.length;
                    if length > MAX_BUFFERED_BYTES {
                        let why = "a claim begins here that has too many rows".to_owned();
                        let line = last_line;
                        return Err(SourceError::Content { line, why });
                    }
                    last_line = row.line();
                    group.push(row);
                }
                Ok(Some(row)) => {
                    self.next = Some(Ok(row));
                    break;
                }
                Err(SourceError::Quote(broken)) => {
                    let is_of_claim = self.may_be_of_claim(&broken, &key)?;
                    broken_at = is_of_claim.then_some(broken.line);
                    self.next = Some(Err(SourceError::Quote(broken)));
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Some(build_claim(&self.header, group, broken_at)))
    }
}

/// Makes a claim of its rows; `broken_at` is the line of a broken record that may be a further one.
fn build_claim(header: &CsvHeader, group: Vec<Record>, broken_at: Option<u64>) -> FileClaim {
    let mut json = Vec::new();
    let state = match (mapping::map_rows(header, &group), broken_at) {
        (Ok(_), Some(line)) => refuse(&format!(
            "a further row of it may stand in line {line}, from which on the file is no CSV"
        )),
        (Ok(mapped), None) => {
            json = mapped;
            ClaimState::before_sending(&json)
        }
        (Err(detail), _) => refuse(&detail),
    };
    let width = header.names.len();
    let key = group.first().map(|row| header.key(&row.cells));
    FileClaim {
        begin: group.first().map(|row| row.begin).unwrap_or_default(),
        end: group.last().map(|row| row.end).unwrap_or_default(),
        // What a spreadsheet wrote over several ids is none of them.
        key: key.filter(|key| {
            let mut parts = key.split(KEY_SEPARATOR);
            !key.is_empty() && parts.all(|part| cell::find_damage(part).is_none())
        }),
        json,
        rows: group.into_iter().map(|row| row.keep(width)).collect(),
        state,
        elsewhere: Vec::new(),
    }
}

fn refuse(detail: &str) -> ClaimState {
    ClaimState::Refused(ProblemDetails::new(400, "Rows that make no claim", detail))
}

#[cfg(test)]
mod tests;
