//! Import: every claim of some files into a running service, whatever happens on the way.

use std::{path::PathBuf, thread, time::Duration};

use secrecy::SecretString;
use tokio::sync::mpsc::{Receiver, channel};

use crate::{
    Format, Report, TransferError,
    books::{Books, Chunk},
    client::{Client, Trouble},
    input::Input,
    interrupt::Interrupt,
    meter::Meter,
    patience::Patience,
    sending,
    source::{Source, SourceError, Unit, Verdict},
};

/// A batch has at most so many claims and about so many bytes: what a broken connection can cost.
const CLAIMS_TOGETHER: usize = 10_000;
const BYTES_TOGETHER: usize = 4 << 20;

/// What is to be imported, and where to.
#[derive(Debug)]
pub struct Importing {
    /// The files; `-` is standard input.
    pub files: Vec<PathBuf>,
    /// The service's address.
    pub to: String,
    /// The key to send claims with.
    pub key: SecretString,
    /// How claims are written, where the files' names do not say so.
    pub format: Option<Format>,
    /// Where refused lines go, when there is one file.
    pub refused: Option<PathBuf>,
    /// For how long it is tried again while nothing goes forward.
    pub patience: Duration,
}

/// How an import ended.
#[derive(Debug)]
pub struct Ended {
    /// What came of it.
    pub report: Report,
    /// Why before its time, if so.
    pub early: Option<Early>,
}

/// Why an import ended before its time.
#[derive(Debug)]
pub enum Early {
    /// Somebody wanted it to; the exit status that says so.
    Interrupted(u8),
    /// It could not go on.
    Failed(TransferError),
}

/// A file on its way.
struct Job {
    input: Input,
    books: Books,
    source: Option<Box<dyn Source>>,
    chunk: Chunk,
}

/// Imports files, one after the other.
///
/// # Errors
/// When it cannot even be begun: nothing was sent.
pub async fn import(order: Importing) -> Result<Ended, TransferError> {
    let client = Client::new(&order.to, &order.key)?;
    let mut notes: Vec<String> = client.warning().into_iter().collect();
    let mut jobs = Vec::new();
    // All of them before anything is sent: a misspelt name or column is said at once.
    for file in &order.files {
        let input = Input::open(file, order.format)?;
        jobs.push(Job::prepare(input, &order, &client, &mut notes)?);
    }
    // Until here there is nothing to put in order: a signal may end the process as it always does.
    let mut interrupt = Interrupt::listen()?;
    let lengths: Option<Vec<u64>> = jobs.iter().map(|job| job.input.length()).collect();
    let mut meter = Meter::new(lengths.map(|lengths| lengths.iter().sum()));
    for note in notes {
        meter.say(&note);
    }
    let mut report = Report::default();
    let mut early = None;
    for mut job in jobs {
        early = tokio::select! {
            biased;
            status = interrupt.wait() => Some(Early::Interrupted(status)),
            done = job.run(&client, &mut meter, order.patience) => done.err().map(Early::Failed),
        };
        if let Err(error) = job.close(early.is_none(), &mut meter) {
            // The books come first: who knows why it ended still has to know what is not kept.
            early = Some(Early::Failed(error));
        }
        report.files.push(job.books.report());
        if early.is_some() {
            break;
        }
    }
    (report.answered, report.took) = meter.finish();
    Ok(Ended { report, early })
}

impl Job {
    fn prepare(
        input: Input,
        order: &Importing,
        client: &Client,
        notes: &mut Vec<String>,
    ) -> Result<Self, TransferError> {
        let refused = order.refused.clone();
        let (mut books, anew) = Books::open(&input, refused, &client.fingerprint())?;
        let settled = books.settled();
        if let Some(why) = anew {
            notes.push(format!(
                "{}: begins anew, for {why}; what is stored already is not stored twice",
                input.name
            ));
        } else if settled.byte > 0 {
            notes.push(format!(
                "{}: goes on after line {}, where an earlier import ended",
                input.name, settled.line
            ));
        }
        let opened = input.read_from(settled)?;
        books.set_table(opened.table);
        Ok(Self {
            input,
            books,
            source: Some(opened.source),
            chunk: Chunk::default(),
        })
    }

    /// Sends the file to its end. It may be dropped in the middle: then [`Self::close`] keeps what came of it.
    async fn run(
        &mut self,
        client: &Client,
        meter: &mut Meter,
        patience: Duration,
    ) -> Result<(), TransferError> {
        meter.skip(self.books.settled().byte);
        // From here on there is something to come back to, and it is known that it can be written.
        self.books.save()?;
        let Some(source) = self.source.take() else {
            return Ok(());
        };
        let mut chunks = read(source);
        while let Some(chunk) = chunks.recv().await {
            let units = chunk.map_err(|source| TransferError::Source {
                path: self.input.name.clone(),
                source,
            })?;
            self.chunk = Chunk::from(units);
            self.settle(client, meter, patience).await?;
        }
        Ok(())
    }

    /// Sends a chunk until every claim has its verdict.
    async fn settle(
        &mut self,
        client: &Client,
        meter: &mut Meter,
        patience: Duration,
    ) -> Result<(), TransferError> {
        let mut patience = Patience::new(patience);
        self.books.advance(&mut self.chunk, meter)?;
        let mut open = self.open();
        while open > 0 {
            let sent = sending::send(client, &mut self.chunk, &mut self.books, meter).await;
            let still_open = self.open();
            if still_open < open {
                patience.renew();
            }
            open = still_open;
            let (why, retry_after) = match sent {
                Err(Trouble::Lasting(error)) => return Err(error),
                Err(Trouble::Passing { why, retry_after }) => (why, retry_after),
                Ok(()) if open == 0 => return Ok(()),
                Ok(()) => (format!("{open} claims could not be stored yet"), None),
            };
            let Some(wait) = patience.wait(retry_after) else {
                let after = patience.tried();
                return Err(TransferError::GaveUp { after, why });
            };
            meter.say(&format!(
                "{why}; trying again in {:.1} s",
                wait.as_secs_f64()
            ));
            tokio::time::sleep(wait).await;
        }
        Ok(())
    }

    fn open(&self) -> usize {
        let is_open = |unit: &&Unit| matches!(unit.verdict, Verdict::Open { .. });
        self.chunk.units.iter().filter(is_open).count()
    }

    fn close(&mut self, is_complete: bool, meter: &mut Meter) -> Result<(), TransferError> {
        if is_complete {
            return self.books.complete();
        }
        self.books.advance(&mut self.chunk, meter)?;
        self.books.leave()
    }
}

/// Reads chunks in a thread of its own, one ahead of the one that is being sent. A thread, not a task:
/// when the import ends while standard input is silent, nothing waits for it.
fn read(mut source: Box<dyn Source>) -> Receiver<Result<Vec<Unit>, SourceError>> {
    let (sender, receiver) = channel(1);
    thread::spawn(move || {
        loop {
            let mut units = Vec::new();
            let end = fill(source.as_mut(), &mut units);
            // What was read before the file turned out to be unreadable still counts.
            let is_over = units.is_empty() || sender.blocking_send(Ok(units)).is_err();
            match end {
                Ok(true) => return,
                Ok(false) if is_over => return,
                Ok(false) => {}
                Err(error) => {
                    let _nobody_listens = sender.blocking_send(Err(error));
                    return;
                }
            }
        }
    });
    receiver
}

/// Fills a chunk; true at the end of the file.
fn fill(source: &mut dyn Source, units: &mut Vec<Unit>) -> Result<bool, SourceError> {
    let mut bytes = 0;
    while units.len() < CLAIMS_TOGETHER && bytes < BYTES_TOGETHER {
        match source.next()? {
            Some(unit) => {
                bytes += unit.claim.len();
                units.push(unit);
            }
            None => return Ok(true),
        }
    }
    Ok(false)
}
