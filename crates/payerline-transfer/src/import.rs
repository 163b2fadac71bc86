//! Import: sends every claim of some files to a running service, through outages and interruptions.

use std::{path::PathBuf, sync::Arc, thread, time::Duration};

use secrecy::SecretString;
use tokio::sync::mpsc::{Receiver, channel};

use payerline_domain::values::digest::sha256_hex;

use crate::{
    backoff::Backoff,
    client::{Client, RequestError},
    content::Content,
    error::TransferError,
    first_reading::FirstReading,
    format::FileFormat,
    input::Input,
    interrupt::Interrupt,
    meter::Meter,
    report::ImportReport,
    send::{Sender, send_open_claims},
    settlement::{Chunk, Settlement},
    source::{ClaimSource, FileClaim, SourceError},
};

/// A chunk is sent as one batch; a broken connection can cost that much work.
const MAX_CHUNK_CLAIMS: usize = 10_000;
const MIN_CHUNK_BYTES: usize = 4 << 20;

#[derive(Debug)]
pub struct ImportOptions {
    /// `-` is standard input.
    pub files: Vec<PathBuf>,
    pub content: Content,
    /// The service's address.
    pub to: String,
    pub key: SecretString,
    /// `None` goes by each file's name.
    pub format: Option<FileFormat>,
    /// The path of the refused claims, when there is one file.
    pub refused: Option<PathBuf>,
    /// How long to retry without progress.
    pub give_up_after: Duration,
}

#[derive(Debug)]
pub struct ImportEnd {
    pub report: ImportReport,
    /// `None` when every file was read to its end.
    pub early: Option<EarlyEnd>,
}

/// Why an import ended before the end of its files.
#[derive(Debug)]
pub enum EarlyEnd {
    /// By a signal; holds the exit status for it.
    Interrupted(u8),
    /// A file is no CSV from a line on, so its rest counts as refused.
    Refused(TransferError),
    Failed(TransferError),
}

impl From<TransferError> for EarlyEnd {
    fn from(error: TransferError) -> Self {
        match error {
            TransferError::NoCsvFrom { .. } => Self::Refused(error),
            error => Self::Failed(error),
        }
    }
}

struct FileImport {
    name: String,
    settlement: Settlement,
    chunk: Chunk,
}

/// Imports files one after the other. An error means that nothing was sent.
pub async fn import(options: ImportOptions) -> Result<ImportEnd, TransferError> {
    let client = Client::new(&options.to, &options.key)?;
    let mut notices: Vec<String> = client.encryption_warning().into_iter().collect();
    // All files are opened and read before anything is sent, so that a misspelt name or column is an error at once, and
    // ids that come again apart are known.
    let inputs = options
        .files
        .iter()
        .map(|file| Input::open(file, options.format, options.content));
    let inputs = inputs.collect::<Result<Vec<_>, _>>()?;
    let digest = digest_files(&inputs, options.content);
    let mut imports = Vec::new();
    for input in &inputs {
        imports.push(FileImport::prepare(
            input,
            &digest,
            &options,
            &client,
            &mut notices,
        )?);
    }
    let length = inputs.iter().map(|input| input.length).sum();
    let reading = Arc::new(FirstReading::read(inputs)?);
    // Up to here there is no state to save, so a signal ends the process as usual.
    let mut interrupt = Interrupt::listen()?;
    let mut meter = Meter::new(options.content.noun(), Some(length));
    for notice in notices {
        meter.say(&notice);
    }
    let mut report = ImportReport::of(options.content);
    let mut early = None;
    let sender = Sender {
        client: &client,
        content: options.content,
    };
    for (number, mut file) in imports.into_iter().enumerate() {
        let source = reading.claims_from(number, file.settlement.settled());
        early = tokio::select! {
            biased;
            status = interrupt.wait() => Some(EarlyEnd::Interrupted(status)),
            done = file.run(source, &sender, &mut meter, options.give_up_after) => {
                done.err().map(EarlyEnd::from)
            }
        };
        // Whoever corrects a stray quote changes the file, so there is nothing to go on from.
        let is_over = matches!(early, None | Some(EarlyEnd::Refused(_)));
        if let Err(error) = file.close(is_over, &mut meter) {
            // This error hides the one before it, because the user must know that state was not saved.
            early = Some(EarlyEnd::Failed(error));
        }
        report.files.push(file.settlement.report());
        if early.is_some() {
            break;
        }
    }
    (report.answered, report.elapsed) = meter.finish();
    Ok(ImportEnd { report, early })
}

/// With other files other ids come again apart, so an import goes on only with the same ones.
fn digest_files(inputs: &[Input], content: Content) -> String {
    let identities = inputs.iter().map(|input| &input.identity);
    let files: Vec<_> = identities.map(|file| (&file.head, file.length)).collect();
    // Claims and remittances of one file are not the same lines.
    match content {
        Content::Claims => sha256_hex(format!("{files:?}")),
        Content::Remittances => sha256_hex(format!("{} {files:?}", content.noun())),
    }
}

impl FileImport {
    fn prepare(
        input: &Input,
        files: &str,
        options: &ImportOptions,
        client: &Client,
        notices: &mut Vec<String>,
    ) -> Result<Self, TransferError> {
        let refused = options.refused.clone();
        let destination = client.destination_digest();
        let (settlement, begins_anew) = Settlement::open(input, refused, &destination, files)?;
        let settled = settlement.settled();
        let name = input.name.clone();
        if let Some(why) = begins_anew {
            notices.push(format!(
                "{name}: begins anew, for {why}; what is stored already is not stored twice"
            ));
        } else if settled.byte > 0 {
            notices.push(format!(
                "{name}: goes on after line {}, where an earlier import ended",
                settled.line
            ));
        }
        Ok(Self {
            name,
            settlement,
            chunk: Chunk::default(),
        })
    }

    /// Sends the file to its end. May be dropped at any point; [`Self::close`] then saves the state.
    async fn run(
        &mut self,
        source: Result<Box<dyn ClaimSource>, SourceError>,
        sender: &Sender<'_>,
        meter: &mut Meter,
        give_up_after: Duration,
    ) -> Result<(), TransferError> {
        meter.skip(self.settlement.settled().byte);
        // Fails at once where the state cannot be saved.
        self.settlement.save()?;
        let source = source.map_err(|error| TransferError::source(&self.name, error))?;
        let mut chunks = read_ahead(source);
        while let Some(chunk) = chunks.recv().await {
            let claims = chunk.map_err(|error| TransferError::source(&self.name, error))?;
            self.chunk = Chunk::from(claims);
            self.settle_chunk(sender, meter, give_up_after).await?;
        }
        Ok(())
    }

    /// Sends the chunk until no claim is open.
    async fn settle_chunk(
        &mut self,
        sender: &Sender<'_>,
        meter: &mut Meter,
        give_up_after: Duration,
    ) -> Result<(), TransferError> {
        let mut backoff = Backoff::new(give_up_after);
        self.settlement.settle(&mut self.chunk, meter)?;
        let mut open = self.chunk.count_open();
        while open > 0 {
            let sent = send_open_claims(sender, &mut self.chunk, &mut self.settlement, meter).await;
            let still_open = self.chunk.count_open();
            if still_open < open {
                backoff.reset();
            }
            open = still_open;
            let (why, retry_after) = match sent {
                Err(RequestError::Permanent(error)) => return Err(error),
                Err(RequestError::Transient { why, retry_after }) => (why, retry_after),
                Ok(()) if open == 0 => return Ok(()),
                Ok(()) => (
                    format!("{open} {} could not be stored yet", sender.content.noun()),
                    None,
                ),
            };
            backoff.wait(why, retry_after, meter).await?;
        }
        Ok(())
    }

    fn close(&mut self, is_complete: bool, meter: &mut Meter) -> Result<(), TransferError> {
        if is_complete {
            return self.settlement.complete();
        }
        self.settlement.settle(&mut self.chunk, meter)?;
        self.settlement.suspend()
    }
}

/// Reads one chunk ahead of the one that is being sent, in a thread, because reading a file blocks.
fn read_ahead(mut source: Box<dyn ClaimSource>) -> Receiver<Result<Vec<FileClaim>, SourceError>> {
    let (sender, receiver) = channel(1);
    thread::spawn(move || {
        loop {
            let mut claims = Vec::new();
            let end = read_chunk(source.as_mut(), &mut claims);
            // The claims before an unreadable line are sent all the same.
            let is_over = claims.is_empty() || sender.blocking_send(Ok(claims)).is_err();
            match end {
                Ok(true) => return,
                Ok(false) if is_over => return,
                Ok(false) => {}
                Err(error) => {
                    let _nobody_listens = sender.blocking_send(Err(error));
                    return;
                }
            }
        }
    });
    receiver
}

/// Reads the claims of a chunk; returns true at the end of the file.
fn read_chunk(
    source: &mut dyn ClaimSource,
    claims: &mut Vec<FileClaim>,
) -> Result<bool, SourceError> {
    let mut bytes = 0;
    while claims.len() < MAX_CHUNK_CLAIMS && bytes < MIN_CHUNK_BYTES {
        match source.next_claim()? {
            Some(claim) => {
                bytes += claim.json.len();
                claims.push(claim);
            }
            None => return Ok(true),
        }
    }
    Ok(false)
}
