use std::{ffi::OsStr, path::Path};

/// How a file holds claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum FileFormat {
    /// One JSON object a line.
    Ndjson,
    /// Comma-separated values; the first line names the columns.
    Csv,
}

impl FileFormat {
    /// The format that a file's name suggests: `.csv` is CSV, everything else NDJSON.
    pub fn from_name(path: &Path) -> Self {
        let is_csv = |extension: &OsStr| extension.eq_ignore_ascii_case("csv");
        if path.extension().is_some_and(is_csv) {
            Self::Csv
        } else {
            Self::Ndjson
        }
    }

    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
        }
    }
}
