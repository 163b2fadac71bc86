//! The state of one file's import: its claims are settled in the order of the file, and the state is saved so
//! that another import can go on from there.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use crate::{
    error::TransferError,
    input::Input,
    meter::Meter,
    progress_file::{ImportProgress, ProgressFile},
    refused_file::RefusedFile,
    report::{FileReport, ImportCounts},
    source::{ClaimState, FileClaim, FileOffset},
};

const SAVE_EVERY: Duration = Duration::from_secs(1);

pub struct Settlement {
    /// `None` when the input is a stream, whose rest is lost with an import.
    progress: Option<(ProgressFile, ImportProgress)>,
    refused: RefusedFile,
    counts: ImportCounts,
    /// Every claim before this position is settled.
    settled: FileOffset,
    last_save: Instant,
}

/// Consecutive claims of a file. The first `settled` of them are counted and kept already.
#[derive(Default)]
pub struct Chunk {
    pub claims: Vec<FileClaim>,
    settled: usize,
}

impl From<Vec<FileClaim>> for Chunk {
    fn from(claims: Vec<FileClaim>) -> Self {
        Self { claims, settled: 0 }
    }
}

impl Chunk {
    pub fn count_open(&self) -> usize {
        self.claims.iter().filter(|claim| claim.is_open()).count()
    }
}

impl Settlement {
    /// Continues where an interrupted import of the same `files` ended. The second value says why it begins anew
    /// although an earlier import left its progress.
    pub fn open(
        input: &Input,
        refused_path: Option<PathBuf>,
        destination: &str,
        files: &str,
    ) -> Result<(Self, Option<&'static str>), TransferError> {
        let mut settlement = Self {
            progress: None,
            refused: RefusedFile::new(input, refused_path),
            counts: ImportCounts::default(),
            settled: FileOffset::default(),
            last_save: Instant::now(),
        };
        let mut begins_anew = None;
        if let Some(path) = &input.path {
            let file = ProgressFile::beside(path);
            let fresh = ImportProgress {
                destination: destination.to_owned(),
                input: input.identity.clone(),
                files: files.to_owned(),
                settled: FileOffset::default(),
                counts: ImportCounts::default(),
                refused: None,
            };
            let progress = match file.load(&fresh)? {
                Some(Ok(progress)) => progress,
                other => {
                    begins_anew = other.and_then(Result::err);
                    fresh
                }
            };
            if let Some(mark) = &progress.refused {
                settlement.refused.resume(mark)?;
            }
            (settlement.counts, settlement.settled) = (progress.counts, progress.settled);
            settlement.progress = Some((file, progress));
        }
        settlement.refused.check_path_is_free()?;
        Ok((settlement, begins_anew))
    }

    pub fn settled(&self) -> FileOffset {
        self.settled
    }

    /// Settles the answered claims of a chunk up to the first open one, so that what is saved always covers the
    /// file from its beginning.
    pub fn settle(&mut self, chunk: &mut Chunk, meter: &mut Meter) -> Result<(), TransferError> {
        let (settled_before, counts_before) = (self.settled, self.counts);
        while let Some(claim) = chunk.claims.get(chunk.settled) {
            match &claim.state {
                ClaimState::Open { .. } => break,
                ClaimState::Stored => self.counts.stored += 1,
                ClaimState::AlreadyThere => self.counts.already_there += 1,
                ClaimState::Refused(_) => {
                    for refused in [claim].into_iter().chain(&claim.elsewhere) {
                        if let ClaimState::Refused(problem) = &refused.state {
                            self.refused.add(refused, problem)?;
                            self.counts.refused += 1;
                        }
                    }
                }
            }
            self.settled = claim.end;
            chunk.settled += 1;
        }
        meter.advance(
            self.settled.byte - settled_before.byte,
            self.counts.total() - counts_before.total(),
            self.counts.refused - counts_before.refused,
        );
        if self.last_save.elapsed() >= SAVE_EVERY {
            self.save()?;
        }
        Ok(())
    }

    /// Saves the refused claims first, then the position behind them: a crash in between repeats claims, but loses
    /// none.
    pub fn save(&mut self) -> Result<(), TransferError> {
        self.refused.save()?;
        self.last_save = Instant::now();
        if let Some((file, progress)) = &mut self.progress {
            progress.settled = self.settled;
            progress.counts = self.counts;
            progress.refused = self.refused.mark();
            file.save(progress)?;
        }
        Ok(())
    }

    /// Ends an import that reached the end of the file: only the refused claims are kept.
    pub fn complete(&mut self) -> Result<(), TransferError> {
        self.refused.save()?;
        if let Some((file, _)) = self.progress.take() {
            file.remove()?;
        }
        Ok(())
    }

    /// Ends an import before the end of the file: its progress is kept, if there was any.
    pub fn suspend(&mut self) -> Result<(), TransferError> {
        if self.settled == FileOffset::default() {
            return self.complete();
        }
        self.save()
    }

    pub fn report(&self) -> FileReport {
        let progress = self.progress.as_ref();
        FileReport {
            counts: self.counts,
            refused_file: self.refused.mark().map(|mark| mark.path),
            progress_file: progress.map(|(file, _)| file.path().to_owned()),
        }
    }
}
