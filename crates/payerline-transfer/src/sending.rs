//! One batch: the claims of a chunk that have no verdict yet go out, and each result becomes a verdict
//! as it comes, so that an answer that breaks off costs only what it had not said.

use std::{collections::VecDeque, io};

use async_compression::{Level, tokio::write::ZstdEncoder};
use serde::Deserialize;
use tokio::io::AsyncWriteExt;

use crate::{
    books::{Books, Chunk},
    client::{Client, Trouble},
    error::chain,
    meter::Meter,
    problem::Problem,
    source::{Unit, Verdict},
};

/// How often a claim is sent that the service answers with a fault of its own (500), before it counts
/// as refused: it would hold up all that come after it.
const FAULTS_MOST: u32 = 5;
/// The longest result, with all its faults, that is read.
const RESULT_MOST: usize = 16 << 20;

/// A result of the batch; what it says of the decision is left out.
#[derive(Deserialize)]
struct Answer {
    index: usize,
    status: u16,
    problem: Option<Problem>,
}

/// Sends the claims of a chunk that are open, and enters what is answered. Some may stay open although
/// the batch went well: the service asked for another attempt.
pub async fn send(
    client: &Client,
    chunk: &mut Chunk,
    books: &mut Books,
    meter: &mut Meter,
) -> Result<(), Trouble> {
    let body = compressed(chunk)
        .await
        .map_err(|error| Trouble::passing(format!("the batch cannot be compressed: {error}")))?;
    let mut response = client.batch(body).await?;
    let mut results = Results::of(chunk);
    loop {
        let piece = response.chunk().await;
        // What was said before an answer broke off counts.
        let is_over = match piece {
            Ok(Some(piece)) => {
                results
                    .take(&piece, chunk)
                    .map_err(|fault| fault.of(client))?;
                false
            }
            Ok(None) => true,
            Err(error) => {
                let why = chain(&error.without_url());
                return Err(Trouble::passing(format!("the answer broke off: {why}")));
            }
        };
        books.advance(chunk, meter).map_err(Trouble::Lasting)?;
        if is_over {
            return results.end();
        }
    }
}

/// The bodies of the claims that are open, a line each.
async fn compressed(chunk: &Chunk) -> io::Result<Vec<u8>> {
    let mut encoder = ZstdEncoder::with_quality(Vec::new(), Level::Fastest);
    for unit in chunk.units.iter().filter(|unit| is_open(unit)) {
        encoder.write_all(&unit.claim).await?;
        encoder.write_all(b"\n").await?;
    }
    encoder.shutdown().await?;
    Ok(encoder.into_inner())
}

fn is_open(unit: &Unit) -> bool {
    matches!(unit.verdict, Verdict::Open { .. })
}

/// The results of a batch, as they come.
struct Results {
    /// The claims that wait for theirs, by their numbers in the chunk.
    waiting: VecDeque<usize>,
    /// The number that the next result must have.
    next: usize,
    /// The beginning of a result.
    buffer: Vec<u8>,
}

/// What can be wrong with results.
enum Fault {
    /// The batch did not arrive whole.
    BrokenOff,
    /// No Payerline answers so.
    Strange(String),
}

impl Fault {
    fn of(self, client: &Client) -> Trouble {
        match self {
            Self::BrokenOff => Trouble::passing("the batch broke off on its way"),
            Self::Strange(why) => Trouble::Lasting(client.strange(why)),
        }
    }
}

impl Results {
    fn of(chunk: &Chunk) -> Self {
        let units = chunk.units.iter().enumerate();
        let open = units.filter(|(_, unit)| is_open(unit));
        Self {
            waiting: open.map(|(index, _)| index).collect(),
            next: 0,
            buffer: Vec::new(),
        }
    }

    /// Takes a piece of the answer in: every result that is whole becomes a verdict.
    fn take(&mut self, piece: &[u8], chunk: &mut Chunk) -> Result<(), Fault> {
        self.buffer.extend_from_slice(piece);
        let buffer = std::mem::take(&mut self.buffer);
        let mut lines = buffer.split_inclusive(|byte| *byte == b'\n').peekable();
        while let Some(line) = lines.next_if(|line| line.ends_with(b"\n")) {
            self.judge(line, chunk)?;
        }
        self.buffer = lines.next().unwrap_or_default().to_vec();
        if self.buffer.len() > RESULT_MOST {
            return Err(Fault::Strange("a result has no end".to_owned()));
        }
        Ok(())
    }

    fn judge(&mut self, line: &[u8], chunk: &mut Chunk) -> Result<(), Fault> {
        let answer: Answer = serde_json::from_slice(line)
            .map_err(|error| Fault::Strange(format!("a result is none: {error}")))?;
        let is_broken = Problem::is_of_the_connection;
        if answer.problem.as_ref().is_some_and(is_broken) {
            return Err(Fault::BrokenOff);
        }
        let unit = self.waiting.pop_front();
        let unit = unit.and_then(|index| chunk.units.get_mut(index));
        match unit {
            Some(unit) if answer.index == self.next => {
                self.next += 1;
                unit.verdict = verdict(answer, &unit.verdict)?;
                Ok(())
            }
            _ => Err(Fault::Strange("results are out of order".to_owned())),
        }
    }

    fn end(self) -> Result<(), Trouble> {
        match self.waiting.len() {
            0 => Ok(()),
            missing => Err(Trouble::passing(format!("{missing} results are missing"))),
        }
    }
}

/// What a result says of a claim.
fn verdict(answer: Answer, before: &Verdict) -> Result<Verdict, Fault> {
    let attempts = match before {
        Verdict::Open { attempts } => attempts + 1,
        _ => 1,
    };
    let problem = answer.problem;
    let problem = || {
        problem.unwrap_or_else(|| Problem::new(answer.status, "Refused", "No reason was given."))
    };
    match answer.status {
        200 => Ok(Verdict::AlreadyThere),
        201 => Ok(Verdict::Stored),
        500 if attempts >= FAULTS_MOST => Ok(Verdict::Refused(problem())),
        408 | 429 | 500 | 502 | 503 | 504 => Ok(Verdict::Open { attempts }),
        400..=499 => Ok(Verdict::Refused(problem())),
        status => Err(Fault::Strange(format!("a result has the status {status}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Place;

    fn chunk(claims: usize) -> Chunk {
        let unit = |_| Unit {
            line: 1,
            end: Place::default(),
            claim: b"{}".to_vec(),
            rows: Vec::new(),
            verdict: Verdict::NEW,
        };
        Chunk::from((0..claims).map(unit).collect::<Vec<_>>())
    }

    fn words(chunk: &Chunk) -> Vec<&'static str> {
        let word = |unit: &Unit| match unit.verdict {
            Verdict::Open { .. } => "open",
            Verdict::Stored => "stored",
            Verdict::AlreadyThere => "there",
            Verdict::Refused(_) => "refused",
        };
        chunk.units.iter().map(word).collect()
    }

    fn result(index: usize, status: u16) -> String {
        format!("{{\"index\":{index},\"external_id\":null,\"status\":{status}}}\n")
    }

    #[test]
    fn results_become_verdicts_in_whatever_pieces_they_come() {
        let answer = [201, 200, 422, 503].into_iter().enumerate();
        let answer: String = answer
            .map(|(index, status)| result(index, status))
            .collect();
        for size in [1, 7, 1000] {
            let mut chunk = chunk(5);
            let mut results = Results::of(&chunk);
            for piece in answer.as_bytes().chunks(size) {
                assert!(results.take(piece, &mut chunk).is_ok());
            }
            assert_eq!(
                words(&chunk),
                ["stored", "there", "refused", "open", "open"]
            );
            assert!(
                matches!(results.end(), Err(Trouble::Passing { why, .. }) if why.starts_with("1 "))
            );
        }
    }

    #[test]
    fn the_next_batch_has_only_what_is_open() {
        let mut chunk = chunk(3);
        let mut results = Results::of(&chunk);
        let answer = result(0, 201) + &result(1, 503) + &result(2, 201);
        assert!(results.take(answer.as_bytes(), &mut chunk).is_ok());
        assert!(results.end().is_ok());
        let mut results = Results::of(&chunk);
        assert!(results.take(result(0, 201).as_bytes(), &mut chunk).is_ok());
        assert!(results.end().is_ok());
        assert_eq!(words(&chunk), ["stored"; 3]);
    }

    #[test]
    fn a_fault_of_the_services_own_ends_as_a_refusal() {
        let mut chunk = chunk(1);
        for _ in 1..FAULTS_MOST {
            let mut results = Results::of(&chunk);
            assert!(results.take(result(0, 500).as_bytes(), &mut chunk).is_ok());
            assert_eq!(words(&chunk), ["open"]);
        }
        let mut results = Results::of(&chunk);
        assert!(results.take(result(0, 500).as_bytes(), &mut chunk).is_ok());
        assert_eq!(words(&chunk), ["refused"]);
    }

    #[test]
    fn strange_results_are_noticed() {
        let broken = r#"{"index":0,"status":400,"problem":{"type":"urn:payerline:problem:unreadable-body"}}"#;
        for answer in ["no JSON\n".to_owned(), result(1, 201), result(0, 302)] {
            let mut chunk = chunk(1);
            let taken = Results::of(&chunk).take(answer.as_bytes(), &mut chunk);
            assert!(matches!(taken, Err(Fault::Strange(_))), "{answer}");
        }
        let mut chunk = chunk(1);
        let taken = Results::of(&chunk).take(format!("{broken}\n").as_bytes(), &mut chunk);
        assert!(matches!(taken, Err(Fault::BrokenOff)));
        assert_eq!(words(&chunk), ["open"]);
    }
}
