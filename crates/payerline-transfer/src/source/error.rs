use std::io;

/// Why a file of claims cannot be read to its end.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    #[error("it cannot be read")]
    Read(#[from] io::Error),
    #[error("line {line}: {why}")]
    Content {
        /// Counts from 1.
        line: u64,
        why: String,
    },
}
