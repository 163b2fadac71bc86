//! Ctrl-C and SIGTERM: a transfer saves its state before it ends.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::error::TransferError;

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

    /// Waits for a signal, and returns the exit status that a shell reports for it: 128 and the signal's number.
    pub async fn wait(&mut self) -> u8 {
        tokio::select! {
            _ = self.interrupt.recv() => 130,
            _ = self.terminate.recv() => 143,
        }
    }
}
