//! `<FILE>.progress`: the position up to which every claim of a file has its answer.
//!
//! The file is replaced as a whole, so it is never half written. It may be a little behind; then claims are sent
//! again, which is safe.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{
    error::TransferError,
    input::FileIdentity,
    private_files::{PRIVATE_MODE, sync_directory_of},
    refused_file::RefusedFileMark,
    report::ImportCounts,
    source::FileOffset,
};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImportProgress {
    /// Digest of the service's address and the key.
    pub destination: String,
    pub input: FileIdentity,
    /// Every claim before this position has its answer.
    pub settled: FileOffset,
    pub counts: ImportCounts,
    pub refused: Option<RefusedFileMark>,
}

#[derive(Debug)]
pub struct ProgressFile {
    path: PathBuf,
}

impl ProgressFile {
    pub fn beside(input: &Path) -> Self {
        Self {
            path: with_suffix(input, ".progress"),
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The progress of an earlier import of the same input to the same destination. `Some(Err(…))` says why the
    /// file's content does not count.
    pub fn load(
        &self,
        input: &FileIdentity,
        destination: &str,
    ) -> Result<Option<Result<ImportProgress, &'static str>>, TransferError> {
        let text = match fs::read(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(TransferError::file(&self.path, "read")(error)),
        };
        let Ok(progress) = serde_json::from_slice::<ImportProgress>(&text) else {
            return Ok(Some(Err("its progress file cannot be understood")));
        };
        Ok(Some(if progress.input != *input {
            Err("it has changed since")
        } else if progress.destination != destination {
            Err("it went to another service or with another key then")
        } else {
            Ok(progress)
        }))
    }

    pub fn save(&self, progress: &ImportProgress) -> Result<(), TransferError> {
        let new = with_suffix(&self.path, ".new");
        let write = || -> io::Result<()> {
            let mut file = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(PRIVATE_MODE)
                .open(&new)?;
            serde_json::to_writer_pretty(&mut file, progress)?;
            file.write_all(b"\n")?;
            file.sync_all()?;
            fs::rename(&new, &self.path)?;
            sync_directory_of(&self.path)
        };
        write().map_err(TransferError::file(&self.path, "written"))
    }

    pub fn remove(&self) -> Result<(), TransferError> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(TransferError::file(&self.path, "removed")(error))
            }
            _ => Ok(()),
        }
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn progress() -> ImportProgress {
        ImportProgress {
            destination: "d".to_owned(),
            input: FileIdentity {
                length: 10,
                modified: Duration::from_nanos(5),
                head: "h".to_owned(),
            },
            settled: FileOffset { byte: 7, line: 1 },
            counts: ImportCounts::default(),
            refused: None,
        }
    }

    #[test]
    fn progress_counts_only_for_the_same_file_and_destination() {
        let directory = tempfile::TempDir::new().unwrap();
        let file = ProgressFile::beside(&directory.path().join("a.ndjson"));
        assert!(file.path().ends_with("a.ndjson.progress"));
        let saved = progress();
        assert!(file.load(&saved.input, "d").unwrap().is_none());
        file.save(&saved).unwrap();
        file.save(&saved).unwrap();
        let load = |input: &FileIdentity, destination| {
            let loaded = file.load(input, destination).unwrap();
            loaded.expect("it is there").ok()
        };
        assert_eq!(load(&saved.input, "d"), Some(saved.clone()));
        assert_eq!(load(&saved.input, "e"), None);
        let longer = FileIdentity {
            length: 11,
            ..saved.input.clone()
        };
        assert_eq!(load(&longer, "d"), None);
        let files = fs::read_dir(directory.path()).unwrap().count();
        assert_eq!(files, 1, "nothing else is left");
        file.remove().unwrap();
        file.remove().unwrap();
        assert!(!file.path().exists());
    }
}
