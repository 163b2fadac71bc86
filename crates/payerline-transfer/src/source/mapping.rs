//! Maps the rows of one claim to its JSON. Rows that contradict each other are refused with the column's name.

use std::collections::BTreeMap;

use csv::ByteRecord;
use serde_json::{Map, Value};

use super::{
    columns::{CellKind, CellTarget},
    header::CsvHeader,
};

#[derive(Default)]
struct ClaimBuilder {
    claim: Map<String, Value>,
    /// The elements of the claim's lists, by list and number.
    elements: BTreeMap<(&'static str, usize), Map<String, Value>>,
    items: Vec<Value>,
    errors: Vec<String>,
}

/// The claim's JSON, or all errors in its rows. Each row comes with the number of its line.
pub fn map_rows(header: &CsvHeader, rows: &[(u64, &ByteRecord)]) -> Result<Vec<u8>, String> {
    let mut builder = ClaimBuilder::default();
    for (line, row) in rows {
        builder.check_cells(header, *line, row);
    }
    if !builder.errors.is_empty() {
        return Err(builder.errors.join("; "));
    }
    for (line, row) in rows {
        builder.check_same_claim(header, rows, *line, row);
        builder.add_item(header, *line, row);
    }
    if let Some((line, first)) = rows.first() {
        builder.set_claim(header, *line, first);
    }
    builder.finish()
}

impl ClaimBuilder {
    /// Every cell must be UTF-8 and have a column with a name.
    fn check_cells(&mut self, header: &CsvHeader, line: u64, row: &ByteRecord) {
        for (index, cell) in row.iter().enumerate() {
            let name = header.name(index);
            if std::str::from_utf8(cell).is_err() {
                self.errors.push(format!(
                    "line {line}: `{name}` is not UTF-8; save the file as UTF-8"
                ));
            } else if name.is_empty() && !cell.is_empty() {
                let number = index + 1;
                self.errors.push(format!(
                    "line {line}: cell {number} stands in a column without a name"
                ));
            }
        }
    }

    /// The cells that do not belong to an item must be the same in all rows.
    fn check_same_claim(
        &mut self,
        header: &CsvHeader,
        rows: &[(u64, &ByteRecord)],
        line: u64,
        row: &ByteRecord,
    ) {
        let Some((first_line, first)) = rows.first() else {
            return;
        };
        for (index, column) in header.columns() {
            let differs =
                first.get(index).unwrap_or_default() != row.get(index).unwrap_or_default();
            if differs && !matches!(column.target, CellTarget::Item(_)) {
                self.errors.push(format!(
                    "`{}` differs between lines {first_line} and {line} of one claim",
                    column.name
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
                item.insert(field.to_owned(), value);
            }
        }
        self.items.push(item.into());
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
            match column.target {
                CellTarget::Claim(path) => set_at_path(&mut self.claim, path, value),
                CellTarget::Element { list, index, field } => {
                    let element = self.elements.entry((list, index)).or_default();
                    element.insert(field.to_owned(), value);
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
        let text = std::str::from_utf8(cell?).ok()?;
        let bare = text.trim();
        let (value, wanted) = match kind {
            CellKind::Text => (Some(Value::from(text)), "text"),
            CellKind::Integer => (
                bare.parse::<i64>().ok().map(Value::from),
                "a whole number, digits only",
            ),
            CellKind::Flag if bare.eq_ignore_ascii_case("true") => (Some(Value::Bool(true)), ""),
            CellKind::Flag if bare.eq_ignore_ascii_case("false") => (Some(Value::Bool(false)), ""),
            CellKind::Flag => (None, "`true` or `false`"),
            CellKind::List if bare == "[]" => (Some(Value::Array(Vec::new())), ""),
            CellKind::List => (Some(bare.split(';').map(str::trim).collect()), "a list"),
        };
        if text.is_empty() || (bare.is_empty() && kind != CellKind::Text) {
            return None;
        }
        if value.is_none() {
            self.errors
                .push(format!("line {line}: `{name}` must be {wanted}"));
        }
        value
    }

    fn finish(mut self) -> Result<Vec<u8>, String> {
        if !self.errors.is_empty() {
            return Err(self.errors.join("; "));
        }
        // The service requires the list, also when it is empty.
        let mut lists = BTreeMap::from([("coverages", Vec::new())]);
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
            let inner = object.entry(first).or_insert_with(|| Map::new().into());
            if let Value::Object(inner) = inner {
                set_at_path(inner, rest, value);
            }
        }
    }
}
