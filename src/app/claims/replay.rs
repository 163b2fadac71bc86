//! The replay of all stored decisions: each is made again from its evidence and compared byte for byte.
//!
//! It reads the database directly and changes nothing, so an auditor can run it on a copy without a running service.

use std::{
    thread,
    time::{Duration, Instant},
};

use tokio::runtime::Handle;

use super::reproduction::StoredDecision;
use crate::{
    app::{error::AppError, parallel, rulebooks::in_force::Rulebooks},
    store::{ClaimEvidence, Scan, Scanned, ScannedClaim, ScannedPage, Store, StoreError},
};
use payerline_domain::values::ids::{ClaimId, ClinicId};

const MAX_LISTED_FAILURES: usize = 20;
const SCAN_TIMEOUT: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
pub struct ReplayReport {
    /// Counts all decisions, the failures included.
    pub decisions: u64,
    /// Counts decisions that differ from the stored ones.
    pub differences: u64,
    /// Counts decisions that could not be made, since the evidence cannot be read back or the rulebook is not kept.
    pub unreadable: u64,
    /// The first failures of both kinds.
    pub failures: Vec<ReplayFailure>,
    pub took: Duration,
}

/// A claim whose decision was not reproduced.
#[derive(Debug)]
pub struct ReplayFailure {
    pub clinic: ClinicId,
    pub claim: ClaimId,
    pub reason: String,
}

/// A replay that did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("there is no clinic {0}")]
    NoClinic(ClinicId),
    #[error("deciding a claim panicked")]
    Panicked,
    #[error(transparent)]
    Task(#[from] tokio::task::JoinError),
}

/// Replays the decisions of one clinic or of all. `progress` gets the bytes and claims of each page.
pub async fn run(
    store: Store,
    rulebooks: Rulebooks,
    clinic: Option<ClinicId>,
    progress: impl FnMut(u64, u64) + Send + 'static,
) -> Result<ReplayReport, ReplayError> {
    let clinics = match clinic {
        Some(id) => {
            let found = store.clinic(id).await?;
            vec![found.ok_or(ReplayError::NoClinic(id))?.id]
        }
        None => store.clinic_ids().await?,
    };
    let scan = store.scan_decisions(clinics)?;
    let runtime = Handle::current();
    tokio::task::spawn_blocking(move || {
        let replayer = Replayer { rulebooks, runtime };
        replayer.replay_all(&scan, progress)
    })
    .await?
}

struct Replayer {
    rulebooks: Rulebooks,
    runtime: Handle,
}

impl Replayer {
    fn replay_all(
        &self,
        scan: &Scan,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<ReplayReport, ReplayError> {
        let began = Instant::now();
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let mut report = ReplayReport::default();
        loop {
            match scan.next(SCAN_TIMEOUT)? {
                Scanned::NotYet => {}
                Scanned::End => break,
                Scanned::Page(page) => {
                    self.replay_page(&page, threads, &mut report)?;
                    progress(
                        page.claims.iter().map(count_bytes).sum(),
                        count_claims(&page.claims),
                    );
                }
            }
        }
        report.took = began.elapsed();
        Ok(report)
    }

    fn replay_page(
        &self,
        page: &ScannedPage,
        threads: usize,
        report: &mut ReplayReport,
    ) -> Result<(), ReplayError> {
        let replay_chunk = |claims: &[ScannedClaim]| -> Vec<(ClaimId, Result<bool, AppError>)> {
            let results = claims
                .iter()
                .map(|claim| (claim.id, self.is_reproduced(page.clinic, claim)));
            results
                .filter(|(_, result)| !matches!(result, Ok(true)))
                .collect()
        };
        let chunks = parallel::map_chunks(&page.claims, threads, replay_chunk)
            .ok_or(ReplayError::Panicked)?;
        report.decisions += count_claims(&page.claims);
        for (claim, result) in chunks.into_iter().flatten() {
            let reason = match result {
                Err(AppError::Unavailable(error)) => return Err(error.into()),
                Err(error) => {
                    report.unreadable += 1;
                    error.to_string()
                }
                Ok(_) => {
                    report.differences += 1;
                    "another decision comes out".to_owned()
                }
            };
            if report.failures.len() < MAX_LISTED_FAILURES {
                let clinic = page.clinic;
                report.failures.push(ReplayFailure {
                    clinic,
                    claim,
                    reason,
                });
            }
        }
        Ok(())
    }

    /// Returns true if the stored decision comes out again, byte for byte.
    fn is_reproduced(&self, clinic: ClinicId, claim: &ScannedClaim) -> Result<bool, AppError> {
        let stored = StoredDecision::read(claim.id, &claim.evidence)?;
        let rulebook = self
            .rulebooks
            .find_by_digest(clinic, stored.rulebook_sha256());
        let rulebook = self.runtime.block_on(rulebook)?;
        let remade = stored.remake(rulebook, &claim.evidence)?;
        Ok(remade.to_json()? == claim.evidence.decision)
    }
}

fn count_bytes(claim: &ScannedClaim) -> u64 {
    let ClaimEvidence {
        submission,
        decision,
        facts,
    } = &claim.evidence;
    let bytes = submission.len() + decision.len() + facts.len();
    u64::try_from(bytes).unwrap_or_default()
}

fn count_claims(claims: &[ScannedClaim]) -> u64 {
    u64::try_from(claims.len()).unwrap_or_default()
}
