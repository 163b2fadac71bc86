//! Keeps the books of one file's import: which claims are settled, in the order of the file, what
//! became of them, and up to where it is safely written down.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use crate::{
    TransferError,
    checkpoint::{Checkpoint, Progress},
    input::Input,
    meter::Meter,
    refused::Refused,
    report::{Counts, FileReport},
    source::{Place, Table, Unit, Verdict},
};

/// How often it is written down how far the import came.
const SAVE_EVERY: Duration = Duration::from_secs(1);

/// The books of one file.
pub struct Books {
    name: String,
    /// Where and what is kept; nothing when the input cannot be read twice.
    kept: Option<(Checkpoint, Progress)>,
    refused: Refused,
    counts: Counts,
    settled: Place,
    saved: Instant,
}

/// Some claims of a file, in their order. Those before `front` are settled and in the books.
#[derive(Default)]
pub struct Chunk {
    /// The claims.
    pub units: Vec<Unit>,
    front: usize,
}

impl From<Vec<Unit>> for Chunk {
    fn from(units: Vec<Unit>) -> Self {
        Self { units, front: 0 }
    }
}

impl Books {
    /// Opens the books of an input, where an interrupted import left them. The second value says why
    /// they are begun anew although there are some.
    ///
    /// # Errors
    /// When files cannot be read or written, or are in the way.
    pub fn open(
        input: &Input,
        refused_at: Option<PathBuf>,
        destination: &str,
    ) -> Result<(Self, Option<&'static str>), TransferError> {
        let mut books = Self {
            name: input.name.clone(),
            kept: None,
            refused: Refused::new(input, refused_at),
            counts: Counts::default(),
            settled: Place::default(),
            saved: Instant::now(),
        };
        let mut anew = None;
        if let (Some(path), Some(identity)) = (&input.path, &input.identity) {
            let checkpoint = Checkpoint::beside(path);
            let progress = match checkpoint.load(identity, destination)? {
                Some(Ok(progress)) => progress,
                other => {
                    anew = other.and_then(Result::err);
                    Progress {
                        destination: destination.to_owned(),
                        input: identity.clone(),
                        settled: Place::default(),
                        counts: Counts::default(),
                        refused: None,
                    }
                }
            };
            if let Some(mark) = &progress.refused {
                books.refused.resume(mark)?;
            }
            (books.counts, books.settled) = (progress.counts, progress.settled);
            books.kept = Some((checkpoint, progress));
        }
        books.refused.check_place()?;
        Ok((books, anew))
    }

    /// Up to where all is settled.
    pub fn settled(&self) -> Place {
        self.settled
    }

    /// The columns of the input, when it is CSV.
    pub fn set_table(&mut self, table: Option<Table>) {
        self.refused.set_table(table);
    }

    /// Enters the claims of a chunk that have their verdict, up to the first that has none: so what is
    /// written down is always a part of the file from its beginning on.
    ///
    /// # Errors
    /// When it cannot be written down.
    pub fn advance(&mut self, chunk: &mut Chunk, meter: &mut Meter) -> Result<(), TransferError> {
        let (before, counted) = (self.settled, self.counts);
        while let Some(unit) = chunk.units.get(chunk.front) {
            match &unit.verdict {
                Verdict::Open { .. } => break,
                Verdict::Stored => self.counts.stored += 1,
                Verdict::AlreadyThere => self.counts.already_there += 1,
                Verdict::Refused(problem) => {
                    self.refused.add(unit, problem)?;
                    self.counts.refused += 1;
                }
            }
            self.settled = unit.end;
            chunk.front += 1;
        }
        meter.advance(
            self.settled.byte - before.byte,
            self.counts.all() - counted.all(),
            self.counts.refused - counted.refused,
        );
        if self.saved.elapsed() >= SAVE_EVERY {
            self.save()?;
        }
        Ok(())
    }

    /// Writes down how far it came: first the refused lines, then that they are settled.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save(&mut self) -> Result<(), TransferError> {
        self.refused.save()?;
        self.saved = Instant::now();
        if let Some((checkpoint, progress)) = &mut self.kept {
            progress.settled = self.settled;
            progress.counts = self.counts;
            progress.refused = self.refused.mark();
            checkpoint.save(progress)?;
        }
        Ok(())
    }

    /// The whole file is settled: nothing needs to be kept but refused lines.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn complete(&mut self) -> Result<(), TransferError> {
        self.refused.save()?;
        if let Some((checkpoint, _)) = self.kept.take() {
            checkpoint.remove()?;
        }
        Ok(())
    }

    /// The import ends before the end of the file: it is kept how far it came, if it came anywhere.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn leave(&mut self) -> Result<(), TransferError> {
        if self.settled == Place::default() {
            return self.complete();
        }
        self.save()
    }

    /// What came of the file so far.
    pub fn report(&self) -> FileReport {
        let kept = self.kept.as_ref();
        FileReport {
            name: self.name.clone(),
            counts: self.counts,
            refused: self.refused.mark().map(|mark| mark.path),
            progress: kept.map(|(checkpoint, _)| checkpoint.path().to_owned()),
        }
    }
}
