//! Every stored decision made again from what is stored, and compared byte for byte with the stored one.
//!
//! It reads the database directly and changes nothing: an auditor can run it on a copy, and needs no running service.

use std::{
    thread,
    time::{Duration, Instant},
};

use tokio::runtime::Handle;

use super::reproduction::Stored;
use crate::{
    app::{error::AppError, parallel, rulebooks::in_force::Rulebooks},
    store::{
        ClaimEvidence, PageRequest, Position, Scan, Scanned, ScannedClaim, ScannedPage, Store,
        StoreError,
    },
};
use payerline_domain::values::ids::{ClaimId, ClinicId};

/// Claims that are named.
const NAMED: usize = 20;
/// Clinics that are read at once.
const CLINICS: usize = 1000;
/// How long claims are waited for before they are waited for again.
const PATIENCE: Duration = Duration::from_secs(1);

/// What came out.
#[derive(Debug, Default)]
pub struct Replay {
    /// Decisions that were made again, or should have been.
    pub decisions: u64,
    /// Those that are not the stored ones, byte for byte.
    pub differences: u64,
    /// Those that could not be made: the evidence does not read back, or the rulebook is not kept.
    pub unreadable: u64,
    /// The first of both.
    pub named: Vec<Named>,
    /// How long it took.
    pub took: Duration,
}

/// A claim whose decision did not come out again.
#[derive(Debug)]
pub struct Named {
    /// The clinic.
    pub clinic: ClinicId,
    /// The claim.
    pub claim: ClaimId,
    /// Why.
    pub why: String,
}

/// Why decisions cannot be made again.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The database cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No clinic has this id.
    #[error("there is no clinic {0}")]
    NoClinic(ClinicId),
    /// A thread panicked.
    #[error("deciding a claim panicked")]
    Panicked,
    /// Another task failed.
    #[error(transparent)]
    Task(#[from] tokio::task::JoinError),
}

/// Makes the decisions of a clinic, or of all, again. `progress` is told of how many bytes and claims were done.
///
/// # Errors
/// When the database cannot be read.
pub async fn run(
    store: Store,
    rulebooks: Rulebooks,
    clinic: Option<ClinicId>,
    progress: impl FnMut(u64, u64) + Send + 'static,
) -> Result<Replay, ReplayError> {
    let clinics = match clinic {
        Some(id) => {
            let found = store.clinic(id).await?;
            vec![found.ok_or(ReplayError::NoClinic(id))?.id]
        }
        None => all_clinics(&store).await?,
    };
    let scan = store.scan_decisions(clinics)?;
    let runtime = Handle::current();
    tokio::task::spawn_blocking(move || {
        let deciding = Deciding { rulebooks, runtime };
        deciding.all(&scan, progress)
    })
    .await?
}

async fn all_clinics(store: &Store) -> Result<Vec<ClinicId>, StoreError> {
    let mut clinics = Vec::new();
    let mut position = Position::First;
    loop {
        let limit = CLINICS;
        let page = store.clinics(PageRequest { limit, position }).await?;
        clinics.extend(page.data.iter().map(|clinic| clinic.id));
        match page.older {
            Some(bound) => position = Position::OlderThan(bound),
            None => return Ok(clinics),
        }
    }
}

/// What deciding needs.
struct Deciding {
    rulebooks: Rulebooks,
    runtime: Handle,
}

impl Deciding {
    fn all(&self, scan: &Scan, mut progress: impl FnMut(u64, u64)) -> Result<Replay, ReplayError> {
        let began = Instant::now();
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let mut replay = Replay::default();
        loop {
            match scan.next(PATIENCE)? {
                Scanned::NotYet => {}
                Scanned::End => break,
                Scanned::Page(page) => {
                    self.page(&page, threads, &mut replay)?;
                    progress(page.claims.iter().map(weight).sum(), count(&page.claims));
                }
            }
        }
        replay.took = began.elapsed();
        Ok(replay)
    }

    fn page(
        &self,
        page: &ScannedPage,
        threads: usize,
        replay: &mut Replay,
    ) -> Result<(), ReplayError> {
        let share = |claims: &[ScannedClaim]| {
            let again = |claim: &ScannedClaim| (claim.id, self.again(page.clinic, claim));
            let unlike = |(id, came_out): (ClaimId, Result<bool, AppError>)| match came_out {
                Ok(true) => None,
                other => Some((id, other)),
            };
            let unlike: Vec<_> = claims.iter().map(again).filter_map(unlike).collect();
            unlike
        };
        let shares =
            parallel::map_chunks(&page.claims, threads, share).ok_or(ReplayError::Panicked)?;
        replay.decisions += count(&page.claims);
        for (claim, came_out) in shares.into_iter().flatten() {
            let why = match came_out {
                Err(AppError::Unavailable(error)) => return Err(error.into()),
                Err(error) => {
                    replay.unreadable += 1;
                    error.to_string()
                }
                Ok(_) => {
                    replay.differences += 1;
                    "another decision comes out".to_owned()
                }
            };
            if replay.named.len() < NAMED {
                let clinic = page.clinic;
                replay.named.push(Named { clinic, claim, why });
            }
        }
        Ok(())
    }

    /// Whether a stored decision comes out again.
    fn again(&self, clinic: ClinicId, claim: &ScannedClaim) -> Result<bool, AppError> {
        let stored = Stored::read(claim.id, &claim.evidence)?;
        let rulebook = self.rulebooks.with_digest(clinic, stored.sha256());
        let rulebook = self.runtime.block_on(rulebook)?;
        let remade = stored.decide_again(rulebook, &claim.evidence)?;
        Ok(remade.text()? == claim.evidence.decision)
    }
}

fn weight(claim: &ScannedClaim) -> u64 {
    let ClaimEvidence {
        submission,
        decision,
        facts,
    } = &claim.evidence;
    let bytes = submission.len() + decision.len() + facts.len();
    u64::try_from(bytes).unwrap_or_default()
}

fn count(claims: &[ScannedClaim]) -> u64 {
    u64::try_from(claims.len()).unwrap_or_default()
}
