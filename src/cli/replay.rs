//! `payerline replay`: its options and its report.

use std::{error::Error, process::ExitCode};

use clap::Args;

use crate::{
    app::{
        claims::replay::{self, ReplayReport},
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
pub struct ReplayCommand {
    /// Only the claims of the clinic with this id.
    #[arg(long, value_name = "ID", value_parser = parse_clinic_id)]
    clinic: Option<ClinicId>,
}

pub fn parse_clinic_id(text: &str) -> Result<ClinicId, &'static str> {
    ClinicId::parse(text).ok_or("must be the id of a clinic, a UUID")
}

impl ReplayCommand {
    pub async fn run(self, database_url: &str) -> Result<ExitCode, Box<dyn Error>> {
        let store = Store::attach(&DatabaseUrl::parse(database_url)?).await?;
        let rulebooks = Rulebooks::read_only(store.clone(), Rulebook::ontario()?);
        let mut meter = Meter::new("claims", None);
        let progress = move |bytes, claims| meter.advance(bytes, claims, 0);
        let report = replay::run(store.clone(), rulebooks, self.clinic, progress).await?;
        store.close().await;
        print_report(&report);
        let all_identical = report.differences == 0 && report.unreadable == 0;
        Ok(if all_identical {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }
}

fn print_report(report: &ReplayReport) {
    for failure in &report.failures {
        println!(
            "{} of clinic {}: {}",
            failure.claim, failure.clinic, failure.reason
        );
    }
    let milliseconds = report.took.as_millis().max(1);
    println!("Decisions    {}", report.decisions);
    println!("Differences  {}", report.differences);
    println!("Unreadable   {}", report.unreadable);
    println!("Seconds      {:.1}", report.took.as_secs_f64());
    println!(
        "Decisions/s  {}",
        u128::from(report.decisions) * 1000 / milliseconds
    );
}
