//! What ends a transfer before its time.

use std::{error::Error, io, path::Path, time::Duration};

use crate::source::SourceError;

/// Why a transfer could not be done, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// The service's address cannot be one.
    // What was given is not repeated: it may hold a password.
    #[error("that is no address of a service such as https://claims.example.ca: {0}")]
    Address(String),
    /// A key that cannot stand in a header.
    #[error("the key has characters that no key has")]
    Key,
    /// The HTTP client cannot be set up.
    #[error("no connection can be set up")]
    Client(#[source] reqwest::Error),
    /// Signals cannot be waited for.
    #[error("signals cannot be waited for")]
    Signals(#[source] io::Error),
    /// The service was never reached.
    #[error("{address} cannot be reached")]
    Unreachable {
        /// The service.
        address: String,
        /// Why not.
        source: reqwest::Error,
    },
    /// An answer after which trying again makes no sense.
    #[error("{address} answers {status}: {detail}")]
    Answer {
        /// The service.
        address: String,
        /// The status.
        status: u16,
        /// What it says, and what to do.
        detail: String,
    },
    /// An answer that no Payerline gives.
    #[error("{address} does not answer as Payerline does: {why}")]
    Strange {
        /// The service.
        address: String,
        /// What is strange.
        why: String,
    },
    /// Trying again did not help for too long.
    #[error("given up after {} s without an answer that helps: {why}", .after.as_secs())]
    GaveUp {
        /// How long nothing went forward.
        after: Duration,
        /// What was wrong at last.
        why: String,
    },
    /// An answer broke off.
    #[error("the answer broke off, what came is not complete: {why}")]
    BrokenOff {
        /// How.
        why: String,
    },
    /// A file cannot be used.
    #[error("{path} cannot be {doing}")]
    File {
        /// The file.
        path: String,
        /// What was to be done with it.
        doing: &'static str,
        /// Why not.
        source: io::Error,
    },
    /// A file of claims cannot be read to its end.
    #[error("{path} cannot be imported")]
    Source {
        /// The file.
        path: String,
        /// What is wrong with it.
        source: SourceError,
    },
    /// Something is in the way.
    #[error("{path} {why}")]
    InTheWay {
        /// The file.
        path: String,
        /// Why it is.
        why: &'static str,
    },
}

impl TransferError {
    /// Makes an error of what went wrong with a file.
    pub(crate) fn file(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        let path = path.display().to_string();
        move |source| Self::File {
            path,
            doing,
            source,
        }
    }
}

/// An error and its causes in one line.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
