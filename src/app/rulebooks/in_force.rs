//! The rulebooks in force, by clinic and day of service. Timelines are cached for a second, compiled tables for ever.
//! `service` writes, checks and activates rulebooks.

use std::{sync::Arc, time::Duration};

use crate::{
    app::{cache::Cache, clock},
    store::{NewRulebook, Store, StoreError},
};
use payerline_domain::{
    claims::claim::Evidence,
    rulebooks::{Origin, RulebookState, RulebookSummary},
    values::{ids::ClinicId, names::VersionName, time::Day},
};
use payerline_rulebook::{Rulebook, TableError};

/// A version that another replica activates decides here after this time at the latest.
const TIMELINE_MAX_AGE: Duration = Duration::from_secs(1);
const MAX_CACHED_TIMELINES: usize = 10_000;
const MAX_COMPILED_TABLES: usize = 500;

/// Cheap to clone.
#[derive(Clone)]
pub struct Rulebooks {
    store: Store,
    shipped: Arc<Rulebook>,
    timelines: Arc<Cache<ClinicId, Arc<Timeline>>>,
    /// By clinic and digest. They never expire, since a digest names one table for ever.
    compiled: Arc<Cache<(ClinicId, String), Arc<Rulebook>>>,
}

#[derive(Debug, thiserror::Error)]
pub enum RulebooksError {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// This build does not understand a stored table.
    #[error("the stored table {sha256} cannot be read")]
    Unreadable { sha256: String, source: TableError },
    /// A stored table does not have the digest under which it is stored.
    #[error("the stored table {sha256} has another digest")]
    Altered { sha256: String },
    #[error("no table with the digest {sha256} is kept")]
    Unknown { sha256: String },
    /// The database has another table under the version of the shipped one.
    #[error(
        "the database keeps another table as the shipped version {version} ({stored}); a changed table needs a new version"
    )]
    ShippedDiffers {
        version: String,
        /// The digest in the database.
        stored: String,
    },
}

/// The rulebooks that decide a clinic's claims: the active versions by their days, and before them the shipped one.
#[derive(Debug)]
pub struct Timeline {
    shipped: Arc<Rulebook>,
    /// Sorted by the day from which they decide.
    active: Vec<(Day, Arc<Rulebook>)>,
}

impl Timeline {
    /// Returns the rulebook that decides a claim whose earliest service is on `day`.
    pub fn find_rulebook(&self, day: Day) -> Arc<Rulebook> {
        let in_force = self.active.iter().rev().find(|(from, _)| *from <= day);
        in_force
            .map_or(&self.shipped, |(_, rulebook)| rulebook)
            .clone()
    }
}

impl Rulebooks {
    /// Stores the shipped rulebook and opens the rulebooks in `store`.
    pub async fn open(store: Store, shipped: Rulebook) -> Result<Self, RulebooksError> {
        store_shipped(&store, &shipped).await?;
        Ok(Self::read_only(store, shipped))
    }

    /// Opens the rulebooks in `store` without a change to it.
    pub fn read_only(store: Store, shipped: Rulebook) -> Self {
        Self {
            store,
            shipped: Arc::new(shipped),
            timelines: Arc::new(Cache::new(Some(TIMELINE_MAX_AGE), MAX_CACHED_TIMELINES)),
            compiled: Arc::new(Cache::new(None, MAX_COMPILED_TABLES)),
        }
    }

    /// Returns a clinic's timeline, at most a second old. It has versions that this replica activated at once.
    pub async fn timeline(&self, clinic: ClinicId) -> Result<Arc<Timeline>, RulebooksError> {
        let load = async { self.load_timeline(clinic).await.map(Some) };
        match self.timelines.get_or_load(clinic, load).await? {
            Some(timeline) => Ok(timeline),
            None => self.load_timeline(clinic).await,
        }
    }

    /// Loads a clinic's timeline from the store, so that it has the activations of every replica.
    pub async fn load_timeline(&self, clinic: ClinicId) -> Result<Arc<Timeline>, RulebooksError> {
        let activations = self.store.activations(clinic).await?;
        let mut active = Vec::with_capacity(activations.len());
        for activation in activations {
            let rulebook = self.find_by_digest(clinic, &activation.sha256).await?;
            active.push((activation.effective_from, rulebook));
        }
        Ok(Arc::new(Timeline {
            shipped: self.shipped.clone(),
            active,
        }))
    }

    /// Removes a clinic's timeline from the cache, since it has changed.
    pub fn forget_timeline(&self, clinic: ClinicId) {
        self.timelines.remove(&clinic);
    }

    /// Finds and compiles the table with a digest, among the clinic's own and the shipped ones.
    pub async fn find_by_digest(
        &self,
        clinic: ClinicId,
        sha256: &str,
    ) -> Result<Arc<Rulebook>, RulebooksError> {
        if *self.shipped.version().sha256 == *sha256 {
            return Ok(self.shipped.clone());
        }
        let load = async {
            let table = self.store.table_of(clinic, sha256.to_owned()).await?;
            let compile = |table| read_table(&table, sha256).map(Arc::new);
            table.map(compile).transpose()
        };
        let key = (clinic, sha256.to_owned());
        let found = self.compiled.get_or_load(key, load).await?;
        found.ok_or_else(|| RulebooksError::Unknown {
            sha256: sha256.to_owned(),
        })
    }

    /// Returns the rulebook that this build ships.
    pub fn shipped(&self) -> &Arc<Rulebook> {
        &self.shipped
    }

    /// Sets the state of this build's shipped version to active, since it decides all claims that no other version does.
    pub fn resolve_state(&self, mut summary: RulebookSummary) -> RulebookSummary {
        if summary.origin == Origin::Shipped && *summary.sha256 == *self.shipped.version().sha256 {
            summary.state = RulebookState::Active;
        }
        summary
    }
}

/// Compiles a stored table and checks its digest.
pub fn read_table(table: &Evidence, sha256: &str) -> Result<Rulebook, RulebooksError> {
    let rulebook =
        Rulebook::parse(table.as_str()).map_err(|source| RulebooksError::Unreadable {
            sha256: sha256.to_owned(),
            source,
        })?;
    if *rulebook.version().sha256 != *sha256 {
        let sha256 = sha256.to_owned();
        return Err(RulebooksError::Altered { sha256 });
    }
    Ok(rulebook)
}

/// Makes the version to store of a compiled table.
pub fn new_rulebook(
    rulebook: &Rulebook,
    golden_cases: String,
    based_on: Option<VersionName>,
) -> NewRulebook {
    let table = rulebook.table();
    NewRulebook {
        version: table.version().clone(),
        name: table.name().clone(),
        sha256: rulebook.version().sha256.to_string(),
        note: table.note().to_owned(),
        table: rulebook.canonical().to_owned(),
        golden_cases,
        based_on,
    }
}

async fn store_shipped(store: &Store, shipped: &Rulebook) -> Result<(), RulebooksError> {
    let version = shipped.version();
    let now = clock::now();
    let kept = store.keep_shipped(
        clock::new_id(now).into(),
        new_rulebook(shipped, "[]".to_owned(), None),
        now,
    );
    let stored = kept.await?;
    if stored == *version.sha256 {
        tracing::info!(
            rulebook = %version.name,
            version = %version.version,
            "the shipped rulebook decides for every clinic without an active version of its own"
        );
        return Ok(());
    }
    Err(RulebooksError::ShippedDiffers {
        version: version.version.to_string(),
        stored,
    })
}
