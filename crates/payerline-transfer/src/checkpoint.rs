//! How far an import came, in `<FILE>.progress` beside the file: up to where every claim has its answer.
//! It is replaced as a whole, so that it is never half written; at worst it is a little behind, and
//! then claims are sent again, which is safe.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{TransferError, input::Identity, refused::Mark, report::Counts, source::Place};

/// Claims are patients' data: what is written of them is the user's own to read.
pub const PRIVATE: u32 = 0o600;

/// What is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Which service and key it was sent to, as a digest.
    pub destination: String,
    /// The file that it was.
    pub input: Identity,
    /// Up to where all is settled.
    pub settled: Place,
    /// What became of the claims up to there.
    pub counts: Counts,
    /// The file of refused lines, if there are any.
    pub refused: Option<Mark>,
}

/// The place where it is kept.
#[derive(Debug)]
pub struct Checkpoint {
    path: PathBuf,
}

impl Checkpoint {
    /// Beside a file.
    pub fn beside(input: &Path) -> Self {
        Self {
            path: with_suffix(input, ".progress"),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What was kept, if it is of this file and this destination; otherwise why it does not count.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn load(
        &self,
        input: &Identity,
        destination: &str,
    ) -> Result<Option<Result<Progress, &'static str>>, TransferError> {
        let text = match fs::read(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(TransferError::file(&self.path, "read")(error)),
        };
        let Ok(progress) = serde_json::from_slice::<Progress>(&text) else {
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

    /// Replaces what is kept.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save(&self, progress: &Progress) -> Result<(), TransferError> {
        let new = with_suffix(&self.path, ".new");
        let write = || -> io::Result<()> {
            let mut file = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(PRIVATE)
                .open(&new)?;
            serde_json::to_writer_pretty(&mut file, progress)?;
            file.write_all(b"\n")?;
            file.sync_all()?;
            fs::rename(&new, &self.path)?;
            sync_directory(&self.path)
        };
        write().map_err(TransferError::file(&self.path, "written"))
    }

    /// All is done: nothing is to be kept.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn remove(&self) -> Result<(), TransferError> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(TransferError::file(&self.path, "removed")(error))
            }
            _ => Ok(()),
        }
    }
}

/// A path with something at its end.
fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Makes a new name in a directory survive a power cut.
pub fn sync_directory(of: &Path) -> io::Result<()> {
    let directory = match of.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    File::open(directory)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn progress() -> Progress {
        Progress {
            destination: "d".to_owned(),
            input: Identity {
                length: 10,
                modified: Duration::from_nanos(5),
                head: "h".to_owned(),
            },
            settled: Place { byte: 7, line: 1 },
            counts: Counts::default(),
            refused: None,
        }
    }

    #[test]
    fn it_counts_only_for_the_same_file_and_destination() {
        let directory = tempfile::TempDir::new().unwrap();
        let checkpoint = Checkpoint::beside(&directory.path().join("a.ndjson"));
        assert!(checkpoint.path().ends_with("a.ndjson.progress"));
        let saved = progress();
        assert!(checkpoint.load(&saved.input, "d").unwrap().is_none());
        checkpoint.save(&saved).unwrap();
        checkpoint.save(&saved).unwrap();
        let load = |input: &Identity, destination| {
            let loaded = checkpoint.load(input, destination).unwrap();
            loaded.expect("it is there").ok()
        };
        assert_eq!(load(&saved.input, "d"), Some(saved.clone()));
        assert_eq!(load(&saved.input, "e"), None);
        let longer = Identity {
            length: 11,
            ..saved.input.clone()
        };
        assert_eq!(load(&longer, "d"), None);
        let files = fs::read_dir(directory.path()).unwrap().count();
        assert_eq!(files, 1, "nothing else is left");
        checkpoint.remove().unwrap();
        checkpoint.remove().unwrap();
        assert!(!checkpoint.path().exists());
    }
}
