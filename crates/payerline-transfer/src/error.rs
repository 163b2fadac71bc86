//! Errors that end a transfer.

use std::{error::Error, io, path::Path, time::Duration};

use crate::source::{BrokenRecord, SourceError};

#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    // The address is not repeated: it may hold a password.
    #[error("that is no address of a service such as https://claims.example.ca: {0}")]
    Address(String),
    #[error("the key has characters that no key has")]
    Key,
    #[error("no connection can be set up")]
    Client(#[source] reqwest::Error),
    #[error("signals cannot be waited for")]
    Signals(#[source] io::Error),
    #[error(
        "{address} cannot be reached: check that the service runs and that this is its address, port included"
    )]
    Unreachable {
        address: String,
        source: reqwest::Error,
    },
    #[error(
        "what listens at {address} speaks http, not https: give {plain}, or the address of its proxy"
    )]
    NoTls { address: String, plain: String },
    /// An answer that another attempt would not change.
    #[error("{address} answers {status}: {detail}")]
    Answer {
        address: String,
        status: u16,
        detail: String,
    },
    #[error("{address} does not answer as Payerline does: {why}")]
    UnexpectedAnswer { address: String, why: String },
    #[error("given up after {} s without progress: {why}", .after.as_secs())]
    GaveUp { after: Duration, why: String },
    #[error("the answer broke off, so the export is not complete: {why}")]
    BrokenOff { why: String },
    #[error("{path} cannot be {action}{way_out}")]
    File {
        path: String,
        /// A participle, such as `read`.
        action: &'static str,
        /// What the user can do; may be empty.
        way_out: &'static str,
        source: io::Error,
    },
    #[error("{path} cannot be imported")]
    Source { path: String, source: SourceError },
    /// What stands before that line can be imported.
    #[error(
        "{path}, line {line}: {why}. Nothing from this line on was sent; correct it and give the same command again"
    )]
    NoCsvFrom {
        path: String,
        line: u64,
        why: &'static str,
    },
    #[error("{path} is {what}")]
    OtherFormat { path: String, what: &'static str },
    /// Another import or an earlier file of refused claims is in the way.
    #[error("{path} {why}")]
    InTheWay { path: String, why: &'static str },
}

impl TransferError {
    /// Turns an I/O error into one that names the file.
    pub(crate) fn file(path: &Path, action: &'static str) -> impl FnOnce(io::Error) -> Self {
        Self::file_with_way_out(path, action, "")
    }

    pub(crate) fn file_with_way_out(
        path: &Path,
        action: &'static str,
        way_out: &'static str,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.display().to_string();
        move |source| Self::File {
            path,
            action,
            way_out,
            source,
        }
    }

    pub(crate) fn source(path: &str, source: SourceError) -> Self {
        let path = path.to_owned();
        match source {
            SourceError::Quote(BrokenRecord { line, why, .. }) => {
                Self::NoCsvFrom { path, line, why }
            }
            source => Self::Source { path, source },
        }
    }
}

/// An error and its causes in one line.
pub(crate) fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
