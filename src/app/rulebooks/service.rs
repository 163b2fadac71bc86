//! [`RulebookService`]: the use cases on rulebooks. An admin drafts, checks and activates a clinic's versions.

use std::{sync::Arc, time::Duration};

use tokio::sync::Semaphore;

use crate::{
    app::{
        access::permissions::{Allowed, ManageRulebooks, ReadRulebooks},
        cache::Cache,
        changed::{Entered, Resource},
        clock,
        error::AppError,
        expected_version::ExpectedVersion,
        load::acquire_in_time,
    },
    store::{DraftChange, NewActivation, Page, PageRequest, Store},
};
use payerline_domain::{
    access::Actor,
    backtests::limits::{Limits, check_limits},
    parse::{
        decode::Decode,
        fault::{Fault, Refusal},
        fault_code::FaultCode,
        record::record,
    },
    rulebooks::{Origin, RulebookSummary, StoredRulebook},
    values::{digest::sha256_hex, ids::ClinicId, names::VersionName, time::Day},
};
use payerline_rulebook::{Rulebook, markdown::markdown, proof::Differences};

use super::{
    check::CheckReport,
    draft::{BaseVersion, Draft},
    in_force::{Rulebooks, read_table},
};

record! {
    /// What an admin wants of an activation.
    #[derive(Debug, Clone)]
    #[schema(example = json!({"effective_from": "2027-01-01"}))]
    pub struct ActivationRequest {
        /// The first day of service that the version decides. A claim is decided by the version that is in force on
        /// the earliest day of its services.
        #[schema(value_type = String, format = Date, example = "2027-01-01")]
        pub effective_from: Day,
        /// A finished back-test of this version, and how much it may have found at most. Beyond that the activation is
        /// refused.
        pub limits: Option<Limits>,
    }
}

/// A check waits for this time for another check or a comparison to finish.
const CHECK_TURN_TIMEOUT: Duration = Duration::from_secs(10);
/// Bounds a comparison to less than two seconds.
const MAX_COMPARISON_STEPS: u64 = 500_000;
/// A comparison waits for this time for a check or another comparison to finish.
const COMPARISON_TURN_TIMEOUT: Duration = Duration::from_secs(1);

/// Cheap to clone.
#[derive(Clone)]
pub struct RulebookService {
    store: Store,
    rulebooks: Rulebooks,
    /// Allows one check or comparison at a time, since the cores have claims to decide.
    computations: Arc<Semaphore>,
    /// By the digests of table and golden cases, so that the same version is checked once.
    reports: Arc<Cache<(String, String), CheckReport>>,
}

const RULEBOOK: Resource = Resource {
    name: "version of a rulebook",
    unique_field: "version",
};
const MAX_CACHED_REPORTS: usize = 100;

impl RulebookService {
    pub fn new(store: Store, rulebooks: Rulebooks) -> Self {
        Self {
            store,
            rulebooks,
            computations: Arc::new(Semaphore::new(1)),
            reports: Arc::new(Cache::new(None, MAX_CACHED_REPORTS)),
        }
    }

    pub async fn get(
        &self,
        actor: &Allowed<ReadRulebooks>,
        version: VersionName,
    ) -> Result<StoredRulebook, AppError> {
        self.find(actor.clinic, version).await
    }

    async fn find(
        &self,
        clinic: ClinicId,
        version: VersionName,
    ) -> Result<StoredRulebook, AppError> {
        let found = self.store.rulebook(clinic, version).await?;
        found
            .map(|it| self.resolve_state(it))
            .ok_or(RULEBOOK.not_found())
    }

    /// Renders a version's table for people.
    pub fn render_markdown(&self, stored: &StoredRulebook) -> Result<String, AppError> {
        Ok(markdown(self.compile(stored)?.table()))
    }

    pub async fn list(
        &self,
        actor: &Allowed<ReadRulebooks>,
        page: PageRequest,
    ) -> Result<Page<RulebookSummary>, AppError> {
        let mut page = self.store.rulebooks(actor.clinic, page).await?;
        let data = page.data.into_iter();
        page.data = data.map(|it| self.rulebooks.resolve_state(it)).collect();
        Ok(page)
    }

    /// Writes a new draft.
    pub async fn draft(
        &self,
        actor: &Allowed<ManageRulebooks>,
        body: &[u8],
    ) -> Result<Entered<StoredRulebook>, AppError> {
        let draft = Draft::parse(body)?;
        let base = self.find_base(actor.clinic, &draft).await?;
        let new = draft.finish(base)?;
        let now = clock::now();
        let id = clock::new_id(now).into();
        let who = (actor.clinic, actor.id());
        let entered = self.store.create_rulebook(who, id, new, now);
        RULEBOOK.resolve_entered(entered.await?)
    }

    /// Replaces a draft.
    pub async fn redraft(
        &self,
        actor: &Allowed<ManageRulebooks>,
        version: &VersionName,
        expected: &ExpectedVersion,
        body: &[u8],
    ) -> Result<StoredRulebook, AppError> {
        let draft = Draft::parse(body)?;
        if draft.version() != version {
            return Err(AppError::Refused(Refusal::Rules(vec![Fault {
                code: FaultCode::VersionChanged,
                pointer: draft.version_pointer().to_owned(),
                detail: "must be the version in the address; write a new draft for another version"
                    .to_owned(),
            }])));
        }
        let base = self.find_base(actor.clinic, &draft).await?;
        let new = draft.finish(base)?;
        let change = self.expect_draft(actor, version, expected).await?;
        RULEBOOK.resolve(self.store.replace_rulebook(change, new).await?)
    }

    /// Deletes a draft.
    pub async fn discard(
        &self,
        actor: &Allowed<ManageRulebooks>,
        version: VersionName,
        expected: &ExpectedVersion,
    ) -> Result<(), AppError> {
        let change = self.expect_draft(actor, &version, expected).await?;
        RULEBOOK.resolve(self.store.discard_rulebook(change, version).await?)
    }

    pub async fn check(
        &self,
        actor: &Allowed<ReadRulebooks>,
        version: VersionName,
    ) -> Result<CheckReport, AppError> {
        let stored = self.find(actor.clinic, version).await?;
        let rulebook = self.compile(&stored)?;
        self.check_stored(&stored, rulebook).await
    }

    /// The situations that two versions decide differently.
    pub async fn differences(
        &self,
        actor: &Allowed<ReadRulebooks>,
        from: VersionName,
        to: VersionName,
    ) -> Result<Differences, AppError> {
        let (from, to) = (self.get(actor, from).await?, self.get(actor, to).await?);
        let service = self.clone();
        let compare = move || {
            let (from, to) = (service.compile(&from)?, service.compile(&to)?);
            Ok(from.differences(&to, MAX_COMPARISON_STEPS))
        };
        self.compute(COMPARISON_TURN_TIMEOUT, compare).await?
    }

    /// Puts a sound version into force.
    pub async fn activate(
        &self,
        actor: &Allowed<ManageRulebooks>,
        version: VersionName,
        expected: &ExpectedVersion,
        request: ActivationRequest,
    ) -> Result<StoredRulebook, AppError> {
        let stored = self.find(actor.clinic, version.clone()).await?;
        if !expected.accepts(stored.summary.revision) {
            return Err(AppError::Stale);
        }
        if let Some(limits) = &request.limits {
            self.check_limits(actor.clinic, &stored, limits).await?;
        }
        let rulebook = self.compile(&stored)?;
        let report = self.check_stored(&stored, rulebook.clone()).await?;
        // A shipped version was proved when it was released: a law that came later keeps no clinic from staying with it.
        if !report.sound && stored.summary.origin != Origin::Shipped {
            return Err(AppError::Unsound(report.faults(rulebook.table())));
        }
        let activation = NewActivation {
            clinic: actor.clinic,
            actor: actor.id(),
            version,
            sha256: stored.summary.sha256,
            revision: stored.summary.revision,
            effective_from: request.effective_from,
            limits: request.limits,
            now: clock::now(),
        };
        let activated = self.store.activate_rulebook(activation).await;
        // Also after an error: the answer of a commit may have been lost.
        self.rulebooks.forget_timeline(actor.clinic);
        RULEBOOK
            .resolve(activated?)
            .map(|stored| self.resolve_state(stored))
    }

    /// Begins a change of the one revision of a draft that it is based on.
    async fn expect_draft(
        &self,
        actor: &Actor,
        version: &VersionName,
        expected: &ExpectedVersion,
    ) -> Result<DraftChange, AppError> {
        let current = async {
            let found = self.find(actor.clinic, version.clone()).await?;
            Ok(found.summary.revision)
        };
        Ok(DraftChange {
            clinic: actor.clinic,
            actor: actor.id(),
            expected_revision: expected.resolve(current).await?,
            now: clock::now(),
        })
    }

    /// Refuses an activation whose back-test found more than its limits allow.
    async fn check_limits(
        &self,
        clinic: ClinicId,
        stored: &StoredRulebook,
        limits: &Limits,
    ) -> Result<(), AppError> {
        let Some(backtest) = self.store.backtest(clinic, limits.backtest).await? else {
            return Err(AppError::BeyondLimits(vec![Fault {
                code: FaultCode::UnknownBacktest,
                pointer: "/limits/backtest".to_owned(),
                detail: "there is no such back-test; start one of this version".to_owned(),
            }]));
        };
        check_limits(limits, &backtest, &stored.summary.sha256).map_err(AppError::BeyondLimits)
    }

    async fn find_base(
        &self,
        clinic: ClinicId,
        draft: &Draft,
    ) -> Result<Option<BaseVersion>, AppError> {
        let Some(based_on) = draft.based_on() else {
            return Ok(None);
        };
        let Some(stored) = self.store.rulebook(clinic, based_on.clone()).await? else {
            return Ok(None);
        };
        let rulebook = read_table(&stored.table, &stored.summary.sha256)?;
        Ok(Some(BaseVersion {
            table: rulebook.into_table(),
            golden_cases: stored.golden_cases.as_str().to_owned(),
        }))
    }

    fn compile(&self, stored: &StoredRulebook) -> Result<Arc<Rulebook>, AppError> {
        let summary = &stored.summary;
        let shipped = self.rulebooks.shipped();
        if summary.origin == Origin::Shipped && *summary.sha256 == *shipped.version().sha256 {
            return Ok(shipped.clone());
        }
        Ok(Arc::new(read_table(&stored.table, &summary.sha256)?))
    }

    async fn check_stored(
        &self,
        stored: &StoredRulebook,
        rulebook: Arc<Rulebook>,
    ) -> Result<CheckReport, AppError> {
        let cases = stored.golden_cases.as_str().to_owned();
        let key = (stored.summary.sha256.clone(), sha256_hex(&cases));
        let report = self.reports.get_or_load(key, async {
            let shipped = self.rulebooks.shipped().clone();
            let check = move || CheckReport::check(&rulebook, &cases, &shipped);
            let report = self.compute(CHECK_TURN_TIMEOUT, check).await?;
            let unreadable = |_| AppError::Internal("stored golden cases do not read back".into());
            report.map(Some).map_err(unreadable)
        });
        let missing = || AppError::Internal("a check without a report".into());
        report.await?.ok_or_else(missing)
    }

    /// Computes on the threads for blocking work, one computation at a time. Refuses as busy if its turn does not come in
    /// time.
    async fn compute<T: Send + 'static>(
        &self,
        turn_timeout: Duration,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, AppError> {
        let permit = acquire_in_time(&self.computations, turn_timeout).await?;
        let computation = tokio::task::spawn_blocking(move || {
            // The work keeps its permit even if the client hangs up.
            let _permit = permit;
            work()
        });
        computation.await.map_err(AppError::internal)
    }

    fn resolve_state(&self, stored: StoredRulebook) -> StoredRulebook {
        StoredRulebook {
            summary: self.rulebooks.resolve_state(stored.summary),
            ..stored
        }
    }
}
