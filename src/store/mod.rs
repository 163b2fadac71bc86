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
mod distribution;
mod engine;
mod events;
mod moving;
mod patients;
mod preauthorizations;
mod reports;
mod rulebooks;
mod space;
#[cfg(test)]
mod tests;
mod verification;
mod work;

pub(crate) use self::engine::{
    link::POOL_CONNECTIONS,
    writer::{GROUP_SIZE, QUEUED_WRITES},
};
pub use self::{
    access::{clinics::Bootstrapped, keys::KeyHash},
    backtests::{
        runs::NewBacktest,
        work::{InterimResult, Lease, LeasedBacktest, NextStep},
    },
    backup::BackupError,
    changed::{ChangeRefused, Changed},
    claims::{
        accounts::earlier::{EarlierClaim, EarlierEntry},
        corrections::TriedCorrection,
        duplicates::DuplicateSearch,
        evidence::ClaimEvidence,
        lists::ClaimFilter,
        prepared::NewClaim,
        redecisions::Redecision,
        replacement::ReplacementPosition,
        scans::scan::{Scan, ScanRange, Scanned, ScannedPage},
        scans::scanned::ScannedClaim,
        search::terms::{SoughtTerms, TooManyTerms},
        services::ServiceKey,
        steps::{AnswerChange, ClaimStep, ReviewChange, StepChange},
    },
    distribution::DistributionError,
    engine::{
        changes::{ChangePage, ChangePosition, ChangeRequest, ChangeStart},
        error::StoreError,
        page::{Page, PageRequest, Position},
        readiness::NotReady,
        store::Store,
        url::{DatabaseUrl, DatabaseUrlError},
    },
    events::UnreadableEvent,
    preauthorizations::{
        account::{ClaimAccounts, NewDraw, SettledItem},
        changes::PreauthorizationChange,
        ledger_search::{FoundApproval, LedgerFound, LedgerSearch},
        read::PreauthorizationFilter,
        redecisions::{LeasedRedecision, RedecidedClaims, RedecisionLease},
    },
    rulebooks::{NewRulebook, activations::NewActivation, drafts::DraftChange},
    space::find_free_bytes,
    verification::{ClaimColumns, RecordedClaim, RecordedItem, RecordedLedger, RecordedSubject},
    work::{WorkFilter, WorkPage, WorkPosition},
};
