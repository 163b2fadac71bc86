//! Maps the rows of one claim to its JSON. Rows that contradict each other are refused with the column's name.

use std::collections::BTreeMap;

use csv::ByteRecord;
use serde_json::{Map, Value};

use super::{
    cell,
    columns::{CellKind, CellTarget},
    header::CsvHeader,
    records::Record,
};
use crate::content::Content;

#[derive(Default)]
struct ClaimBuilder {
    claim: Map<String, Value>,
    /// The elements of the claim's lists, by list and number.
    elements: BTreeMap<(&'static str, usize), Map<String, Value>>,
    items: Vec<Value>,
    errors: Vec<String>,
}

/// The claim's JSON, or all errors in its rows.
pub fn map_rows(header: &CsvHeader, rows: &[Record]) -> Result<Vec<u8>, String> {
    let mut builder = ClaimBuilder::default();
    for row in rows {
        builder.check_length(header, row);
        builder.check_cells(header, row);
    }
    if !builder.errors.is_empty() {
        return Err(builder.errors.join("; "));
    }
    if let Some(first) = rows.first() {
        for row in rows {
            builder.check_same_claim(header, first, row);
            builder.add_item(header, row.line(), &row.cells);
        }
        builder.set_claim(header, first.line(), &first.cells);
    }
    builder.finish(header.content)
}

impl ClaimBuilder {
    /// A comma that is not in quotes makes a row longer, and the end of a file that was cut off makes it shorter.
    /// Otherwise empty cells at the end may be left out.
    fn check_length(&mut self, header: &CsvHeader, row: &Record) {
        let (line, cells, names) = (row.line(), row.cells.len(), header.names.len());
        if cells > names {
            self.errors.push(format!(
                "line {line}: {cells} cells, but the line of names has {names}; put a cell that contains the \
                 separator in quotes"
            ));
        } else if row.is_cut_off(names) {
            self.errors.push(format!(
                "line {line}: the file is cut off here, for its last row has {cells} of {names} cells and no line \
                 break"
            ));
        }
    }

    /// Every cell must be UTF-8, have a column with a name, and be what was entered.
    fn check_cells(&mut self, header: &CsvHeader, row: &Record) {
        let line = row.line();
        for (index, cell) in row.cells.iter().enumerate().take(header.names.len()) {
            let name = header.name(index);
            let Ok(text) = std::str::from_utf8(cell::trim(cell)) else {
                self.errors.push(format!(
                    "line {line}: `{name}` is not UTF-8; save the file as UTF-8"
                ));
                continue;
            };
            if name.is_empty() && !text.is_empty() {
                let number = index + 1;
                self.errors.push(format!(
                    "line {line}: cell {number} stands in a column without a name"
                ));
            }
        }
        for (index, column) in header.columns() {
            let text = row.cells.get(index).map(cell::trim).unwrap_or_default();
            let text = std::str::from_utf8(text).unwrap_or_default();
            let is_delimiter = |character: char| character == ';' && column.kind == CellKind::List;
            for text in text.split(is_delimiter).map(str::trim) {
                if let Some(damage) = cell::find_damage(text) {
                    let name = &column.name;
                    self.errors
                        .push(format!("line {line}: `{name}` is `{text}`: {damage}"));
                }
            }
        }
    }

    /// The cells that do not belong to an item must be the same in all rows.
    fn check_same_claim(&mut self, header: &CsvHeader, first: &Record, row: &Record) {
        let text = |row: &Record, index| {
            let cell = row.cells.get(index).map(cell::trim);
            cell.unwrap_or_default().to_vec()
        };
        for (index, column) in header.columns() {
            // The rows are of one claim, so their ids are compared already.
            let is_compared =
                !matches!(column.target, CellTarget::Item(_)) && !header.is_key(index);
            if is_compared && text(first, index) != text(row, index) {
                self.errors.push(format!(
                    "`{}` differs between lines {} and {} of one claim",
                    column.name,
                    first.line(),
                    row.line()
                ));
            }
        }
    }

    fn add_item(&mut self, header: &CsvHeader, line: u64, row: &ByteRecord) {
        let mut item = Map::new();
        for (index, column) in header.columns() {
            if let CellTarget::Item(field) = column.target
                && let Some(value) = self.read_cell(&column.name, column.kind, line, row.get(index))
            {
                set_at_path(&mut item, field, value);
            }
        }
        // A reversal needs no items.
        if header.content == Content::Claims || !item.is_empty() {
            self.items.push(item.into());
        }
    }

    fn set_claim(&mut self, header: &CsvHeader, line: u64, row: &ByteRecord) {
        for (index, column) in header.columns() {
            if matches!(column.target, CellTarget::Item(_)) {
                continue;
            }
            let Some(value) = self.read_cell(&column.name, column.kind, line, row.get(index))
            else {
                continue;
            };
            match &column.target {
                CellTarget::Claim(path) => set_at_path(&mut self.claim, path, value),
                CellTarget::Metadata(name) => {
                    set_in_object(&mut self.claim, "metadata", |pairs| {
                        pairs.insert(name.clone(), value);
                    });
                }
                CellTarget::Element { list, index, field } => {
                    let element = self.elements.entry((list, *index)).or_default();
                    set_at_path(element, field, value);
                }
                CellTarget::Item(_) => {}
            }
        }
    }

    /// The value of a cell; `None` when it is empty or wrong. An error is recorded.
    fn read_cell(
        &mut self,
        name: &str,
        kind: CellKind,
        line: u64,
        cell: Option<&[u8]>,
    ) -> Option<Value> {
        let text = std::str::from_utf8(cell::trim(cell?)).ok()?;
        if text.is_empty() {
            return None;
        }
        let (value, wanted) = match kind {
            CellKind::Text => (Some(Value::from(text)), "text"),
            CellKind::Integer => (
                text.parse::<i64>().ok().map(Value::from),
                "a whole number, digits only",
            ),
            CellKind::Decimal => (
                read_decimal(text),
                "a number with at most two decimals, such as 2 or 1.25",
            ),
            CellKind::Flag if text.eq_ignore_ascii_case("true") => (Some(Value::Bool(true)), ""),
            CellKind::Flag if text.eq_ignore_ascii_case("false") => (Some(Value::Bool(false)), ""),
            CellKind::Flag => (None, "`true` or `false`"),
            CellKind::List if text == "[]" => (Some(Value::Array(Vec::new())), ""),
            CellKind::List => (Some(text.split(';').map(str::trim).collect()), "a list"),
        };
        if value.is_none() {
            self.errors
                .push(format!("line {line}: `{name}` must be {wanted}"));
        }
        value
    }

    fn finish(mut self, content: Content) -> Result<Vec<u8>, String> {
        if !self.errors.is_empty() {
            return Err(self.errors.join("; "));
        }
        let mut lists: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
        if content == Content::Claims {
            // The service requires the list, also when it is empty.
            lists.insert("coverages", Vec::new());
        }
        for ((list, _), element) in self.elements {
            lists.entry(list).or_default().push(Value::from(element));
        }
        for (list, elements) in lists {
            self.claim.insert(list.to_owned(), elements.into());
        }
        self.claim.insert("items".to_owned(), self.items.into());
        serde_json::to_vec(&self.claim).map_err(|error| error.to_string())
    }
}

/// Sets the value at a path with dots.
fn set_at_path(object: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            object.insert(path.to_owned(), value);
        }
        Some((first, rest)) => {
            set_in_object(object, first, |inner| set_at_path(inner, rest, value));
        }
    }
}

/// Sets something in the object that a field holds.
fn set_in_object(
    object: &mut Map<String, Value>,
    field: &str,
    set: impl FnOnce(&mut Map<String, Value>),
) {
    let inner = object.entry(field).or_insert_with(|| Map::new().into());
    if let Value::Object(inner) = inner {
        set(inner);
    }
}

/// Reads a number whose two decimals may stand behind a comma, as spreadsheets write it in French. More decimals are
/// refused here, since a float would not keep them all.
fn read_decimal(text: &str) -> Option<Value> {
    let Some((whole, decimals)) = text.split_once(['.', ',']) else {
        return text.parse::<i64>().ok().map(Value::from);
    };
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !is_digits(decimals) {
        return None;
    }
    let significant = decimals.trim_end_matches('0');
    // `1,250` may be more than a thousand.
    let is_ambiguous = text.contains(',') && decimals.len() > 2;
    if significant.len() > 2 || is_ambiguous {
        return None;
    }
    let whole: u64 = whole.parse().ok()?;
    serde_json::from_str(&format!("{whole}.{significant:0<1}")).ok()
}
