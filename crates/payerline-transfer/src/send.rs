//! Sends the open claims of a chunk as one batch. Each result is entered as it arrives, so an answer that breaks
//! off loses only the results after that point.

use std::{collections::VecDeque, io};

use async_compression::{Level, tokio::write::ZstdEncoder};
use serde::Deserialize;
use tokio::io::AsyncWriteExt;

use crate::{
    client::{Client, RequestError},
    content::Content,
    error::with_causes,
    meter::Meter,
    problem::ProblemDetails,
    settlement::{Chunk, Settlement},
    source::ClaimState,
};

/// A claim that the service answers this often with 500 counts as refused; otherwise it would hold up all claims
/// after it.
const MAX_ATTEMPTS_AT_500: u32 = 5;
const MAX_RESULT_BYTES: usize = 16 << 20;

/// Where the lines of an import go.
pub struct Sender<'c> {
    pub client: &'c Client,
    pub content: Content,
}

/// One line of the service's answer; the members of a decision are not read.
#[derive(Deserialize)]
struct LineResult {
    index: usize,
    status: u16,
    /// Of a remittance: whether it was booked before. Of a claim the status says so.
    replayed: Option<bool>,
    problem: Option<ProblemDetails>,
}

/// Sends the open claims of a chunk, and settles them by their results. Claims stay open where the service asked
/// for another attempt.
pub async fn send_open_claims(
    sender: &Sender<'_>,
    chunk: &mut Chunk,
    settlement: &mut Settlement,
    meter: &mut Meter,
) -> Result<(), RequestError> {
    let body = compress_open_claims(chunk).await.map_err(|error| {
        RequestError::transient(format!("the batch cannot be compressed: {error}"))
    })?;
    let mut response = sender.client.send_batch(sender.content, body).await?;
    let mut results = BatchResults::new(chunk);
    loop {
        let is_over = match response.chunk().await {
            Ok(Some(piece)) => {
                results
                    .read(&piece, chunk)
                    .map_err(|error| error.into_request_error(sender.client))?;
                false
            }
            Ok(None) => true,
            Err(error) => {
                let why = with_causes(&error.without_url());
                return Err(RequestError::transient(format!(
                    "the answer broke off: {why}"
                )));
            }
        };
        settlement
            .settle(chunk, meter)
            .map_err(RequestError::Permanent)?;
        if is_over {
            return results.end();
        }
    }
}

async fn compress_open_claims(chunk: &Chunk) -> io::Result<Vec<u8>> {
    let mut encoder = ZstdEncoder::with_quality(Vec::new(), Level::Fastest);
    for claim in chunk.claims.iter().filter(|claim| claim.is_open()) {
        encoder.write_all(&claim.json).await?;
        encoder.write_all(b"\n").await?;
    }
    encoder.shutdown().await?;
    Ok(encoder.into_inner())
}

/// Reads the results of a batch as they arrive.
struct BatchResults {
    /// The claims without a result, by their indexes in the chunk.
    unanswered: VecDeque<usize>,
    next_index: usize,
    /// The beginning of a result that has not arrived completely.
    partial: Vec<u8>,
}

enum ResultError {
    /// The service did not receive the whole batch.
    BatchBrokenOff,
    Unexpected(String),
}

impl ResultError {
    fn into_request_error(self, client: &Client) -> RequestError {
        match self {
            Self::BatchBrokenOff => RequestError::transient("the batch broke off on its way"),
            Self::Unexpected(why) => RequestError::Permanent(client.unexpected_answer(why)),
        }
    }
}

impl BatchResults {
    fn new(chunk: &Chunk) -> Self {
        let claims = chunk.claims.iter().enumerate();
        let open = claims.filter(|(_, claim)| claim.is_open());
        Self {
            unanswered: open.map(|(index, _)| index).collect(),
            next_index: 0,
            partial: Vec::new(),
        }
    }

    /// Reads a piece of the answer, and enters every complete result.
    fn read(&mut self, piece: &[u8], chunk: &mut Chunk) -> Result<(), ResultError> {
        self.partial.extend_from_slice(piece);
        let text = std::mem::take(&mut self.partial);
        let mut lines = text.split_inclusive(|byte| *byte == b'\n').peekable();
        while let Some(line) = lines.next_if(|line| line.ends_with(b"\n")) {
            self.enter(line, chunk)?;
        }
        self.partial = lines.next().unwrap_or_default().to_vec();
        if self.partial.len() > MAX_RESULT_BYTES {
            return Err(ResultError::Unexpected("a result has no end".to_owned()));
        }
        Ok(())
    }

    fn enter(&mut self, line: &[u8], chunk: &mut Chunk) -> Result<(), ResultError> {
        let result: LineResult = serde_json::from_slice(line)
            .map_err(|error| ResultError::Unexpected(format!("a line is no result: {error}")))?;
        let is_broken = ProblemDetails::is_broken_connection;
        if result.problem.as_ref().is_some_and(is_broken) {
            return Err(ResultError::BatchBrokenOff);
        }
        let claim = self.unanswered.pop_front();
        let claim = claim.and_then(|index| chunk.claims.get_mut(index));
        match claim {
            Some(claim) if result.index == self.next_index => {
                self.next_index += 1;
                claim.state = next_state(result, &claim.state)?;
                Ok(())
            }
            _ => Err(ResultError::Unexpected(
                "results are out of order".to_owned(),
            )),
        }
    }

    fn end(self) -> Result<(), RequestError> {
        match self.unanswered.len() {
            0 => Ok(()),
            missing => Err(RequestError::transient(format!(
                "{missing} results are missing"
            ))),
        }
    }
}

fn next_state(result: LineResult, state: &ClaimState) -> Result<ClaimState, ResultError> {
    let attempts = match state {
        ClaimState::Open { attempts } => attempts + 1,
        _ => 1,
    };
    let status = result.status;
    let problem = || {
        let unexplained = || ProblemDetails::new(status, "Refused", "No reason was given.");
        result.problem.unwrap_or_else(unexplained)
    };
    match status {
        200 if result.replayed == Some(false) => Ok(ClaimState::Stored),
        200 => Ok(ClaimState::AlreadyThere),
        201 => Ok(ClaimState::Stored),
        500 if attempts >= MAX_ATTEMPTS_AT_500 => Ok(ClaimState::Refused(problem())),
        408 | 429 | 500 | 502 | 503 | 504 => Ok(ClaimState::Open { attempts }),
        400..=499 => Ok(ClaimState::Refused(problem())),
        status => Err(ResultError::Unexpected(format!(
            "a result has the status {status}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileClaim;

    fn chunk(claims: usize) -> Chunk {
        let claim = |_| FileClaim::in_test(1, "{}");
        Chunk::from((0..claims).map(claim).collect::<Vec<_>>())
    }

    fn states(chunk: &Chunk) -> Vec<&'static str> {
        let word = |claim: &FileClaim| match claim.state {
            ClaimState::Open { .. } => "open",
            ClaimState::Stored => "stored",
            ClaimState::AlreadyThere => "there",
            ClaimState::Refused(_) => "refused",
        };
        chunk.claims.iter().map(word).collect()
    }

    fn result(index: usize, status: u16) -> String {
        format!("{{\"index\":{index},\"external_id\":null,\"status\":{status}}}\n")
    }

    #[test]
    fn results_are_entered_whatever_pieces_they_arrive_in() {
        let answer = [201, 200, 422, 503].into_iter().enumerate();
        let answer: String = answer
            .map(|(index, status)| result(index, status))
            .collect();
        for size in [1, 7, 1000] {
            let mut chunk = chunk(5);
            let mut results = BatchResults::new(&chunk);
            for piece in answer.as_bytes().chunks(size) {
                assert!(results.read(piece, &mut chunk).is_ok());
            }
            assert_eq!(
                states(&chunk),
                ["stored", "there", "refused", "open", "open"]
            );
            assert!(
                matches!(results.end(), Err(RequestError::Transient { why, .. }) if why.starts_with("1 "))
            );
        }
    }

    #[test]
    fn the_next_batch_has_only_open_claims() {
        let mut chunk = chunk(3);
        let mut results = BatchResults::new(&chunk);
        let answer = result(0, 201) + &result(1, 503) + &result(2, 201);
        assert!(results.read(answer.as_bytes(), &mut chunk).is_ok());
        assert!(results.end().is_ok());
        let mut results = BatchResults::new(&chunk);
        assert!(results.read(result(0, 201).as_bytes(), &mut chunk).is_ok());
        assert!(results.end().is_ok());
        assert_eq!(states(&chunk), ["stored"; 3]);
    }

    #[test]
    fn a_claim_that_the_service_keeps_failing_on_is_refused() {
        let mut chunk = chunk(1);
        for _ in 1..MAX_ATTEMPTS_AT_500 {
            let mut results = BatchResults::new(&chunk);
            assert!(results.read(result(0, 500).as_bytes(), &mut chunk).is_ok());
            assert_eq!(states(&chunk), ["open"]);
        }
        let mut results = BatchResults::new(&chunk);
        assert!(results.read(result(0, 500).as_bytes(), &mut chunk).is_ok());
        assert_eq!(states(&chunk), ["refused"]);
    }

    #[test]
    fn unexpected_results_are_errors() {
        let broken = r#"{"index":0,"status":400,"problem":{"type":"urn:payerline:problem:unreadable-body"}}"#;
        for answer in ["no JSON\n".to_owned(), result(1, 201), result(0, 302)] {
            let mut chunk = chunk(1);
            let read = BatchResults::new(&chunk).read(answer.as_bytes(), &mut chunk);
            assert!(matches!(read, Err(ResultError::Unexpected(_))), "{answer}");
        }
        let mut chunk = chunk(1);
        let read = BatchResults::new(&chunk).read(format!("{broken}\n").as_bytes(), &mut chunk);
        assert!(matches!(read, Err(ResultError::BatchBrokenOff)));
        assert_eq!(states(&chunk), ["open"]);
    }
}
