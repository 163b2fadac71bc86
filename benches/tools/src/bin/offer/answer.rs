//! The part of an HTTP answer that a load needs.

use crate::error::OfferError;

#[derive(Debug, PartialEq, Eq)]
pub struct HttpAnswer {
    pub status: u16,
    pub has_retry_after: bool,
    pub closes_connection: bool,
}

impl HttpAnswer {
    /// `None` while the answer is not complete.
    pub fn parse(text: &[u8]) -> Result<Option<Self>, OfferError> {
        let Some(end) = text.windows(4).position(|window| window == b"\r\n\r\n") else {
            return Ok(None);
        };
        let (head, rest) = text.split_at(end);
        let head = String::from_utf8_lossy(head);
        let wrong = || OfferError::NoHttp(head.chars().take(200).collect());
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.strip_prefix("HTTP/1.1 "));
        let status = status
            .and_then(|line| line.get(..3))
            .and_then(|digits| digits.parse().ok());
        let mut answer = Self {
            status: status.ok_or_else(wrong)?,
            has_retry_after: false,
            closes_connection: false,
        };
        let mut length: Option<usize> = None;
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            let value = value.trim();
            if name.eq_ignore_ascii_case("content-length") {
                length = value.parse().ok();
            } else if name.eq_ignore_ascii_case("retry-after") {
                answer.has_retry_after = value.parse::<u32>().is_ok();
            } else if name.eq_ignore_ascii_case("connection") {
                answer.closes_connection = value.eq_ignore_ascii_case("close");
            }
        }
        // An empty line of four bytes ends the head.
        let is_complete = rest.len() >= length.ok_or_else(wrong)? + 4;
        Ok(is_complete.then_some(answer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_when_all_of_it_is_there() {
        let text =
            b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 2\r\nContent-Length: 3\r\n\r\nabc";
        for end in 0..text.len() {
            assert_eq!(HttpAnswer::parse(&text[..end]).unwrap(), None, "{end}");
        }
        let answer = HttpAnswer {
            status: 503,
            has_retry_after: true,
            closes_connection: false,
        };
        assert_eq!(HttpAnswer::parse(text).unwrap(), Some(answer));
        let closes = b"HTTP/1.1 201 Created\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
        let answer = HttpAnswer {
            status: 201,
            has_retry_after: false,
            closes_connection: true,
        };
        assert_eq!(HttpAnswer::parse(closes).unwrap(), Some(answer));
        assert!(HttpAnswer::parse(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
        assert!(HttpAnswer::parse(b"HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n").is_err());
    }
}
