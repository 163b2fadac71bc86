//! Secrets in files, such as those of a container.

use std::{fs, io, path::Path};

/// A secret's file cannot be read or is empty.
#[derive(Debug, thiserror::Error)]
#[error("the secret in {path} cannot be used")]
pub struct SecretFileError {
    path: String,
    source: io::Error,
}

/// Reads a secret's file without the line break at its end.
pub fn read(path: &Path) -> Result<String, SecretFileError> {
    let failed = |source| SecretFileError {
        path: path.display().to_string(),
        source,
    };
    let text = fs::read_to_string(path).map_err(failed)?;
    match text.trim_end_matches(['\r', '\n']) {
        "" => Err(failed(io::Error::other("the file is empty"))),
        secret => Ok(secret.to_owned()),
    }
}
