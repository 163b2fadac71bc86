//! A batch: many lines in one request, answered with a result a line in the same order. What becomes of a line is up to
//! its [`LineWork`].

mod lines;
mod spool;

use std::{io, rc::Rc, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse, rt,
    web::{Bytes, BytesMut, Data, Payload},
};
use futures_util::{StreamExt, future::LocalBoxFuture, stream::FuturesOrdered};
use serde::Serialize;
use tokio::time::interval;

use self::{
    lines::{Chunks, Line, Lines},
    spool::SpoolWriter,
};
use super::{
    accept,
    auth::Credentials,
    body,
    problem::{ApiError, Problem},
    request::{Failure, PartFailures, RequestId},
};
use crate::app::{access::permissions::Grant, application::App};

/// Results are gathered up to this size before they are sent.
const RESULT_BUFFER_BYTES: usize = 16 << 10;
/// Lines of a batch that are not blank.
const MAX_LINES: u64 = 100_000;
/// How often a batch under way looks whether its key is still valid.
const KEY_CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// What a batch does with its lines.
pub trait LineWork: 'static {
    /// What the key must allow for as long as the batch lasts.
    type Grant: Grant;
    /// A line as it was read.
    type Line;
    /// What is answered of a line.
    type Result: Serialize + 'static;

    fn read(&self, line: Result<Bytes, ApiError>) -> Self::Line;

    /// Returns true if a line must be settled before the next one is read.
    fn is_full(&self) -> bool;

    fn is_idle(&self) -> bool;

    /// Returns true if a line must wait until a further one is settled.
    fn must_settle_before(&self, line: &Self::Line) -> bool;

    /// Begins what is to be done with a line.
    fn begin(
        &mut self,
        index: u64,
        line: Self::Line,
        refusals: Rc<Refusals>,
    ) -> LocalBoxFuture<'static, Self::Result>;

    /// The oldest line is settled.
    fn end(&mut self, result: &Self::Result);

    /// The last result, which says why neither this line nor any behind it is taken.
    fn refuse(index: u64, problem: Problem) -> Self::Result;
}

/// Notes why lines are refused.
pub struct Refusals(PartFailures);

impl Refusals {
    /// What the result of a line that failed says.
    pub fn problem(&self, error: ApiError) -> Problem {
        self.0.log(Failure::of_api_error(&error));
        error.problem(self.0.request_id())
    }
}

struct Batch<W: LineWork> {
    key: Credentials,
    app: Data<App>,
    work: W,
    refusals: Rc<Refusals>,
    /// The result of each line in flight, oldest first.
    results: FuturesOrdered<LocalBoxFuture<'static, W::Result>>,
    next_index: u64,
    /// Results that were not sent to the spool yet.
    buffer: BytesMut,
    spool: SpoolWriter,
}

/// Answers a request of many lines while they are worked off.
pub fn answer<W: LineWork>(
    request: &HttpRequest,
    payload: Payload,
    app: Data<App>,
    work: W,
) -> Result<HttpResponse, ApiError> {
    if !body::has_media_type(request, body::OCTETS) {
        body::require_media_type(request, body::NDJSON)?;
    }
    let chunks = body::stream(request, payload)?;
    let (spool, stream) = spool::create();
    let batch = Batch {
        key: Credentials::from_request(request)?,
        app,
        work,
        refusals: Rc::new(Refusals(PartFailures::new(RequestId::from_request(
            request,
        )))),
        results: FuturesOrdered::new(),
        next_index: 0,
        buffer: BytesMut::new(),
        spool,
    };
    // It has a task of its own, so that it goes on reading and storing while nobody reads the results.
    rt::spawn(batch.run(chunks));
    // Who sends octets knows no NDJSON, and reads it only where it is asked for by its name.
    let is_plain = if body::has_media_type(request, body::OCTETS) {
        !accept::prefers_to(body::PLAIN_TEXT, body::NDJSON, request)
    } else {
        accept::prefers_to(body::NDJSON, body::PLAIN_TEXT, request)
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

impl<W: LineWork> Batch<W> {
    async fn run(mut self, chunks: Chunks) {
        let mut lines = Lines::new(chunks);
        match self.work(&mut lines).await {
            Ok(()) => self.spool.close(),
            Err(error) => {
                tracing::warn!(request_id = self.refusals.0.request_id(), %error, "a batch ended early");
                // The client must not take the results so far for all results.
                self.spool.fail(error);
            }
        }
        if !lines.has_ended() {
            // The rest of the body is neither read nor dropped. actix would read on and on what is dropped, and the kernel
            // drops a client that reads nothing only when it sends nothing either.
            self.spool.abandoned().await;
        }
    }

    /// Reads lines and settles those in flight at the same time, so that no result waits for the next line.
    async fn work(&mut self, lines: &mut Lines) -> io::Result<()> {
        let refused = self.take_lines(lines).await?;
        while let Some(result) = self.results.next().await {
            self.settle(&result).await?;
        }
        let is_too_large = matches!(refused, Some(ApiError::BatchTooLarge));
        if let Some(error) = refused {
            let result = W::refuse(self.next_index, self.refusals.problem(error));
            self.write_result(&result)?;
        }
        self.flush_results().await?;
        // A client that may send no more is not waited for.
        if is_too_large {
            lines.discard_rest().await;
        }
        Ok(())
    }

    /// Takes lines until the body ends. Returns why no further line is taken, if there is a reason.
    async fn take_lines(&mut self, lines: &mut Lines) -> io::Result<Option<ApiError>> {
        let mut key_check = interval(KEY_CHECK_INTERVAL);
        loop {
            let is_full = self.work.is_full();
            tokio::select! {
                biased;
                Some(result) = self.results.next(), if !self.results.is_empty() => self.settle(&result).await?,
                () = self.spool.abandoned(), if !lines.is_stopped => lines.is_stopped = true,
                _ = key_check.tick() => if let Err(error) = self.key.allow::<W::Grant>(&self.app).await
                    && error.is_refusal()
                {
                    return Ok(Some(error));
                },
                line = lines.next(), if !is_full => match line {
                    Some(_) if self.next_index == MAX_LINES => return Ok(Some(ApiError::BatchTooLarge)),
                    Some(Line::NotTaken(error)) => return Ok(Some(error)),
                    Some(Line::Whole(line)) => self.take_line(Ok(line)).await?,
                    Some(Line::TooLong) => {
                        self.take_line(Err(ApiError::LineTooLong(body::MAX_BODY_BYTES))).await?;
                    }
                    Some(Line::Broken) => self.take_line(Err(ApiError::UnreadableBody)).await?,
                    None => return Ok(None),
                },
            }
        }
    }

    async fn take_line(&mut self, line: Result<Bytes, ApiError>) -> io::Result<()> {
        let index = self.next_index;
        self.next_index += 1;
        let line = self.work.read(line);
        // The lines before it on which its own result depends.
        while self.work.must_settle_before(&line)
            && let Some(result) = self.results.next().await
        {
            self.settle(&result).await?;
        }
        let refusals = self.refusals.clone();
        self.results
            .push_back(self.work.begin(index, line, refusals));
        Ok(())
    }

    async fn settle(&mut self, result: &W::Result) -> io::Result<()> {
        self.work.end(result);
        self.write_result(result)?;
        // A transaction settles many lines at once, so their results are sent together.
        if self.buffer.len() >= RESULT_BUFFER_BYTES || self.work.is_idle() {
            self.flush_results().await?;
        }
        Ok(())
    }

    fn write_result(&mut self, result: &W::Result) -> io::Result<()> {
        let line = serde_json::to_vec(result).map_err(io::Error::other)?;
        self.buffer.extend_from_slice(&line);
        self.buffer.extend_from_slice(b"\n");
        Ok(())
    }

    async fn flush_results(&mut self) -> io::Result<()> {
        // Lines that arrived whole are settled, whether or not somebody reads their results.
        if self.buffer.is_empty() || self.spool.is_abandoned() {
            self.buffer.clear();
            return Ok(());
        }
        self.spool.write(self.buffer.split().freeze()).await
    }
}
