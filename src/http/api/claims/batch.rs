//! `/v1/claims/batch`: many claims in one request, a line each, are answered with a result a line in the same order.

use std::{io, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse, post, rt,
    web::{Bytes, BytesMut, Data, Payload},
};
use futures_util::{StreamExt, future::LocalBoxFuture, stream::FuturesOrdered};
use serde::Serialize;
use tokio::time::interval;
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
    in_flight::InFlight,
    lines::{Chunks, Line, Lines},
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
/// Lines of a batch that are not blank.
const MAX_LINES: u64 = 100_000;
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
                    Some(Line::NotTaken(error)) => return Ok(Some(error)),
                    Some(Line::Whole(line)) => self.accept_line(Ok(line)).await?,
                    Some(Line::TooLong) => {
                        self.accept_line(Err(ApiError::LineTooLong(body::MAX_BODY_BYTES))).await?;
                    }
                    Some(Line::Broken) => self.accept_line(Err(ApiError::UnreadableBody)).await?,
                    None => return Ok(None),
                },
            }
        }
    }

    async fn accept_line(&mut self, line: Result<Bytes, ApiError>) -> io::Result<()> {
        let index = self.next_index;
        self.next_index += 1;
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
