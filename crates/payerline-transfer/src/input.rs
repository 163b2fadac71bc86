//! A file to import: opened once and locked, known again by its length, its time and its beginning.

use std::{
    fs::{File, TryLockError},
    io::{self, BufReader, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Serialize};

use payerline_domain::values::digest;

use crate::{
    Format, TransferError,
    source::{Lines, Place, Rows, Source, Table},
};

/// Bytes read at once.
const BUFFER: usize = 256 << 10;
/// How much of a file's beginning is part of its identity.
const HEAD: u64 = 64 << 10;

/// What makes a file the same as when it was last seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Its length.
    pub length: u64,
    /// When it was last written, since 1970.
    pub modified: Duration,
    /// SHA-256 of its first 64 KiB.
    pub head: String,
}

/// Something to import.
pub struct Input {
    /// How to call it.
    pub name: String,
    /// Where it is; `None` for standard input and other streams, which cannot be read twice.
    pub path: Option<PathBuf>,
    /// How its claims are written.
    pub format: Format,
    /// What it is known by, when it can be read twice.
    pub identity: Option<Identity>,
    /// Standard input when there is none.
    file: Option<File>,
}

/// What is read from an input: its claims, and its columns when it is CSV.
pub struct Opened {
    /// The claims.
    pub source: Box<dyn Source>,
    /// The columns.
    pub table: Option<Table>,
}

impl Input {
    /// Opens a file, or standard input for `-`.
    ///
    /// # Errors
    /// When it cannot be opened, or is being imported by somebody else.
    pub fn open(path: &Path, format: Option<Format>) -> Result<Self, TransferError> {
        let mut input = Self {
            name: path.display().to_string(),
            path: None,
            format: format.unwrap_or_else(|| Format::of(path)),
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
            // Where a file system knows no locks, nobody can be kept out.
            if matches!(file.try_lock(), Err(TryLockError::WouldBlock)) {
                return Err(TransferError::InTheWay {
                    path: input.name,
                    why: "is being imported already",
                });
            }
            let identity = identity(&mut file).map_err(TransferError::file(path, "read"))?;
            input.identity = Some(identity);
            input.path = Some(path.to_owned());
        }
        input.file = Some(file);
        Ok(input)
    }

    /// Its claims from a place on.
    ///
    /// # Errors
    /// When it cannot be read, or names columns that there are not.
    pub fn read_from(&self, place: Place) -> Result<Opened, TransferError> {
        match self.format {
            Format::Ndjson => Ok(Opened {
                source: Box::new(Lines::new(self.reader(place)?, place)),
                table: None,
            }),
            Format::Csv => {
                let from_start = Rows::begin(self.reader(Place::default())?);
                let rows = from_start.map_err(|source| TransferError::Source {
                    path: self.name.clone(),
                    source,
                })?;
                let table = rows.table().clone();
                let rows = if place == Place::default() {
                    rows
                } else {
                    Rows::resume(self.reader(place)?, place, table.clone())
                };
                Ok(Opened {
                    source: Box::new(rows),
                    table: Some(table),
                })
            }
        }
    }

    /// The length of what can be read twice.
    pub fn length(&self) -> Option<u64> {
        self.identity.as_ref().map(|identity| identity.length)
    }

    fn reader(&self, place: Place) -> Result<BufReader<Box<dyn Read + Send>>, TransferError> {
        let input: Box<dyn Read + Send> = match &self.file {
            None => Box::new(io::stdin()),
            Some(file) => {
                let mut file = self.expect_file(file.try_clone())?;
                if self.identity.is_some() {
                    self.expect_file(file.seek(SeekFrom::Start(place.byte)))?;
                }
                Box::new(file)
            }
        };
        Ok(BufReader::with_capacity(BUFFER, input))
    }

    fn expect_file<T>(&self, done: io::Result<T>) -> Result<T, TransferError> {
        done.map_err(TransferError::file(Path::new(&self.name), "read"))
    }
}

fn identity(file: &mut File) -> io::Result<Identity> {
    let metadata = file.metadata()?;
    let modified = metadata.modified()?;
    let mut head = Vec::new();
    file.take(HEAD).read_to_end(&mut head)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(Identity {
        length: metadata.len(),
        modified: modified
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default(),
        head: digest::hexadecimal(&head),
    })
}
