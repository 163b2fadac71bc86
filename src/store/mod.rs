//! The store: the only place that knows the database, SQLite or PostgreSQL, and its one door, [`Store`].
//!
//! Methods are async and never block: they hand work to the store's own threads (`engine::threads`) and wait
//! for the answer. Below them is synchronous diesel, written once for both databases
//! (`engine::connection::on_backend`), a file a table. Rows are private: methods return the domain's types.

mod access;
mod backtests;
mod backup;
mod changed;
mod claims;
mod engine;
mod events;
mod preauthorizations;
mod rulebooks;
#[cfg(test)]
mod tests;
mod verification;

pub(crate) use self::engine::writer::{BATCH_SIZE, QUEUE_DEPTH};
pub use self::{
    access::{clinics::Bootstrapped, keys::KeyHash},
    backtests::{
        runs::NewBacktest,
        work::{InterimResult, Lease, LeasedBacktest, NextStep},
    },
    backup::BackupError,
    changed::{ChangeRefused, Changed},
    claims::{
        corrections::TriedCorrection,
        evidence::ClaimEvidence,
        lists::ClaimFilter,
        prepared::NewClaim,
        redecisions::{NOT_SUBMITTED, Redecision},
        replacement::ReplacementPosition,
        scan::{Scan, ScanRange, Scanned, ScannedPage},
        scanned::ScannedClaim,
    },
    engine::{
        changes::{ChangePage, ChangePosition, ChangeRequest, ChangeStart},
        error::StoreError,
        page::{Page, PageRequest, Position},
        readiness::NotReady,
        store::Store,
        url::{DatabaseUrl, DatabaseUrlError},
    },
    events::UnreadableEvent,
    preauthorizations::{PreauthorizationFilter, changes::PreauthorizationChange},
    rulebooks::{NewRulebook, activations::NewActivation, drafts::DraftChange},
    verification::{ClaimColumns, RecordedClaim, RecordedItem, RecordedSubject},
};
