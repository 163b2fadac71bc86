//! The lines of a request body as it arrives, within the limits of a batch.

use std::{io, time::Duration};

use actix_web::web::{Bytes, BytesMut};
use futures_util::{StreamExt, stream::LocalBoxStream};
use tokio::{task::yield_now, time::timeout};

use crate::http::boundary::{body, held_bytes::HeldBytes, problem::ApiError};

/// Bounds the time between two chunks of the body.
const CHUNK_TIMEOUT: Duration = Duration::from_secs(60);
/// Bytes of a batch after decompression.
const MAX_BATCH_BYTES: u64 = 1 << 30;
/// The rest of a batch that is too large is read for this time and up to this size, so that the client sees the results
/// instead of a broken connection.
const REST_TIMEOUT: Duration = Duration::from_secs(10);
const MAX_REST_BYTES: u64 = 256 << 20;

/// A line that is not blank.
pub enum Line {
    /// Holds the line without its line break.
    Whole(Bytes),
    TooLong,
    /// The request broke off.
    Broken,
    /// The batch ends for this reason: neither this line nor any behind it is taken.
    NotTaken(ApiError),
}

/// A request body as it arrives.
pub type Chunks = LocalBoxStream<'static, io::Result<Bytes>>;

/// Splits a request body into lines and leaves out blank ones.
pub struct Lines {
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
    pub is_stopped: bool,
    /// The bytes that were read, after decompression.
    read_bytes: u64,
    held: HeldBytes,
}

impl Lines {
    pub fn new(chunks: Chunks) -> Self {
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

    pub async fn next(&mut self) -> Option<Line> {
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
                return Some(Line::NotTaken(ApiError::BatchTooLarge));
            }
            // A small chunk can decompress to a large one, which must not occupy actix's worker alone.
            yield_now().await;
            match timeout(CHUNK_TIMEOUT, self.chunks.next()).await {
                Ok(Some(Ok(chunk))) => {
                    self.read_bytes += u64::try_from(chunk.len()).unwrap_or_default();
                    self.buffer.extend_from_slice(&chunk);
                    if !self.held.hold(self.buffer.len()) {
                        self.break_off();
                        return Some(Line::NotTaken(ApiError::busy()));
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

    /// Whether there is nothing more to read.
    pub fn has_ended(&self) -> bool {
        self.has_ended
    }

    fn break_off(&mut self) {
        self.has_ended = true;
        self.buffer.clear();
        self.is_skipping = false;
    }

    /// Reads on for a moment without taking lines.
    pub async fn discard_rest(&mut self) {
        if self.has_ended || self.is_stopped {
            return;
        }
        let discard = async {
            let mut left = MAX_REST_BYTES;
            while let Some(Ok(chunk)) = self.chunks.next().await {
                let length = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
                left = left.saturating_sub(length);
                if left == 0 {
                    return false;
                }
                // A small chunk can decompress to a large one.
                yield_now().await;
            }
            true
        };
        // Whether the rest came in time or not, the batch ends.
        self.has_ended = timeout(REST_TIMEOUT, discard).await.unwrap_or(false);
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
