//! A queue of bytes between a producer that must not wait and a reader that may. It is kept in memory up to
//! [`MAX_MEMORY_BYTES`], beyond that in a temporary file without a name.
//!
//! A client may read nothing until it has sent everything, so the producer of results must never wait for the reader.

use std::{
    cell::RefCell,
    collections::VecDeque,
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
    rc::Rc,
};

use actix_web::web::Bytes;
use futures_util::{Stream, stream};
use tokio::sync::Notify;

const MAX_MEMORY_BYTES: usize = 1 << 20;
/// A batch ends early when more results than this are left unread.
const MAX_FILE_BYTES: u64 = 4 << 30;
const READ_CHUNK_BYTES: usize = 64 << 10;

#[derive(Default)]
struct Queue {
    memory: VecDeque<Bytes>,
    memory_bytes: usize,
    overflow: Option<Overflow>,
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

#[derive(Default)]
struct Shared {
    queue: RefCell<Queue>,
    changed: Notify,
}

/// The producer's end. Dropping it ends the stream.
pub struct SpoolWriter(Rc<Shared>);

/// Creates a spool: the end to write to, and the stream to read from.
pub fn create() -> (SpoolWriter, impl Stream<Item = io::Result<Bytes>> + use<>) {
    let shared: Rc<Shared> = Rc::default();
    let reader = shared.clone();
    let stream = stream::unfold(reader, |shared| async move {
        loop {
            let next = shared.queue.borrow_mut().pop();
            match next {
                Ok(Some(bytes)) => return Some((Ok(bytes), shared)),
                Err(error) => return Some((Err(error), shared)),
                Ok(None) if shared.queue.borrow().closed => return None,
                Ok(None) => shared.changed.notified().await,
            }
        }
    });
    (SpoolWriter(shared), stream)
}

impl SpoolWriter {
    /// Appends bytes without waiting for the reader. Discards them if the reader is gone.
    pub fn write(&self, bytes: Bytes) -> io::Result<()> {
        if Rc::strong_count(&self.0) == 1 {
            return Ok(());
        }
        self.0.queue.borrow_mut().push(bytes)?;
        self.0.changed.notify_one();
        Ok(())
    }

    /// Ends the stream with an error after the bytes that were written.
    pub fn fail(&self, error: io::Error) {
        self.0.queue.borrow_mut().failure = Some(error);
        self.0.changed.notify_one();
    }
}

impl Drop for SpoolWriter {
    fn drop(&mut self) {
        self.0.queue.borrow_mut().closed = true;
        self.0.changed.notify_one();
    }
}

impl Queue {
    fn push(&mut self, bytes: Bytes) -> io::Result<()> {
        if let Some(overflow) = &mut self.overflow {
            return overflow.append(&bytes);
        }
        if self.memory_bytes + bytes.len() <= MAX_MEMORY_BYTES {
            self.memory_bytes += bytes.len();
            self.memory.push_back(bytes);
            return Ok(());
        }
        let mut overflow = Overflow {
            file: tempfile::tempfile()?,
            read_bytes: 0,
            written_bytes: 0,
        };
        overflow.append(&bytes)?;
        self.overflow = Some(overflow);
        Ok(())
    }

    fn pop(&mut self) -> io::Result<Option<Bytes>> {
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
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.written_bytes > MAX_FILE_BYTES {
            return Err(io::Error::other("too many results that nobody reads"));
        }
        self.file.seek(SeekFrom::Start(self.written_bytes))?;
        self.file.write_all(bytes)?;
        self.written_bytes += u64::try_from(bytes.len()).unwrap_or_default();
        Ok(())
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
            writer.write(line.into()).unwrap();
        }
        assert!(writer.0.queue.borrow().memory_bytes <= MAX_MEMORY_BYTES);
        assert!(writer.0.queue.borrow().overflow.is_some());
        drop(writer);
        let chunks: Vec<_> = reader.map(Result::unwrap).collect().await;
        assert_eq!(chunks.concat(), expected);
    }

    #[tokio::test]
    async fn nothing_is_kept_for_a_reader_that_is_gone() {
        let (writer, reader) = create();
        drop(reader);
        for _ in 0..100 {
            writer.write(vec![0; READ_CHUNK_BYTES].into()).unwrap();
        }
        assert_eq!(writer.0.queue.borrow().memory_bytes, 0);
        assert!(writer.0.queue.borrow().overflow.is_none());
    }

    #[tokio::test]
    async fn a_reader_that_waits_sees_what_is_written_later() {
        let (writer, reader) = create();
        let mut reader = Box::pin(reader);
        let (got, ()) = tokio::join!(reader.next(), async {
            tokio::task::yield_now().await;
            writer.write("late".into()).unwrap();
        });
        assert_eq!(got.unwrap().unwrap(), "late");
        drop(writer);
        assert!(reader.next().await.is_none());
    }
}
