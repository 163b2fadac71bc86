//! The file of refused lines, with the reason beside each: corrected, it can be sent again as it is.
//!
//! NDJSON: `{"line":17,"problem":{…},"claim":{…}}`, or `"text":"…"` for a line that is no JSON. CSV: the
//! rows as they were, under the same columns, with `refused_because` in front. No file that is there
//! already is written over; one that an interrupted import left is continued.

use std::{
    fs::{File, OpenOptions},
    io::{self, ErrorKind, Seek, SeekFrom, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use payerline_domain::values::digest::{Sha256, hex};

use crate::{
    Format, TransferError,
    checkpoint::{PRIVATE, sync_directory},
    input::Input,
    problem::Problem,
    source::{Table, Unit, columns::REFUSED_BECAUSE},
};

/// Files of refused lines that a file may have beside it.
const NUMBERS: std::ops::Range<u32> = 1..1000;

/// What a progress file keeps of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Where it is.
    pub path: PathBuf,
    /// How long it is.
    pub length: u64,
    /// SHA-256 of it.
    pub sha256: String,
}

/// Refused lines on their way into their file.
pub struct Refused {
    place: Place,
    format: Format,
    table: Option<Table>,
    file: Option<(File, PathBuf)>,
    length: u64,
    digest: Sha256,
    /// What is not written yet.
    waiting: Vec<u8>,
}

enum Place {
    /// Here, and nowhere else.
    At(PathBuf),
    /// Under this name with `.refused.` and an ending, and a number when that is taken.
    Beside(PathBuf),
}

/// A refused line as it is written.
#[derive(Serialize)]
struct Wrapped<'a> {
    line: u64,
    problem: &'a RawValue,
    #[serde(skip_serializing_if = "Option::is_none")]
    claim: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
}

impl Refused {
    /// For the lines of an input; `at` is where the user wants them.
    pub fn new(input: &Input, at: Option<PathBuf>) -> Self {
        let beside = input.path.as_deref().unwrap_or(Path::new("stdin"));
        // Where the import is continued from another directory, it is still the same.
        let absolute = |path: PathBuf| std::path::absolute(&path).unwrap_or(path);
        let at = at.map(absolute);
        Self {
            place: match at {
                Some(path) => Place::At(path),
                None => Place::Beside(absolute(base(beside, input.format))),
            },
            format: input.format,
            table: None,
            file: None,
            length: 0,
            digest: Sha256::new(),
            waiting: Vec::new(),
        }
    }

    /// The columns of the input, when it is CSV.
    pub fn set_table(&mut self, table: Option<Table>) {
        self.table = table;
    }

    /// Continues the file of an interrupted import. What was written after the mark comes again and is
    /// cut off; a file that somebody has changed in the meantime is left alone, and another is begun.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn resume(&mut self, mark: &Mark) -> Result<(), TransferError> {
        if matches!(&self.place, Place::At(path) if *path != mark.path) {
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

    /// Looks whether the place that the user wants is free, before anything is sent.
    ///
    /// # Errors
    /// When it is not.
    pub fn check_place(&self) -> Result<(), TransferError> {
        match &self.place {
            Place::At(path) if self.file.is_none() && path.exists() => Err(in_the_way(path)),
            _ => Ok(()),
        }
    }

    /// Takes a refused claim in; [`Self::save`] writes it.
    ///
    /// # Errors
    /// None in practice; the types of the serializers have one.
    pub fn add(&mut self, unit: &Unit, problem: &Problem) -> Result<(), TransferError> {
        let lines = match &self.table {
            Some(table) => rows(
                table,
                unit,
                problem,
                self.length == 0 && self.waiting.is_empty(),
            ),
            None => line(unit, problem),
        };
        let lines = lines.map_err(TransferError::file(&self.wanted(1), "written"))?;
        self.waiting.extend(lines);
        Ok(())
    }

    /// Writes what waits, so that it survives a power cut.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save(&mut self) -> Result<(), TransferError> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let (mut file, path) = match self.file.take() {
            Some(open) => open,
            None => self.create()?,
        };
        let written = file.write_all(&self.waiting).and_then(|()| file.sync_all());
        written.map_err(TransferError::file(&path, "written"))?;
        self.length += u64::try_from(self.waiting.len()).unwrap_or_default();
        self.digest.update(&self.waiting);
        self.waiting.clear();
        self.file = Some((file, path));
        Ok(())
    }

    /// What to keep of it, when it is there.
    pub fn mark(&self) -> Option<Mark> {
        let (_, path) = self.file.as_ref()?;
        Some(Mark {
            path: path.clone(),
            length: self.length,
            sha256: hex(&self.digest.clone().finish()),
        })
    }

    /// Creates the file: one that was not there before.
    fn create(&self) -> Result<(File, PathBuf), TransferError> {
        for number in NUMBERS {
            let path = self.wanted(number);
            let mut options = OpenOptions::new();
            let created = options
                .write(true)
                .create_new(true)
                .mode(PRIVATE)
                .open(&path);
            match (created, &self.place) {
                (Ok(file), _) => {
                    let synced = sync_directory(&path);
                    synced.map_err(TransferError::file(&path, "created"))?;
                    return Ok((file, path));
                }
                (Err(error), Place::Beside(_)) if error.kind() == ErrorKind::AlreadyExists => {}
                (Err(error), Place::At(_)) if error.kind() == ErrorKind::AlreadyExists => break,
                (Err(error), _) => return Err(TransferError::file(&path, "created")(error)),
            }
        }
        Err(in_the_way(&self.wanted(1)))
    }

    /// The path of a number.
    fn wanted(&self, number: u32) -> PathBuf {
        let base = match &self.place {
            Place::At(path) => return path.clone(),
            Place::Beside(base) => base,
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
        why: "is there already and may have lines that wait to be corrected; \
              name another file with --refused",
    }
}

/// A path without the ending that a file of refused lines has: those that it leads to stand beside it
/// under the next numbers.
fn base(path: &Path, format: Format) -> PathBuf {
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

fn line(unit: &Unit, problem: &Problem) -> io::Result<Vec<u8>> {
    let claim = serde_json::from_slice::<&RawValue>(&unit.claim).ok();
    let text = String::from_utf8_lossy(&unit.claim);
    let mut line = serde_json::to_vec(&Wrapped {
        line: unit.line,
        problem: problem.json(),
        claim,
        text: claim.is_none().then_some(&*text),
    })?;
    line.push(b'\n');
    Ok(line)
}

fn rows(table: &Table, unit: &Unit, problem: &Problem, is_first: bool) -> io::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new()
        .delimiter(table.delimiter)
        .terminator(csv::Terminator::CRLF)
        .flexible(true)
        .from_writer(Vec::new());
    if is_first {
        writer.write_byte_record(&table.with_reason(REFUSED_BECAUSE, &table.names))?;
    }
    let reason = problem.reason();
    for row in &unit.rows {
        writer.write_byte_record(&table.with_reason(&reason, row))?;
    }
    writer.into_inner().map_err(|error| error.into_error())
}

/// Writes into a digest.
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
    use std::fs;

    use super::*;
    use crate::source::{self, Verdict};

    fn unit(line: u64, claim: &str) -> Unit {
        Unit {
            line,
            end: source::Place::default(),
            claim: claim.as_bytes().to_vec(),
            rows: Vec::new(),
            verdict: Verdict::NEW,
        }
    }

    fn refused(directory: &Path, name: &str) -> Refused {
        let path = directory.join(name);
        fs::write(&path, "").unwrap();
        Refused::new(&Input::open(&path, None).unwrap(), None)
    }

    fn fill(refused: &mut Refused, line: u64, claim: &str) {
        let problem = Problem::new(400, "t", "d");
        refused.add(&unit(line, claim), &problem).unwrap();
        refused.save().unwrap();
    }

    #[test]
    fn no_file_is_written_over() {
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
            let mut refused = refused(directory.path(), input);
            refused.save().unwrap();
            assert_eq!(refused.mark(), None, "nothing refused, no file");
            fill(&mut refused, 1, "{}");
            assert_eq!(refused.mark().unwrap().path, directory.path().join(written));
        }
    }

    #[test]
    fn a_line_stands_beside_its_reason() {
        let problem = r#""problem":{"title":"t","status":400,"detail":"d"}"#;
        let problem = format!(r#"{{"line":7,{problem}"#);
        for (claim, rest) in [
            (r#"{"b": 2, "b": 1.50}"#, r#","claim":{"b": 2, "b": 1.50}}"#),
            (r#"{"a":"#, r#","text":"{\"a\":"}"#),
        ] {
            let line = line(&unit(7, claim), &Problem::new(400, "t", "d")).unwrap();
            assert_eq!(
                String::from_utf8(line).unwrap(),
                format!("{problem}{rest}\n")
            );
        }
    }

    #[test]
    fn an_interrupted_import_continues_its_file_but_nobody_elses() {
        let directory = tempfile::TempDir::new().unwrap();
        let mut first = refused(directory.path(), "a.ndjson");
        fill(&mut first, 1, "1");
        let mark = first.mark().unwrap();
        // Written after the mark was kept: it comes again.
        fill(&mut first, 2, "2");
        drop(first);
        let mut second = refused(directory.path(), "a.ndjson");
        second.resume(&mark).unwrap();
        fill(&mut second, 2, "2");
        assert_eq!(second.mark().unwrap().path, mark.path);
        let text = fs::read_to_string(&mark.path).unwrap();
        assert_eq!(text.lines().count(), 2, "{text}");

        let mark = second.mark().unwrap();
        drop(second);
        fs::write(&mark.path, "corrected").unwrap();
        let mut third = refused(directory.path(), "a.ndjson");
        third.resume(&mark).unwrap();
        fill(&mut third, 3, "3");
        assert_ne!(third.mark().unwrap().path, mark.path);
        assert_eq!(fs::read_to_string(&mark.path).unwrap(), "corrected");
    }
}
