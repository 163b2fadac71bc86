//! Where rulebooks are written: drafts, checks, activations. Everything here is a clinic's admin at work.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::Semaphore, time::timeout};

use crate::{
    app::clock,
    store::{
        Activated, DraftChange, NewActivation, Page, PageRequest, Registered, Store, StoreError,
    },
};
use payerline_domain::{
    access::Actor,
    backtests::limits::{Limits, within},
    parse::fault::{Fault, Refusal},
    rulebooks::{Origin, RulebookSummary, StoredRulebook},
    values::{digest::hexadecimal, ids::ClinicId, names::VersionName},
};
use payerline_rulebook::{Rulebook, markdown::markdown};

use super::{
    activation::ActivationRequest,
    check::CheckReport,
    draft::{Base, Draft, DraftError},
    in_force::{Rulebooks, RulebooksError, read},
};

/// How long a check waits for others to be done: a check computes, and the cores have claims to decide.
const WAIT: Duration = Duration::from_secs(10);

/// Writes, checks and activates rulebooks. Cheap to clone.
#[derive(Clone)]
pub struct Office {
    store: Store,
    rulebooks: Rulebooks,
    /// One check at a time.
    checks: Arc<Semaphore>,
    reports: Arc<Mutex<Reports>>,
}

/// What was found out, by the digests of table and golden cases: the same are checked once.
type Reports = HashMap<(String, String), CheckReport>;

/// Reports that are remembered at most.
const REPORTS_MOST: usize = 100;

/// Why something could not be done.
#[derive(Debug, thiserror::Error)]
pub enum OfficeError {
    /// What was sent has faults.
    #[error("it was refused")]
    Refused(Refusal),
    /// There is no such version.
    #[error("there is no such version")]
    NotFound,
    /// It was changed since it was seen.
    #[error("it was changed since")]
    Stale,
    /// It was activated or shipped, and never changes.
    #[error("it never changes")]
    Immutable,
    /// The check found what stands in the way.
    #[error("it is not sound")]
    Unsound(Vec<Fault>),
    /// Its back-test found more than it may, or is not the one that is needed.
    #[error("its back-test does not allow it")]
    Beyond(Vec<Fault>),
    /// The rulebooks, or the store.
    #[error(transparent)]
    Rulebooks(#[from] RulebooksError),
    /// Anything else: a fault of the service.
    #[error("{0}")]
    Internal(String),
}

impl From<StoreError> for OfficeError {
    fn from(error: StoreError) -> Self {
        Self::Rulebooks(error.into())
    }
}

impl From<clock::NoRandomness> for OfficeError {
    fn from(error: clock::NoRandomness) -> Self {
        Self::Rulebooks(error.into())
    }
}

impl From<Refusal> for OfficeError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<DraftError> for OfficeError {
    fn from(error: DraftError) -> Self {
        match error {
            DraftError::Refused(refusal) => Self::Refused(refusal),
            error => Self::Internal(error.to_string()),
        }
    }
}

impl Office {
    /// Works on the rulebooks in `store`.
    pub fn new(store: Store, rulebooks: Rulebooks) -> Self {
        Self {
            store,
            rulebooks,
            checks: Arc::new(Semaphore::new(1)),
            reports: Arc::default(),
        }
    }

    /// A version.
    ///
    /// # Errors
    /// When there is none, or the store fails.
    pub async fn find(
        &self,
        clinic: ClinicId,
        version: VersionName,
    ) -> Result<StoredRulebook, OfficeError> {
        let found = self.store.rulebook(clinic, version).await?;
        found
            .map(|it| self.standing(it))
            .ok_or(OfficeError::NotFound)
    }

    /// A version's table as people read it.
    ///
    /// # Errors
    /// When the stored table cannot be read.
    pub fn markdown(&self, stored: &StoredRulebook) -> Result<String, OfficeError> {
        Ok(markdown(self.compile(stored)?.table()))
    }

    /// A page of versions.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(
        &self,
        clinic: ClinicId,
        page: PageRequest,
    ) -> Result<Page<RulebookSummary>, OfficeError> {
        let mut page = self.store.rulebooks(clinic, page).await?;
        let data = page.data.into_iter();
        page.data = data.map(|it| self.rulebooks.standing(it)).collect();
        Ok(page)
    }

    /// Writes a new draft.
    ///
    /// # Errors
    /// When it has faults, or the store fails.
    pub async fn draft(
        &self,
        caller: &Actor,
        body: &[u8],
    ) -> Result<Registered<StoredRulebook>, OfficeError> {
        let draft = Draft::parse(body)?;
        let base = self.base(caller.clinic, &draft).await?;
        let new = draft.finish(base)?;
        let now = clock::now();
        let id = clock::new_id(now)?.into();
        let who = (caller.clinic, caller.key);
        Ok(self.store.create_rulebook(who, id, new, now).await?)
    }

    /// Writes a draft anew.
    ///
    /// # Errors
    /// When it has faults, was changed since it was seen or never changes, or the store fails.
    pub async fn redraft(
        &self,
        caller: &Actor,
        version: &VersionName,
        expected_revision: i64,
        body: &[u8],
    ) -> Result<StoredRulebook, OfficeError> {
        let draft = Draft::parse(body)?;
        if draft.version() != version {
            return Err(OfficeError::Refused(Refusal::Rules(vec![Fault {
                code: "version_changed",
                pointer: draft.version_pointer().to_owned(),
                detail: "must be the version in the address; write a new draft for another version"
                    .to_owned(),
            }])));
        }
        let base = self.base(caller.clinic, &draft).await?;
        let new = draft.finish(base)?;
        let who = (caller.clinic, caller.key);
        let change = self
            .store
            .replace_rulebook(who, expected_revision, new, clock::now());
        made(change.await?)
    }

    /// Throws a draft away.
    ///
    /// # Errors
    /// When it was changed since it was seen or is no draft, or the store fails.
    pub async fn discard(
        &self,
        caller: &Actor,
        version: VersionName,
        expected_revision: i64,
    ) -> Result<(), OfficeError> {
        let who = (caller.clinic, caller.key);
        let change = self
            .store
            .discard_rulebook(who, version, expected_revision, clock::now());
        made(change.await?)
    }

    /// Checks a version.
    ///
    /// # Errors
    /// When there is none, too many others are checked, or the store fails.
    pub async fn check(
        &self,
        clinic: ClinicId,
        version: VersionName,
    ) -> Result<CheckReport, OfficeError> {
        let stored = self.find(clinic, version).await?;
        let rulebook = self.compile(&stored)?;
        self.check_stored(&stored, rulebook).await
    }

    /// Puts a version into force, if it is sound.
    ///
    /// # Errors
    /// When there is none, it was changed since it was seen, it is not sound, or the store fails.
    pub async fn activate(
        &self,
        caller: &Actor,
        version: VersionName,
        expected_revision: Option<i64>,
        request: ActivationRequest,
    ) -> Result<StoredRulebook, OfficeError> {
        let stored = self.find(caller.clinic, version.clone()).await?;
        if expected_revision.is_some_and(|expected| expected != stored.summary.revision) {
            return Err(OfficeError::Stale);
        }
        if let Some(limits) = &request.limits {
            self.check_limits(caller.clinic, &stored, limits).await?;
        }
        let rulebook = self.compile(&stored)?;
        let report = self.check_stored(&stored, rulebook.clone()).await?;
        if !report.sound {
            return Err(OfficeError::Unsound(report.faults(rulebook.table())));
        }
        let activation = NewActivation {
            clinic: caller.clinic,
            actor: caller.key,
            version: version.clone(),
            sha256: stored.summary.sha256,
            revision: stored.summary.revision,
            effective_from: request.effective_from,
            limits: request.limits,
            now: clock::now(),
        };
        let activated = self.store.activate_rulebook(activation).await;
        // Also when the answer was lost: it may have been done.
        self.rulebooks.forget(caller.clinic);
        match activated? {
            Activated::Active(_) => self.find(caller.clinic, version).await,
            Activated::Stale => Err(OfficeError::Stale),
            Activated::NotFound => Err(OfficeError::NotFound),
        }
    }

    /// Holds what a back-test found against what it may have found.
    async fn check_limits(
        &self,
        clinic: ClinicId,
        stored: &StoredRulebook,
        limits: &Limits,
    ) -> Result<(), OfficeError> {
        let Some(backtest) = self.store.backtest(clinic, limits.backtest).await? else {
            return Err(OfficeError::Beyond(vec![Fault {
                code: "unknown_backtest",
                pointer: "/limits/backtest".to_owned(),
                detail: "there is no such back-test; start one of this version".to_owned(),
            }]));
        };
        within(limits, &backtest, &stored.summary.sha256).map_err(OfficeError::Beyond)
    }

    async fn base(&self, clinic: ClinicId, draft: &Draft) -> Result<Option<Base>, OfficeError> {
        let Some(based_on) = draft.based_on() else {
            return Ok(None);
        };
        let Some(stored) = self.store.rulebook(clinic, based_on.clone()).await? else {
            return Ok(None);
        };
        let rulebook = read(&stored.table, &stored.summary.sha256)?;
        Ok(Some(Base {
            table: rulebook.into_table(),
            golden_cases: stored.golden_cases.as_str().to_owned(),
        }))
    }

    fn compile(&self, stored: &StoredRulebook) -> Result<Arc<Rulebook>, OfficeError> {
        let summary = &stored.summary;
        let shipped = self.rulebooks.shipped();
        if summary.origin == Origin::Shipped && *summary.sha256 == *shipped.version().sha256 {
            return Ok(shipped.clone());
        }
        Ok(Arc::new(read(&stored.table, &summary.sha256)?))
    }

    async fn check_stored(
        &self,
        stored: &StoredRulebook,
        rulebook: Arc<Rulebook>,
    ) -> Result<CheckReport, OfficeError> {
        let cases = stored.golden_cases.as_str().to_owned();
        let key = (stored.summary.sha256.clone(), hexadecimal(&cases));
        if let Some(report) = self.reports().get(&key) {
            return Ok(report.clone());
        }
        let Ok(Ok(turn)) = timeout(WAIT, self.checks.clone().acquire_owned()).await else {
            return Err(StoreError::Busy.into());
        };
        let check = tokio::task::spawn_blocking(move || {
            // Held until the check is done, even if nobody waits for it any more.
            let _turn = turn;
            CheckReport::of(&rulebook, &cases)
        });
        let report = check
            .await
            .map_err(|error| OfficeError::Internal(format!("checking a rulebook: {error}")))?;
        let unreadable =
            |_| OfficeError::Internal("stored golden cases do not read back".to_owned());
        let report = report.map_err(unreadable)?;
        let mut reports = self.reports();
        if reports.len() >= REPORTS_MOST {
            reports.clear();
        }
        reports.insert(key, report.clone());
        Ok(report)
    }

    fn reports(&self) -> MutexGuard<'_, Reports> {
        self.reports.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn standing(&self, stored: StoredRulebook) -> StoredRulebook {
        StoredRulebook {
            summary: self.rulebooks.standing(stored.summary),
            ..stored
        }
    }
}

fn made<T>(change: DraftChange<T>) -> Result<T, OfficeError> {
    match change {
        DraftChange::Made(made) => Ok(made),
        DraftChange::Stale => Err(OfficeError::Stale),
        DraftChange::NotFound => Err(OfficeError::NotFound),
        DraftChange::Immutable => Err(OfficeError::Immutable),
    }
}
