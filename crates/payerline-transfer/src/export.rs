//! Export: saves a list of claims from a running service, in a file that appears only when it is complete.

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
    backoff::Backoff,
    client::{Client, RequestError},
    error::{TransferError, with_causes},
    format::FileFormat,
    interrupt::Interrupt,
    meter::Meter,
    private_files::sync_directory_of,
};

#[derive(Debug)]
pub struct ExportOptions {
    /// The service's address.
    pub from: String,
    pub key: SecretString,
    pub format: FileFormat,
    /// The parameters of `GET /v1/claims`.
    pub filters: Vec<(&'static str, String)>,
    pub target: ExportTarget,
    /// How long to retry until the service begins to answer.
    pub give_up_after: Duration,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExportTarget {
    Stdout,
    File(PathBuf),
}

#[derive(Debug)]
pub enum ExportEnd {
    /// Holds the number of claims.
    Complete(u64),
    /// By a signal; holds the exit status for it.
    Interrupted(u8),
}

/// Exports claims. After an error there is no new file, and an old one is unchanged.
pub async fn export(options: ExportOptions) -> Result<ExportEnd, TransferError> {
    if options.target == ExportTarget::Stdout {
        // Nothing to clean up, so a signal ends the process as usual, also during a write that blocks.
        return save(options).await.map(ExportEnd::Complete);
    }
    let mut interrupt = Interrupt::listen()?;
    tokio::select! {
        biased;
        status = interrupt.wait() => Ok(ExportEnd::Interrupted(status)),
        count = save(options) => count.map(ExportEnd::Complete),
    }
}

async fn save(options: ExportOptions) -> Result<u64, TransferError> {
    let client = Client::new(&options.from, &options.key)?;
    let mut output = Output::open(&options.target)?;
    let mut meter = Meter::new("claims", None);
    if let Some(warning) = client.encryption_warning() {
        meter.say(&warning);
    }
    let response = request_list(&client, &options, &meter).await?;
    let lines = copy_lines(response, &mut output, &mut meter).await?;
    output.complete()?;
    meter.finish();
    Ok(match options.format {
        FileFormat::Ndjson => lines,
        // The first line names the columns.
        FileFormat::Csv => lines.saturating_sub(1),
    })
}

/// Repeats the request until the service begins to answer.
async fn request_list(
    client: &Client,
    options: &ExportOptions,
    meter: &Meter,
) -> Result<Response, TransferError> {
    let media_type = match options.format {
        FileFormat::Ndjson => "application/x-ndjson",
        FileFormat::Csv => "text/csv",
    };
    let mut backoff = Backoff::new(options.give_up_after);
    loop {
        match client.list_claims(&options.filters, media_type).await {
            Ok(response) => return require_framing(client, response),
            Err(RequestError::Permanent(error)) => return Err(error),
            Err(RequestError::Transient { why, retry_after }) => {
                backoff.wait(why, retry_after, meter).await?;
            }
        }
    }
}

/// Rejects an answer that ends only with its connection, as an old proxy may send it: its end cannot be told from a
/// broken connection.
fn require_framing(client: &Client, response: Response) -> Result<Response, TransferError> {
    let headers = response.headers();
    if headers.contains_key(header::TRANSFER_ENCODING)
        || headers.contains_key(header::CONTENT_LENGTH)
    {
        return Ok(response);
    }
    Err(client.unexpected_answer("the answer does not say where it ends"))
}

/// Copies an answer to its end, and counts its lines.
async fn copy_lines(
    mut response: Response,
    output: &mut Output,
    meter: &mut Meter,
) -> Result<u64, TransferError> {
    let mut lines = 0;
    let mut last = b'\n';
    loop {
        let piece = response.chunk().await;
        let piece = piece.map_err(|error| TransferError::BrokenOff {
            why: with_causes(&error.without_url()),
        })?;
        let Some(piece) = piece else { break };
        let line_breaks = piece.iter().filter(|byte| **byte == b'\n').count();
        let line_breaks = u64::try_from(line_breaks).unwrap_or_default();
        output.write(&piece)?;
        let length = u64::try_from(piece.len()).unwrap_or_default();
        meter.advance(length, line_breaks, 0);
        lines += line_breaks;
        last = piece.last().copied().unwrap_or(last);
    }
    if last != b'\n' {
        let why = "its last line has no end".to_owned();
        return Err(TransferError::BrokenOff { why });
    }
    Ok(lines)
}

/// Receives lines before it is known that the export is complete.
enum Output {
    /// Standard output, a pipe or a device.
    Stream(Box<dyn Write + Send>, PathBuf),
    /// A temporary file beside the final one; deleted when the export ends early.
    File(NamedTempFile, PathBuf),
}

impl Output {
    fn open(target: &ExportTarget) -> Result<Self, TransferError> {
        let path = match target {
            ExportTarget::Stdout => {
                return Ok(Self::Stream(
                    Box::new(io::stdout()),
                    "standard output".into(),
                ));
            }
            // The file behind a link is replaced, not the link.
            ExportTarget::File(path) => fs::canonicalize(path).unwrap_or_else(|_| path.clone()),
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
        // A temporary file is private to its owner, as patients' data must be.
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

    fn complete(self) -> Result<(), TransferError> {
        let (completed, path) = match self {
            Self::Stream(mut stream, path) => (stream.flush(), path),
            Self::File(file, path) => {
                let synced = file.as_file().sync_all();
                let renamed = synced.and_then(|()| Ok(file.persist(&path)?));
                (renamed.and_then(|_| sync_directory_of(&path)), path)
            }
        };
        completed.map_err(TransferError::file(&path, "written"))
    }
}
