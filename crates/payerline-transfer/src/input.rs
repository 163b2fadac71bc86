//! A file to import: opened once, locked, and recognised by its length, time and beginning.

use std::{
    fs::{File, TryLockError},
    io::{self, BufReader, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Serialize};

use payerline_domain::values::digest;

use crate::{
    error::TransferError,
    format::FileFormat,
    source::{ClaimSource, CsvHeader, CsvSource, FileOffset, NdjsonSource},
};

const READ_BUFFER_BYTES: usize = 256 << 10;
const IDENTITY_HEAD_BYTES: u64 = 64 << 10;

/// A file with the same identity has the same claims as when it was last seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileIdentity {
    pub length: u64,
    /// Since 1970.
    pub modified: Duration,
    /// SHA-256 of the first 64 KiB.
    pub head: String,
}

pub struct Input {
    /// For messages.
    pub name: String,
    /// `None` for standard input and other streams, which cannot be read twice.
    pub path: Option<PathBuf>,
    pub format: FileFormat,
    /// `None` for streams.
    pub identity: Option<FileIdentity>,
    /// `None` for standard input.
    file: Option<File>,
}

pub struct OpenedSource {
    pub source: Box<dyn ClaimSource>,
    /// The columns, when the input is CSV.
    pub header: Option<CsvHeader>,
}

impl Input {
    /// Opens a file, or standard input for `-`. Fails if another import has the file open.
    pub fn open(path: &Path, format: Option<FileFormat>) -> Result<Self, TransferError> {
        let mut input = Self {
            name: path.display().to_string(),
            path: None,
            format: format.unwrap_or_else(|| FileFormat::from_name(path)),
            identity: None,
            file: None,
        };
        if path == Path::new("-") {
            "standard input".clone_into(&mut input.name);
            return Ok(input);
        }
        let mut file = File::open(path).map_err(TransferError::file(path, "opened"))?;
        let is_file = file.metadata().is_ok_and(|metadata| metadata.is_file());
        if is_file {
            // A file system without locks cannot keep out a second import.
            if matches!(file.try_lock(), Err(TryLockError::WouldBlock)) {
                return Err(TransferError::InTheWay {
                    path: input.name,
                    why: "is being imported already",
                });
            }
            let identity = identify(&mut file).map_err(TransferError::file(path, "read"))?;
            input.identity = Some(identity);
            input.path = Some(path.to_owned());
        }
        input.file = Some(file);
        Ok(input)
    }

    /// The claims from an offset on. Fails if the header of CSV names unknown columns.
    pub fn read_from(&self, offset: FileOffset) -> Result<OpenedSource, TransferError> {
        match self.format {
            FileFormat::Ndjson => Ok(OpenedSource {
                source: Box::new(NdjsonSource::new(self.open_reader(offset)?, offset)),
                header: None,
            }),
            FileFormat::Csv => {
                let from_start = CsvSource::begin(self.open_reader(FileOffset::default())?);
                let source = from_start.map_err(|source| TransferError::Source {
                    path: self.name.clone(),
                    source,
                })?;
                let header = source.header().clone();
                let source = if offset == FileOffset::default() {
                    source
                } else {
                    CsvSource::resume(self.open_reader(offset)?, offset, header.clone())
                };
                Ok(OpenedSource {
                    source: Box::new(source),
                    header: Some(header),
                })
            }
        }
    }

    /// `None` for streams.
    pub fn length(&self) -> Option<u64> {
        self.identity.as_ref().map(|identity| identity.length)
    }

    fn open_reader(
        &self,
        offset: FileOffset,
    ) -> Result<BufReader<Box<dyn Read + Send>>, TransferError> {
        let input: Box<dyn Read + Send> = match &self.file {
            None => Box::new(io::stdin()),
            Some(file) => {
                let mut file = self.map_error(file.try_clone())?;
                if self.identity.is_some() {
                    self.map_error(file.seek(SeekFrom::Start(offset.byte)))?;
                }
                Box::new(file)
            }
        };
        Ok(BufReader::with_capacity(READ_BUFFER_BYTES, input))
    }

    fn map_error<T>(&self, done: io::Result<T>) -> Result<T, TransferError> {
        done.map_err(TransferError::file(Path::new(&self.name), "read"))
    }
}

fn identify(file: &mut File) -> io::Result<FileIdentity> {
    let metadata = file.metadata()?;
    let modified = metadata.modified()?;
    let mut head = Vec::new();
    file.take(IDENTITY_HEAD_BYTES).read_to_end(&mut head)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(FileIdentity {
        length: metadata.len(),
        modified: modified
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default(),
        head: digest::sha256_hex(&head),
    })
}
