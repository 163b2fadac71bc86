//! Pages of a list: `limit` and an opaque `cursor` in, `next` and `prev` out.

use actix_web::HttpResponse;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::query::{Objection, Query};
use crate::store::{Page, PageRequest, Position};

const DEFAULT_LIMIT: usize = 50;
const MAX_LIMIT: usize = 200;

/// The paging parameters, for the documentation.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `read` reads")]
pub struct Paging {
    /// Entries of a page, 1 to 200; left out: 50.
    #[param(minimum = 1, maximum = 200, default = 50, example = 50)]
    limit: Option<u16>,
    /// `next` or `prev` of another page of this list. Repeat the filters unchanged.
    #[param(pattern = "^[A-Za-z0-9_-]+$")]
    cursor: Option<String>,
}

/// A page of a list, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Listing<T> {
    /// The entries, newest first.
    pub data: Vec<T>,
    /// The cursor of the page of older entries, or null at the end.
    #[schema(required = true, example = "bwGYCm4sT30xpbBvPlwdK3qVw1N5c1tZJQ")]
    pub next: Option<String>,
    /// The cursor of the page of newer entries, or null at the beginning.
    #[schema(required = true, example = "bgGYCm4sT30xpbBvPlwdK3qVw1N5c1tZJQ")]
    pub prev: Option<String>,
}

/// The first byte of a cursor: the direction in which it continues.
const OLDER: u8 = b'o';
const NEWER: u8 = b'n';

/// The page that a request asks for, and the fingerprint that binds its cursors to the list and the filters.
pub struct Paged {
    pub request: PageRequest,
    fingerprint: [u8; 8],
}

/// Reads the paging parameters.
pub fn read(query: &mut Query) -> Paged {
    let fingerprint = query.fingerprint();
    let limit = query.take("limit", parse_limit).unwrap_or(DEFAULT_LIMIT);
    let position = query.take("cursor", |text| parse_cursor(text, fingerprint));
    Paged {
        request: PageRequest {
            limit,
            position: position.unwrap_or(Position::First),
        },
        fingerprint,
    }
}

impl Paged {
    pub fn listing<T>(&self, page: Page<T>) -> Listing<T> {
        let cursor = |direction, anchor: Option<Uuid>| {
            anchor.map(|anchor| write_cursor(direction, anchor, self.fingerprint))
        };
        Listing {
            next: cursor(OLDER, page.older),
            prev: cursor(NEWER, page.newer),
            data: page.data,
        }
    }

    pub fn answer<T: Serialize>(&self, page: Page<T>) -> HttpResponse {
        HttpResponse::Ok().json(self.listing(page))
    }
}

fn parse_limit(text: &str) -> Result<usize, Objection> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let limit = digits.then(|| text.parse().ok()).flatten();
    let limit = limit.filter(|limit| (1..=MAX_LIMIT).contains(limit));
    let detail = || format!("must be a number from 1 to {MAX_LIMIT}");
    limit.ok_or_else(|| ("out_of_range", detail()))
}

/// Encodes direction, the id to continue from, and the fingerprint of the filters in base64url.
fn write_cursor(direction: u8, anchor: Uuid, fingerprint: [u8; 8]) -> String {
    let mut bytes = vec![direction];
    bytes.extend(anchor.as_bytes());
    bytes.extend(fingerprint);
    URL_SAFE_NO_PAD.encode(bytes)
}

fn parse_cursor(text: &str, fingerprint: [u8; 8]) -> Result<Position, Objection> {
    let invalid = || {
        let detail = "is no cursor of this list; take `next` or `prev` of one of its pages";
        ("invalid_cursor", detail.to_owned())
    };
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| invalid())?;
    let (tag, rest) = bytes.split_first().ok_or_else(invalid)?;
    let (anchor, filters) = rest.split_first_chunk::<16>().ok_or_else(invalid)?;
    let anchor = Uuid::from_bytes(*anchor);
    let position = match tag {
        &OLDER => Position::OlderThan(anchor),
        &NEWER => Position::NewerThan(anchor),
        _ => return Err(invalid()),
    };
    if filters.len() != fingerprint.len() {
        return Err(invalid());
    }
    if filters != fingerprint {
        let detail = "is of another list or was made with other filters; repeat them unchanged, or start without a cursor";
        return Err(("cursor_of_other_filters", detail.to_owned()));
    }
    Ok(position)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_url_safe_and_knows_its_filters() {
        let anchor = Uuid::from_u128(u128::MAX);
        let cursor = write_cursor(NEWER, anchor, [255; 8]);
        assert!(
            cursor
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
        );
        assert!(
            matches!(parse_cursor(&cursor, [255; 8]), Ok(Position::NewerThan(it)) if it == anchor)
        );
        assert_eq!(
            parse_cursor(&cursor, [0; 8]).unwrap_err().0,
            "cursor_of_other_filters"
        );
        for broken in ["", "x", &cursor[1..], &format!("{cursor}AAAA"), "!!!"] {
            assert_eq!(
                parse_cursor(broken, [255; 8]).unwrap_err().0,
                "invalid_cursor",
                "{broken}"
            );
        }
    }

    #[test]
    fn a_limit_is_a_number_from_1_to_200() {
        assert_eq!(parse_limit("200"), Ok(200));
        for wrong in [
            "0",
            "201",
            "+1",
            "-1",
            "1.0",
            "",
            "x",
            "99999999999999999999",
        ] {
            assert_eq!(parse_limit(wrong).unwrap_err().0, "out_of_range", "{wrong}");
        }
    }
}
