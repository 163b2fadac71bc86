//! `/v1/claims/batch`: many claims in one request, a line each, are answered with a result a line in the same order.

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
use tokio::{
    task::yield_now,
    time::{interval, timeout},
};
use utoipa::ToSchema;

use crate::app::{
    access::permissions::{Allowed, SubmitClaims},
    application::App,
    changed::Entered,
    claims::intake::Arrival,
};
use crate::http::boundary::{
    auth::Credentials,
    body,
    documented::WithLines,
    held_bytes::HeldBytes,
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

/// Results are gathered up to this size before they are sent.
const RESULT_BUFFER_BYTES: usize = 16 << 10;
/// Bounds the time between two chunks of the body.
const CHUNK_TIMEOUT: Duration = Duration::from_secs(60);
/// Lines of a batch that are not blank.
const MAX_LINES: u64 = 100_000;
/// Bytes of a batch after decompression.
const MAX_BATCH_BYTES: u64 = 1 << 30;
/// The rest of a batch that is too large is read for this time and up to this size, so that the client sees the results
/// instead of a broken connection.
const REST_TIMEOUT: Duration = Duration::from_secs(10);
const MAX_REST_BYTES: u64 = 256 << 20;
/// How often a batch under way looks whether its key is still valid.
const KEY_CHECK_INTERVAL: Duration = Duration::from_secs(1);

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
/// stored. A bad line harms no other, and sending everything again is safe. The batch may come with
/// `Content-Encoding: gzip` or `zstd` (windows of up to 8 MiB).
///
/// A line may have up to 1 MiB, a batch up to 100,000 lines and 1 GiB after decompression. What is beyond that is not
/// stored: the last result then has status 413 and the index of the first such line. Send the lines from there on as
/// another batch. A last result with status 401 says in the same way that the key was revoked meanwhile. So if there are
/// fewer results than lines, send the lines from the last result's `index` on again.
///
/// Read the results while you send. Up to 64 MiB of them wait for a client that reads only afterwards. Beyond that no
/// further line is read, and after 30 seconds without reading the connection ends.
#[utoipa::path(
    tag = "Claims",
    operation_id = "submit_claims",
    request_body(
        content = Submission,
        content_type = "application/x-ndjson",
        description = "One claim a line, as `POST /v1/claims` takes it. Blank lines and a byte order mark at the beginning are passed over.",
    ),
    responses(
        (status = 200, description = "One result a line, in the order of the lines that are not blank.",
            body = BatchResult, content_type = "application/x-ndjson"),
        WithLines,
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
    let chunks = body::stream(&request, payload)?;
    let (results, stream) = spool::create();
    let batch = BatchRequest {
        key: Credentials::from_request(&request)?,
        app,
        actor,
        request_id: RequestId::from_request(&request),
        submissions: FuturesOrdered::new(),
        in_flight: InFlight::default(),
        next_index: 0,
        buffer: BytesMut::new(),
        results,
    };
    // It has a task of its own, so that it goes on reading and storing while nobody reads the results.
    rt::spawn(batch.run(chunks));
    Ok(HttpResponse::Ok()
        .content_type(body::NDJSON)
        .streaming(stream))
}

struct BatchRequest {
    key: Credentials,
    app: Data<App>,
    actor: Allowed<SubmitClaims>,
    request_id: RequestId,
    /// The result of each line in flight, oldest first.
    submissions: FuturesOrdered<LocalBoxFuture<'static, BatchResult>>,
    in_flight: InFlight,
    next_index: u64,
    /// Results that were not sent to the spool yet.
    buffer: BytesMut,
    results: SpoolWriter,
}

impl BatchRequest {
    async fn run(mut self, chunks: Chunks) {
        if let Err(error) = self.work(chunks).await {
            tracing::warn!(request_id = self.request_id.as_str(), %error, "a batch ended early");
            // The client must not take the results so far for all results.
            self.results.fail(error);
        }
    }

    /// Reads lines and settles those in flight at the same time, so that no result waits for the next line.
    async fn work(&mut self, chunks: Chunks) -> io::Result<()> {
        let mut lines = Lines::new(chunks);
        let refused = self.submit_lines(&mut lines).await?;
        while let Some(result) = self.submissions.next().await {
            self.settle(&result).await?;
        }
        let is_too_large = matches!(refused, Some(ApiError::BatchTooLarge));
        if let Some(error) = refused {
            let index = self.next_index;
            let result = new_result(index, None, Err(error), &self.request_id);
            self.write_result(&result)?;
        }
        self.flush_results().await?;
        // A client that may send no more is not waited for.
        if is_too_large {
            lines.discard_rest().await;
        }
        Ok(())
    }

    /// Submits lines until the body ends. Returns why no further line is taken, if there is a reason.
    async fn submit_lines(&mut self, lines: &mut Lines) -> io::Result<Option<ApiError>> {
        let mut key_check = interval(KEY_CHECK_INTERVAL);
        loop {
            let is_full = self.in_flight.is_full();
            tokio::select! {
                biased;
                Some(result) = self.submissions.next(), if !self.submissions.is_empty() => self.settle(&result).await?,
                () = self.results.abandoned(), if !lines.is_stopped => lines.is_stopped = true,
                _ = key_check.tick() => if let Err(error) = self.key.allow::<SubmitClaims>(&self.app).await
                    && error.is_refusal()
                {
                    return Ok(Some(error));
                },
                line = lines.next(), if !is_full => match line {
                    Some(_) if self.next_index == MAX_LINES => return Ok(Some(ApiError::BatchTooLarge)),
                    Some(Line::Beyond) => return Ok(Some(ApiError::BatchTooLarge)),
                    Some(Line::Refused) => return Ok(Some(ApiError::busy())),
                    Some(line) => self.accept_line(line).await?,
                    None => return Ok(None),
                },
            }
        }
    }

    async fn accept_line(&mut self, line: Line) -> io::Result<()> {
        let index = self.next_index;
        self.next_index += 1;
        let line = match line {
            Line::Whole(line) => Ok(line),
            Line::TooLong => Err(ApiError::LineTooLong(body::MAX_BODY_BYTES)),
            Line::Broken => Err(ApiError::UnreadableBody),
            Line::Refused => Err(ApiError::busy()),
            Line::Beyond => Err(ApiError::BatchTooLarge),
        };
        let (length, external_id, parsed) = match line {
            Ok(line) => match Arrival::parse(&line) {
                Ok(arrival) => {
                    let external_id = arrival.submission.external_id.clone();
                    (line.len(), Some(external_id), Ok((line, arrival)))
                }
                Err(refusal) => (0, find_external_id(&line), Err(ApiError::from(refusal))),
            },
            Err(error) => (0, None, Err(error)),
        };
        let key = external_id.as_ref().map(|id| id.normal_form().into_owned());
        // The first of two lines with one id is stored, so the second waits until the first is settled.
        if key.as_ref().is_some_and(|id| self.in_flight.contains(id)) {
            while let Some(result) = self.submissions.next().await {
                self.settle(&result).await?;
            }
        }
        self.in_flight.push(length, key);
        let (app, actor) = (self.app.clone(), self.actor.clone());
        let request_id = self.request_id.clone();
        // A task of its own: while this batch waits for its client to read, its lines give back the permits that other
        // batches wait for.
        let submitted = rt::spawn(async move {
            let (line, arrival) = parsed?;
            let submitted = app.claims.submit_line(&actor, &line, arrival).await;
            submitted.map_err(ApiError::from)
        });
        self.submissions.push_back(Box::pin(async move {
            let failed = |_| Err(ApiError::internal("a line's task failed"));
            let outcome = submitted.await.unwrap_or_else(failed);
            new_result(index, external_id, outcome, &request_id)
        }));
        Ok(())
    }

    async fn settle(&mut self, result: &BatchResult) -> io::Result<()> {
        self.in_flight.pop();
        self.write_result(result)?;
        // A transaction settles many lines at once, so their results are sent together.
        if self.buffer.len() >= RESULT_BUFFER_BYTES || self.in_flight.is_empty() {
            self.flush_results().await?;
        }
        Ok(())
    }

    fn write_result(&mut self, result: &BatchResult) -> io::Result<()> {
        let line = serde_json::to_vec(result).map_err(io::Error::other)?;
        self.buffer.extend_from_slice(&line);
        self.buffer.extend_from_slice(b"\n");
        Ok(())
    }

    async fn flush_results(&mut self) -> io::Result<()> {
        // Lines that arrived whole are stored, whether or not somebody reads their results.
        if self.buffer.is_empty() || self.results.is_abandoned() {
            self.buffer.clear();
            return Ok(());
        }
        self.results.write(self.buffer.split().freeze()).await
    }
}

fn new_result(
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

/// Finds the `external_id` of a refused line, if it can be read.
fn find_external_id(line: &[u8]) -> Option<Label> {
    match decode::parse_tree(line).ok()?.get("external_id")? {
        Node::Text(text) => Label::read_stored(text).ok(),
        _ => None,
    }
}

/// A line that is not blank.
enum Line {
    /// Holds the line without its line break.
    Whole(Bytes),
    TooLong,
    /// The request broke off.
    Broken,
    /// Too many bytes of bodies wait in memory; what is behind is not read.
    Refused,
    /// The batch is too large, so this line and those behind it are not read.
    Beyond,
}

/// A request body as it arrives.
type Chunks = LocalBoxStream<'static, io::Result<Bytes>>;

/// Splits a request body into lines and leaves out blank ones.
struct Lines {
    chunks: Chunks,
    buffer: BytesMut,
    /// The length of the buffer's start that has no line break.
    searched_bytes: usize,
    /// The current line is too long: its bytes are discarded.
    is_skipping: bool,
    /// The current line is the first, which may begin with a byte order mark.
    is_first: bool,
    has_ended: bool,
    /// Nothing more is read; lines that arrived whole are still taken.
    is_stopped: bool,
    /// The bytes that were read, after decompression.
    read_bytes: u64,
    held: HeldBytes,
}

impl Lines {
    fn new(chunks: Chunks) -> Self {
        Self {
            chunks,
            buffer: BytesMut::new(),
            searched_bytes: 0,
            is_skipping: false,
            is_first: true,
            has_ended: false,
            is_stopped: false,
            read_bytes: 0,
            held: HeldBytes::default(),
        }
    }

    async fn next(&mut self) -> Option<Line> {
        loop {
            if let Some(line) = self.take_buffered() {
                return Some(line);
            }
            if self.is_stopped {
                return None;
            }
            if self.has_ended {
                return self.take_rest();
            }
            if self.read_bytes > MAX_BATCH_BYTES {
                return Some(Line::Beyond);
            }
            // A small chunk can decompress to a large one, which must not occupy actix's worker alone.
            yield_now().await;
            match timeout(CHUNK_TIMEOUT, self.chunks.next()).await {
                Ok(Some(Ok(chunk))) => {
                    self.read_bytes += u64::try_from(chunk.len()).unwrap_or_default();
                    self.buffer.extend_from_slice(&chunk);
                    if !self.held.hold(self.buffer.len()) {
                        self.break_off();
                        return Some(Line::Refused);
                    }
                }
                Ok(None) => self.has_ended = true,
                Ok(Some(Err(_))) | Err(_) => {
                    // The client is gone, garbled or too slow. Whole lines were submitted, the rest is not; the
                    // last result says so to a client that still reads, also between two lines.
                    self.break_off();
                    return Some(Line::Broken);
                }
            }
        }
    }

    fn break_off(&mut self) {
        self.has_ended = true;
        self.buffer.clear();
        self.is_skipping = false;
    }

    /// Reads on for a moment without taking lines.
    async fn discard_rest(&mut self) {
        if self.has_ended || self.is_stopped {
            return;
        }
        let discard = async {
            let mut left = MAX_REST_BYTES;
            while let Some(Ok(chunk)) = self.chunks.next().await {
                let length = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
                left = left.saturating_sub(length);
                if left == 0 {
                    return;
                }
                // A small chunk can decompress to a large one.
                yield_now().await;
            }
        };
        // Whether the rest came in time or not, the batch ends.
        let _ = timeout(REST_TIMEOUT, discard).await;
    }

    /// Takes the next whole line out of the buffer.
    fn take_buffered(&mut self) -> Option<Line> {
        loop {
            let unsearched = self.buffer.get(self.searched_bytes..).unwrap_or_default();
            match unsearched.iter().position(|byte| *byte == b'\n') {
                Some(position) => {
                    let mut line = self.buffer.split_to(self.searched_bytes + position + 1);
                    self.searched_bytes = 0;
                    line.truncate(line.len() - 1);
                    if let Some(line) = self.finish_line(line) {
                        return Some(line);
                    }
                }
                None => {
                    self.searched_bytes = self.buffer.len();
                    // A carriage return before the line break does not count.
                    if self.buffer.len() > body::MAX_BODY_BYTES + 1 {
                        self.buffer.clear();
                        self.searched_bytes = 0;
                        self.is_skipping = true;
                    }
                    return None;
                }
            }
        }
    }

    /// Takes the last line, which no line break ends.
    fn take_rest(&mut self) -> Option<Line> {
        self.searched_bytes = 0;
        let rest = self.buffer.split();
        self.finish_line(rest)
    }

    fn finish_line(&mut self, mut line: BytesMut) -> Option<Line> {
        let is_first = std::mem::take(&mut self.is_first);
        if std::mem::take(&mut self.is_skipping) {
            return Some(Line::TooLong);
        }
        if is_first {
            body::skip_byte_order_mark(&mut line);
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
