//! Export: all claims that some filters find, out of a running service and into a file that is there
//! only when it is complete.

use std::{
    fs, io,
    io::Write,
    path::{Path, PathBuf},
    time::Duration,
};

use reqwest::{Response, header};
use secrecy::SecretString;
use tempfile::NamedTempFile;

use crate::{
    Format, TransferError,
    checkpoint::sync_directory,
    client::{Client, Trouble},
    error::chain,
    interrupt::Interrupt,
    meter::Meter,
    patience::Patience,
};

/// What is to be exported, and where to.
#[derive(Debug)]
pub struct Exporting {
    /// The service's address.
    pub from: String,
    /// The key to read claims with.
    pub key: SecretString,
    /// How claims are to be written.
    pub format: Format,
    /// The parameters of `GET /v1/claims`.
    pub filters: Vec<(&'static str, String)>,
    /// Where they go.
    pub target: Target,
    /// For how long it is tried to begin, while the service is busy.
    pub patience: Duration,
}

/// Where an export goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Standard output.
    Stdout,
    /// A file.
    File(PathBuf),
}

/// What came of an export.
#[derive(Debug)]
pub enum Exported {
    /// It is complete and has so many claims.
    Complete(u64),
    /// Somebody wanted it to end; the exit status that says so.
    Interrupted(u8),
}

/// Exports claims.
///
/// # Errors
/// When the export is not complete. Then there is no new file, and an old one is as it was.
pub async fn export(order: Exporting) -> Result<Exported, TransferError> {
    if order.target == Target::Stdout {
        // Nothing to clean up: a signal may end the process as it always does, also while it waits for
        // somebody who reads slowly.
        return save(order).await.map(Exported::Complete);
    }
    let mut interrupt = Interrupt::listen()?;
    tokio::select! {
        biased;
        status = interrupt.wait() => Ok(Exported::Interrupted(status)),
        count = save(order) => count.map(Exported::Complete),
    }
}

async fn save(order: Exporting) -> Result<u64, TransferError> {
    let client = Client::new(&order.from, &order.key)?;
    let mut output = Output::open(&order.target)?;
    let mut meter = Meter::new(None);
    if let Some(warning) = client.warning() {
        meter.say(&warning);
    }
    let response = begin(&client, &order, &meter).await?;
    let lines = copy(response, &mut output, &mut meter).await?;
    output.complete()?;
    meter.finish();
    Ok(match order.format {
        Format::Ndjson => lines,
        // The first line names the columns.
        Format::Csv => lines.saturating_sub(1),
    })
}

/// Asks until the service begins to answer.
async fn begin(
    client: &Client,
    order: &Exporting,
    meter: &Meter,
) -> Result<Response, TransferError> {
    let media_type = match order.format {
        Format::Ndjson => "application/x-ndjson",
        Format::Csv => "text/csv",
    };
    let mut patience = Patience::new(order.patience);
    loop {
        let (why, retry_after) = match client.list(&order.filters, media_type).await {
            Ok(response) => return framed(client, response),
            Err(Trouble::Lasting(error)) => return Err(error),
            Err(Trouble::Passing { why, retry_after }) => (why, retry_after),
        };
        let Some(wait) = patience.wait(retry_after) else {
            let after = patience.tried();
            return Err(TransferError::GaveUp { after, why });
        };
        meter.say(&format!(
            "{why}; trying again in {:.1} s",
            wait.as_secs_f64()
        ));
        tokio::time::sleep(wait).await;
    }
}

/// An answer whose end can be told from its breaking off: one that only ends with its connection, as
/// an old proxy may make it, cannot be trusted to be complete.
fn framed(client: &Client, response: Response) -> Result<Response, TransferError> {
    let headers = response.headers();
    if headers.contains_key(header::TRANSFER_ENCODING)
        || headers.contains_key(header::CONTENT_LENGTH)
    {
        return Ok(response);
    }
    Err(client.strange("the answer does not say where it ends"))
}

/// Copies an answer to its end, and counts its lines.
async fn copy(
    mut response: Response,
    output: &mut Output,
    meter: &mut Meter,
) -> Result<u64, TransferError> {
    let mut lines = 0;
    let mut last = b'\n';
    loop {
        let piece = response.chunk().await;
        let piece = piece.map_err(|error| TransferError::BrokenOff {
            why: chain(&error.without_url()),
        })?;
        let Some(piece) = piece else { break };
        let ends = piece.iter().filter(|byte| **byte == b'\n').count();
        let (ends, length) = (
            ends.try_into().unwrap_or(0),
            piece.len().try_into().unwrap_or(0),
        );
        output.write(&piece)?;
        meter.advance(length, ends, 0);
        lines += ends;
        last = piece.last().copied().unwrap_or(last);
    }
    if last != b'\n' {
        let why = "its last line has no end".to_owned();
        return Err(TransferError::BrokenOff { why });
    }
    Ok(lines)
}

/// Where lines go while it is not known whether they will be all.
enum Output {
    /// Standard output, a pipe or a device: what is written is written.
    Stream(Box<dyn Write + Send>, PathBuf),
    /// A temporary file beside the one that it becomes; gone when the export ends early.
    File(NamedTempFile, PathBuf),
}

impl Output {
    fn open(target: &Target) -> Result<Self, TransferError> {
        let path = match target {
            Target::Stdout => {
                return Ok(Self::Stream(
                    Box::new(io::stdout()),
                    "standard output".into(),
                ));
            }
            // Behind a link: the file is replaced, not the link.
            Target::File(path) => fs::canonicalize(path).unwrap_or_else(|_| path.clone()),
        };
        if path.exists() && !path.is_file() {
            let stream = fs::OpenOptions::new().write(true).open(&path);
            let stream = stream.map_err(TransferError::file(&path, "opened"))?;
            return Ok(Self::Stream(Box::new(stream), path));
        }
        let directory = match path.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        // Only its owner can read it: claims are patients' data.
        let file = tempfile::Builder::new()
            .prefix(".payerline-export-")
            .tempfile_in(directory)
            .map_err(TransferError::file(&path, "written"))?;
        Ok(Self::File(file, path))
    }

    fn write(&mut self, piece: &[u8]) -> Result<(), TransferError> {
        let (written, path) = match self {
            Self::Stream(stream, path) => (stream.write_all(piece), path),
            Self::File(file, path) => (file.write_all(piece), path),
        };
        written.map_err(TransferError::file(path, "written"))
    }

    /// All lines are there.
    fn complete(self) -> Result<(), TransferError> {
        let (completed, path) = match self {
            Self::Stream(mut stream, path) => (stream.flush(), path),
            Self::File(file, path) => {
                let synced = file.as_file().sync_all();
                let renamed = synced.and_then(|()| Ok(file.persist(&path)?));
                (renamed.and_then(|_| sync_directory(&path)), path)
            }
        };
        completed.map_err(TransferError::file(&path, "written"))
    }
}
