//! A queue of bytes from a producer that must not wait to a reader that may: in memory up to some
//! MiB, beyond that in a temporary file without a name.
//!
//! A client may read nothing until it has sent everything, so whoever writes results must never
//! wait for them to be read.

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

/// Bytes kept in memory at most.
const IN_MEMORY: usize = 1 << 20;
/// Bytes kept in the file at most: more results than this that nobody reads end their batch.
const ON_DISK: u64 = 4 << 30;
/// Bytes read back from the file at once.
const CHUNK: usize = 64 << 10;

#[derive(Default)]
struct Queue {
    memory: VecDeque<Bytes>,
    in_memory: usize,
    file: Option<Overflow>,
    /// Why the stream breaks off once everything written is read.
    failure: Option<io::Error>,
    closed: bool,
}

/// What no longer fits in memory; read and written from its two ends.
struct Overflow {
    file: File,
    read: u64,
    written: u64,
}

/// The producer's end. Dropping it ends the stream.
pub struct Writer(Rc<(RefCell<Queue>, Notify)>);

/// A new spool: where to write, and what will be read.
pub fn spool() -> (Writer, impl Stream<Item = io::Result<Bytes>> + use<>) {
    let shared: Rc<(RefCell<Queue>, Notify)> = Rc::default();
    let reader = shared.clone();
    let stream = stream::unfold(reader, |shared| async move {
        loop {
            let next = shared.0.borrow_mut().pop();
            match next {
                Ok(Some(bytes)) => return Some((Ok(bytes), shared)),
                Err(error) => return Some((Err(error), shared)),
                Ok(None) if shared.0.borrow().closed => return None,
                Ok(None) => shared.1.notified().await,
            }
        }
    });
    (Writer(shared), stream)
}

impl Writer {
    /// Appends bytes; never waits for the reader, and keeps nothing for one that is gone.
    ///
    /// # Errors
    /// When the temporary file cannot be made or written, or would hold too much.
    pub fn write(&self, bytes: Bytes) -> io::Result<()> {
        if Rc::strong_count(&self.0) == 1 {
            return Ok(());
        }
        self.0.0.borrow_mut().push(bytes)?;
        self.0.1.notify_one();
        Ok(())
    }

    /// Makes the stream break off with an error after what was written, instead of ending.
    pub fn fail(&self, error: io::Error) {
        self.0.0.borrow_mut().failure = Some(error);
        self.0.1.notify_one();
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.0.0.borrow_mut().closed = true;
        self.0.1.notify_one();
    }
}

impl Queue {
    fn push(&mut self, bytes: Bytes) -> io::Result<()> {
        if let Some(overflow) = &mut self.file {
            return overflow.append(&bytes);
        }
        if self.in_memory + bytes.len() <= IN_MEMORY {
            self.in_memory += bytes.len();
            self.memory.push_back(bytes);
            return Ok(());
        }
        let mut overflow = Overflow {
            file: tempfile::tempfile()?,
            read: 0,
            written: 0,
        };
        overflow.append(&bytes)?;
        self.file = Some(overflow);
        Ok(())
    }

    fn pop(&mut self) -> io::Result<Option<Bytes>> {
        if let Some(bytes) = self.memory.pop_front() {
            self.in_memory -= bytes.len();
            return Ok(Some(bytes));
        }
        let Some(overflow) = &mut self.file else {
            return self.failure.take().map_or(Ok(None), Err);
        };
        let chunk = overflow.take()?;
        if chunk.is_none() {
            // Read to the end: what comes next fits in memory again.
            self.file = None;
            return self.failure.take().map_or(Ok(None), Err);
        }
        Ok(chunk)
    }
}

impl Overflow {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.written > ON_DISK {
            return Err(io::Error::other("too many results that nobody reads"));
        }
        self.file.seek(SeekFrom::Start(self.written))?;
        self.file.write_all(bytes)?;
        self.written += u64::try_from(bytes.len()).unwrap_or_default();
        Ok(())
    }

    fn take(&mut self) -> io::Result<Option<Bytes>> {
        if self.read == self.written {
            return Ok(None);
        }
        self.file.seek(SeekFrom::Start(self.read))?;
        let left = usize::try_from(self.written - self.read).unwrap_or(usize::MAX);
        let mut chunk = vec![0; left.min(CHUNK)];
        self.file.read_exact(&mut chunk)?;
        self.read += u64::try_from(chunk.len()).unwrap_or_default();
        Ok(Some(chunk.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::StreamExt;

    #[tokio::test]
    async fn nothing_is_lost_or_reordered_beyond_memory() {
        let (writer, reader) = spool();
        let mut expected: Vec<u8> = Vec::new();
        for number in 0..60_000_u32 {
            let line = format!("{number:>40}\n");
            expected.extend(line.as_bytes());
            writer.write(line.into()).unwrap();
        }
        assert!(writer.0.0.borrow().in_memory <= IN_MEMORY);
        assert!(writer.0.0.borrow().file.is_some());
        drop(writer);
        let chunks: Vec<_> = reader.map(Result::unwrap).collect().await;
        assert_eq!(chunks.concat(), expected);
    }

    #[tokio::test]
    async fn nothing_is_kept_for_a_reader_that_is_gone() {
        let (writer, reader) = spool();
        drop(reader);
        for _ in 0..100 {
            writer.write(vec![0; CHUNK].into()).unwrap();
        }
        assert_eq!(writer.0.0.borrow().in_memory, 0);
        assert!(writer.0.0.borrow().file.is_none());
    }

    #[tokio::test]
    async fn a_reader_that_waits_sees_what_is_written_later() {
        let (writer, reader) = spool();
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
