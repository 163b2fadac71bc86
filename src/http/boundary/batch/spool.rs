//! A queue of bytes between the producer of a batch's results and the client that reads them. It is kept in memory up
//! to [`MAX_MEMORY_BYTES`], beyond that in a temporary file without a name.
//!
//! A client may read nothing until it has sent everything, so the producer goes on while results are unread: up to
//! [`MAX_FILE_BYTES`] for each batch, and [`MAX_FILES_BYTES`] for all batches together. Then the producer waits, reads no
//! further lines meanwhile, and gives up if the client reads nothing for [`READ_TIMEOUT`].

use std::{
    cell::RefCell,
    collections::VecDeque,
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
    rc::Rc,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use actix_web::web::Bytes;
use futures_util::{Stream, stream};
use tokio::{
    sync::Notify,
    time::{Instant, timeout_at},
};

const MAX_MEMORY_BYTES: usize = 256 << 10;
/// Unread results of one batch on the disk.
pub const MAX_FILE_BYTES: u64 = 64 << 20;
/// Unread results of all batches on the disk.
const MAX_FILES_BYTES: u64 = 1 << 30;
const READ_CHUNK_BYTES: usize = 64 << 10;
pub const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// The bytes in the files of all spools. They share one disk, so they share one limit.
static FILES_BYTES: AtomicU64 = AtomicU64::new(0);

struct Queue {
    memory: VecDeque<Bytes>,
    memory_bytes: usize,
    overflow: Option<Overflow>,
    last_read: Instant,
    /// Ends the stream after the bytes that were written.
    failure: Option<io::Error>,
    closed: bool,
}

/// The bytes that do not fit in memory, written at one end and read from the other.
struct Overflow {
    file: File,
    read_bytes: u64,
    written_bytes: u64,
}

struct Shared {
    queue: RefCell<Queue>,
    written: Notify,
    read: Notify,
}

/// The producer's end. Dropping it ends the stream.
pub struct SpoolWriter(Rc<Shared>);

/// The reader's end, which tells the producer when it is dropped.
struct SpoolReader(Rc<Shared>);

/// Creates a spool: the end to write to, and the stream to read from.
pub fn create() -> (SpoolWriter, impl Stream<Item = io::Result<Bytes>> + use<>) {
    let shared = Rc::new(Shared {
        queue: RefCell::new(Queue {
            memory: VecDeque::new(),
            memory_bytes: 0,
            overflow: None,
            last_read: Instant::now(),
            failure: None,
            closed: false,
        }),
        written: Notify::new(),
        read: Notify::new(),
    });
    let reader = SpoolReader(shared.clone());
    let stream = stream::unfold(reader, |reader| async move {
        loop {
            let next = reader.0.queue.borrow_mut().pop();
            reader.0.read.notify_one();
            match next {
                Ok(Some(bytes)) => return Some((Ok(bytes), reader)),
                Err(error) => return Some((Err(error), reader)),
                Ok(None) if reader.0.queue.borrow().closed => return None,
                Ok(None) => reader.0.written.notified().await,
            }
        }
    });
    (SpoolWriter(shared), stream)
}

impl SpoolWriter {
    /// Appends bytes, after a wait for the reader if too many are unread. Fails if the reader is gone or too slow.
    pub async fn write(&self, bytes: Bytes) -> io::Result<()> {
        let began = Instant::now();
        while !self.0.queue.borrow_mut().push(&bytes)? {
            if self.is_abandoned() {
                return Err(io::Error::new(
                    io::ErrorKind::ConnectionAborted,
                    "the client left",
                ));
            }
            // Nothing to read for a while is no reader that does not read.
            let give_up = self.0.queue.borrow().last_read.max(began) + READ_TIMEOUT;
            if timeout_at(give_up, self.0.read.notified()).await.is_err() {
                return Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    "the client does not read its results",
                ));
            }
        }
        self.0.written.notify_one();
        Ok(())
    }

    /// Returns true if nobody will read any more.
    pub fn is_abandoned(&self) -> bool {
        Rc::strong_count(&self.0) == 1
    }

    /// Waits until the reader is gone.
    pub async fn abandoned(&self) {
        while !self.is_abandoned() {
            self.0.read.notified().await;
        }
    }

    /// Ends the stream after the bytes that were written.
    pub fn close(&self) {
        self.0.queue.borrow_mut().closed = true;
        self.0.written.notify_one();
    }

    /// Ends the stream with an error after the bytes that were written.
    pub fn fail(&self, error: io::Error) {
        self.0.queue.borrow_mut().failure = Some(error);
        self.0.written.notify_one();
    }
}

impl Drop for SpoolWriter {
    fn drop(&mut self) {
        self.close();
    }
}

impl Drop for SpoolReader {
    fn drop(&mut self) {
        // The permit is kept, so that a producer that waits sees afterwards that it is alone.
        self.0.read.notify_one();
    }
}

impl Queue {
    /// Returns false if there is no room.
    fn push(&mut self, bytes: &Bytes) -> io::Result<bool> {
        if let Some(overflow) = &mut self.overflow {
            return overflow.append(bytes);
        }
        if self.memory_bytes + bytes.len() <= MAX_MEMORY_BYTES || self.memory.is_empty() {
            self.memory_bytes += bytes.len();
            self.memory.push_back(bytes.clone());
            return Ok(true);
        }
        let mut overflow = Overflow {
            file: tempfile::tempfile()?,
            read_bytes: 0,
            written_bytes: 0,
        };
        let fits = overflow.append(bytes)?;
        if fits {
            self.overflow = Some(overflow);
        }
        Ok(fits)
    }

    fn pop(&mut self) -> io::Result<Option<Bytes>> {
        self.last_read = Instant::now();
        if let Some(bytes) = self.memory.pop_front() {
            self.memory_bytes -= bytes.len();
            return Ok(Some(bytes));
        }
        let Some(overflow) = &mut self.overflow else {
            return self.failure.take().map_or(Ok(None), Err);
        };
        let chunk = overflow.read_chunk()?;
        if chunk.is_none() {
            // The file is read to its end, so memory takes the next bytes.
            self.overflow = None;
            return self.failure.take().map_or(Ok(None), Err);
        }
        Ok(chunk)
    }
}

impl Overflow {
    /// Returns false if this file or all files together would become too large.
    fn append(&mut self, bytes: &[u8]) -> io::Result<bool> {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if self.written_bytes.saturating_add(length) > MAX_FILE_BYTES {
            return Ok(false);
        }
        let reserved = FILES_BYTES.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |all| {
            Some(all + length).filter(|all| *all <= MAX_FILES_BYTES)
        });
        if reserved.is_err() {
            return Ok(false);
        }
        self.file.seek(SeekFrom::Start(self.written_bytes))?;
        self.written_bytes += length;
        self.file.write_all(bytes)?;
        Ok(true)
    }

    fn read_chunk(&mut self) -> io::Result<Option<Bytes>> {
        if self.read_bytes == self.written_bytes {
            return Ok(None);
        }
        self.file.seek(SeekFrom::Start(self.read_bytes))?;
        let left = usize::try_from(self.written_bytes - self.read_bytes).unwrap_or(usize::MAX);
        let mut chunk = vec![0; left.min(READ_CHUNK_BYTES)];
        self.file.read_exact(&mut chunk)?;
        self.read_bytes += u64::try_from(chunk.len()).unwrap_or_default();
        Ok(Some(chunk.into()))
    }
}

impl Drop for Overflow {
    fn drop(&mut self) {
        FILES_BYTES.fetch_sub(self.written_bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::StreamExt;

    #[tokio::test]
    async fn nothing_is_lost_or_reordered_beyond_memory() {
        let (writer, reader) = create();
        let mut expected: Vec<u8> = Vec::new();
        for number in 0..60_000_u32 {
            let line = format!("{number:>40}\n");
            expected.extend(line.as_bytes());
            writer.write(line.into()).await.unwrap();
        }
        assert!(writer.0.queue.borrow().memory_bytes <= MAX_MEMORY_BYTES);
        assert!(writer.0.queue.borrow().overflow.is_some());
        drop(writer);
        let chunks: Vec<_> = reader.map(Result::unwrap).collect().await;
        assert_eq!(chunks.concat(), expected);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_does_not_read_stops_the_producer_and_then_ends_the_batch() {
        let (writer, reader) = create();
        let chunk = Bytes::from(vec![0; READ_CHUNK_BYTES]);
        let began = Instant::now();
        let mut written = 0;
        let error = loop {
            match writer.write(chunk.clone()).await {
                Ok(()) => written += chunk.len(),
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(began.elapsed() >= READ_TIMEOUT);
        let bounds = MAX_FILE_BYTES..=MAX_FILE_BYTES + (1 << 20);
        assert!(
            bounds.contains(&u64::try_from(written).unwrap()),
            "{written}"
        );
        drop(reader);
    }

    /// What was written is no limit, only what is unread.
    #[tokio::test]
    async fn a_client_that_reads_slowly_gets_any_number_of_results() {
        let (writer, reader) = create();
        let total = MAX_FILE_BYTES * 2;
        let produce = async {
            let chunk = Bytes::from(vec![0; READ_CHUNK_BYTES]);
            for _ in 0..total / u64::try_from(READ_CHUNK_BYTES).unwrap() {
                writer.write(chunk.clone()).await.unwrap();
            }
            drop(writer);
        };
        let consume = reader.fold(0, async |sum, chunk| sum + chunk.unwrap().len());
        let ((), read) = tokio::join!(produce, consume);
        assert_eq!(u64::try_from(read).unwrap(), total);
    }

    #[tokio::test]
    async fn a_reader_that_is_gone_ends_the_producer() {
        let (writer, reader) = create();
        let leave = async move {
            tokio::task::yield_now().await;
            drop(reader);
        };
        tokio::join!(writer.abandoned(), leave);
        assert!(writer.is_abandoned());
    }

    #[tokio::test]
    async fn a_reader_that_waits_sees_what_is_written_later() {
        let (writer, reader) = create();
        let mut reader = Box::pin(reader);
        let (got, ()) = tokio::join!(reader.next(), async {
            tokio::task::yield_now().await;
            writer.write("late".into()).await.unwrap();
        });
        assert_eq!(got.unwrap().unwrap(), "late");
        drop(writer);
        assert!(reader.next().await.is_none());
    }
}
