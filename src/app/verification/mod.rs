//! The verification of all that is stored: events against their chain, claims against their evidence and events, and the
//! accounts of approvals against what claims have drawn.
//!
//! It reads the database directly and changes nothing. Who can write to the database can also write a whole new chain
//! of events, or remove a claim together with all its events: that cannot be found in the database alone, only by
//! comparing it with a backup that was kept elsewhere.

mod chain;
mod claim;
mod history;
mod outline;

use std::{
    collections::HashSet,
    thread,
    time::{Duration, Instant},
};

use uuid::Uuid;

use crate::{
    app::parallel,
    store::{RecordedSubject, Store, StoreError},
};
use payerline_domain::values::ids::{ClaimId, ClinicId};

const MAX_LISTED_FAULTS: usize = 100;

/// What is verified.
#[derive(Debug, Clone, Copy)]
pub enum Scope {
    All,
    Clinic(ClinicId),
    Claim(ClaimId),
}

#[derive(Debug, Default)]
pub struct VerificationReport {
    pub claims: u64,
    pub events: u64,
    /// Counts claims and other subjects of events in which something is wrong.
    pub altered: u64,
    /// The first faults.
    pub faults: Vec<VerificationFault>,
    pub has_more_faults: bool,
    pub took: Duration,
    /// The subjects that are counted in `altered`.
    counted: HashSet<Uuid>,
}

/// Something that is not as it was written. `what` holds no patient data.
#[derive(Debug)]
pub struct VerificationFault {
    pub clinic: ClinicId,
    pub subject: Uuid,
    pub what: String,
}

/// A verification that did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum VerificationError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("there is no clinic {0}")]
    NoClinic(ClinicId),
    #[error("there is no claim {0}, and no event of one")]
    NoClaim(ClaimId),
    #[error("verifying a claim panicked")]
    Panicked,
    #[error(transparent)]
    Task(#[from] tokio::task::JoinError),
}

/// Verifies what is stored. `progress` gets the number of claims of each page.
pub async fn run(
    store: &Store,
    scope: Scope,
    mut progress: impl FnMut(u64),
) -> Result<VerificationReport, VerificationError> {
    let began = Instant::now();
    let mut report = VerificationReport::default();
    let clinics = match scope {
        Scope::Clinic(id) => {
            let found = store.clinic(id).await?;
            vec![found.ok_or(VerificationError::NoClinic(id))?.id]
        }
        Scope::All | Scope::Claim(_) => store.clinic_ids().await?,
    };
    for clinic in clinics {
        match scope {
            Scope::Claim(claim) => {
                let subjects = store.recorded_subject(clinic, claim.uuid()).await?;
                report.add(clinic, verify(subjects)?);
            }
            Scope::All | Scope::Clinic(_) => {
                verify_clinic(store, clinic, &mut report, &mut progress).await?;
            }
        }
    }
    if let Scope::Claim(claim) = scope
        && report.events == 0
        && report.claims == 0
    {
        return Err(VerificationError::NoClaim(claim));
    }
    report.took = began.elapsed();
    Ok(report)
}

/// Verifies a clinic page by page. The next page is read while one is verified.
async fn verify_clinic(
    store: &Store,
    clinic: ClinicId,
    report: &mut VerificationReport,
    progress: &mut impl FnMut(u64),
) -> Result<(), VerificationError> {
    let mut page = store.recorded_subjects(clinic, Uuid::nil()).await?;
    while let Some(last) = page.last().map(|subject| subject.id) {
        let verified = tokio::task::spawn_blocking(|| verify(page));
        page = store.recorded_subjects(clinic, last).await?;
        let verified = verified.await??;
        progress(verified.claims);
        report.add(clinic, verified);
    }
    let unbalanced = store.unbalanced_accounts(clinic).await?;
    let sums = "reserved_cents or consumed_cents is not the sum of the approval's draws";
    let draws = "the claim has drawn of an approval what it cannot have drawn";
    let of_approvals = unbalanced.approvals.into_iter().map(|id| (id, sums));
    let of_claims = unbalanced.claims.into_iter().map(|id| (id, draws));
    let faults = of_approvals.chain(of_claims);
    let verified = Verified {
        faults: faults
            .map(|(id, what)| (id, vec![what.to_owned()]))
            .collect(),
        ..Verified::default()
    };
    report.add(clinic, verified);
    Ok(())
}

/// What was found in some subjects.
#[derive(Default)]
struct Verified {
    claims: u64,
    events: u64,
    faults: Vec<(Uuid, Vec<String>)>,
}

fn verify(subjects: Vec<RecordedSubject>) -> Result<Verified, VerificationError> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let chunks = parallel::map_chunks(&subjects, threads, |subjects| {
        let mut verified = Verified::default();
        for subject in subjects {
            verified.claims += u64::from(subject.claim.is_some());
            verified.events += u64::try_from(subject.events.len()).unwrap_or_default();
            let mut faults = chain::find_faults(&subject.events);
            claim::find_faults(subject, &mut faults);
            if !faults.is_empty() {
                verified.faults.push((subject.id, faults));
            }
        }
        verified
    });
    let mut all = Verified::default();
    for chunk in chunks.ok_or(VerificationError::Panicked)? {
        all.claims += chunk.claims;
        all.events += chunk.events;
        all.faults.extend(chunk.faults);
    }
    Ok(all)
}

impl VerificationReport {
    fn add(&mut self, clinic: ClinicId, verified: Verified) {
        self.claims += verified.claims;
        self.events += verified.events;
        for (subject, faults) in verified.faults {
            self.altered += u64::from(self.counted.insert(subject));
            let room = MAX_LISTED_FAULTS.saturating_sub(self.faults.len());
            self.has_more_faults |= faults.len() > room;
            self.faults
                .extend(faults.into_iter().take(room).map(|what| VerificationFault {
                    clinic,
                    subject,
                    what,
                }));
        }
    }
}
