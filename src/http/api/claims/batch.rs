//! `/v1/claims/batch`: many claims in one request, a line each, and one result a line in the same order.

use std::{io, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse, post, rt,
    web::{Bytes, BytesMut, Data, Payload},
};
use futures_util::{
    StreamExt,
    future::LocalBoxFuture,
    stream::{FuturesOrdered, LocalBoxStream},
};
use serde::Serialize;
use tokio::{task::yield_now, time::timeout};
use utoipa::ToSchema;

use crate::app::{
    access::permissions::{Allowed, SubmitClaims},
    application::App,
    changed::Entered,
    claims::intake::Arrival,
};
use crate::http::boundary::{
    body,
    documented::{Secured, WithLines},
    in_flight::InFlight,
    problem::{ApiError, Problem},
    request::{self as boundary, RequestId},
    spool::{self, SpoolWriter},
};
use payerline_domain::{
    claims::{
        claim::Claim,
        payer::{Disposition, Payer},
        submission::Submission,
    },
    parse::{decode, json::Node},
    values::{ids::ClaimId, text::Label},
};

/// Results gathered before they are handed on, in bytes.
const RESULTS_TOGETHER: usize = 16 << 10;
/// How long the next piece of the body may take.
const PIECE_TIMEOUT: Duration = Duration::from_secs(60);

/// The result of one line of a batch.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchResult {
    /// The line's number among the lines that are not blank, from 0.
    #[schema(example = 0)]
    pub index: u64,
    /// The claim's `external_id`, or null when the line has none that can be read.
    #[schema(value_type = Option<String>, required = true, example = "INV-2026-000123")]
    pub external_id: Option<Label>,
    /// The status that the claim would have had alone: 201 stored, 200 stored before, 400, 409, 413, 422, 503 …
    #[schema(example = 201)]
    pub status: u16,
    /// The id of the claim, when it is stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<ClaimId>,
    /// Its payer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payer: Option<Payer>,
    /// Its disposition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disposition: Option<Disposition>,
    /// Why it was not stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

/// Submit many claims
///
/// One claim a line (NDJSON), one result a line in the same order; results come as the claims are
/// stored. A bad line harms no other, and sending everything again is safe. A line may have up to
/// 1 MiB, the batch any length; it may come with `Content-Encoding: gzip`
/// or `zstd` (windows of up to 8 MiB).
#[utoipa::path(
    tag = "Claims",
    operation_id = "submit_claims",
    request_body(
        content = Submission,
        content_type = "application/x-ndjson",
        description = "One claim a line, as `POST /v1/claims` takes it. Blank lines are passed over.",
    ),
    responses(
        (status = 200, description = "One result a line, in the order of the lines that are not blank.",
            body = BatchResult, content_type = "application/x-ndjson"),
        Secured, WithLines,
    ),
)]
#[post("/v1/claims/batch")]
pub async fn submit(
    request: HttpRequest,
    payload: Payload,
    actor: Allowed<SubmitClaims>,
    app: Data<App>,
) -> Result<HttpResponse, ApiError> {
    body::require_media_type(&request, body::NDJSON)?;
    let pieces = body::stream(&request, payload)?;
    let (results, stream) = spool::create();
    let batch = Batch {
        app,
        actor,
        request_id: RequestId::from_request(&request),
        waiting: FuturesOrdered::new(),
        in_flight: InFlight::default(),
        next: 0,
        ready: BytesMut::new(),
        results,
    };
    // Its own task: it goes on reading, and storing, whether or not the results are being read.
    rt::spawn(batch.run(pieces));
    Ok(HttpResponse::Ok()
        .content_type(body::NDJSON)
        .streaming(stream))
}

struct Batch {
    app: Data<App>,
    actor: Allowed<SubmitClaims>,
    request_id: RequestId,
    waiting: FuturesOrdered<LocalBoxFuture<'static, BatchResult>>,
    in_flight: InFlight,
    /// The index of the next line.
    next: u64,
    /// Results on their way to the spool.
    ready: BytesMut,
    results: SpoolWriter,
}

impl Batch {
    async fn run(mut self, pieces: Pieces) {
        if let Err(error) = self.work(pieces).await {
            tracing::warn!(request_id = self.request_id.as_str(), %error, "a batch ended early");
            // The client must not take what came so far for everything.
            self.results.fail(error);
        }
    }

    /// Reads lines and settles those in flight at once, so that nothing waits for the next line.
    async fn work(&mut self, pieces: Pieces) -> io::Result<()> {
        let mut lines = Lines::new(pieces);
        loop {
            let full = self.in_flight.is_full();
            tokio::select! {
                biased;
                Some(result) = self.waiting.next(), if !self.waiting.is_empty() => self.settle(&result)?,
                line = lines.next(), if !full => match line {
                    Some(line) => self.take_in(line).await?,
                    None => break,
                },
            }
        }
        while let Some(result) = self.waiting.next().await {
            self.settle(&result)?;
        }
        self.hand_on()
    }

    async fn take_in(&mut self, line: Line) -> io::Result<()> {
        let index = self.next;
        self.next += 1;
        let line = match line {
            Line::Whole(line) => Ok(line),
            Line::TooLong => Err(ApiError::LineTooLong(body::MAX_BODY_BYTES)),
            Line::Broken => Err(ApiError::UnreadableBody),
        };
        let (length, external_id, parsed) = match line {
            Ok(line) => match Arrival::parse(&line) {
                Ok(arrival) => {
                    let external_id = arrival.submission.external_id.clone();
                    (line.len(), Some(external_id), Ok((line, arrival)))
                }
                Err(refusal) => (0, readable_id(&line), Err(ApiError::from(refusal))),
            },
            Err(error) => (0, None, Err(error)),
        };
        // Of two lines with one id the first is stored: the second waits until it is settled.
        if external_id
            .as_ref()
            .is_some_and(|id| self.in_flight.contains(id))
        {
            while let Some(result) = self.waiting.next().await {
                self.settle(&result)?;
            }
        }
        self.in_flight.push(length, external_id.clone());
        let (app, actor) = (self.app.clone(), self.actor.clone());
        let request_id = self.request_id.clone();
        self.waiting.push_back(Box::pin(async move {
            let outcome = match parsed {
                Ok((line, arrival)) => {
                    let submitted = app.claims.submit_line(&actor, &line, arrival).await;
                    submitted.map_err(ApiError::from)
                }
                Err(error) => Err(error),
            };
            result_of(index, external_id, outcome, &request_id)
        }));
        Ok(())
    }

    fn settle(&mut self, result: &BatchResult) -> io::Result<()> {
        self.in_flight.pop();
        let line = serde_json::to_vec(result).map_err(io::Error::other)?;
        self.ready.extend_from_slice(&line);
        self.ready.extend_from_slice(b"\n");
        // A whole transaction's claims are settled together: their results travel together.
        if self.ready.len() >= RESULTS_TOGETHER || self.in_flight.is_empty() {
            self.hand_on()?;
        }
        Ok(())
    }

    fn hand_on(&mut self) -> io::Result<()> {
        if self.ready.is_empty() {
            return Ok(());
        }
        self.results.write(self.ready.split().freeze())
    }
}

fn result_of(
    index: u64,
    external_id: Option<Label>,
    outcome: Result<Entered<Claim>, ApiError>,
    request_id: &RequestId,
) -> BatchResult {
    let (status, claim, error) = match outcome {
        Ok(Entered::New(claim)) => (201, Some(claim), None),
        Ok(Entered::Replayed(claim)) => (200, Some(claim), None),
        Err(error) => (0, None, Some(error)),
    };
    let problem = error.map(|error| {
        boundary::log_api_error(&error, request_id);
        error.problem(request_id.as_str())
    });
    BatchResult {
        index,
        external_id,
        status: problem.as_ref().map_or(status, |problem| problem.status),
        id: claim.as_ref().map(|claim| claim.id),
        payer: claim.as_ref().map(|claim| claim.payer),
        disposition: claim.as_ref().map(|claim| claim.disposition),
        problem,
    }
}

/// The `external_id` of a line that was refused, if it can be read.
fn readable_id(line: &[u8]) -> Option<Label> {
    match decode::tree(line).ok()?.get("external_id")? {
        Node::Text(text) => Label::parse(text).ok(),
        _ => None,
    }
}

/// One line that is not blank.
enum Line {
    /// The line, without its line break.
    Whole(Bytes),
    /// More than a line may have.
    TooLong,
    /// The request broke off here.
    Broken,
}

/// A request body, piece by piece.
type Pieces = LocalBoxStream<'static, io::Result<Bytes>>;

/// The lines of a request body, blank ones left out.
struct Lines {
    pieces: Pieces,
    buffer: BytesMut,
    /// How much of the buffer was searched for a line break.
    searched: usize,
    /// Inside a line that is too long and being passed over.
    skipping: bool,
    ended: bool,
}

impl Lines {
    fn new(pieces: Pieces) -> Self {
        Self {
            pieces,
            buffer: BytesMut::new(),
            searched: 0,
            skipping: false,
            ended: false,
        }
    }

    async fn next(&mut self) -> Option<Line> {
        loop {
            if let Some(line) = self.buffered() {
                return Some(line);
            }
            if self.ended {
                return self.rest();
            }
            // A little that decompresses to much must not keep the worker to itself.
            yield_now().await;
            match timeout(PIECE_TIMEOUT, self.pieces.next()).await {
                Ok(Some(Ok(chunk))) => self.buffer.extend_from_slice(&chunk),
                Ok(None) => self.ended = true,
                Ok(Some(Err(_))) | Err(_) => {
                    // The client is gone, garbled or too slow: what was whole is done, the rest is
                    // not, and whoever still reads is told, also between two lines.
                    self.ended = true;
                    self.buffer.clear();
                    self.skipping = false;
                    return Some(Line::Broken);
                }
            }
        }
    }

    /// The next whole line in the buffer.
    fn buffered(&mut self) -> Option<Line> {
        loop {
            let unsearched = self.buffer.get(self.searched..).unwrap_or_default();
            match unsearched.iter().position(|byte| *byte == b'\n') {
                Some(place) => {
                    let mut line = self.buffer.split_to(self.searched + place + 1);
                    self.searched = 0;
                    line.truncate(line.len() - 1);
                    if let Some(line) = self.finished(line) {
                        return Some(line);
                    }
                }
                None => {
                    self.searched = self.buffer.len();
                    // One more for a carriage return before the line break.
                    if self.buffer.len() > body::MAX_BODY_BYTES + 1 {
                        self.buffer.clear();
                        self.searched = 0;
                        self.skipping = true;
                    }
                    return None;
                }
            }
        }
    }

    /// The last line, when no line break ends it.
    fn rest(&mut self) -> Option<Line> {
        self.searched = 0;
        let rest = self.buffer.split();
        self.finished(rest)
    }

    fn finished(&mut self, mut line: BytesMut) -> Option<Line> {
        if std::mem::take(&mut self.skipping) {
            return Some(Line::TooLong);
        }
        if line.last() == Some(&b'\r') {
            line.truncate(line.len() - 1);
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            return None;
        }
        Some(if line.len() > body::MAX_BODY_BYTES {
            Line::TooLong
        } else {
            Line::Whole(line.freeze())
        })
    }
}
