//! [`WorkQueue`]: what a person should do next.
//!
//! Entries are written with the terms that claims are found by, so the queue waits for them as a search does and has all
//! claims that were stored before it was asked for.

use payerline_domain::work::WorkCounts;

use super::{
    access::permissions::{Allowed, ReadWorkQueue},
    claims::service::Claims,
    error::AppError,
};
use crate::store::{WorkFilter, WorkPage, WorkPosition};

/// Cheap to clone.
#[derive(Clone)]
pub struct WorkQueue {
    claims: Claims,
}

impl WorkQueue {
    pub fn new(claims: Claims) -> Self {
        Self { claims }
    }

    /// A page of the queue, nearest deadline first, and how many entries of each task there are.
    pub async fn list(
        &self,
        actor: &Allowed<ReadWorkQueue>,
        filter: WorkFilter,
        page: (Option<WorkPosition>, usize),
    ) -> Result<(WorkPage, WorkCounts), AppError> {
        let clinic = actor.clinic;
        self.claims.terms.catch_up(clinic).await?;
        let (page, counts) = self.claims.store.work_queue(clinic, filter, page).await?;
        let counts = WorkCounts::new(|task| counts.get(&task).copied().unwrap_or_default());
        Ok((page, counts))
    }
}
