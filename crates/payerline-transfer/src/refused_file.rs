//! The file of refused claims, each beside its reason. Corrected, the file can be imported as it is.
//!
//! NDJSON: `{"line":17,"problem":{…},"claim":{…}}`, or `"text":"…"` for a line that is no JSON. CSV: the same rows
//! under the same columns, with `refused_because` in front. No existing file is overwritten; the one that an
//! interrupted import left is continued.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Seek, SeekFrom, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use payerline_domain::values::digest::{Sha256, hex};

use crate::{
    error::TransferError,
    format::FileFormat,
    input::Input,
    private_files::{PRIVATE_MODE, sync_directory_of},
    problem::ProblemDetails,
    source::{CsvHeader, FileClaim, REFUSED_BECAUSE},
};

/// The numbers that a file's name can get when other names are taken.
const NUMBERS: std::ops::Range<u32> = 1..1000;

/// The state of the file when progress was saved; an import that goes on recognises the file by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedFileMark {
    pub path: PathBuf,
    pub length: u64,
    pub sha256: String,
}

pub struct RefusedFile {
    path: RefusedPath,
    format: FileFormat,
    /// The columns of the input, when it is CSV.
    header: Option<CsvHeader>,
    /// Created with the first refused claim.
    file: Option<(File, PathBuf)>,
    length: u64,
    digest: Sha256,
    unwritten: Vec<u8>,
}

enum RefusedPath {
    /// Named by the user.
    Fixed(PathBuf),
    /// This name and `.refused.ndjson` or `.refused.csv`, with a number when that is taken.
    Beside(PathBuf),
}

/// A refused claim of NDJSON, as it is written.
#[derive(Serialize)]
struct RefusedLine<'a> {
    line: u64,
    problem: &'a RawValue,
    #[serde(skip_serializing_if = "Option::is_none")]
    claim: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
}

impl RefusedFile {
    pub fn new(input: &Input, wanted_path: Option<PathBuf>) -> Self {
        let input_path = input.path.as_deref().unwrap_or(Path::new("stdin"));
        // Absolute, so that an import can go on from another directory.
        let absolute = |path: PathBuf| std::path::absolute(&path).unwrap_or(path);
        Self {
            path: match wanted_path {
                Some(path) => RefusedPath::Fixed(absolute(path)),
                None => RefusedPath::Beside(absolute(base_name(input_path, input.format))),
            },
            format: input.format,
            header: None,
            file: None,
            length: 0,
            digest: Sha256::new(),
            unwritten: Vec::new(),
        }
    }

    pub fn set_header(&mut self, header: Option<CsvHeader>) {
        self.header = header;
    }

    /// Continues the file of an interrupted import. Bytes after the mark are cut off, because their claims come
    /// again. A file that somebody has changed since is left alone, and another is begun.
    pub fn resume(&mut self, mark: &RefusedFileMark) -> Result<(), TransferError> {
        if matches!(&self.path, RefusedPath::Fixed(path) if *path != mark.path) {
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
        match &self.path {
            RefusedPath::Fixed(path) if self.file.is_none() && path.exists() => {
                Err(in_the_way(path))
            }
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
            Some(header) => csv_rows(header, claim, problem, is_first),
            None => ndjson_line(claim, problem),
        };
        let lines = lines.map_err(TransferError::file(&self.numbered_path(1), "written"))?;
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
        for number in NUMBERS {
            let path = self.numbered_path(number);
            let mut options = OpenOptions::new();
            let created = options
                .write(true)
                .create_new(true)
                .mode(PRIVATE_MODE)
                .open(&path);
            match (created, &self.path) {
                (Ok(file), _) => {
                    self.file = Some((file, path.clone()));
                    return Ok(path);
                }
                (Err(error), RefusedPath::Beside(_))
                    if error.kind() == ErrorKind::AlreadyExists => {}
                (Err(error), RefusedPath::Fixed(_)) if error.kind() == ErrorKind::AlreadyExists => {
                    break;
                }
                (Err(error), _) => return Err(TransferError::file(&path, "created")(error)),
            }
        }
        Err(in_the_way(&self.numbered_path(1)))
    }

    fn numbered_path(&self, number: u32) -> PathBuf {
        let base = match &self.path {
            RefusedPath::Fixed(path) => return path.clone(),
            RefusedPath::Beside(base) => base,
        };
        let number = if number == 1 {
            String::new()
        } else {
            format!("-{number}")
        };
        let mut name = base.as_os_str().to_owned();
        name.push(format!(".refused{number}.{}", self.format.extension()));
        name.into()
    }
}

fn in_the_way(path: &Path) -> TransferError {
    TransferError::InTheWay {
        path: path.display().to_string(),
        why: "is there already and may hold lines that are still to be corrected; \
              name another file with --refused",
    }
}

/// The input's name without `.refused-N.ndjson`, so that claims refused again go into the next number.
fn base_name(path: &Path, format: FileFormat) -> PathBuf {
    let without = || {
        let name = path.file_name()?.to_str()?;
        let name = name.strip_suffix(format.extension())?.strip_suffix('.')?;
        let (base, number) = name.rsplit_once(".refused")?;
        let digits = number.strip_prefix('-').unwrap_or(number);
        let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
        (is_number && !base.is_empty()).then(|| path.with_file_name(base))
    };
    without().unwrap_or_else(|| path.to_owned())
}

fn ndjson_line(claim: &FileClaim, problem: &ProblemDetails) -> io::Result<Vec<u8>> {
    let json = serde_json::from_slice::<&RawValue>(&claim.json).ok();
    let text = String::from_utf8_lossy(&claim.json);
    let mut line = serde_json::to_vec(&RefusedLine {
        line: claim.line,
        problem: problem.json(),
        claim: json,
        text: json.is_none().then_some(&*text),
    })?;
    line.push(b'\n');
    Ok(line)
}

fn csv_rows(
    header: &CsvHeader,
    claim: &FileClaim,
    problem: &ProblemDetails,
    is_first: bool,
) -> io::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new()
        .delimiter(header.delimiter)
        .terminator(csv::Terminator::CRLF)
        .flexible(true)
        .from_writer(Vec::new());
    if is_first {
        writer.write_byte_record(&header.with_reason(REFUSED_BECAUSE, &header.names))?;
    }
    let reason = problem.reason();
    for row in &claim.rows {
        writer.write_byte_record(&header.with_reason(&reason, row))?;
    }
    writer.into_inner().map_err(|error| error.into_error())
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
    use super::*;
    use crate::source::{ClaimState, FileOffset};

    fn claim(line: u64, json: &str) -> FileClaim {
        FileClaim {
            line,
            end: FileOffset::default(),
            json: json.as_bytes().to_vec(),
            rows: Vec::new(),
            state: ClaimState::UNSENT,
        }
    }

    fn refused_file(directory: &Path, name: &str) -> RefusedFile {
        let path = directory.join(name);
        fs::write(&path, "").unwrap();
        RefusedFile::new(&Input::open(&path, None).unwrap(), None)
    }

    fn add(refused: &mut RefusedFile, line: u64, json: &str) {
        let problem = ProblemDetails::new(400, "t", "d");
        refused.add(&claim(line, json), &problem).unwrap();
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
    fn a_line_stands_beside_its_reason() {
        let problem = r#""problem":{"title":"t","status":400,"detail":"d"}"#;
        let problem = format!(r#"{{"line":7,{problem}"#);
        for (json, rest) in [
            (r#"{"b": 2, "b": 1.50}"#, r#","claim":{"b": 2, "b": 1.50}}"#),
            (r#"{"a":"#, r#","text":"{\"a\":"}"#),
        ] {
            let problem_details = ProblemDetails::new(400, "t", "d");
            let line = ndjson_line(&claim(7, json), &problem_details).unwrap();
            assert_eq!(
                String::from_utf8(line).unwrap(),
                format!("{problem}{rest}\n")
            );
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
