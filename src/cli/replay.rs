//! `payerline replay`: its options, and what it says at the end.

use std::{error::Error, process::ExitCode};

use clap::Args;

use crate::{
    app::{
        claims::replay::{self, Replay},
        rulebooks::in_force::Rulebooks,
    },
    store::{DatabaseUrl, Store},
};
use payerline_domain::values::ids::ClinicId;
use payerline_rulebook::Rulebook;
use payerline_transfer::meter::Meter;

const HELP: &str = "\
It reads the database directly and changes nothing. Each decision is made again from the submission as it was sent, \
the facts that were kept with it (the day, the approvals as they stood) and the version of the rulebook that \
decided, and must come out byte for byte.

Exit status: 0 all decisions are identical; 1 some are not, or it could not be done; 2 the command line is wrong.";

#[derive(Debug, Args)]
#[command(after_long_help = HELP)]
pub struct Order {
    /// Only the claims of the clinic with this id.
    #[arg(long, value_name = "ID", value_parser = clinic)]
    clinic: Option<ClinicId>,
}

fn clinic(text: &str) -> Result<ClinicId, &'static str> {
    ClinicId::parse(text).ok_or("must be the id of a clinic, a UUID")
}

impl Order {
    /// Runs it on a database.
    pub async fn run(self, database_url: &str) -> Result<ExitCode, Box<dyn Error>> {
        let store = Store::attach(&DatabaseUrl::parse(database_url)?).await?;
        let rulebooks = Rulebooks::to_read(store.clone(), Rulebook::ontario()?);
        let mut meter = Meter::new(None);
        let progress = move |bytes, claims| meter.advance(bytes, claims, 0);
        let replay = replay::run(store.clone(), rulebooks, self.clinic, progress).await?;
        store.close().await;
        report(&replay);
        let all_identical = replay.differences == 0 && replay.unreadable == 0;
        Ok(if all_identical {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }
}

fn report(replay: &Replay) {
    for named in &replay.named {
        println!("{} of clinic {}: {}", named.claim, named.clinic, named.why);
    }
    let milliseconds = replay.took.as_millis().max(1);
    println!("Decisions    {}", replay.decisions);
    println!("Differences  {}", replay.differences);
    println!("Unreadable   {}", replay.unreadable);
    println!("Seconds      {:.1}", replay.took.as_secs_f64());
    println!(
        "Decisions/s  {}",
        u128::from(replay.decisions) * 1000 / milliseconds
    );
}
