//! What the service answered, with assertions that read like sentences.

use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::{array, codes};

/// An answer, its body read to the end.
#[derive(Debug, Clone)]
pub struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    /// Reads an answer to its end, and checks what holds for every one.
    pub async fn read(response: reqwest::Response) -> Result<Self, reqwest::Error> {
        let answer = Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.bytes().await?.to_vec(),
        };
        answer.check();
        Ok(answer)
    }

    pub fn status(&self) -> u16 {
        self.status
    }

    /// Asserts the status.
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    /// The body, JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("no JSON ({error}): {}", self.text()))
    }

    /// The body, bytes.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The body, text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body's lines, each JSON.
    #[track_caller]
    pub fn json_lines(&self) -> Vec<Value> {
        let text = self.text();
        text.lines()
            .map(|line| {
                serde_json::from_str(line)
                    .unwrap_or_else(|error| panic!("no JSON ({error}): {line}"))
            })
            .collect()
    }

    /// A header that must be there.
    #[track_caller]
    pub fn header(&self, name: &str) -> &str {
        self.find_header(name)
            .unwrap_or_else(|| panic!("no header {name} in {:?}", self.headers))
    }

    /// A header, if it is there.
    pub fn find_header(&self, name: &str) -> Option<&str> {
        let value = self.headers.get(name)?;
        Some(value.to_str().expect("a header is text"))
    }

    /// The id of what was stored.
    #[track_caller]
    pub fn id(&self) -> String {
        let body = self.json();
        body["id"].as_str().expect("an id").to_owned()
    }

    /// Asserts that this is a problem of a status. That it is well-formed was checked on arrival.
    #[track_caller]
    pub fn problem(self, status: u16) -> Problem {
        let answer = self.is(status);
        Problem(answer.json())
    }

    /// What holds for every answer: it carries a request id, and from 400 on it is a problem.
    #[track_caller]
    fn check(&self) {
        let request_id = self.header("x-request-id").to_owned();
        if self.status < 400 {
            return;
        }
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{}",
            self.text()
        );
        let body = self.json();
        check_problem(&body, self.status);
        assert_eq!(body["request_id"], request_id, "{body}");
        if matches!(self.status, 429 | 503) {
            let seconds = self.header("retry-after").parse::<u32>();
            assert!(seconds.is_ok(), "Retry-After is a number of seconds");
        }
    }
}

/// Asserts the shape of a problem (RFC 9457, and the contract's members).
#[track_caller]
pub fn check_problem(problem: &Value, status: u16) {
    for member in ["type", "title", "detail", "request_id"] {
        let text = problem[member].as_str().unwrap_or_default();
        assert!(!text.is_empty(), "no `{member}` in {problem}");
    }
    assert_eq!(problem["status"], status, "{problem}");
    for error in array(&problem["errors"]) {
        let members: Vec<&String> = error.as_object().expect("an object").keys().collect();
        assert_eq!(members.len(), 3, "code, pointer, detail: {error}");
        assert!(error["code"].as_str().is_some_and(|code| !code.is_empty()));
        assert!(
            error["detail"]
                .as_str()
                .is_some_and(|text| !text.is_empty())
        );
        let pointer = error["pointer"].as_str().expect("a pointer");
        assert!(pointer.is_empty() || pointer.starts_with('/'), "{error}");
    }
}

/// The body of an answer of 400 and above.
#[derive(Debug)]
pub struct Problem(Value);

impl Problem {
    /// Asserts that exactly one fault is listed, and where.
    #[track_caller]
    pub fn names(&self, pointer: &str) {
        let pointers: Vec<&str> = array(&self.0["errors"])
            .iter()
            .filter_map(|error| error["pointer"].as_str())
            .collect();
        assert_eq!(pointers, [pointer], "{}", self.0);
    }

    /// Asserts that exactly these faults are listed: codes and pointers, in any order.
    #[track_caller]
    pub fn lists(&self, faults: &[(&str, &str)]) {
        let mut expected: Vec<(String, String)> = faults
            .iter()
            .map(|(code, pointer)| ((*code).to_owned(), (*pointer).to_owned()))
            .collect();
        expected.sort();
        assert_eq!(codes(&self.0), expected, "{}", self.0);
    }

    /// A member of the problem, such as `id`.
    pub fn member(&self, name: &str) -> &Value {
        &self.0[name]
    }
}
