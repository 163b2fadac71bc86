//! Searches: claims as people ask for them, by a name, a number or an amount.
//!
//! The terms that claims are found by are not written with the claims but before they are looked for, so that accepting
//! claims costs nothing more. A search waits until those of all claims are written that were stored before it began.

use std::time::Duration;

use payerline_domain::{search::Sought, values::ids::ClinicId};
use tokio::{
    task::AbortHandle,
    time::{Instant, timeout_at},
};

use crate::{
    app::{clock, error::AppError, turns::Turns},
    store::{ClaimFilter, Store, TooManyTerms},
};

/// How long a search waits for the terms of claims.
const MAX_WAIT: Duration = Duration::from_secs(3);

/// Which claims are asked for.
#[derive(Debug, Clone, Default)]
pub struct ClaimSearch {
    pub filter: ClaimFilter,
    /// What the claims are found by; all of it must hold.
    pub sought: Vec<Sought>,
}

/// Writes the terms of claims. Cheap to clone.
#[derive(Clone)]
pub struct TermWriter {
    store: Store,
    /// Whose turn it is to write the terms of a clinic: of many searches at once the first writes them for all.
    turns: Turns<ClinicId>,
}

impl TermWriter {
    pub fn new(store: Store) -> Self {
        let turns = Turns::default();
        Self { store, turns }
    }

    /// Writes the terms of all stored claims in the background: after an upgrade those of years.
    pub fn start(&self) -> AbortHandle {
        let writer = self.clone();
        let work = async move {
            let clinics = match writer.store.clinic_ids().await {
                Ok(clinics) => clinics,
                Err(error) => return note_interruption(&error.into()),
            };
            for clinic in clinics {
                let _turn = writer.turns.take(clinic).await;
                if let Err(error) = writer.write(clinic).await {
                    note_interruption(&error);
                }
            }
        };
        tokio::spawn(work).abort_handle()
    }

    /// Finds what the claims of a search have in common that the store lists.
    pub async fn find_filter(
        &self,
        clinic: ClinicId,
        search: ClaimSearch,
    ) -> Result<ClaimFilter, AppError> {
        let ClaimSearch { mut filter, sought } = search;
        if !sought.is_empty() {
            self.catch_up(clinic).await?;
            let found = self.store.find_terms(clinic, sought).await?;
            filter.terms = found.map_err(|TooManyTerms(topic)| AppError::SearchTooWide(topic))?;
        }
        Ok(filter)
    }

    /// Waits until the terms of all claims of a clinic are written, and what reports are made of. What takes longer goes on in the background.
    pub(in crate::app) async fn catch_up(&self, clinic: ClinicId) -> Result<(), AppError> {
        let deadline = Instant::now() + MAX_WAIT;
        let turn = timeout_at(deadline, self.turns.take(clinic)).await;
        let turn = turn.map_err(|_| AppError::SearchBehind)?;
        let writer = self.clone();
        let writing = tokio::spawn(async move {
            let written = writer.write(clinic).await;
            drop(turn);
            written
        });
        match timeout_at(deadline, writing).await {
            Ok(written) => written.map_err(AppError::internal)?,
            Err(_) => Err(AppError::SearchBehind),
        }
    }

    /// Writes step by step: what claims changed, then what approvals changed, and what a new day shows.
    async fn write(&self, clinic: ClinicId) -> Result<(), AppError> {
        let today = clock::today();
        // A claim that changes meanwhile moves to the end of the order, so only a step that reaches the end has seen them all.
        if !self.store.has_all_terms(clinic).await? {
            let mut after = None;
            loop {
                after = self.store.write_next_terms(clinic, after, today).await?;
                if after.is_none() {
                    break;
                }
            }
        }
        if !self.store.has_current_tasks(clinic, today).await? {
            let mut after = None;
            loop {
                after = self.store.write_next_tasks(clinic, after, today).await?;
                if after.is_none() {
                    break;
                }
            }
        }
        Ok(())
    }
}

/// The next search continues.
fn note_interruption(error: &AppError) {
    tracing::warn!(%error, "writing the terms that claims are found by was interrupted; the next search continues");
}
