//! A file to import: opened once, locked, and recognised by its length, time and beginning. What cannot be read twice
//! as it stands, such as standard input, is read from a temporary copy.

mod plain_text;

use std::{
    fs::{File, TryLockError},
    io::{self, BufReader},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Serialize};

use payerline_domain::values::digest;

use self::plain_text::{OffsetReader, PlainTextError};
use crate::{
    content::Content,
    error::TransferError,
    format::FileFormat,
    source::{ClaimSource, CsvHeader, CsvSource, FileOffset, NdjsonSource, SourceError},
};

const READ_BUFFER_BYTES: usize = 64 << 10;

/// A file with the same identity has the same claims as when it was last seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileIdentity {
    pub length: u64,
    /// Since 1970; zero for streams.
    pub modified: Duration,
    /// SHA-256 of the first 64 KiB.
    pub head: String,
}

pub struct Input {
    /// For messages.
    pub name: String,
    /// `None` for standard input and other streams.
    pub path: Option<PathBuf>,
    pub format: FileFormat,
    pub content: Content,
    pub identity: FileIdentity,
    /// The columns, when the input is CSV.
    pub header: Option<CsvHeader>,
    /// The length of the text in bytes.
    pub length: u64,
    text: Arc<File>,
    /// Holds the lock while the text is read from a copy.
    _locked: Option<File>,
}

impl Input {
    /// Opens a file, or standard input for `-`. Fails if another import has the file open, if it holds no text, or if
    /// the header of CSV names unknown columns.
    pub fn open(
        path: &Path,
        format: Option<FileFormat>,
        content: Content,
    ) -> Result<Self, TransferError> {
        let is_stdin = path == Path::new("-");
        let name = if is_stdin {
            "standard input".to_owned()
        } else {
            path.display().to_string()
        };
        let error = |action| TransferError::file(Path::new(&name), action);
        let copied = "read into a temporary file (the variable TMPDIR names its directory)";
        let mut locked = None;
        let original = if is_stdin {
            plain_text::copy_to_temporary(io::stdin()).map_err(error(copied))?
        } else {
            let file = File::open(path).map_err(error("opened"))?;
            if file.metadata().is_ok_and(|metadata| metadata.is_file()) {
                lock(&file, &name)?;
                locked = Some(file.try_clone().map_err(error("opened"))?);
                Arc::new(file)
            } else {
                plain_text::copy_to_temporary(file).map_err(error(copied))?
            }
        };
        let is_file = locked.is_some();
        let identity = identify(&original, is_file).map_err(error("read"))?;
        let text = plain_text::convert(original).map_err(|why| match why {
            PlainTextError::OtherFormat(what) => TransferError::OtherFormat {
                path: name.clone(),
                what,
            },
            PlainTextError::Convert(source) => error(copied)(source),
        })?;
        let head = plain_text::read_head(&text).map_err(error("read"))?;
        let length = text.metadata().map_err(error("read"))?.len();
        let mut input = Self {
            path: is_file.then(|| path.to_owned()),
            format: format
                .or_else(|| FileFormat::from_name(path))
                .unwrap_or_else(|| FileFormat::from_text(&head)),
            content,
            name,
            identity,
            header: None,
            length,
            text,
            _locked: locked,
        };
        if input.format == FileFormat::Csv {
            let source = CsvSource::begin(content, input.open_reader(FileOffset::default()));
            let source = source.map_err(|error| TransferError::source(&input.name, error))?;
            input.header = Some(source.header().clone());
        }
        Ok(input)
    }

    /// The claims from an offset on, which is the beginning or the end of a claim.
    pub fn read_from(&self, offset: FileOffset) -> Result<Box<dyn ClaimSource>, SourceError> {
        let reader = self.open_reader(offset);
        let source: Box<dyn ClaimSource> = match &self.header {
            None => Box::new(NdjsonSource::new(self.content, reader, offset)),
            Some(_) if offset == FileOffset::default() => {
                Box::new(CsvSource::begin(self.content, reader)?)
            }
            Some(header) => Box::new(CsvSource::resume(reader, offset, header.clone())),
        };
        Ok(source)
    }

    fn open_reader(&self, offset: FileOffset) -> BufReader<OffsetReader> {
        let reader = OffsetReader::new(&self.text, offset.byte);
        BufReader::with_capacity(READ_BUFFER_BYTES, reader)
    }
}

/// Keeps out a second import. A file system without locks cannot.
fn lock(file: &File, name: &str) -> Result<(), TransferError> {
    if matches!(file.try_lock(), Err(TryLockError::WouldBlock)) {
        return Err(TransferError::InTheWay {
            path: name.to_owned(),
            why: "is being imported already",
        });
    }
    Ok(())
}

fn identify(file: &Arc<File>, is_file: bool) -> io::Result<FileIdentity> {
    let metadata = file.metadata()?;
    let modified = if is_file {
        metadata.modified()?
    } else {
        SystemTime::UNIX_EPOCH
    };
    Ok(FileIdentity {
        length: metadata.len(),
        modified: modified
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default(),
        head: digest::sha256_hex(plain_text::read_head(file)?),
    })
}
