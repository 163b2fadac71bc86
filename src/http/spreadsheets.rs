//! CSV as spreadsheets take it.

use std::{borrow::Cow, io};

use serde::Serialize;

use crate::http::boundary::query::{self, Query};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// RFC 4180.
pub const CSV: &str = "text/csv";
/// The content type of an answer.
pub const CSV_WITH_HEADER: &str = "text/csv; charset=utf-8; header=present";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CsvOptions {
    /// Without it a spreadsheet takes the file for another encoding than UTF-8.
    byte_order_mark: bool,
    /// Puts an apostrophe before cells that a spreadsheet would take for formulas.
    neutralize_formulas: bool,
}

impl CsvOptions {
    pub const FOR_SPREADSHEETS: Self = Self {
        byte_order_mark: true,
        neutralize_formulas: true,
    };

    /// Reads the parameters that only CSV has.
    pub fn read(self, query: &mut Query) -> Self {
        let byte_order_mark = query.take("byte_order_mark", query::parse_flag);
        let neutralize_formulas = query.take("neutralize_formulas", query::parse_flag);
        Self {
            byte_order_mark: byte_order_mark.unwrap_or(self.byte_order_mark),
            neutralize_formulas: neutralize_formulas.unwrap_or(self.neutralize_formulas),
        }
    }

    /// Writes rows, after a line of names if it is the first part of a file.
    pub fn write<R: Serialize>(
        self,
        text: &mut Vec<u8>,
        names: Option<&[&str]>,
        rows: &[R],
    ) -> io::Result<()> {
        if names.is_some() && self.byte_order_mark {
            text.extend_from_slice(BYTE_ORDER_MARK);
        }
        let begin = text.len();
        let mut writer = csv_writer(text);
        if let Some(names) = names {
            writer.write_record(names)?;
        }
        for row in rows {
            writer.serialize(row)?;
        }
        writer.flush()?;
        drop(writer);
        if self.neutralize_formulas {
            let rows = text.split_off(begin);
            neutralize_formulas(&rows, text)?;
        }
        Ok(())
    }
}

fn csv_writer(text: &mut Vec<u8>) -> csv::Writer<&mut Vec<u8>> {
    csv::WriterBuilder::new()
        .has_headers(false)
        .terminator(csv::Terminator::CRLF)
        .from_writer(text)
}

/// Writes rows again, with an apostrophe before each cell that begins as a formula does.
fn neutralize_formulas(rows: &[u8], text: &mut Vec<u8>) -> io::Result<()> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(rows);
    let mut writer = csv_writer(text);
    let mut row = csv::ByteRecord::new();
    while reader.read_byte_record(&mut row)? {
        writer.write_record(row.iter().map(|cell| match cell {
            [b'=' | b'+' | b'-' | b'@', ..] => Cow::Owned([&b"'"[..], cell].concat()),
            _ => Cow::Borrowed(cell),
        }))?;
    }
    writer.flush()
}
