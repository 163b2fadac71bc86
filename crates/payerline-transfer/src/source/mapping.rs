//! From the rows of one claim to its JSON: cells go to the places that their columns name, and what
//! contradicts itself is refused with the column's name.

use std::collections::BTreeMap;

use csv::ByteRecord;
use serde_json::{Map, Value};

use super::{
    columns::{Kind, Place},
    rows::Table,
};

/// A claim that is being put together.
#[derive(Default)]
struct Draft {
    claim: Map<String, Value>,
    /// The elements of its lists, by list and number.
    elements: BTreeMap<(&'static str, usize), Map<String, Value>>,
    items: Vec<Value>,
    faults: Vec<String>,
}

/// The claim that rows make, or everything that is wrong with them.
pub fn claim(table: &Table, rows: &[(u64, &ByteRecord)]) -> Result<Vec<u8>, String> {
    let mut draft = Draft::default();
    for (line, row) in rows {
        draft.check_cells(table, *line, row);
    }
    if !draft.faults.is_empty() {
        return Err(draft.faults.join("; "));
    }
    for (line, row) in rows {
        draft.compare(table, rows, *line, row);
        draft.take_item(table, *line, row);
    }
    if let Some((line, first)) = rows.first() {
        draft.take_claim(table, *line, first);
    }
    draft.finish()
}

impl Draft {
    /// Every cell is text and stands under a name.
    fn check_cells(&mut self, table: &Table, line: u64, row: &ByteRecord) {
        for (index, cell) in row.iter().enumerate() {
            let name = table.name(index);
            if std::str::from_utf8(cell).is_err() {
                self.faults.push(format!(
                    "line {line}: `{name}` is not UTF-8; save the file as UTF-8"
                ));
            } else if name.is_empty() && !cell.is_empty() {
                let number = index + 1;
                self.faults.push(format!(
                    "line {line}: cell {number} stands in a column without a name"
                ));
            }
        }
    }

    /// What is said of the claim must be the same in each of its rows.
    fn compare(&mut self, table: &Table, rows: &[(u64, &ByteRecord)], line: u64, row: &ByteRecord) {
        let Some((first_line, first)) = rows.first() else {
            return;
        };
        for (index, column) in table.columns() {
            let differs =
                first.get(index).unwrap_or_default() != row.get(index).unwrap_or_default();
            if differs && !matches!(column.place, Place::Item(_)) {
                self.faults.push(format!(
                    "`{}` differs between lines {first_line} and {line} of one claim",
                    column.name
                ));
            }
        }
    }

    fn take_item(&mut self, table: &Table, line: u64, row: &ByteRecord) {
        let mut item = Map::new();
        for (index, column) in table.columns() {
            if let Place::Item(field) = column.place
                && let Some(value) = self.value(&column.name, column.kind, line, row.get(index))
            {
                item.insert(field.to_owned(), value);
            }
        }
        self.items.push(item.into());
    }

    fn take_claim(&mut self, table: &Table, line: u64, row: &ByteRecord) {
        for (index, column) in table.columns() {
            if matches!(column.place, Place::Item(_)) {
                continue;
            }
            let Some(value) = self.value(&column.name, column.kind, line, row.get(index)) else {
                continue;
            };
            match column.place {
                Place::Claim(path) => put(&mut self.claim, path, value),
                Place::Element { list, index, field } => {
                    let element = self.elements.entry((list, index)).or_default();
                    element.insert(field.to_owned(), value);
                }
                Place::Item(_) => {}
            }
        }
    }

    /// The value of a cell; `None` when it is empty, or wrong, which is noted.
    fn value(&mut self, name: &str, kind: Kind, line: u64, cell: Option<&[u8]>) -> Option<Value> {
        let text = std::str::from_utf8(cell?).ok()?;
        let bare = text.trim();
        let (value, wanted) = match kind {
            Kind::Text => (Some(Value::from(text)), "text"),
            Kind::Integer => (
                bare.parse::<i64>().ok().map(Value::from),
                "a whole number, digits only",
            ),
            Kind::Flag if bare.eq_ignore_ascii_case("true") => (Some(Value::Bool(true)), ""),
            Kind::Flag if bare.eq_ignore_ascii_case("false") => (Some(Value::Bool(false)), ""),
            Kind::Flag => (None, "`true` or `false`"),
            Kind::List if bare == "[]" => (Some(Value::Array(Vec::new())), ""),
            Kind::List => (Some(bare.split(';').map(str::trim).collect()), "a list"),
        };
        if text.is_empty() || (bare.is_empty() && kind != Kind::Text) {
            return None;
        }
        if value.is_none() {
            self.faults
                .push(format!("line {line}: `{name}` must be {wanted}"));
        }
        value
    }

    fn finish(mut self) -> Result<Vec<u8>, String> {
        if !self.faults.is_empty() {
            return Err(self.faults.join("; "));
        }
        // Always there: a claim without coverages says so.
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

/// Puts a value at a path with dots.
fn put(object: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            object.insert(path.to_owned(), value);
        }
        Some((first, rest)) => {
            let inner = object.entry(first).or_insert_with(|| Map::new().into());
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}
