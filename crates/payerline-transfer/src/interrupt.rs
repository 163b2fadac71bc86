//! Ctrl-C and SIGTERM: a transfer puts its papers in order before it ends.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::TransferError;

/// Waits for somebody who wants the transfer to end.
pub struct Interrupt {
    interrupt: Signal,
    terminate: Signal,
}

impl Interrupt {
    /// From here on the signals no longer end the process by themselves.
    pub fn listen() -> Result<Self, TransferError> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt()).map_err(TransferError::Signals)?,
            terminate: signal(SignalKind::terminate()).map_err(TransferError::Signals)?,
        })
    }

    /// The exit status that the signal asks for, as a shell reports it: 128 and the signal's number.
    pub async fn wait(&mut self) -> u8 {
        tokio::select! {
            _ = self.interrupt.recv() => 130,
            _ = self.terminate.recv() => 143,
        }
    }
}
