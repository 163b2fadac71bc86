//! Pages of a list: `limit` and an opaque `cursor` in, `next` and `prev` out.

use actix_web::HttpResponse;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::query::{Objection, Query};
use crate::store::{
    ChangePage, ChangePosition, ChangeRequest, ChangeStart, Page, PageRequest, Position,
    WorkPosition,
};
use payerline_domain::{
    parse::fault_code::FaultCode,
    values::{
        closed_enum::ClosedEnum,
        time::{Day, Timestamp},
    },
    work::WorkTask,
};

const DEFAULT_LIMIT: usize = 50;
const MAX_LIMIT: usize = 200;

/// The paging parameters, for the documentation.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `read` reads")]
pub struct Paging {
    /// Entries of a page, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// `next` or `prev` of another page of this list. Repeat the filters unchanged.
    #[param(pattern = "^[A-Za-z0-9_-]+$")]
    cursor: Option<String>,
}

/// A page of a list, newest first; with `updated_from`, oldest change first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Listing<T> {
    /// The entries in the order of the list.
    pub data: Vec<T>,
    /// The cursor of the page after this one, or null at the end.
    #[schema(required = true, example = "bwGYCm4sT30xpbBvPlwdK3qVw1N5c1tZJQ")]
    pub next: Option<String>,
    /// The cursor of the page before this one, or null at the beginning; with `updated_from` always null.
    #[schema(required = true, example = "bgGYCm4sT30xpbBvPlwdK3qVw1N5c1tZJQ")]
    pub prev: Option<String>,
}

/// The first byte of a cursor: the direction in which it continues, or that it is of the order of changes.
const OLDER: u8 = b'o';
const NEWER: u8 = b'n';
const CHANGE: u8 = b'c';
const WORK: u8 = b'w';
/// A day as text, the id of a claim, and the number of a task.
const WORK_PLACE_BYTES: usize = 27;

/// The page of the order of changes that a request asks for, and its fingerprint, as in [`Paged`].
pub struct PagedChanges {
    pub request: ChangeRequest,
    fingerprint: [u8; 8],
}

/// The page that a request asks for, and the fingerprint that binds its cursors to the list and the filters.
pub struct Paged {
    pub request: PageRequest,
    fingerprint: [u8; 8],
}

/// Reads the paging parameters.
pub fn read(query: &mut Query) -> Paged {
    let fingerprint = query.fingerprint();
    let limit = take_limit(query);
    let position = query.take("cursor", |text| parse_cursor(text, fingerprint));
    Paged {
        request: PageRequest {
            limit,
            position: position.unwrap_or(Position::First),
        },
        fingerprint,
    }
}

/// Reads the paging parameters of a list in the order of changes.
pub fn read_changes(query: &mut Query, updated_from: Timestamp) -> PagedChanges {
    let fingerprint = query.fingerprint();
    let limit = take_limit(query);
    let position = query.take("cursor", |text| parse_change_cursor(text, fingerprint));
    let start = position.map_or(ChangeStart::From(updated_from), ChangeStart::After);
    PagedChanges {
        request: ChangeRequest { limit, start },
        fingerprint,
    }
}

fn take_limit(query: &mut Query) -> usize {
    query.take("limit", parse_limit).unwrap_or(DEFAULT_LIMIT)
}

/// The page of the work queue that a request asks for, and its fingerprint, as in [`Paged`].
pub struct PagedWork {
    pub after: Option<WorkPosition>,
    pub limit: usize,
    fingerprint: [u8; 8],
}

/// Reads the paging parameters of the work queue.
pub fn read_work(query: &mut Query) -> PagedWork {
    let fingerprint = query.fingerprint();
    let limit = take_limit(query);
    PagedWork {
        after: query.take("cursor", |text| parse_work_cursor(text, fingerprint)),
        limit,
        fingerprint,
    }
}

impl PagedWork {
    pub fn cursor(&self, next: WorkPosition) -> String {
        write_work_cursor(next, self.fingerprint)
    }
}

impl PagedChanges {
    pub fn listing<T>(&self, page: ChangePage<T>) -> Listing<T> {
        let cursor = |position| write_change_cursor(position, self.fingerprint);
        Listing {
            data: page.data,
            next: page.next.map(cursor),
            prev: None,
        }
    }

    pub fn answer<T: Serialize>(&self, page: ChangePage<T>) -> HttpResponse {
        HttpResponse::Ok().json(self.listing(page))
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
    limit.ok_or_else(|| (FaultCode::OutOfRange, detail()))
}

/// Encodes direction, the id to continue from, and the fingerprint of the filters in base64url.
fn write_cursor(direction: u8, anchor: Uuid, fingerprint: [u8; 8]) -> String {
    encode_cursor(direction, anchor.as_bytes(), fingerprint)
}

fn parse_cursor(text: &str, fingerprint: [u8; 8]) -> Result<Position, Objection> {
    let (tag, anchor) = decode_cursor::<16>(text, fingerprint)?;
    let anchor = Uuid::from_bytes(anchor);
    match tag {
        OLDER => Ok(Position::OlderThan(anchor)),
        NEWER => Ok(Position::NewerThan(anchor)),
        _ => Err(invalid_cursor()),
    }
}

fn write_change_cursor(position: ChangePosition, fingerprint: [u8; 8]) -> String {
    let at = position.at.microseconds().to_be_bytes();
    let place = [at.as_slice(), position.id.as_bytes()].concat();
    encode_cursor(CHANGE, &place, fingerprint)
}

fn parse_change_cursor(text: &str, fingerprint: [u8; 8]) -> Result<ChangePosition, Objection> {
    let (tag, place) = decode_cursor::<24>(text, fingerprint)?;
    let (at, id) = place.split_first_chunk().ok_or_else(invalid_cursor)?;
    let at = Timestamp::from_microseconds(i64::from_be_bytes(*at));
    let id = Uuid::from_slice(id).map_err(|_| invalid_cursor())?;
    match (tag, at) {
        (CHANGE, Some(at)) => Ok(ChangePosition { at, id }),
        _ => Err(invalid_cursor()),
    }
}

fn write_work_cursor(position: WorkPosition, fingerprint: [u8; 8]) -> String {
    let day = position.due_on.to_string();
    let task = u8::try_from(position.task.index()).unwrap_or(u8::MAX);
    let place = [day.as_bytes(), position.claim_id.as_bytes(), &[task]].concat();
    encode_cursor(WORK, &place, fingerprint)
}

fn parse_work_cursor(text: &str, fingerprint: [u8; 8]) -> Result<WorkPosition, Objection> {
    let (tag, place) = decode_cursor::<WORK_PLACE_BYTES>(text, fingerprint)?;
    let (day, rest) = place.split_first_chunk::<10>().ok_or_else(invalid_cursor)?;
    let (claim_id, task) = rest.split_first_chunk::<16>().ok_or_else(invalid_cursor)?;
    let due_on = std::str::from_utf8(day).ok().and_then(Day::parse);
    let task = task.first().map(|index| usize::from(*index));
    let task = task.and_then(|index| WorkTask::ALL.get(index)).copied();
    match (tag, due_on, task) {
        (WORK, Some(due_on), Some(task)) => Ok(WorkPosition {
            due_on,
            claim_id: Uuid::from_bytes(*claim_id),
            task,
        }),
        _ => Err(invalid_cursor()),
    }
}

fn encode_cursor(tag: u8, place: &[u8], fingerprint: [u8; 8]) -> String {
    URL_SAFE_NO_PAD.encode([&[tag], place, &fingerprint].concat())
}

/// Returns the tag of a cursor and its place, which has a fixed length.
fn decode_cursor<const PLACE: usize>(
    text: &str,
    fingerprint: [u8; 8],
) -> Result<(u8, [u8; PLACE]), Objection> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| invalid_cursor())?;
    let (tag, rest) = bytes.split_first().ok_or_else(invalid_cursor)?;
    let (place, filters) = rest.split_first_chunk().ok_or_else(invalid_cursor)?;
    if filters.len() != fingerprint.len() {
        return Err(invalid_cursor());
    }
    if filters != fingerprint {
        let detail = "is of another list or was made with other filters; repeat them unchanged, or start without a cursor";
        return Err((FaultCode::CursorOfOtherFilters, detail.to_owned()));
    }
    Ok((*tag, *place))
}

fn invalid_cursor() -> Objection {
    let detail = "is no cursor of this list; take `next` or `prev` of one of its pages";
    (FaultCode::InvalidCursor, detail.to_owned())
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
            FaultCode::CursorOfOtherFilters
        );
        for broken in ["", "x", &cursor[1..], &format!("{cursor}AAAA"), "!!!"] {
            assert_eq!(
                parse_cursor(broken, [255; 8]).unwrap_err().0,
                FaultCode::InvalidCursor,
                "{broken}"
            );
        }
    }

    #[test]
    fn a_cursor_of_changes_holds_time_and_id() {
        let position = ChangePosition {
            at: Timestamp::parse("2026-06-01T14:03:22.123456Z").unwrap(),
            id: Uuid::from_u128(7),
        };
        let cursor = write_change_cursor(position, [1; 8]);
        assert_eq!(parse_change_cursor(&cursor, [1; 8]), Ok(position));
        let other_order = parse_cursor(&cursor, [1; 8]).unwrap_err();
        assert_eq!(other_order.0, FaultCode::InvalidCursor);
        let by_id = write_cursor(OLDER, position.id, [1; 8]);
        assert!(parse_change_cursor(&by_id, [1; 8]).is_err());
        // A forged time beyond the calendar.
        let forged = encode_cursor(CHANGE, &[0x7f; 24], [1; 8]);
        assert_eq!(
            parse_change_cursor(&forged, [1; 8]).unwrap_err().0,
            FaultCode::InvalidCursor
        );
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
            assert_eq!(
                parse_limit(wrong).unwrap_err().0.word(),
                "out_of_range",
                "{wrong}"
            );
        }
    }
}
