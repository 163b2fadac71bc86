//! Exports: all claims of a list in one answer, a line each, NDJSON or CSV, at constant memory.

use std::{
    io,
    time::{Duration, Instant},
};

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{Accept, Header, Quality},
    web::{Bytes, Data},
};
use futures_util::{StreamExt, future::ready, stream};

use crate::http::boundary::{body, problem::ApiError, request::RequestId};
use crate::{
    app::{
        access::permissions::{Allowed, ReadClaims},
        application::App,
        error::AppError,
    },
    store::{ClaimFilter, Page, PageRequest, Position},
};
use payerline_domain::claims::claim::ClaimSummary;

/// Comma-separated values (RFC 4180).
pub const CSV: &str = "text/csv";

/// Claims of a page.
const PAGE_LIMIT: usize = 1000;
/// How long an export that has begun tries a page again while the service is busy: less than proxies wait for the
/// next piece of an answer.
const RETRY_FOR: Duration = Duration::from_secs(10);
const RETRY_EVERY: Duration = Duration::from_millis(50);

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
    app: Data<App>,
    actor: Allowed<ReadClaims>,
    filter: ClaimFilter,
    format: Format,
) -> Result<HttpResponse, ApiError> {
    let export = Export {
        request_id,
        app,
        actor,
        filter,
    };
    let first = export.read(Position::First).await?;
    let begun = lines(&first.data, format, true).map_err(AppError::internal)?;
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
    app: Data<App>,
    actor: Allowed<ReadClaims>,
    filter: ClaimFilter,
}

impl Export {
    async fn read(&self, position: Position) -> Result<Page<ClaimSummary>, AppError> {
        let request = PageRequest {
            limit: PAGE_LIMIT,
            position,
        };
        let filter = self.filter.clone();
        self.app.claims.list(&self.actor, filter, request).await
    }

    /// Reads on. An export can wait, so a busy service or a short outage is no reason to break off.
    async fn read_patiently(&self, position: Position) -> io::Result<Page<ClaimSummary>> {
        let give_up = Instant::now() + RETRY_FOR;
        loop {
            match self.read(position).await {
                Err(error) if error.is_transient() && Instant::now() < give_up => {
                    tokio::time::sleep(RETRY_EVERY).await;
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
