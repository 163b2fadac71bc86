//! A refused claim as it is written. NDJSON: `{"line":17,"problem":{…},"claim":{…}}`, or `"text":"…"` for a line that is
//! no JSON; a remittance stands under `remittance`. CSV: the same rows under the same columns, with `refused_because` in front.

use std::io;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::{
    content::Content,
    problem::ProblemDetails,
    source::{CsvHeader, FileClaim, REFUSED_BECAUSE},
};

/// Without it a spreadsheet takes the file for another encoding than UTF-8, and names come back changed.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

#[derive(Serialize)]
struct RefusedLine<'a> {
    line: u64,
    problem: &'a RawValue,
    #[serde(skip_serializing_if = "Option::is_none")]
    claim: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remittance: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
}

pub fn write_ndjson_line(
    content: Content,
    claim: &FileClaim,
    problem: &ProblemDetails,
) -> io::Result<Vec<u8>> {
    let json = serde_json::from_slice::<&RawValue>(&claim.json).ok();
    let text = String::from_utf8_lossy(&claim.json);
    let mut line = serde_json::to_vec(&RefusedLine {
        line: claim.line(),
        problem: problem.json(),
        claim: json.filter(|_| content == Content::Claims),
        remittance: json.filter(|_| content == Content::Remittances),
        text: json.is_none().then_some(&*text),
    })?;
    line.push(b'\n');
    Ok(line)
}

/// Writes the rows of a claim, after the names of the columns if it is the first one.
pub fn write_csv_rows(
    header: &CsvHeader,
    claim: &FileClaim,
    problem: &ProblemDetails,
    is_first: bool,
) -> io::Result<Vec<u8>> {
    let beginning = if is_first { BYTE_ORDER_MARK } else { b"" };
    let mut writer = csv::WriterBuilder::new()
        .delimiter(header.delimiter)
        .terminator(csv::Terminator::CRLF)
        .flexible(true)
        .from_writer(beginning.to_vec());
    if is_first {
        writer.write_byte_record(&header.with_reason(REFUSED_BECAUSE, &header.names))?;
    }
    let reason = problem.reason();
    for row in &claim.rows {
        writer.write_byte_record(&header.with_reason(&reason, row))?;
    }
    writer.into_inner().map_err(|error| error.into_error())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stands_beside_its_reason() {
        let problem = r#""problem":{"title":"t","status":400,"detail":"d"}"#;
        let problem = format!(r#"{{"line":7,{problem}"#);
        for (json, rest) in [
            (r#"{"b": 2, "b": 1.50}"#, r#","claim":{"b": 2, "b": 1.50}}"#),
            (r#"{"a":"#, r#","text":"{\"a\":"}"#),
        ] {
            let problem_details = ProblemDetails::new(400, "t", "d");
            let line = write_ndjson_line(
                Content::Claims,
                &FileClaim::in_test(7, json),
                &problem_details,
            )
            .unwrap();
            assert_eq!(
                String::from_utf8(line).unwrap(),
                format!("{problem}{rest}\n")
            );
        }
    }
}
