use std::{io, net::AddrParseError, path::PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum OfferError {
    #[error("{0} has no EXTERNAL_ID")]
    NoTemplate(PathBuf),
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("{0}")]
    Address(#[from] AddrParseError),
    #[error("the service answered with something else than HTTP/1.1 with a length: {0}")]
    NoHttp(String),
}

impl From<rustix::io::Errno> for OfferError {
    fn from(error: rustix::io::Errno) -> Self {
        Self::Io(error.into())
    }
}
