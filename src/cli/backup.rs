//! `payerline backup` and `payerline restore`: their options and what they print.

use std::{error::Error, path::PathBuf, process::ExitCode};

use clap::Args;

use super::verify;
use crate::{
    app::verification::{self, Scope},
    store::{DatabaseUrl, Store},
};

const BACKUP_HELP: &str = "\
The database may be in use. The file appears under its name when it is whole; a file that exists is not overwritten. \
Only its owner can read it: it holds everything about patients. For PostgreSQL it is made by pg_dump (format custom), \
which must be installed.

Exit status: 0 the backup is on the disk; 1 there is none; 2 the command line is wrong.";

const RESTORE_HELP: &str = "\
The database must be empty: for SQLite there must be no such file, for PostgreSQL a database without tables \
(createdb). A backup of SQLite can be restored into PostgreSQL too. All of the backup is restored or nothing. A backup of a former version is brought up to date. At the end \
everything is verified, as by `payerline verify`.

Exit status: 0 it is restored and as it was written; 1 not so; 2 the command line is wrong.";

#[derive(Debug, Args)]
#[command(after_long_help = BACKUP_HELP)]
pub struct BackupCommand {
    /// The file to write.
    file: PathBuf,
}

#[derive(Debug, Args)]
#[command(after_long_help = RESTORE_HELP)]
pub struct RestoreCommand {
    /// A file that `payerline backup` wrote.
    file: PathBuf,
}

impl BackupCommand {
    pub async fn run(self, database_url: &str) -> Result<ExitCode, Box<dyn Error>> {
        let url = DatabaseUrl::parse(database_url)?;
        Store::back_up(&url, self.file.clone()).await?;
        println!("{url}: backed up to {}", self.file.display());
        Ok(ExitCode::SUCCESS)
    }
}

impl RestoreCommand {
    pub async fn run(self, database_url: &str) -> Result<ExitCode, Box<dyn Error>> {
        let url = DatabaseUrl::parse(database_url)?;
        Store::restore(&url, self.file.clone()).await?;
        let migrations = Store::migrate(&url).await?;
        println!(
            "{url}: restored from {}, {migrations} migrations run",
            self.file.display()
        );
        let store = Store::attach(&url).await?;
        let report = verification::run(&store, Scope::All, |_| {}).await?;
        store.close().await;
        Ok(verify::conclude(&report))
    }
}
