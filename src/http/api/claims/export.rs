//! Exports: all claims of a list in one answer, a line each, NDJSON or CSV, at constant memory.

use std::{
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{Accept, Header, Quality},
    web::{Bytes, Data},
};
use futures_util::{StreamExt, future::ready, stream};

use crate::http::boundary::{body, problem::ApiError, request::RequestId};
use crate::store::{ClaimFilter, PageRequest, Position, SharedPage, Store, StoreError};
use payerline_domain::{claims::claim::ClaimSummary, values::ids::ClinicId};

/// Comma-separated values (RFC 4180).
pub const CSV: &str = "text/csv";

/// Claims read at once.
const PAGE: usize = 1000;
/// How long an export that has begun waits for its turn in a full queue, and how often it asks: less
/// than proxies wait for the next piece of an answer.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(50);

type Claims = SharedPage<ClaimSummary>;

/// How an export is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line.
    Ndjson,
    /// A line of names, then one line a claim.
    Csv,
}

/// The export that a request prefers to pages, by its `Accept` header.
pub fn wanted(request: &HttpRequest) -> Option<Format> {
    let mut accept = Accept::parse(request).ok()?;
    accept.retain(|media| media.quality > Quality::ZERO);
    accept.ranked().into_iter().find_map(|media| {
        let format = match media.essence_str() {
            body::NDJSON => Some(Format::Ndjson),
            CSV => Some(Format::Csv),
            body::JSON | "application/*" | "*/*" => None,
            _ => return None,
        };
        Some(format)
    })?
}

/// Answers with all claims of a filter, newest received first. What arrives meanwhile is left out.
///
/// # Errors
/// When the first claims cannot be read. A later failure breaks the answer off, so that nobody takes
/// a part for the whole.
pub async fn answer(
    request_id: RequestId,
    store: Data<Store>,
    clinic: ClinicId,
    filter: ClaimFilter,
    format: Format,
) -> Result<HttpResponse, ApiError> {
    let export = Export {
        request_id,
        store,
        clinic,
        filter,
    };
    let first = export.read(Position::First).await?;
    let begun =
        lines(&first.data, format, true).map_err(|error| ApiError::Internal(error.into()))?;
    let rest = stream::try_unfold(first.older, move |anchor| {
        let export = export.clone();
        async move {
            let Some(anchor) = anchor else {
                return Ok(None);
            };
            let page = export.read_patiently(Position::OlderThan(anchor)).await?;
            Ok::<_, io::Error>(Some((lines(&page.data, format, false)?, page.older)))
        }
    });
    let lines = stream::once(ready(Ok(begun))).chain(rest);
    let media_type = match format {
        Format::Ndjson => body::NDJSON,
        Format::Csv => "text/csv; charset=utf-8; header=present",
    };
    Ok(HttpResponse::Ok().content_type(media_type).streaming(lines))
}

#[derive(Clone)]
struct Export {
    request_id: RequestId,
    store: Data<Store>,
    clinic: ClinicId,
    filter: ClaimFilter,
}

impl Export {
    async fn read(&self, position: Position) -> Result<Arc<Claims>, StoreError> {
        let request = PageRequest {
            limit: PAGE,
            position,
        };
        let filter = self.filter.clone();
        self.store.claims(self.clinic, filter, request).await
    }

    /// Reads on; a full queue is no reason to break off, since an export can wait.
    async fn read_patiently(&self, position: Position) -> io::Result<Arc<Claims>> {
        let give_up = Instant::now() + PATIENCE;
        loop {
            match self.read(position).await {
                Err(StoreError::Busy) if Instant::now() < give_up => {
                    tokio::time::sleep(PAUSE).await;
                }
                Ok(page) => return Ok(page),
                Err(error) => {
                    let request_id = self.request_id.as_str();
                    tracing::warn!(request_id, %error, "an export ended early");
                    return Err(io::Error::other(error));
                }
            }
        }
    }
}

/// Claims as lines of text.
fn lines(claims: &[ClaimSummary], format: Format, is_first: bool) -> io::Result<Bytes> {
    let mut text = Vec::with_capacity(claims.len() * 400);
    match format {
        Format::Ndjson => {
            for claim in claims {
                serde_json::to_writer(&mut text, claim)?;
                text.push(b'\n');
            }
        }
        Format::Csv => {
            let mut writer = csv::WriterBuilder::new()
                .has_headers(false)
                .terminator(csv::Terminator::CRLF)
                .from_writer(&mut text);
            if is_first {
                writer.write_record(ClaimSummary::FIELDS)?;
            }
            for claim in claims {
                writer.serialize(claim)?;
            }
            writer.flush()?;
        }
    }
    Ok(text.into())
}
