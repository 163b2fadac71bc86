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
    /// Digest of all files of the import. With other ones, other ids come again apart.
    pub files: String,
    /// Every claim before this position has its answer.
    pub settled: FileOffset,
    pub counts: ImportCounts,
    pub refused: Option<RefusedFileMark>,
}

const WAY_OUT: &str = ", so an interrupted import could not go on; make its directory writable, or copy the file to be \
                       imported into another one, or import it as standard input with `payerline import - --refused \
                       PATH < FILE`, which keeps no progress";

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

    /// The progress of an earlier import of the same input and files to the same destination as a fresh one.
    /// `Some(Err(…))` says why the file's content does not count.
    pub fn load(
        &self,
        fresh: &ImportProgress,
    ) -> Result<Option<Result<ImportProgress, &'static str>>, TransferError> {
        let text = match fs::read(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(TransferError::file(&self.path, "read")(error)),
        };
        let Ok(progress) = serde_json::from_slice::<ImportProgress>(&text) else {
            return Ok(Some(Err("its progress file cannot be understood")));
        };
        Ok(Some(if progress.input != fresh.input {
            Err("it has changed since")
        } else if progress.destination != fresh.destination {
            Err("it went to another service or with another key then")
        } else if progress.files != fresh.files {
            Err("it was imported together with other files then")
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
        write().map_err(TransferError::file_with_way_out(
            &self.path, "written", WAY_OUT,
        ))
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
            files: "f".to_owned(),
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
        assert!(file.load(&saved).unwrap().is_none());
        file.save(&saved).unwrap();
        file.save(&saved).unwrap();
        let load = |fresh: &ImportProgress| file.load(fresh).unwrap().expect("it is there").ok();
        let mut fresh = progress();
        fresh.settled = FileOffset::default();
        assert_eq!(load(&fresh), Some(saved.clone()));
        for change in [
            |fresh: &mut ImportProgress| fresh.destination = "e".to_owned(),
            |fresh: &mut ImportProgress| fresh.input.length = 11,
            |fresh: &mut ImportProgress| fresh.files = "g".to_owned(),
        ] {
            let mut other = progress();
            change(&mut other);
            assert_eq!(load(&other), None);
        }
        let files = fs::read_dir(directory.path()).unwrap().count();
        assert_eq!(files, 1, "nothing else is left");
        file.remove().unwrap();
        file.remove().unwrap();
        assert!(!file.path().exists());
    }
}
