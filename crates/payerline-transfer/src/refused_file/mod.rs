//! The file of refused claims, each beside its reason. Corrected, the file can be imported as it is. No existing file
//! is overwritten; the one that an interrupted import left is continued.

mod entry;
mod path;

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Seek, SeekFrom, Write},
    os::unix::fs::OpenOptionsExt,
    path::PathBuf,
};

use serde::{Deserialize, Serialize};

use payerline_domain::values::digest::{Sha256, hex};

use self::path::RefusedPath;
use crate::{
    content::Content,
    error::TransferError,
    input::Input,
    private_files::{PRIVATE_MODE, sync_directory_of},
    problem::ProblemDetails,
    source::{CsvHeader, FileClaim},
};

/// The state of the file when progress was saved; an import that goes on recognises the file by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedFileMark {
    pub path: PathBuf,
    pub length: u64,
    pub sha256: String,
}

pub struct RefusedFile {
    path: RefusedPath,
    content: Content,
    /// The columns of the input, when it is CSV.
    header: Option<CsvHeader>,
    /// Created with the first refused claim.
    file: Option<(File, PathBuf)>,
    length: u64,
    digest: Sha256,
    unwritten: Vec<u8>,
}

impl RefusedFile {
    pub fn new(input: &Input, wanted_path: Option<PathBuf>) -> Self {
        Self {
            path: RefusedPath::new(input, wanted_path),
            content: input.content,
            header: input.header.clone(),
            file: None,
            length: 0,
            digest: Sha256::new(),
            unwritten: Vec::new(),
        }
    }

    /// Continues the file of an interrupted import. Bytes after the mark are cut off, because their claims come
    /// again. A file that somebody has changed since is left alone, and another is begun.
    pub fn resume(&mut self, mark: &RefusedFileMark) -> Result<(), TransferError> {
        if self.path.fixed().is_some_and(|path| *path != mark.path) {
            return Ok(());
        }
        let mut options = OpenOptions::new();
        let mut file = match options.read(true).write(true).open(&mark.path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(TransferError::file(&mark.path, "opened")(error)),
        };
        let mut digest = Sha256::new();
        let mut resume = || -> io::Result<bool> {
            let mut begun = io::Read::take(&mut file, mark.length);
            io::copy(&mut begun, &mut DigestWriter(&mut digest))?;
            if hex(&digest.clone().finish()) != mark.sha256 {
                return Ok(false);
            }
            file.set_len(mark.length)?;
            file.seek(SeekFrom::Start(mark.length))?;
            Ok(true)
        };
        if resume().map_err(TransferError::file(&mark.path, "continued"))? {
            self.file = Some((file, mark.path.clone()));
            self.length = mark.length;
            self.digest = digest;
        }
        Ok(())
    }

    /// Fails if the user's own path is taken, before anything is sent.
    pub fn check_path_is_free(&self) -> Result<(), TransferError> {
        match self.path.fixed() {
            Some(path) if self.file.is_none() && path.exists() => Err(self.path.in_the_way()),
            _ => Ok(()),
        }
    }

    /// Adds a refused claim; [`Self::save`] writes it.
    pub fn add(
        &mut self,
        claim: &FileClaim,
        problem: &ProblemDetails,
    ) -> Result<(), TransferError> {
        let is_first = self.length == 0 && self.unwritten.is_empty();
        let lines = match &self.header {
            Some(header) => entry::write_csv_rows(header, claim, problem, is_first),
            None => entry::write_ndjson_line(self.content, claim, problem),
        };
        let lines = lines.map_err(TransferError::file(&self.path.numbered(1), "written"))?;
        self.unwritten.extend(lines);
        Ok(())
    }

    /// Writes what was added, so that it survives a power cut. After an error the claims stay to be written, and the
    /// next call goes on in the same file.
    pub fn save(&mut self) -> Result<(), TransferError> {
        if self.unwritten.is_empty() {
            return Ok(());
        }
        let path = match &self.file {
            Some((_, path)) => path.clone(),
            None => self.create()?,
        };
        if let Err(error) = self.append() {
            self.discard_partial_write();
            return Err(TransferError::file(&path, "written")(error));
        }
        self.length += u64::try_from(self.unwritten.len()).unwrap_or_default();
        self.digest.update(&self.unwritten);
        self.unwritten.clear();
        Ok(())
    }

    /// Writes behind the saved length: a failed call may have left a part of the same claims there.
    fn append(&mut self) -> io::Result<()> {
        let Some((file, path)) = &mut self.file else {
            return Ok(());
        };
        file.set_len(self.length)?;
        file.seek(SeekFrom::Start(self.length))?;
        file.write_all(&self.unwritten)?;
        file.sync_all()?;
        if self.length == 0 {
            sync_directory_of(path)?;
        }
        Ok(())
    }

    /// After a failed write the file has only whole claims again. Without any it is deleted, or the next import would
    /// find its name taken. What fails here as well is cut off by the next write or import.
    fn discard_partial_write(&mut self) {
        if self.length > 0 {
            if let Some((file, _)) = &self.file {
                let _cut_off_later = file.set_len(self.length);
            }
        } else if let Some((_, path)) = self.file.take() {
            let _kept = fs::remove_file(path);
        }
    }

    /// `None` while no claim is refused.
    pub fn mark(&self) -> Option<RefusedFileMark> {
        let (_, path) = self.file.as_ref()?;
        Some(RefusedFileMark {
            path: path.clone(),
            length: self.length,
            sha256: hex(&self.digest.clone().finish()),
        })
    }

    /// Creates the file, under the first name that is not taken.
    fn create(&mut self) -> Result<PathBuf, TransferError> {
        for path in self.path.candidates() {
            let mut options = OpenOptions::new();
            let created = options
                .write(true)
                .create_new(true)
                .mode(PRIVATE_MODE)
                .open(&path);
            match created {
                Ok(file) => {
                    self.file = Some((file, path.clone()));
                    return Ok(path);
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => {
                    let way_out = "; name another place with --refused";
                    return Err(TransferError::file_with_way_out(&path, "created", way_out)(
                        error,
                    ));
                }
            }
        }
        Err(self.path.in_the_way())
    }
}

struct DigestWriter<'d>(&'d mut Sha256);

impl Write for DigestWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn refused_file(directory: &Path, name: &str) -> RefusedFile {
        let path = directory.join(name);
        fs::write(&path, "").unwrap();
        RefusedFile::new(&Input::open(&path, None, Content::Claims).unwrap(), None)
    }

    fn add(refused: &mut RefusedFile, line: u64, json: &str) {
        let problem = ProblemDetails::new(400, "t", "d");
        refused
            .add(&FileClaim::in_test(line, json), &problem)
            .unwrap();
    }

    fn save(refused: &mut RefusedFile, line: u64, json: &str) {
        add(refused, line, json);
        refused.save().unwrap();
    }

    #[test]
    fn no_file_is_overwritten() {
        let directory = tempfile::TempDir::new().unwrap();
        for (input, written) in [
            ("a.ndjson", "a.ndjson.refused.ndjson"),
            ("a.ndjson", "a.ndjson.refused-2.ndjson"),
            ("a.ndjson.refused.ndjson", "a.ndjson.refused-3.ndjson"),
            ("a.ndjson.refused-3.ndjson", "a.ndjson.refused-4.ndjson"),
            (
                "b.refused.csv.ndjson",
                "b.refused.csv.ndjson.refused.ndjson",
            ),
        ] {
            let mut refused = refused_file(directory.path(), input);
            refused.save().unwrap();
            assert_eq!(refused.mark(), None, "nothing refused, no file");
            save(&mut refused, 1, "{}");
            assert_eq!(refused.mark().unwrap().path, directory.path().join(written));
        }
    }

    #[test]
    fn an_interrupted_import_continues_its_file_but_nobody_elses() {
        let directory = tempfile::TempDir::new().unwrap();
        let mut first = refused_file(directory.path(), "a.ndjson");
        save(&mut first, 1, "1");
        let mark = first.mark().unwrap();
        // Written after the mark was kept: it comes again.
        save(&mut first, 2, "2");
        drop(first);
        let mut second = refused_file(directory.path(), "a.ndjson");
        second.resume(&mark).unwrap();
        save(&mut second, 2, "2");
        assert_eq!(second.mark().unwrap().path, mark.path);
        let text = fs::read_to_string(&mark.path).unwrap();
        assert_eq!(text.lines().count(), 2, "{text}");

        let mark = second.mark().unwrap();
        drop(second);
        fs::write(&mark.path, "corrected").unwrap();
        let mut third = refused_file(directory.path(), "a.ndjson");
        third.resume(&mark).unwrap();
        save(&mut third, 3, "3");
        assert_ne!(third.mark().unwrap().path, mark.path);
        assert_eq!(fs::read_to_string(&mark.path).unwrap(), "corrected");
    }

    /// Makes every write fail until the handle is put back, as a full disk does until there is room again.
    fn break_file(refused: &mut RefusedFile) -> File {
        let (file, path) = refused.file.as_mut().unwrap();
        std::mem::replace(file, File::open(path).unwrap())
    }

    #[test]
    fn after_a_failed_write_the_same_file_goes_on() {
        let directory = tempfile::TempDir::new().unwrap();
        let mut refused = refused_file(directory.path(), "a.ndjson");
        save(&mut refused, 1, "1");
        let mark = refused.mark().unwrap();
        let mut writable = break_file(&mut refused);
        add(&mut refused, 2, "2");
        refused.save().unwrap_err();
        assert_eq!(refused.mark(), Some(mark.clone()), "nothing more is saved");
        // The failed write may have left a part of the line.
        writable.write_all(b"{\"line\":2,\"prob").unwrap();
        refused.file.as_mut().unwrap().0 = writable;
        save(&mut refused, 3, "3");
        assert_eq!(refused.mark().unwrap().path, mark.path);
        let text = fs::read_to_string(&mark.path).unwrap();
        let numbers: Vec<&str> = text.lines().map(|line| &line[..9]).collect();
        assert_eq!(numbers, [r#"{"line":1"#, r#"{"line":2"#, r#"{"line":3"#]);
        let files = fs::read_dir(directory.path()).unwrap().count();
        assert_eq!(files, 2, "the input and one file of refused claims");
    }
}
