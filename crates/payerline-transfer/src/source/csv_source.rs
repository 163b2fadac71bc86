//! CSV: each row is an item. The rows of one claim are consecutive and have the same `external_id`.

use std::io::BufRead;

use super::{
    claim::{ClaimSource, ClaimState, FileClaim},
    error::SourceError,
    header::CsvHeader,
    line_reader::{FileOffset, MAX_BUFFERED_BYTES},
    mapping,
    records::{Record, RecordReader},
};
use crate::problem::ProblemDetails;

pub struct CsvSource<R> {
    records: RecordReader<R>,
    header: CsvHeader,
    /// The first row of the next claim, read already.
    next_row: Option<Record>,
}

impl<R: BufRead> CsvSource<R> {
    /// Reads the header, and stands at the first row.
    pub fn begin(input: R) -> Result<Self, SourceError> {
        let mut records = RecordReader::new(input, FileOffset::default(), b',');
        let first = records.read_first_line()?.unwrap_or_default();
        let header =
            CsvHeader::parse(&first).map_err(|why| SourceError::Content { line: 1, why })?;
        records.set_delimiter(header.delimiter);
        Ok(Self {
            records,
            header,
            next_row: None,
        })
    }

    /// Goes on from an offset behind the header, at which the input stands already.
    pub fn resume(input: R, offset: FileOffset, header: CsvHeader) -> Self {
        Self {
            records: RecordReader::new(input, offset, header.delimiter),
            header,
            next_row: None,
        }
    }

    pub fn header(&self) -> &CsvHeader {
        &self.header
    }

    fn key<'r>(&self, record: &'r Record) -> &'r [u8] {
        self.header.key(&record.cells)
    }
}

impl<R: BufRead + Send> ClaimSource for CsvSource<R> {
    fn next_claim(&mut self) -> Result<Option<FileClaim>, SourceError> {
        let first = match self.next_row.take() {
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
                self.next_row = Some(record);
                break;
            }
            length += record.length;
            if length > MAX_BUFFERED_BYTES {
                let why = "a claim begins here that has too many rows".to_owned();
                return Err(SourceError::Content {
                    line: last.line,
                    why,
                });
            }
            group.push(record);
        }
        Ok(Some(build_claim(&self.header, group)))
    }
}

fn build_claim(header: &CsvHeader, group: Vec<Record>) -> FileClaim {
    let rows: Vec<_> = group.iter().map(|row| (row.line, &row.cells)).collect();
    let (json, state) = match mapping::map_rows(header, &rows) {
        Ok(json) => {
            let state = ClaimState::before_sending(&json);
            (json, state)
        }
        Err(detail) => {
            let problem = ProblemDetails::new(400, "Rows that make no claim", &detail);
            (Vec::new(), ClaimState::Refused(problem))
        }
    };
    FileClaim {
        line: group.first().map(|row| row.line).unwrap_or_default(),
        end: group.last().map(|row| row.end).unwrap_or_default(),
        json,
        rows: group.into_iter().map(|row| row.cells).collect(),
        state,
    }
}

#[cfg(test)]
mod tests {
    use csv::ByteRecord;
    use serde_json::{Value, json};

    use super::*;
    use crate::source::columns::REFUSED_BECAUSE;

    fn open(text: &str) -> CsvSource<&[u8]> {
        CsvSource::begin(text.as_bytes()).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The JSON of each claim, or the reason for its refusal.
    fn claims(text: &str) -> Vec<Result<Value, String>> {
        let mut source = open(text);
        let mut all = Vec::new();
        while let Some(claim) = source.next_claim().unwrap() {
            all.push(match claim.state {
                ClaimState::Refused(problem) => Err(problem.reason()),
                _ => Ok(serde_json::from_slice(&claim.json).unwrap()),
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
    fn contradictions_are_refused_with_the_columns_name() {
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
        let mut source = CsvSource::begin(&text[..]).unwrap_or_else(|error| panic!("{error}"));
        let claim = source.next_claim().unwrap().unwrap();
        assert!(matches!(claim.state, ClaimState::Refused(problem)
            if problem.reason().contains("`patient.family_name` is not UTF-8")));
        // The file of refused rows gets the bytes of this one.
        assert_eq!(&claim.rows[0][1], b"B\xe9langer");
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
            let error = CsvSource::begin(names.as_bytes()).map(|_| ()).unwrap_err();
            assert!(error.to_string().contains(why), "{error}");
        }
    }

    #[test]
    fn reasons_stand_in_front_once() {
        let text = "refused_because,external_id\nold,A\n";
        let mut source = open(text);
        let claim = source.next_claim().unwrap().unwrap();
        let header = source.header();
        let names = header.with_reason(REFUSED_BECAUSE, &header.names);
        assert_eq!(
            names,
            ByteRecord::from(vec!["refused_because", "external_id"])
        );
        let row = header.with_reason("new", &claim.rows[0]);
        assert_eq!(row, ByteRecord::from(vec!["new", "A"]));
        assert_eq!(
            claim.json,
            br#"{"external_id":"A","coverages":[],"items":[{}]}"#
        );
    }

    #[test]
    fn reading_goes_on_where_a_claim_ends() {
        let text = "external_id,items.code\nA,1\nA,2\nB,3\n\nC,4\n";
        let mut whole = open(text);
        let first = whole.next_claim().unwrap().unwrap();
        assert_eq!(first.end, FileOffset { byte: 31, line: 3 });
        let rest = &text.as_bytes()[usize::try_from(first.end.byte).unwrap()..];
        let mut resumed = CsvSource::resume(rest, first.end, whole.header().clone());
        let second = resumed.next_claim().unwrap().unwrap();
        assert_eq!((second.line, second.end.line), (4, 4));
        assert_eq!(resumed.next_claim().unwrap().unwrap().line, 6);
        assert!(resumed.next_claim().unwrap().is_none());
    }
}
