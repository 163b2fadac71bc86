//! The line of a CSV file that names its columns. `sep=;` and titles may stand before it.

use std::io::BufRead;

use csv::ByteRecord;

use payerline_domain::values::text::to_nfc;

use super::{
    cell,
    columns::{self, CellKind, CellTarget, REFUSED_BECAUSE},
    error::SourceError,
    line_reader::{LineReader, trim_line_break},
    records,
};
use crate::content::{Content, KEY_SEPARATOR};

/// The names of the columns stand in one of so many lines.
const MAX_HEADER_LINES: u64 = 20;
/// Of a name that is not known, a message shows so many characters.
const MAX_SHOWN_CHARACTERS: usize = 40;

#[derive(Debug, Clone)]
pub struct CsvHeader {
    pub delimiter: u8,
    /// The names as they stand in the file.
    pub names: ByteRecord,
    /// `None` for columns that are passed over.
    columns: Vec<Option<Column>>,
    pub content: Content,
    /// The indexes of the columns that together tell one claim or remittance from another.
    key: Vec<usize>,
}

#[derive(Debug, Clone)]
pub struct Column {
    pub name: String,
    pub target: CellTarget,
    pub kind: CellKind,
}

impl CsvHeader {
    /// Reads the lines up to the one that names the columns, at the beginning of a file.
    pub fn read<R: BufRead>(
        content: Content,
        lines: &mut LineReader<R>,
    ) -> Result<Self, SourceError> {
        let mut delimiter = None;
        let mut first = (1, Vec::new());
        while lines.next_line() <= MAX_HEADER_LINES {
            let line = lines.next_line();
            let mut text = Vec::new();
            if !lines.append_line(&mut text)? {
                break;
            }
            let named = find_named_delimiter(&text);
            if line == 1 && named.is_some() {
                delimiter = named;
            } else if has_key(content, &text, delimiter) {
                let header = Self::parse(content, &text, delimiter);
                return header.map_err(|why| SourceError::Content { line, why });
            } else if cell::trim(&first.1).is_empty() {
                first = (line, text);
            }
        }
        // The first line says best what is wrong.
        let (line, text) = first;
        let header = Self::parse(content, &text, delimiter);
        header.map_err(|why| SourceError::Content { line, why })
    }

    fn parse(content: Content, line: &[u8], delimiter: Option<u8>) -> Result<Self, String> {
        let (names, delimiter) = split_names(line, delimiter);
        let mut columns: Vec<Option<Column>> = Vec::new();
        for name in &names {
            let name = String::from_utf8_lossy(cell::trim(name)).into_owned();
            if name.is_empty() || name == REFUSED_BECAUSE {
                columns.push(None);
                continue;
            }
            let Some((target, kind)) = columns::find(content, &name) else {
                let nearest = columns::find_nearest(content, &name);
                let shown = show_name(&name);
                return Err(format!("there is no column `{shown}`; is it `{nearest}`?"));
            };
            let is_it = |column: &Column| column.target == target;
            if columns.iter().flatten().any(is_it) {
                return Err(format!("the column `{name}` stands there twice"));
            }
            columns.push(Some(Column { name, target, kind }));
        }
        let named = |name: &str| {
            let is_it = |it: &Option<Column>| it.as_ref().is_some_and(|it| it.name == name);
            columns.iter().position(is_it)
        };
        let needed = content.needed_column();
        if named(needed).is_none() {
            return Err(format!(
                "there is no column `{needed}`: one of the first lines must name the columns"
            ));
        }
        let mut key: Vec<usize> = content
            .key_columns()
            .iter()
            .copied()
            .filter_map(named)
            .collect();
        key.sort_unstable();
        Ok(Self {
            delimiter,
            names,
            columns,
            content,
            key,
        })
    }

    /// The columns that claims or remittances are made of, with their indexes.
    pub fn columns(&self) -> impl Iterator<Item = (usize, &Column)> {
        let columns = self.columns.iter().enumerate();
        columns.filter_map(|(index, column)| Some((index, column.as_ref()?)))
    }

    /// The name of a column; empty when it has none.
    pub fn name(&self, index: usize) -> &str {
        match (self.columns.get(index), self.names.get(index)) {
            (Some(Some(column)), _) => &column.name,
            (_, Some(name)) if is_reason(name) => REFUSED_BECAUSE,
            _ => "",
        }
    }

    /// The index of the last column of the key.
    pub fn key_end(&self) -> usize {
        self.key.last().copied().unwrap_or_default()
    }

    /// Whether a column is part of the key.
    pub fn is_key(&self, index: usize) -> bool {
        self.key.contains(&index)
    }

    /// Whether one column alone is the key.
    pub fn has_simple_key(&self) -> bool {
        self.key.len() == 1
    }

    /// What tells a row's claim or remittance from others, as it is compared; empty where nothing does.
    pub fn key(&self, row: &ByteRecord) -> String {
        let parts = self.key.iter().map(|index| {
            let cell = row.get(*index).unwrap_or_default();
            let text = String::from_utf8_lossy(cell::trim(cell));
            to_nfc(&text).into_owned()
        });
        let parts: Vec<String> = parts.collect();
        match parts.iter().all(String::is_empty) {
            true => String::new(),
            false => parts.join(KEY_SEPARATOR),
        }
    }

    /// Whether a row that is cut off may be one with a key: its last cell begins like the key's, those before it are the same.
    pub fn begins_key(&self, row: &ByteRecord, key: &str) -> bool {
        let parts = self.key.iter().zip(key.split(KEY_SEPARATOR));
        let mut present = parts.filter(|(index, _)| **index < row.len());
        present.all(|(index, part)| {
            let cell = row.get(*index).unwrap_or_default();
            let text = String::from_utf8_lossy(cell::trim(cell));
            let own = to_nfc(&text);
            own == part || (index + 1 == row.len() && part.starts_with(&*own))
        })
    }

    /// A row, or the names, with a reason in front that replaces an earlier one.
    pub fn with_reason(&self, reason: &str, row: &ByteRecord) -> ByteRecord {
        let mut marked = ByteRecord::from(vec![reason]);
        for (index, cell) in row.iter().enumerate() {
            if !self.names.get(index).is_some_and(is_reason) {
                marked.push_field(cell);
            }
        }
        marked
    }
}

/// Two files with the same columns in the same order and form.
impl PartialEq for CsvHeader {
    fn eq(&self, other: &Self) -> bool {
        (self.delimiter, &self.names) == (other.delimiter, &other.names)
    }
}

/// The delimiter of a line such as `sep=;`, which Excel reads.
fn find_named_delimiter(line: &[u8]) -> Option<u8> {
    let line = trim_line_break(line);
    let line = line.strip_prefix(b"\"").unwrap_or(line);
    let (word, rest) = line.split_at_checked(4)?;
    let named = word.eq_ignore_ascii_case(b"sep=");
    let delimiter = rest.first().copied()?;
    (named && delimiter.is_ascii() && delimiter != b'"').then_some(delimiter)
}

fn has_key(content: Content, line: &[u8], delimiter: Option<u8>) -> bool {
    let (names, _) = split_names(line, delimiter);
    let mut names = names.iter();
    names.any(|name| cell::trim(name) == content.needed_column().as_bytes())
}

/// Splits a line of names. They contain no delimiter, so the first that occurs is it: Excel uses the usual one of the
/// country it runs in.
fn split_names(line: &[u8], delimiter: Option<u8>) -> (ByteRecord, u8) {
    let is_delimiter = |byte: &&u8| matches!(byte, b',' | b';' | b'\t');
    let found = || line.iter().find(is_delimiter).copied();
    let delimiter = delimiter.or_else(found).unwrap_or(b',');
    let names = records::split_cells(line, delimiter).unwrap_or_default();
    (names, delimiter)
}

fn is_reason(name: &[u8]) -> bool {
    cell::trim(name) == REFUSED_BECAUSE.as_bytes()
}

/// A name for a message: what is no text must not reach the terminal.
fn show_name(name: &str) -> String {
    let shown: String = name.chars().take(MAX_SHOWN_CHARACTERS).collect();
    let rest = if shown.len() < name.len() { "…" } else { "" };
    format!("{}{rest}", shown.escape_debug())
}
