//! The claims that are decided, each with the ledger of the approvals that it names.

use std::{error::Error, fs, path::Path};

use bench_tools::claims::Claims;
use payerline_domain::{
    claims::submission::Submission,
    parse::decode::Decode,
    preauthorizations::{
        Ledger, PreauthorizationEntry, PreauthorizationKind, PreauthorizationStatus,
    },
    values::{closed_enum::ClosedEnum, money::Cents, text::Label, time::Day},
};
use payerline_rulebook::golden::GoldenCase;

/// The root of the repository.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
/// What the made-up claims depend on.
const SEED: u64 = 1;
/// The day on which all claims but the golden cases are sent.
const TODAY: &str = "2026-11-01";
/// What an approval is for: too little, enough for some claims, enough for all.
const APPROVED_CENTS: [i64; 3] = [100, 450_000, Cents::MAX];

/// A claim to be decided.
#[derive(Debug)]
pub struct Claim {
    /// What was sent.
    pub submission: Submission,
    /// What the payers said.
    pub ledger: Ledger,
}

/// The example of three items: stem cells after a car accident, their harvest and the image guidance.
///
/// # Errors
/// That it cannot be read.
pub fn of_three_items() -> Result<Claim, Box<dyn Error>> {
    let body = fs::read(Path::new(ROOT).join("examples/mva-stem-cell-knee.json"))?;
    Ok(Claim {
        submission: parse(&body)?,
        ledger: Ledger::default(),
    })
}

/// The claims of the golden cases: between them they meet every rule.
///
/// # Errors
/// That one cannot be read.
pub fn golden() -> Result<Vec<Claim>, Box<dyn Error>> {
    let files = fs::read_dir(Path::new(ROOT).join("tests/golden"))?;
    let claims = files.map(|file| {
        let path = file?.path();
        let case = GoldenCase::parse(&fs::read(&path)?)
            .map_err(|refusal| format!("{}: {refusal:?}", path.display()))?;
        Ok(Claim {
            submission: case.claim,
            ledger: Ledger {
                preauthorizations: case.preauthorizations,
            },
        })
    });
    claims.collect()
}

/// What all sides have to agree on: the golden cases, the example and so many made-up claims.
///
/// # Errors
/// That one cannot be read.
pub fn compared(made_up_claims: u64) -> Result<Vec<Claim>, Box<dyn Error>> {
    let mut claims = golden()?;
    claims.push(of_three_items()?);
    claims.extend(made_up(made_up_claims)?);
    Ok(claims)
}

/// Claims as clinics would send them, always the same ones.
///
/// # Errors
/// That the service would refuse one.
pub fn made_up(count: u64) -> Result<Vec<Claim>, Box<dyn Error>> {
    let claims = Claims {
        seed: SEED,
        dirty_percent: 0,
    };
    let made_up = (0..count).map(|number| {
        let mut line = Vec::new();
        claims.write(number, &mut line);
        let submission = parse(&line)?;
        let ledger = ledger(&submission, usize::try_from(number)?);
        Ok(Claim { submission, ledger })
    });
    made_up.collect()
}

fn parse(body: &[u8]) -> Result<Submission, Box<dyn Error>> {
    let today = Day::parse(TODAY).ok_or("no day")?;
    Submission::parse(body, today).map_err(|refusal| format!("{refusal:?}").into())
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
    all.iter().copied().cycle().nth(turn % (all.len().max(1)))
}
