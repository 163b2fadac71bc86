//! When an approval is entered or changed, the claims that name it are decided again: a few at once, many in the
//! background. What is to be done is stored with the change, so it is done after a stop or a crash too.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use payerline_domain::values::{
    ids::{ClaimId, ClinicId, PreauthorizationId},
    time::Timestamp,
};
use tokio::{
    sync::{Notify, watch},
    task::AbortHandle,
    time::timeout,
};

use crate::{
    app::{
        claims::{account_upgrades, redecisions::Pace, service::Claims},
        clock,
        error::AppError,
        expected_version::ExpectedVersion,
    },
    store::{LeasedRedecision, RedecidedClaims, RedecisionLease, Store},
};

/// Longer than the claims of a save take.
const LEASE_DURATION: Duration = Duration::from_secs(10);
/// Claims that are decided again before it is noted how far that is.
const CLAIMS_PER_SAVE: i64 = 16;
/// Claims that are decided again before the change of the approval is answered.
const CLAIMS_AT_ONCE: i64 = 32;
/// The answer does not wait for longer.
const MAX_WAIT: Duration = Duration::from_secs(2);
/// Work that another replica left is looked for in this interval.
const POLL_INTERVAL: Duration = Duration::from_secs(2);
/// A claim that somebody changes at the same moment is decided again so often.
const MAX_TRIES: usize = 3;

/// Decides claims again whose approvals change. Cheap to clone.
#[derive(Clone)]
pub struct Redecider {
    store: Store,
    claims: Claims,
    wake: Arc<Notify>,
    /// Claims of earlier builds are found by the approvals that they name.
    finds_all: Arc<watch::Sender<bool>>,
}

impl Redecider {
    pub fn new(store: Store, claims: Claims) -> Self {
        Self {
            store,
            claims,
            wake: Arc::default(),
            finds_all: Arc::new(watch::Sender::new(false)),
        }
    }

    /// Whether claims of earlier builds are found by the approvals that they name.
    pub fn finds_all(&self) -> bool {
        *self.finds_all.borrow()
    }

    /// Works in the background until it is aborted; every step is a transaction.
    pub fn start(&self) -> AbortHandle {
        let worker = self.clone();
        tokio::spawn(async move { worker.run().await }).abort_handle()
    }

    async fn run(&self) {
        while let Err(error) = account_upgrades::enter_earlier(&self.claims).await {
            note_interruption(&error);
            tokio::time::sleep(POLL_INTERVAL).await;
        }
        self.finds_all.send_replace(true);
        loop {
            match self.work_once().await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => note_interruption(&error),
            }
            let _ = timeout(POLL_INTERVAL, self.wake.notified()).await;
        }
    }

    /// Decides the claims of one approval again. Returns false if there is nothing to do.
    async fn work_once(&self) -> Result<bool, AppError> {
        let Some(key) = self.store.find_redecision(lease()).await? else {
            return Ok(false);
        };
        let Some(mut redecision) = self.store.take_redecision(key, lease()).await? else {
            return Ok(false);
        };
        loop {
            let advanced = self.advance(&mut redecision, Some(lease().until), Pace::Bulk);
            if advanced.await? != Progress::More {
                return Ok(true);
            }
        }
    }

    /// Decides a few claims that name an approval again, and leaves the others to the background.
    pub async fn redecide_some(&self, key: (ClinicId, PreauthorizationId)) -> Result<(), AppError> {
        let began = Instant::now();
        let mut finds_all = self.finds_all.subscribe();
        let found = timeout(MAX_WAIT, finds_all.wait_for(|it| *it)).await;
        if !matches!(found, Ok(Ok(_))) {
            return Ok(());
        }
        let Some(mut redecision) = self.store.take_redecision(key, lease()).await? else {
            return Ok(());
        };
        let mut left = CLAIMS_AT_ONCE;
        loop {
            left -= CLAIMS_PER_SAVE;
            let is_last = left <= 0 || began.elapsed() > MAX_WAIT;
            let until = (!is_last).then(|| lease().until);
            let advanced = self.advance(&mut redecision, until, Pace::Interactive);
            let progress = advanced.await?;
            if progress != Progress::More || is_last {
                break;
            }
        }
        self.wake.notify_one();
        Ok(())
    }

    /// Decides the next claims again and notes that; `until` is how long the lease is held then.
    async fn advance(
        &self,
        redecision: &mut LeasedRedecision,
        until: Option<Timestamp>,
        pace: Pace,
    ) -> Result<Progress, AppError> {
        let next = self
            .store
            .next_claims_to_redecide(redecision, CLAIMS_PER_SAVE);
        let claims = next.await?;
        if claims.is_empty() {
            self.store.finish_redecision(redecision.clone()).await?;
            return Ok(Progress::Done);
        }
        let mut done = RedecidedClaims::default();
        let mut until = until;
        let mut failed = None;
        let mut reached = None;
        for claim in claims {
            match self.redecide(redecision, claim, pace).await {
                Ok(changed) => done.changed += i64::from(changed),
                // What is done is noted, and the lease given up: whoever comes next goes on from there.
                Err(error) => {
                    (failed, until) = (Some(error), None);
                    break;
                }
            }
            done.decided += 1;
            reached = Some(claim);
        }
        let saved = match reached {
            Some(last) => {
                let saved = self
                    .store
                    .save_redecided_claims(redecision, last, done, until);
                saved.await?
            }
            None => self.store.release_redecision(redecision).await?,
        };
        if let Some(error) = failed {
            return Err(error);
        }
        Ok(match saved {
            true => Progress::More,
            false => Progress::Changed,
        })
    }

    async fn try_to_redecide(
        &self,
        redecision: &LeasedRedecision,
        id: ClaimId,
        pace: Pace,
    ) -> Result<bool, AppError> {
        let by = (redecision.clinic, redecision.changed_by);
        let Some(before) = self.store.claim(redecision.clinic, id).await? else {
            return Ok(false);
        };
        let redecided = self.claims.redecide_as(by, id, &ExpectedVersion::Any, pace);
        Ok(redecided.await?.version != before.version)
    }

    /// Decides a claim again. Returns true if another decision came out.
    async fn redecide(
        &self,
        redecision: &LeasedRedecision,
        id: ClaimId,
        pace: Pace,
    ) -> Result<bool, AppError> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.try_to_redecide(redecision, id, pace).await {
                Ok(changed) => return Ok(changed),
                Err(AppError::Stale) if tries < MAX_TRIES => {}
                Err(AppError::Stale) => return Err(AppError::busy()),
                // It was sent, withdrawn or replaced meanwhile.
                Err(AppError::IllegalStep(_) | AppError::Replaced(_) | AppError::NotFound(_)) => {
                    return Ok(false);
                }
                Err(error) if error.is_transient() => return Err(error),
                // One that cannot be decided must not keep the others waiting.
                Err(error) => {
                    tracing::error!(%error, claim = %id, "a claim cannot be decided again");
                    return Ok(false);
                }
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    More,
    Done,
    /// The approval has changed since, so everything begins anew.
    Changed,
}

fn lease() -> RedecisionLease {
    let now = clock::now();
    let lease = i64::try_from(LEASE_DURATION.as_micros()).unwrap_or_default();
    let until = Timestamp::from_microseconds(now.microseconds() + lease);
    RedecisionLease {
        now,
        until: until.unwrap_or(now),
    }
}

/// That the database is away is logged once for the whole service.
fn note_interruption(error: &AppError) {
    match error {
        AppError::Unavailable(_) => {
            tracing::debug!(%error, "deciding claims again is interrupted");
        }
        _ => tracing::warn!(%error, "deciding claims again is interrupted"),
    }
}
