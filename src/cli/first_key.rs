//! The generated first key, which must not get into the log.

use std::{fs::OpenOptions, io::Write, os::unix::fs::OpenOptionsExt, path::Path};

use secrecy::{ExposeSecret, SecretString};

use crate::telemetry::LogFormat;

/// In the directory that the service is started in.
const FILE: &str = "payerline-admin-key";

/// Hands the first key out: printed for a person; with a log for collectors, which mostly take what is printed too, in a
/// file that only its owner can read.
pub fn hand_out(key: &SecretString, log_format: LogFormat) {
    match log_format {
        LogFormat::Text => {
            println!("Admin key   {}", key.expose_secret());
            println!("            It is shown this once and works until it is revoked: keep it.");
        }
        LogFormat::Json => match write(key) {
            Ok(()) => {
                println!("Admin key   in the file {FILE}");
                tracing::warn!(
                    file = FILE,
                    "the first admin key was generated: take it out of its file, keep it, and delete the file"
                );
            }
            Err(error) => tracing::error!(
                %error,
                file = FILE,
                "the first admin key was generated, but cannot be written into its file: make another by \
                 `payerline keys create --role admin --role operator --name NAME`"
            ),
        },
    }
}

/// Writes a new file: one that is there may hold the key of another database.
fn write(key: &SecretString) -> std::io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(Path::new(FILE))?;
    writeln!(file, "{}", key.expose_secret())?;
    file.sync_all()
}
