//! The client side of bulk: brings files of claims into a running service, and takes lists of claims out.
//!
//! It speaks to the service over HTTP as any client would, and knows nothing of its insides. A file is
//! read by a `source`, sent in pieces by an `import`, and what became of each line is kept beside the
//! file: refused lines in one that can be sent again (`refused`), how far it came in another
//! (`checkpoint`).

pub mod books;
pub mod checkpoint;
pub mod client;
pub mod error;
pub mod export;
pub mod import;
pub mod input;
pub mod interrupt;
pub mod meter;
pub mod patience;
pub mod problem;
pub mod refused;
pub mod report;
pub mod sending;
pub mod source;

pub use error::TransferError;
pub use export::{Exported, Exporting, Target, export};
pub use import::{Early, Ended, Importing, import};
pub use report::Report;
pub use source::SourceError;

/// How claims are written in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// One JSON object a line.
    Ndjson,
    /// Comma-separated values, the first line names the columns.
    Csv,
}

impl Format {
    /// The format that a file's name speaks of: `.csv` is CSV, everything else NDJSON.
    pub fn of(path: &std::path::Path) -> Self {
        let is_csv = |extension: &std::ffi::OsStr| extension.eq_ignore_ascii_case("csv");
        if path.extension().is_some_and(is_csv) {
            Self::Csv
        } else {
            Self::Ndjson
        }
    }

    /// The ending of a file's name.
    fn extension(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
        }
    }
}
