//! The first line of a CSV file, which names its columns.

use csv::ByteRecord;

use super::{
    columns::{self, CellKind, CellTarget, REFUSED_BECAUSE},
    records,
};

#[derive(Debug, Clone)]
pub struct CsvHeader {
    pub delimiter: u8,
    /// The names as they stand in the file.
    pub names: ByteRecord,
    /// `None` for columns that are passed over.
    columns: Vec<Option<Column>>,
    /// The index of `external_id`.
    key: usize,
}

#[derive(Debug, Clone)]
pub struct Column {
    pub name: String,
    pub target: CellTarget,
    pub kind: CellKind,
}

impl CsvHeader {
    pub fn parse(line: &[u8]) -> Result<Self, String> {
        // The names contain none of these, so the first that occurs is the delimiter. Excel uses the usual one of
        // the country it runs in.
        let is_delimiter = |byte: &&u8| matches!(byte, b',' | b';' | b'\t');
        let delimiter = line.iter().find(is_delimiter).copied().unwrap_or(b',');
        let names = records::split_cells(line, delimiter).map_err(|error| error.to_string())?;
        let mut columns: Vec<Option<Column>> = Vec::new();
        for name in &names {
            let name = String::from_utf8_lossy(name).trim().to_owned();
            if name.is_empty() || name == REFUSED_BECAUSE {
                columns.push(None);
                continue;
            }
            let Some((target, kind)) = columns::find(&name) else {
                let nearest = columns::find_nearest(&name);
                return Err(format!("there is no column `{name}`; is it `{nearest}`?"));
            };
            if columns
                .iter()
                .flatten()
                .any(|column| column.target == target)
            {
                return Err(format!("the column `{name}` stands there twice"));
            }
            columns.push(Some(Column { name, target, kind }));
        }
        let is_key = |column: &Option<Column>| {
            let target = column.as_ref().map(|column| column.target);
            target == Some(CellTarget::Claim("external_id"))
        };
        let key = columns
            .iter()
            .position(is_key)
            .ok_or("there is no column `external_id`: the first line must name the columns")?;
        Ok(Self {
            delimiter,
            names,
            columns,
            key,
        })
    }

    /// The columns that claims are made of, with their indexes.
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

    /// The cell of `external_id`.
    pub fn key<'r>(&self, row: &'r ByteRecord) -> &'r [u8] {
        row.get(self.key).unwrap_or_default()
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

fn is_reason(name: &[u8]) -> bool {
    name.trim_ascii() == REFUSED_BECAUSE.as_bytes()
}
