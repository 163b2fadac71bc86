//! NDJSON: one claim a line. In a file of refused claims each stands beside its reason, and is taken out.

use std::io::BufRead;

use serde::{Deserialize, de::IgnoredAny};
use serde_json::value::RawValue;

use super::{
    claim::{ClaimSource, ClaimState, FileClaim},
    error::SourceError,
    line_reader::{FileOffset, LineReader, trim_line_break},
};
use crate::{content::Content, problem::ProblemDetails};

pub struct NdjsonSource<R> {
    content: Content,
    reader: LineReader<R>,
}

/// A line of a file of refused claims, as `refused_file` writes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrappedClaim<'a> {
    #[serde(rename = "line")]
    _line: Option<IgnoredAny>,
    problem: Option<IgnoredAny>,
    #[serde(borrow, alias = "remittance")]
    claim: Option<&'a RawValue>,
    text: Option<String>,
}

impl<R: BufRead> NdjsonSource<R> {
    /// Reads from an offset, at which the input stands already.
    pub fn new(content: Content, input: R, offset: FileOffset) -> Self {
        Self {
            content,
            reader: LineReader::new(input, offset),
        }
    }
}

impl<R: BufRead + Send> ClaimSource for NdjsonSource<R> {
    fn next_claim(&mut self) -> Result<Option<FileClaim>, SourceError> {
        loop {
            let begin = self.reader.offset();
            let mut line = Vec::new();
            if !self.reader.append_line(&mut line)? {
                return Ok(None);
            }
            line.truncate(trim_line_break(&line).len());
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            if begin.byte == 0 && matches!(line.trim_ascii(), b"{" | b"[") {
                let why = "this is JSON over several lines, but a claim must stand in one; \
                           `jq --compact-output . FILE` (for a list `.[]`) makes them so";
                return Err(SourceError::Content {
                    line: 1,
                    why: why.to_owned(),
                });
            }
            let (json, state) = unwrap_claim(line);
            return Ok(Some(FileClaim {
                begin,
                end: self.reader.offset(),
                key: self.content.key_of(&json),
                json,
                rows: Vec::new(),
                state,
                elsewhere: Vec::new(),
            }));
        }
    }
}

fn unwrap_claim(line: Vec<u8>) -> (Vec<u8>, ClaimState) {
    // Parsing a bare claim stops at its first field, because no wrapper has it.
    let Ok(wrapped) = serde_json::from_slice::<WrappedClaim<'_>>(&line) else {
        return keep(line);
    };
    match (wrapped.claim, wrapped.text) {
        (Some(claim), None) => keep(claim.get().as_bytes().to_vec()),
        (None, Some(text)) if text.contains(['\u{fffd}', '\n', '\r']) => {
            let detail = "`text` still has line breaks, or the characters `\u{fffd}` that stand \
                          where bytes were no UTF-8: write there what belongs there.";
            (text.into_bytes(), refuse(detail))
        }
        (None, Some(text)) => keep(text.into_bytes()),
        // An object without fields is no wrapper; the service refuses it.
        (None, None) if wrapped.problem.is_none() => keep(line),
        _ => {
            let detail = "Beside `problem` must stand either `claim` (or `remittance`) or `text`.";
            (line, refuse(detail))
        }
    }
}

fn keep(json: Vec<u8>) -> (Vec<u8>, ClaimState) {
    let state = ClaimState::before_sending(&json);
    (json, state)
}

fn refuse(detail: &str) -> ClaimState {
    ClaimState::Refused(ProblemDetails::new(400, "No claim to send", detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Vec<(u64, u64, String, bool)> {
        let mut source = NdjsonSource::new(Content::Claims, text, FileOffset::default());
        let mut claims = Vec::new();
        while let Some(claim) = source.next_claim().unwrap() {
            let is_open = claim.is_open();
            let (line, end) = (claim.line(), claim.end.byte);
            let json = String::from_utf8(claim.json).unwrap();
            claims.push((line, end, json, is_open));
        }
        claims
    }

    #[test]
    fn claims_know_their_positions() {
        let claims = read(b"\xef\xbb\xbf{\"a\":1}\r\n\n  \n{\"b\":2}");
        assert_eq!(
            claims,
            [
                (1, 12, "{\"a\":1}".to_owned(), true),
                (4, 23, "{\"b\":2}".to_owned(), true),
            ]
        );
    }

    #[test]
    fn an_id_is_the_same_however_it_is_written() {
        let id = |json: &str| Content::Claims.key_of(json.as_bytes());
        let nfc = Some("Bé".to_owned());
        assert_eq!(
            id(r#"{"patient": {"external_id": 1}, "external_id": "Be\u0301"}"#),
            nfc
        );
        assert_eq!(id("{\"external_id\": \"B\u{e9}\"}"), nfc);
        for none in [
            "{}",
            "",
            "17",
            r#"{"external_id": 17}"#,
            r#"{"external_id": "A""#,
        ] {
            assert_eq!(id(none), None, "{none}");
        }
    }

    #[test]
    fn refused_claims_are_taken_out_of_their_wrapper() {
        let text = br#"{"line":17,"problem":{"status":422},"claim":{"b": 2, "b": 1.50}}
{ "claim" : {"c":3} , "line": 1 }
{"line":18,"problem":{},"text":"{\"a\":"}
{"line":19,"problem":{},"text":"M\ufffdller"}
{"line":20,"problem":{}}
{}"#;
        let claims: Vec<(String, bool)> = read(text)
            .into_iter()
            .map(|(_, _, json, is_open)| (json, is_open))
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
            claims,
            expected.map(|(json, is_open)| (json.to_owned(), is_open))
        );
    }

    #[test]
    fn a_long_line_is_refused_and_an_endless_one_ends_the_import() {
        let long = "x".repeat(crate::source::claim::MAX_CLAIM_BYTES + 1);
        let claims = read(format!("{long}\n1\n").as_bytes());
        let open: Vec<bool> = claims.iter().map(|claim| claim.3).collect();
        assert_eq!(open, [false, true]);
        let endless = "x".repeat(crate::source::line_reader::MAX_BUFFERED_BYTES + 1);
        let text = format!("1\n{endless}");
        let mut source = NdjsonSource::new(Content::Claims, text.as_bytes(), FileOffset::default());
        assert!(source.next_claim().unwrap().is_some());
        let error = source.next_claim().unwrap_err().to_string();
        assert!(error.starts_with("line 2: "), "{error}");
    }

    #[test]
    fn json_over_several_lines_is_named_as_such() {
        for text in ["[\n{}\n]", "{\n\"a\": 1\n}"] {
            let error = NdjsonSource::new(Content::Claims, text.as_bytes(), FileOffset::default())
                .next_claim()
                .unwrap_err();
            assert!(error.to_string().contains("jq"), "{error}");
        }
    }
}
