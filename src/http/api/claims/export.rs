//! Exports: one answer holds all claims of a list, a line each, as NDJSON or CSV. It uses constant memory.

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

use crate::http::boundary::{
    body,
    call::{Answer, Call},
    query::Query,
    request::RequestId,
};
use crate::http::spreadsheets::{CSV, CSV_WITH_HEADER, CsvOptions};
use crate::{
    app::{
        access::permissions::{Allowed, ReadClaims},
        application::App,
        error::AppError,
    },
    store::{ChangeRequest, ChangeStart, ClaimFilter, PageRequest, Position},
};
use payerline_domain::{claims::claim::ClaimSummary, values::time::Timestamp};

const ESTIMATED_LINE_BYTES: usize = 400;

const CLAIMS_PER_PAGE: usize = 1000;
/// An export that has begun tries a page again for this time while the service is busy. Proxies wait longer for the
/// next bytes of an answer.
const RETRY_TIMEOUT: Duration = Duration::from_secs(10);
const RETRY_INTERVAL: Duration = Duration::from_millis(50);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// One JSON object a line.
    Ndjson,
    /// A line of names, then one line a claim.
    Csv(CsvOptions),
}

/// Reads from the `Accept` header which export the client prefers to a page, if any.
pub fn negotiate(request: &HttpRequest) -> Option<ExportFormat> {
    let mut accept = Accept::parse(request).ok()?;
    accept.retain(|media| media.quality > Quality::ZERO);
    accept.ranked().into_iter().find_map(|media| {
        let format = match media.essence_str() {
            body::NDJSON => Some(ExportFormat::Ndjson),
            CSV => Some(ExportFormat::Csv(CsvOptions::FOR_SPREADSHEETS)),
            body::JSON | "application/*" | "*/*" => None,
            _ => return None,
        };
        Some(format)
    })?
}

/// Reads the parameters that only one format has.
pub fn read_options(format: ExportFormat, query: &mut Query) -> ExportFormat {
    let ExportFormat::Csv(usual) = format else {
        return format;
    };
    ExportFormat::Csv(usual.read(query))
}

/// Where a page of an export starts.
#[derive(Clone, Copy)]
enum Start {
    ByReceipt(Position),
    ByChange(ChangeStart),
}

/// Answers with all claims of a filter: newest received first, or from a time on the oldest change first. A failure
/// after the first page breaks the answer off, so that the client does not take a part for the whole.
pub async fn stream_claims(
    call: Call<ReadClaims>,
    filter: ClaimFilter,
    updated_from: Option<Timestamp>,
    format: ExportFormat,
) -> Answer {
    let export = Export {
        request_id: RequestId::from_request(&call.request),
        app: call.app,
        actor: call.actor,
        filter,
    };
    let start = match updated_from {
        Some(from) => Start::ByChange(ChangeStart::From(from)),
        None => Start::ByReceipt(Position::First),
    };
    let (first, next) = export.read(start).await?;
    let first_lines = render_lines(&first, format, true).map_err(AppError::internal)?;
    let rest = stream::try_unfold(next, move |start| {
        let export = export.clone();
        async move {
            let Some(start) = start else {
                return Ok(None);
            };
            let (claims, next) = export.read_with_retries(start).await?;
            Ok::<_, io::Error>(Some((render_lines(&claims, format, false)?, next)))
        }
    });
    let lines = stream::once(ready(Ok(first_lines))).chain(rest);
    let media_type = match format {
        ExportFormat::Ndjson => body::NDJSON,
        ExportFormat::Csv(_) => CSV_WITH_HEADER,
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
    /// Reads a page; returns its claims and where the next one starts.
    async fn read(&self, start: Start) -> Result<(Vec<ClaimSummary>, Option<Start>), AppError> {
        let (claims, filter, limit) = (&self.app.claims, self.filter.clone(), CLAIMS_PER_PAGE);
        match start {
            Start::ByReceipt(position) => {
                let request = PageRequest { limit, position };
                let page = claims.list(&self.actor, filter, request).await?;
                let next = page.older.map(Position::OlderThan);
                Ok((page.data, next.map(Start::ByReceipt)))
            }
            Start::ByChange(start) => {
                let request = ChangeRequest { limit, start };
                let page = claims.list_changes(&self.actor, filter, request).await?;
                let next = page.next.map(ChangeStart::After);
                Ok((page.data, next.map(Start::ByChange)))
            }
        }
    }

    /// Reads a page with retries: an export can wait, so a busy service or a short outage does not break it off.
    async fn read_with_retries(
        &self,
        start: Start,
    ) -> io::Result<(Vec<ClaimSummary>, Option<Start>)> {
        let deadline = Instant::now() + RETRY_TIMEOUT;
        loop {
            match self.read(start).await {
                Err(error) if error.is_transient() && Instant::now() < deadline => {
                    tokio::time::sleep(RETRY_INTERVAL).await;
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

fn render_lines(
    claims: &[ClaimSummary],
    format: ExportFormat,
    is_first: bool,
) -> io::Result<Bytes> {
    let mut text = Vec::with_capacity(claims.len() * ESTIMATED_LINE_BYTES);
    match format {
        ExportFormat::Ndjson => {
            for claim in claims {
                serde_json::to_writer(&mut text, claim)?;
                text.push(b'\n');
            }
        }
        ExportFormat::Csv(options) => {
            let names = is_first.then_some(&ClaimSummary::FIELDS[..]);
            options.write(&mut text, names, claims)?;
        }
    }
    Ok(text.into())
}
