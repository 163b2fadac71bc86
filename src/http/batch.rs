//! `/v1/claims/batch`: many claims in one request, a line each, and one result a line in the same order.

use std::collections::VecDeque;

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse, post, rt,
    web::{Bytes, BytesMut, Data, Payload},
};
use futures_util::{FutureExt, StreamExt, future::LocalBoxFuture, stream::FuturesOrdered};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    auth::Authenticated,
    body,
    boundary::RequestId,
    claims::conflict,
    documented::{Secured, WithLines},
    problem::{ApiError, Problem},
    spool::{self, Writer},
};
use crate::{
    domain::{
        access::{Caller, Permission},
        decode,
        ids::ClaimId,
        json::Node,
        payer::{Disposition, Payer},
        submission::Submission,
        text::Label,
    },
    intake::Intake,
    store::Submitted,
};

/// Lines in flight at once: enough to fill the writer's transactions.
const IN_FLIGHT: usize = 256;
/// Bytes of lines in flight at most, so that long lines do not add up.
const BYTES_IN_FLIGHT: usize = 8 << 20;
/// Pieces of a result line gathered before they are handed on, in bytes.
const RESULTS_TOGETHER: usize = 16 << 10;

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
/// 1 MiB, the batch any length.
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
    caller: Authenticated,
    intake: Data<Intake>,
) -> Result<HttpResponse, ApiError> {
    let caller = caller.allowed(Permission::SubmitClaims)?;
    body::demand(&request, body::NDJSON)?;
    let request_id = request.extensions().get::<RequestId>().cloned();
    let (results, stream) = spool::spool();
    let batch = Batch {
        intake,
        caller,
        request_id: request_id
            .map(|id| id.as_str().to_owned())
            .unwrap_or_default(),
        waiting: FuturesOrdered::new(),
        lengths: VecDeque::new(),
        bytes: 0,
        next: 0,
        ready: BytesMut::new(),
        results,
    };
    // Its own task: it goes on reading, and storing, whether or not the results are being read.
    rt::spawn(async move {
        if let Err(error) = batch.run(payload).await {
            tracing::warn!(%error, "a batch ended early");
        }
    });
    Ok(HttpResponse::Ok()
        .content_type(body::NDJSON)
        .streaming(stream))
}

struct Batch {
    intake: Data<Intake>,
    caller: Caller,
    request_id: String,
    waiting: FuturesOrdered<LocalBoxFuture<'static, BatchResult>>,
    /// Lengths of the lines in flight, oldest first, and their sum.
    lengths: VecDeque<usize>,
    bytes: usize,
    /// The index of the next line.
    next: u64,
    /// Results on their way to the spool.
    ready: BytesMut,
    results: Writer,
}

impl Batch {
    async fn run(mut self, payload: Payload) -> std::io::Result<()> {
        let mut lines = Lines::new(payload);
        while let Some(line) = lines.next().await {
            self.take_in(line);
            while self.waiting.len() >= IN_FLIGHT || self.bytes > BYTES_IN_FLIGHT {
                self.settle_one().await?;
            }
        }
        while !self.waiting.is_empty() {
            self.settle_one().await?;
        }
        self.hand_on()
    }

    fn take_in(&mut self, line: Line) {
        let index = self.next;
        self.next += 1;
        let length = match &line {
            Line::Whole(bytes) => bytes.len(),
            Line::TooLong | Line::Broken => 0,
        };
        self.lengths.push_back(length);
        self.bytes += length;
        let (intake, caller) = (self.intake.clone(), self.caller.clone());
        let request_id = self.request_id.clone();
        self.waiting.push_back(Box::pin(async move {
            result_of(index, line, &intake, &caller, &request_id).await
        }));
    }

    async fn settle_one(&mut self) -> std::io::Result<()> {
        if self.ready.len() >= RESULTS_TOGETHER {
            self.hand_on()?;
        }
        // Whoever waits for results gets what is there before this one waits for the writer.
        let settled = match self.waiting.next().now_or_never() {
            Some(settled) => settled,
            None => {
                self.hand_on()?;
                self.waiting.next().await
            }
        };
        let Some(result) = settled else {
            return Ok(());
        };
        self.bytes -= self.lengths.pop_front().unwrap_or_default();
        let line = serde_json::to_vec(&result).map_err(std::io::Error::other)?;
        self.ready.extend_from_slice(&line);
        self.ready.extend_from_slice(b"\n");
        Ok(())
    }

    fn hand_on(&mut self) -> std::io::Result<()> {
        if self.ready.is_empty() {
            return Ok(());
        }
        self.results.write(self.ready.split().freeze())
    }
}

async fn result_of(
    index: u64,
    line: Line,
    intake: &Intake,
    caller: &Caller,
    request_id: &str,
) -> BatchResult {
    let (external_id, outcome) = match line {
        Line::TooLong => (None, Err(ApiError::TooLarge(body::LARGEST))),
        Line::Broken => (None, Err(ApiError::UnreadableBody)),
        Line::Whole(line) => {
            let submitted = intake.submit(caller, &line).await.map_err(ApiError::from);
            (external_id(&line), submitted)
        }
    };
    let (status, claim, error) = match outcome {
        Ok(Submitted::Created(claim)) => (201, Some(claim), None),
        Ok(Submitted::Replayed(claim)) => (200, Some(claim), None),
        Ok(Submitted::Conflict(id)) => (409, None, Some(conflict(id))),
        Err(error) => (0, None, Some(error)),
    };
    let problem = error.map(|error| {
        super::boundary::log(&error);
        error.problem(request_id)
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

/// The `external_id` of a line, if it can be read, also when the rest cannot.
fn external_id(line: &[u8]) -> Option<Label> {
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
    /// The request broke off in this line.
    Broken,
}

/// The lines of a request body, blank ones left out.
struct Lines {
    payload: Payload,
    buffer: BytesMut,
    /// How much of the buffer was searched for a line break.
    searched: usize,
    /// Inside a line that is too long and being passed over.
    skipping: bool,
    ended: bool,
}

impl Lines {
    fn new(payload: Payload) -> Self {
        Self {
            payload,
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
            match self.payload.next().await {
                Some(Ok(chunk)) => self.buffer.extend_from_slice(&chunk),
                None => self.ended = true,
                Some(Err(_)) => {
                    // The client is gone or garbled: what was whole is done, the rest is not.
                    self.ended = true;
                    let inside = self.skipping || !self.buffer.is_empty();
                    self.buffer.clear();
                    self.skipping = false;
                    if inside {
                        return Some(Line::Broken);
                    }
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
                    if self.buffer.len() > body::LARGEST + 1 {
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
        Some(if line.len() > body::LARGEST {
            Line::TooLong
        } else {
            Line::Whole(line.freeze())
        })
    }
}
