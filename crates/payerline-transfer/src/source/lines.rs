//! NDJSON: one claim a line. Also what an earlier import refused: there the claim stands in a wrapper
//! with the reason, and is taken out of it.

use std::io::BufRead;

use serde::{Deserialize, de::IgnoredAny};
use serde_json::value::RawValue;

use super::{LineReader, Place, Source, SourceError, Unit, Verdict, refuse_if_too_long, trimmed};
use crate::problem::Problem;

/// The lines of an NDJSON file.
pub struct Lines<R> {
    reader: LineReader<R>,
}

/// A line of a file of refused lines.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wrapped<'a> {
    #[serde(rename = "line")]
    _line: Option<IgnoredAny>,
    problem: Option<IgnoredAny>,
    #[serde(borrow)]
    claim: Option<&'a RawValue>,
    text: Option<String>,
}

impl<R: BufRead> Lines<R> {
    /// Reads from a place on; the input stands there already.
    pub fn new(input: R, place: Place) -> Self {
        Self {
            reader: LineReader::new(input, place),
        }
    }
}

impl<R: BufRead + Send> Source for Lines<R> {
    fn next(&mut self) -> Result<Option<Unit>, SourceError> {
        loop {
            let before = self.reader.place;
            let mut line = Vec::new();
            if !self.reader.append(&mut line)? {
                return Ok(None);
            }
            line.truncate(trimmed(&line).len());
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            if before.byte == 0 && matches!(line.trim_ascii(), b"{" | b"[") {
                let why = "this is JSON over several lines, but a claim must stand in one; \
                           `jq --compact-output . FILE` (for a list `.[]`) makes them so";
                return Err(SourceError::Content {
                    line: 1,
                    why: why.to_owned(),
                });
            }
            let (claim, verdict) = unwrapped(line);
            return Ok(Some(Unit {
                line: before.line + 1,
                end: self.reader.place,
                claim,
                rows: Vec::new(),
                verdict,
            }));
        }
    }
}

/// The claim of a line.
fn unwrapped(line: Vec<u8>) -> (Vec<u8>, Verdict) {
    // A claim's own first field is none of a wrapper's, so that this ends there.
    let Ok(wrapped) = serde_json::from_slice::<Wrapped<'_>>(&line) else {
        return as_it_is(line);
    };
    match (wrapped.claim, wrapped.text) {
        (Some(claim), None) => as_it_is(claim.get().as_bytes().to_vec()),
        (None, Some(text)) if text.contains(['\u{fffd}', '\n', '\r']) => {
            let detail = "`text` still has line breaks, or the characters `\u{fffd}` that stand \
                          where bytes were no UTF-8: write there what belongs there.";
            (text.into_bytes(), refused(detail))
        }
        (None, Some(text)) => as_it_is(text.into_bytes()),
        // No wrapper, but an object without a field: for the service to refuse.
        (None, None) if wrapped.problem.is_none() => as_it_is(line),
        _ => {
            let detail = "Beside `problem` must stand either `claim` or `text`.";
            (line, refused(detail))
        }
    }
}

fn as_it_is(claim: Vec<u8>) -> (Vec<u8>, Verdict) {
    let verdict = refuse_if_too_long(&claim);
    (claim, verdict)
}

fn refused(detail: &str) -> Verdict {
    Verdict::Refused(Problem::new(400, "No claim to send", detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Vec<(u64, u64, String, bool)> {
        let mut lines = Lines::new(text, Place::default());
        let mut units = Vec::new();
        while let Some(unit) = lines.next().unwrap() {
            let claim = String::from_utf8(unit.claim).unwrap();
            let is_open = matches!(unit.verdict, Verdict::Open { .. });
            units.push((unit.line, unit.end.byte, claim, is_open));
        }
        units
    }

    #[test]
    fn lines_know_their_places() {
        let units = read(b"\xef\xbb\xbf{\"a\":1}\r\n\n  \n{\"b\":2}");
        assert_eq!(
            units,
            [
                (1, 12, "{\"a\":1}".to_owned(), true),
                (4, 23, "{\"b\":2}".to_owned(), true),
            ]
        );
    }

    #[test]
    fn refused_lines_are_taken_out_of_their_wrapper() {
        let text = br#"{"line":17,"problem":{"status":422},"claim":{"b": 2, "b": 1.50}}
{ "claim" : {"c":3} , "line": 1 }
{"line":18,"problem":{},"text":"{\"a\":"}
{"line":19,"problem":{},"text":"M\ufffdller"}
{"line":20,"problem":{}}
{}"#;
        let units: Vec<(String, bool)> = read(text)
            .into_iter()
            .map(|(_, _, claim, is_open)| (claim, is_open))
            .collect();
        let expected = [
            (r#"{"b": 2, "b": 1.50}"#, true),
            (r#"{"c":3}"#, true),
            (r#"{"a":"#, true),
            ("M\u{fffd}ller", false),
            (r#"{"line":20,"problem":{}}"#, false),
            ("{}", true),
        ];
        assert_eq!(
            units,
            expected.map(|(claim, open)| (claim.to_owned(), open))
        );
    }

    #[test]
    fn what_is_too_long_is_refused_and_what_has_no_end_ends_it() {
        let long = "x".repeat(super::super::LINE_MOST + 1);
        let units = read(format!("{long}\n1\n").as_bytes());
        let open: Vec<bool> = units.iter().map(|unit| unit.3).collect();
        assert_eq!(open, [false, true]);
        let endless = "x".repeat(super::super::UNIT_MOST + 1);
        let text = format!("1\n{endless}");
        let mut lines = Lines::new(text.as_bytes(), Place::default());
        assert!(lines.next().unwrap().is_some());
        let error = lines.next().unwrap_err().to_string();
        assert!(error.starts_with("line 2: "), "{error}");
    }

    #[test]
    fn json_over_several_lines_is_named_as_such() {
        for text in ["[\n{}\n]", "{\n\"a\": 1\n}"] {
            let error = Lines::new(text.as_bytes(), Place::default())
                .next()
                .unwrap_err();
            assert!(error.to_string().contains("jq"), "{error}");
        }
    }
}
