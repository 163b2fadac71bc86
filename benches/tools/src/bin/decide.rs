//! Times a whole decision, from a parsed claim to payers, reasons, findings and sums: no database, no HTTP. Prints the
//! nanoseconds an item as JSON, for one claim of three items and for claims as clinics send them.

use std::{
    error::Error,
    fs,
    hint::black_box,
    io::{self, Write},
    path::Path,
    time::{Duration, Instant},
};

use bench_tools::claims::Claims;
use clap::Parser;
use payerline_domain::{
    claims::{outside_facts::OutsideFacts, submission::Submission},
    preauthorizations::{
        Ledger, PreauthorizationEntry, PreauthorizationKind, PreauthorizationStatus,
    },
    values::{closed_enum::ClosedEnum, money::Cents, text::Label, time::Day},
};
use payerline_rulebook::Rulebook;
use serde_json::json;

const EXAMPLE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../examples/mva-stem-cell-knee.json"
);
/// Claims of the mix.
const MIX: u64 = 1_000;
const SEED: u64 = 1;
/// The day on which the claims are sent.
const TODAY: &str = "2026-11-01";
/// What an approval is for: too little, enough for some claims, enough for all.
const APPROVED_CENTS: [i64; 3] = [100, 450_000, Cents::MAX];

/// Decides claims again and again by the shipped rulebook.
#[derive(Debug, Parser)]
struct Options {
    /// Seconds for each kind of claims.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
}

type Claim = (Submission, OutsideFacts);

fn main() -> Result<(), Box<dyn Error>> {
    let time = Duration::from_secs(Options::parse().seconds);
    let rulebook = Rulebook::ontario()?;
    let example = parse(&fs::read(Path::new(EXAMPLE))?)?;
    let example = (example, outside(Ledger::default())?);
    let figures = json!({
        "claim": nanoseconds_an_item(&rulebook, &[example], time),
        "mix": nanoseconds_an_item(&rulebook, &mix()?, time),
    });
    writeln!(io::stdout(), "{figures}")?;
    Ok(())
}

fn nanoseconds_an_item(rulebook: &Rulebook, claims: &[Claim], time: Duration) -> f64 {
    let (begun, mut items) = (Instant::now(), 0_u32);
    while begun.elapsed() < time {
        for (submission, outside) in claims {
            let decided = rulebook.decide(black_box(submission), outside);
            let count = decided.as_ref().map_or(0, |it| it.decision.items.len());
            items = items.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
            drop(black_box(decided));
        }
    }
    begun.elapsed().as_secs_f64() * 1e9 / f64::from(items)
}

/// Claims as clinics would send them, always the same ones.
fn mix() -> Result<Vec<Claim>, Box<dyn Error>> {
    let claims = Claims {
        seed: SEED,
        dirty_percent: 0,
    };
    (0..MIX)
        .map(|number| {
            let mut line = Vec::new();
            claims.write(number, &mut line);
            let submission = parse(&line)?;
            let outside = outside(ledger(&submission, usize::try_from(number)?))?;
            Ok((submission, outside))
        })
        .collect()
}

fn parse(body: &[u8]) -> Result<Submission, Box<dyn Error>> {
    Submission::parse(body, today()?).map_err(|refusal| format!("{refusal:?}").into())
}

fn outside(ledger: Ledger) -> Result<OutsideFacts, Box<dyn Error>> {
    Ok(OutsideFacts {
        today: today()?,
        ledger,
        possible_duplicates: Vec::new(),
        minor_injury_cents: Cents::default(),
        review_outdated: false,
    })
}

fn today() -> Result<Day, Box<dyn Error>> {
    Ok(Day::parse(TODAY).ok_or("no day")?)
}

/// An approval for every number that a claim names. Every state and amount has its turn.
fn ledger(submission: &Submission, turn: usize) -> Ledger {
    let entries = submission.preauthorizations.iter().zip(turn..);
    let preauthorizations = entries.map(|(number, turn)| {
        let kind = kind(number);
        PreauthorizationEntry {
            number: number.clone(),
            kind,
            patient_id: submission.patient.id.clone(),
            payer: kind.payer(),
            status: in_turn(PreauthorizationStatus::ALL, turn)
                .unwrap_or(PreauthorizationStatus::Pending),
            approved_cents: Cents::from_stored(in_turn(&APPROVED_CENTS, turn).unwrap_or_default()),
            categories: None,
            valid_from: None,
            valid_to: None,
        }
    });
    Ledger {
        preauthorizations: preauthorizations.collect(),
        drawn: Vec::new(),
    }
}

/// The kind of approval that a made-up number says it is.
fn kind(number: &Label) -> PreauthorizationKind {
    match number.as_str().split('-').next() {
        Some("OCF18") => PreauthorizationKind::Ocf18,
        Some("OCF23") => PreauthorizationKind::Ocf23,
        Some("WSIB") => PreauthorizationKind::WsibApproval,
        _ => PreauthorizationKind::Predetermination,
    }
}

fn in_turn<T: Copy>(all: &[T], turn: usize) -> Option<T> {
    all.iter().copied().cycle().nth(turn % all.len().max(1))
}
