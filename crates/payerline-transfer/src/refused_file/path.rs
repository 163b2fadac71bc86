//! The path of a file of refused claims.

use std::path::{Path, PathBuf};

use crate::{error::TransferError, format::FileFormat, input::Input};

/// The numbers that a file's name can get when other names are taken.
const NUMBERS: std::ops::Range<u32> = 1..1000;

pub enum RefusedPath {
    /// Named by the user.
    Fixed(PathBuf),
    /// This name and `.refused.ndjson` or `.refused.csv`, with a number when that is taken.
    Beside(PathBuf, FileFormat),
}

impl RefusedPath {
    pub fn new(input: &Input, wanted: Option<PathBuf>) -> Self {
        // Absolute, so that an import can go on from another directory.
        let absolute = |path: PathBuf| std::path::absolute(&path).unwrap_or(path);
        let beside = input.path.as_deref().unwrap_or(Path::new("stdin"));
        match wanted {
            Some(path) => Self::Fixed(absolute(path)),
            None => Self::Beside(absolute(base_name(beside, input.format)), input.format),
        }
    }

    pub fn fixed(&self) -> Option<&PathBuf> {
        match self {
            Self::Fixed(path) => Some(path),
            Self::Beside(..) => None,
        }
    }

    /// The paths that are tried one after the other.
    pub fn candidates(&self) -> impl Iterator<Item = PathBuf> + use<> {
        let numbers = match self {
            Self::Fixed(_) => 1..2,
            Self::Beside(..) => NUMBERS,
        };
        let paths: Vec<PathBuf> = numbers.map(|number| self.numbered(number)).collect();
        paths.into_iter()
    }

    pub fn numbered(&self, number: u32) -> PathBuf {
        let (base, format) = match self {
            Self::Fixed(path) => return path.clone(),
            Self::Beside(base, format) => (base, format),
        };
        let number = match number {
            1 => String::new(),
            number => format!("-{number}"),
        };
        let mut name = base.as_os_str().to_owned();
        name.push(format!(".refused{number}.{}", format.extension()));
        name.into()
    }

    pub fn in_the_way(&self) -> TransferError {
        TransferError::InTheWay {
            path: self.numbered(1).display().to_string(),
            why: "is there already and may hold lines that are still to be corrected; \
                  name another file with --refused",
        }
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
