//! CSV: a row an item; the rows of one claim share their `external_id` and stand together.

use std::io::BufRead;

use csv::ByteRecord;

use super::{
    Place, Source, SourceError, UNIT_MOST, Unit, Verdict,
    columns::{self, Kind, REFUSED_BECAUSE},
    mapping,
    records::{self, Record, Records},
    refuse_if_too_long,
};
use crate::problem::Problem;

/// The columns of a file, by the names in its first line.
#[derive(Debug, Clone)]
pub struct Table {
    /// What stands between cells.
    pub delimiter: u8,
    /// The names as they are.
    pub names: ByteRecord,
    columns: Vec<Option<Column>>,
    /// The column of `external_id`.
    key: usize,
}

/// A column with a name.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Where its cells go.
    pub place: columns::Place,
    /// How its cells are read.
    pub kind: Kind,
}

impl Table {
    /// Reads the first line of a file.
    fn parse(line: &[u8]) -> Result<Self, String> {
        // Names have none of these, so the first that is there separates them. Excel takes the one
        // that is usual where it runs.
        let is_delimiter = |byte: &&u8| matches!(byte, b',' | b';' | b'\t');
        let delimiter = line.iter().find(is_delimiter).copied().unwrap_or(b',');
        let names = records::cells(line, delimiter).map_err(|error| error.to_string())?;
        let mut columns: Vec<Option<Column>> = Vec::new();
        for name in &names {
            let name = String::from_utf8_lossy(name).trim().to_owned();
            if name.is_empty() || name == REFUSED_BECAUSE {
                columns.push(None);
                continue;
            }
            let Some((place, kind)) = columns::find(&name) else {
                let nearest = columns::nearest(&name);
                return Err(format!("there is no column `{name}`; is it `{nearest}`?"));
            };
            if columns.iter().flatten().any(|column| column.place == place) {
                return Err(format!("the column `{name}` stands there twice"));
            }
            columns.push(Some(Column { name, place, kind }));
        }
        let is_key = |column: &Option<Column>| {
            let place = column.as_ref().map(|column| column.place);
            place == Some(columns::Place::Claim("external_id"))
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

    /// The columns that claims are made of, with their numbers from 0.
    pub fn columns(&self) -> impl Iterator<Item = (usize, &Column)> {
        let columns = self.columns.iter().enumerate();
        columns.filter_map(|(index, column)| Some((index, column.as_ref()?)))
    }

    /// The name of a column by its number; empty when it has none.
    pub fn name(&self, index: usize) -> &str {
        match (self.columns.get(index), self.names.get(index)) {
            (Some(Some(column)), _) => &column.name,
            (_, Some(name)) if self.is_reason(name) => REFUSED_BECAUSE,
            _ => "",
        }
    }

    fn is_reason(&self, name: &[u8]) -> bool {
        name.trim_ascii() == REFUSED_BECAUSE.as_bytes()
    }

    /// A row, or the names, with a reason in front. One that stands there already is left out.
    pub fn with_reason(&self, reason: &str, row: &ByteRecord) -> ByteRecord {
        let mut marked = ByteRecord::from(vec![reason]);
        for (index, cell) in row.iter().enumerate() {
            if !self
                .names
                .get(index)
                .is_some_and(|name| self.is_reason(name))
            {
                marked.push_field(cell);
            }
        }
        marked
    }
}

/// The claims of a CSV file.
pub struct Rows<R> {
    records: Records<R>,
    table: Table,
    /// The first row of the next claim, read already.
    ahead: Option<Record>,
}

impl<R: BufRead> Rows<R> {
    /// Reads the names of the columns, then from there on.
    ///
    /// # Errors
    /// When a name is unknown or stands there twice.
    pub fn begin(input: R) -> Result<Self, SourceError> {
        let mut records = Records::new(input, Place::default(), b',');
        let first = records.first_line()?.unwrap_or_default();
        let table = Table::parse(&first).map_err(|why| SourceError::Content { line: 1, why })?;
        records.set_delimiter(table.delimiter);
        Ok(Self {
            records,
            table,
            ahead: None,
        })
    }

    /// Reads from a place behind the names of the columns; the input stands there already.
    pub fn resume(input: R, place: Place, table: Table) -> Self {
        Self {
            records: Records::new(input, place, table.delimiter),
            table,
            ahead: None,
        }
    }

    /// The columns of the file.
    pub fn table(&self) -> &Table {
        &self.table
    }

    fn key<'r>(&self, record: &'r Record) -> &'r [u8] {
        record.cells.get(self.table.key).unwrap_or_default()
    }
}

impl<R: BufRead + Send> Source for Rows<R> {
    fn next(&mut self) -> Result<Option<Unit>, SourceError> {
        let first = match self.ahead.take() {
            Some(record) => record,
            None => match self.records.read()? {
                Some(record) => record,
                None => return Ok(None),
            },
        };
        let mut length = first.length;
        let mut group = vec![first];
        while let Some(record) = self.records.read()? {
            let (Some(first), Some(last)) = (group.first(), group.last()) else {
                break;
            };
            if self.key(first).is_empty() || self.key(&record) != self.key(first) {
                self.ahead = Some(record);
                break;
            }
            length += record.length;
            if length > UNIT_MOST {
                let why = "a claim begins here that has too many rows".to_owned();
                return Err(SourceError::Content {
                    line: last.line,
                    why,
                });
            }
            group.push(record);
        }
        Ok(Some(unit(&self.table, group)))
    }
}

/// The claim that a group of rows makes.
fn unit(table: &Table, group: Vec<Record>) -> Unit {
    let rows: Vec<_> = group.iter().map(|row| (row.line, &row.cells)).collect();
    let (claim, verdict) = match mapping::claim(table, &rows) {
        Ok(claim) => {
            let verdict = refuse_if_too_long(&claim);
            (claim, verdict)
        }
        Err(detail) => {
            let problem = Problem::new(400, "Rows that make no claim", &detail);
            (Vec::new(), Verdict::Refused(problem))
        }
    };
    Unit {
        line: group.first().map(|row| row.line).unwrap_or_default(),
        end: group.last().map(|row| row.end).unwrap_or_default(),
        claim,
        rows: group.into_iter().map(|row| row.cells).collect(),
        verdict,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn rows(text: &str) -> Rows<&[u8]> {
        Rows::begin(text.as_bytes()).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Each claim, or why it is none.
    fn claims(text: &str) -> Vec<Result<Value, String>> {
        let mut rows = rows(text);
        let mut all = Vec::new();
        while let Some(unit) = rows.next().unwrap() {
            all.push(match unit.verdict {
                Verdict::Refused(problem) => Err(problem.reason()),
                _ => Ok(serde_json::from_slice(&unit.claim).unwrap()),
            });
        }
        all
    }

    #[test]
    fn rows_of_one_claim_become_its_items() {
        let text = "\u{feff}external_id,patient.id,patient.pregnant,coverages.0.kind,coverages.2.kind,\
            coverages.2.covered_categories,diagnoses.0.code,items.category,items.quantity,preauthorizations\n\
            A,P-1,TRUE,,private,imaging; report,M17,imaging, 2 ,X;Y\n\
            A,P-1,TRUE,,private,imaging; report,M17,report,,X;Y\n\
            B,P-2,,wsib,private,[],,\"a, b\",,\n";
        let expected = [
            json!({
                "external_id": "A", "patient": {"id": "P-1", "pregnant": true},
                "preauthorizations": ["X", "Y"],
                "coverages": [{"kind": "private", "covered_categories": ["imaging", "report"]}],
                "diagnoses": [{"code": "M17"}],
                "items": [{"category": "imaging", "quantity": 2}, {"category": "report"}],
            }),
            json!({
                "external_id": "B", "patient": {"id": "P-2"},
                "coverages": [{"kind": "wsib"}, {"kind": "private", "covered_categories": []}],
                "items": [{"category": "a, b"}],
            }),
        ];
        assert_eq!(claims(text), expected.map(Ok));
        let semicolons = "external_id;preauthorizations\r\nA;\"X;Y\"\r\n";
        assert_eq!(
            claims(semicolons)[0].as_ref().unwrap()["preauthorizations"],
            json!(["X", "Y"])
        );
    }

    #[test]
    fn what_contradicts_itself_is_refused_with_the_columns_name() {
        let text = "external_id,patient.id,patient.pregnant,items.quantity,\n\
            A,P-1,,1,\nA,P-2,,1,\nB,P-1,,1.5,\nC,P-1,yes,1,\nD,P-1,,1,note\n,P-1,,1,\n,P-1,,1,\nE,P-1,,1,,,\n";
        let claims = claims(text);
        for (index, part) in [
            (0, "`patient.id` differs between lines 2 and 3"),
            (1, "line 4: `items.quantity` must be a whole number"),
            (2, "line 5: `patient.pregnant` must be `true` or `false`"),
            (3, "line 6: cell 5 stands in a column without a name"),
        ] {
            let reason = claims[index].as_ref().unwrap_err();
            assert!(reason.contains(part), "{reason}");
        }
        // Rows without an id have nothing to do with each other, and the service says what is missing.
        assert!(claims[4..].iter().all(Result::is_ok), "{claims:?}");
        assert_eq!(claims.len(), 7);
    }

    #[test]
    fn a_row_that_is_not_utf_8_is_refused() {
        let text = b"external_id,patient.family_name\nA,B\xe9langer\nB,Roy\n";
        let mut rows = Rows::begin(&text[..]).unwrap_or_else(|error| panic!("{error}"));
        let unit = rows.next().unwrap().unwrap();
        assert!(matches!(unit.verdict, Verdict::Refused(problem)
            if problem.reason().contains("`patient.family_name` is not UTF-8")));
        // What goes into the file of refused rows is what stands in this one.
        assert_eq!(&unit.rows[0][1], b"B\xe9langer");
    }

    #[test]
    fn an_unknown_column_is_named_at_once() {
        for (names, why) in [
            (
                "external_id,patient.birthdate",
                "`patient.birthdate`; is it `patient.birth_date`?",
            ),
            ("external_id,external_id", "twice"),
            ("patient.id,items.code", "no column `external_id`"),
            ("", "no column `external_id`"),
        ] {
            let error = Rows::begin(names.as_bytes()).map(|_| ()).unwrap_err();
            assert!(error.to_string().contains(why), "{error}");
        }
    }

    #[test]
    fn reasons_stand_in_front_once() {
        let text = "refused_because,external_id\nold,A\n";
        let mut rows = rows(text);
        let unit = rows.next().unwrap().unwrap();
        let table = rows.table();
        let names = table.with_reason(REFUSED_BECAUSE, &table.names);
        assert_eq!(
            names,
            ByteRecord::from(vec!["refused_because", "external_id"])
        );
        let row = table.with_reason("new", &unit.rows[0]);
        assert_eq!(row, ByteRecord::from(vec!["new", "A"]));
        assert_eq!(
            unit.claim,
            br#"{"external_id":"A","coverages":[],"items":[{}]}"#
        );
    }

    #[test]
    fn reading_goes_on_where_a_claim_ends() {
        let text = "external_id,items.code\nA,1\nA,2\nB,3\n\nC,4\n";
        let mut whole = rows(text);
        let first = whole.next().unwrap().unwrap();
        assert_eq!(first.end, Place { byte: 31, line: 3 });
        let rest = &text.as_bytes()[usize::try_from(first.end.byte).unwrap()..];
        let mut resumed = Rows::resume(rest, first.end, whole.table().clone());
        let second = resumed.next().unwrap().unwrap();
        assert_eq!((second.line, second.end.line), (4, 4));
        assert_eq!(resumed.next().unwrap().unwrap().line, 6);
        assert!(resumed.next().unwrap().is_none());
    }
}
