//! `/v1/claims/batch`: many claims in one request, a line each, are answered with a result a line in the same order.

use std::{io, rc::Rc, time::Duration};

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
    accept,
    auth::Credentials,
    body,
    documented::WithLines,
    in_flight::{InFlight, InFlightLine},
    lines::{Chunks, Line, Lines},
    problem::{ApiError, Problem},
    request::{Failure, PartFailures, RequestId},
    spool::{self, SpoolWriter},
};
use payerline_domain::{
    claims::{
        claim::{Claim, Status},
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
    /// The status of the claim, where `status` is that of HTTP: of a claim that was stored before it may be a later one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim_status: Option<Status>,
    /// The version of the claim, without the quotes of its `ETag`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, example = 1)]
    pub version: Option<i64>,
    /// Why it was not stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

/// Submit many claims
///
/// One claim a line (NDJSON), one result a line in the same order; results come as the claims are
/// stored. A bad line harms no other, and sending everything again is safe. A line that bills the same service as a line
/// before it is found to be a possible duplicate, as if they were sent one after the other. The batch may come with
/// `Content-Encoding: gzip` or `zstd` (windows of up to 8 MiB).
///
/// A line may have up to 1 MiB, a batch up to 100,000 lines and 1 GiB after decompression. What is beyond that is not
/// stored: the last result then has status 413 and the index of the first such line. Send the lines from there on as
/// another batch. A last result with status 401 says in the same way that the key was revoked meanwhile. So if there are
/// fewer results than lines, send the lines from the last result's `index` on again.
///
/// For clients that know no NDJSON, the lines are also taken as `application/octet-stream`, and then answered as plain text
/// unless `Accept` names `application/x-ndjson`. `Accept: text/plain` has the same lines as plain text in any case.
///
/// Read the results while you send. Up to 64 MiB of them wait for a client that reads only afterwards. Beyond that no
/// further line is read, and after 30 seconds without reading the connection ends.
#[utoipa::path(
    tag = "Claims",
    operation_id = "submit_claims",
    request_body(
        content((Submission = "application/x-ndjson"), (String = "application/octet-stream")),
        description = "One claim a line, as `POST /v1/claims` takes it. Blank lines and a byte order mark at the beginning are passed over.",
    ),
    responses(
        (status = 200, description = "One result a line, in the order of the lines that are not blank.",
            content((String = "text/plain"), (BatchResult = "application/x-ndjson"))),
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
    if !body::has_media_type(&request, body::OCTETS) {
        body::require_media_type(&request, body::NDJSON)?;
    }
    let chunks = body::stream(&request, payload)?;
    let (results, stream) = spool::create();
    let batch = BatchRequest {
        key: Credentials::from_request(&request)?,
        app,
        actor,
        failures: Rc::new(PartFailures::new(RequestId::from_request(&request))),
        submissions: FuturesOrdered::new(),
        in_flight: InFlight::default(),
        next_index: 0,
        buffer: BytesMut::new(),
        results,
    };
    // It has a task of its own, so that it goes on reading and storing while nobody reads the results.
    rt::spawn(batch.run(chunks));
    // Who sends octets knows no NDJSON, and reads it only where it is asked for by its name.
    let is_plain = if body::has_media_type(&request, body::OCTETS) {
        !accept::prefers_to(body::PLAIN_TEXT, body::NDJSON, &request)
    } else {
        accept::prefers_to(body::NDJSON, body::PLAIN_TEXT, &request)
    };
    let media_type = if is_plain {
        body::PLAIN_TEXT_UTF_8
    } else {
        body::NDJSON
    };
    Ok(HttpResponse::Ok()
        .content_type(media_type)
        .streaming(stream))
}

/// A line that is settled.
struct Settled {
    result: BatchResult,
    /// Its claim is stored, and neither void nor replaced.
    stands: bool,
}

struct BatchRequest {
    key: Credentials,
    app: Data<App>,
    actor: Allowed<SubmitClaims>,
    failures: Rc<PartFailures>,
    /// The result of each line in flight, oldest first.
    submissions: FuturesOrdered<LocalBoxFuture<'static, Settled>>,
    in_flight: InFlight,
    next_index: u64,
    /// Results that were not sent to the spool yet.
    buffer: BytesMut,
    results: SpoolWriter,
}

impl BatchRequest {
    async fn run(mut self, chunks: Chunks) {
        if let Err(error) = self.work(chunks).await {
            tracing::warn!(request_id = self.failures.request_id(), %error, "a batch ended early");
            // The client must not take the results so far for all results.
            self.results.fail(error);
        }
    }

    /// Reads lines and settles those in flight at the same time, so that no result waits for the next line.
    async fn work(&mut self, chunks: Chunks) -> io::Result<()> {
        let mut lines = Lines::new(chunks);
        let refused = self.submit_lines(&mut lines).await?;
        while let Some(settled) = self.submissions.next().await {
            self.settle(&settled).await?;
        }
        let is_too_large = matches!(refused, Some(ApiError::BatchTooLarge));
        if let Some(error) = refused {
            let index = self.next_index;
            let result = new_result(index, None, Err(error), &self.failures);
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
                Some(settled) = self.submissions.next(), if !self.submissions.is_empty() => self.settle(&settled).await?,
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
        let mut in_flight = InFlightLine::default();
        let (external_id, parsed) = match line {
            Ok(line) => match Arrival::parse(&line) {
                Ok(arrival) => {
                    let external_id = arrival.submission.external_id.clone();
                    in_flight.length = line.len();
                    in_flight.services = arrival.services();
                    in_flight.corrects = arrival.submission.replaces.is_some();
                    (Some(external_id), Ok((line, arrival)))
                }
                Err(refusal) => (find_external_id(&line), Err(ApiError::from(refusal))),
            },
            Err(error) => (None, Err(error)),
        };
        in_flight.id = external_id.as_ref().map(|id| id.normal_form().into_owned());
        self.wait_for_lines_before(&in_flight).await?;
        self.in_flight.push(in_flight);
        let (app, actor) = (self.app.clone(), self.actor.clone());
        let failures = self.failures.clone();
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
            let is_gone = |status| matches!(status, Status::Void | Status::Replaced);
            let stands = outcome
                .as_ref()
                .is_ok_and(|it| !is_gone(it.stored().status));
            Settled {
                result: new_result(index, external_id, outcome, &failures),
                stands,
            }
        }));
        Ok(())
    }

    /// Waits until the lines before a line are settled on which its own result depends.
    async fn wait_for_lines_before(&mut self, line: &InFlightLine) -> io::Result<()> {
        while self.in_flight.must_settle_before(line)
            && let Some(settled) = self.submissions.next().await
        {
            self.settle(&settled).await?;
        }
        Ok(())
    }

    async fn settle(&mut self, Settled { result, stands }: &Settled) -> io::Result<()> {
        self.in_flight.pop(*stands);
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
    failures: &PartFailures,
) -> BatchResult {
    let (status, claim, error) = match outcome {
        Ok(Entered::New(claim)) => (201, Some(claim), None),
        Ok(Entered::Replayed(claim)) => (200, Some(claim), None),
        Err(error) => (0, None, Some(error)),
    };
    let problem = error.map(|error| {
        failures.log(Failure::of_api_error(&error));
        error.problem(failures.request_id())
    });
    BatchResult {
        index,
        external_id,
        status: problem.as_ref().map_or(status, |problem| problem.status),
        id: claim.as_ref().map(|claim| claim.id),
        payer: claim.as_ref().map(|claim| claim.payer),
        disposition: claim.as_ref().map(|claim| claim.disposition),
        claim_status: claim.as_ref().map(|claim| claim.status),
        version: claim.as_ref().map(|claim| claim.version),
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
