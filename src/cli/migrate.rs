//! `payerline migrate`: its options and what it prints.

use std::{error::Error, process::ExitCode};

use clap::Args;

use crate::store::{DatabaseUrl, Store};

const MIGRATE_HELP: &str = "\
With --distribute the tables are then laid out for Citus, a PostgreSQL on several machines: all rows of a clinic on one \
of them, clinics and keys on each. Done again it lays out what is not laid out yet, such as the tables of a later \
version. It was not run on Citus with this version: docs/scaling.md says what was tried.

Exit status: 0 it is done; 1 not so; 2 the command line is wrong.";

#[derive(Debug, Args)]
#[command(after_long_help = MIGRATE_HELP)]
pub struct MigrateCommand {
    /// Lay the tables out for Citus too: by clinic. The database needs the extension `citus`.
    #[arg(long)]
    distribute: bool,
}

impl MigrateCommand {
    pub async fn run(self, database_url: &str) -> Result<ExitCode, Box<dyn Error>> {
        let url = DatabaseUrl::parse(database_url)?;
        if self.distribute {
            Store::check_distributable(&url).await?;
        }
        let count = Store::migrate(&url).await?;
        println!("{url}: {count} migrations run");
        if self.distribute {
            for table in Store::distribute(&url).await? {
                println!("{url}: {table} laid out");
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
