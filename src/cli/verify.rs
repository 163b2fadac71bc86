//! `payerline verify`: its options and its report.

use std::{error::Error, process::ExitCode};

use clap::Args;

use super::replay::parse_clinic_id;
use crate::{
    app::verification::{self, Scope, VerificationReport},
    store::{DatabaseUrl, Store},
};
use payerline_domain::values::ids::{ClaimId, ClinicId};
use payerline_transfer::meter::Meter;

const HELP: &str = "\
It reads the database directly and changes nothing. Each event must have the hash of its own bytes and follow the \
event before it. Each claim must have the submission that was received and the decision that was recorded last, by \
their digests in its events; its columns and the rows of its items must follow from these.

Of other records, such as approvals, keys and rulebooks, the chain of events is verified, not that their last event \
is there, nor that their columns follow from it.

What it cannot find: who can write to the database can write a whole new chain of events, remove a claim with all its \
events, or cut the last events off a chain and set the columns back. Compare with a backup that is kept elsewhere to \
find that. A column that only rests on itself, such as a \
clinic's name, is not verified.

Exit status: 0 nothing was found; 1 something is not as it was written, or it could not be done; 2 the command line is \
wrong.";

#[derive(Debug, Args)]
#[command(after_long_help = HELP)]
pub struct VerifyCommand {
    /// Only the clinic with this id.
    #[arg(long, value_name = "ID", value_parser = parse_clinic_id, conflicts_with = "claim")]
    clinic: Option<ClinicId>,
    /// Only the claim with this id.
    #[arg(long, value_name = "ID", value_parser = parse_claim_id)]
    claim: Option<ClaimId>,
}

fn parse_claim_id(text: &str) -> Result<ClaimId, &'static str> {
    ClaimId::parse(text).ok_or("must be the id of a claim, a UUID")
}

impl VerifyCommand {
    pub async fn run(self, database_url: &str) -> Result<ExitCode, Box<dyn Error>> {
        let store = Store::attach(&DatabaseUrl::parse(database_url)?).await?;
        let scope = match (self.claim, self.clinic) {
            (Some(claim), _) => Scope::Claim(claim),
            (None, Some(clinic)) => Scope::Clinic(clinic),
            (None, None) => Scope::All,
        };
        let mut meter = Meter::new("claims", None);
        let report = verification::run(&store, scope, |claims| meter.advance(0, claims, 0)).await?;
        store.close().await;
        Ok(conclude(&report))
    }
}

/// Prints a report; the exit code says whether everything is as it was written.
pub fn conclude(report: &VerificationReport) -> ExitCode {
    for fault in &report.faults {
        println!(
            "{} of clinic {}: {}",
            fault.subject, fault.clinic, fault.what
        );
    }
    if report.has_more_faults {
        println!("… and more: verify again when these are mended");
    }
    println!("Claims    {}", report.claims);
    println!("Events    {}", report.events);
    println!("Altered   {}", report.altered);
    println!("Seconds   {:.1}", report.took.as_secs_f64());
    if report.altered == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
