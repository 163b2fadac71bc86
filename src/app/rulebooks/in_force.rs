//! Which rulebook decides: per clinic and day of service, remembered for a moment, and compiled once. In
//! `office` rulebooks are written, checked and activated.

use std::{sync::Arc, time::Duration};

use crate::{
    app::{cache::Cache, clock},
    store::{NewRulebook, Shipped, Store, StoreError},
};
use payerline_domain::{
    claims::claim::Evidence,
    rulebooks::{Origin, RulebookState, RulebookSummary},
    values::{ids::ClinicId, time::Day},
};
use payerline_rulebook::{Rulebook, TableError};

/// How long a timeline is used: a version that another replica activates decides here after this time at the latest.
const MAX_AGE: Duration = Duration::from_secs(1);
const MAX_CACHED_TIMELINES: usize = 10_000;
const MAX_COMPILED_TABLES: usize = 500;

/// The rulebooks of all clinics. Cheap to clone.
#[derive(Clone)]
pub struct Rulebooks {
    store: Store,
    shipped: Arc<Rulebook>,
    timelines: Arc<Cache<ClinicId, Arc<Timeline>>>,
    /// By clinic and digest: a digest stands for one table for ever.
    compiled: Arc<Cache<(ClinicId, String), Arc<Rulebook>>>,
}

/// Why it cannot be told which rulebook decides, or what it says.
#[derive(Debug, thiserror::Error)]
pub enum RulebooksError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A stored table that this build does not understand.
    #[error("the stored table {sha256} cannot be read")]
    Unreadable {
        /// Its digest.
        sha256: String,
        /// Why.
        source: TableError,
    },
    /// A stored table that is not what its digest says.
    #[error("the stored table {sha256} has another digest")]
    Altered {
        /// The digest under which it is stored.
        sha256: String,
    },
    /// No table of this digest is kept.
    #[error("no table with the digest {sha256} is kept")]
    Unknown {
        /// The digest.
        sha256: String,
    },
    /// A database that knows another table under the version of the shipped one.
    #[error(
        "the database keeps another table as the shipped version {version} ({stored}); a changed table needs a new version"
    )]
    ShippedDiffers {
        /// The version.
        version: String,
        /// The digest of the kept one.
        stored: String,
    },
}

/// What decides a clinic's claims: the active versions by their days, and the shipped one before them.
#[derive(Debug)]
pub struct Timeline {
    shipped: Arc<Rulebook>,
    /// In the order of their days.
    active: Vec<(Day, Arc<Rulebook>)>,
}

impl Timeline {
    /// The rulebook that decides a claim whose earliest service is on `day`.
    pub fn on(&self, day: Day) -> Arc<Rulebook> {
        let in_force = self.active.iter().rev().find(|(from, _)| *from <= day);
        in_force
            .map_or(&self.shipped, |(_, rulebook)| rulebook)
            .clone()
    }
}

impl Rulebooks {
    /// The rulebooks in `store`, with the shipped one, which is kept there from now on.
    ///
    /// # Errors
    /// When the store fails, or knows another table as this one.
    pub async fn open(store: Store, shipped: Rulebook) -> Result<Self, RulebooksError> {
        keep(&store, &shipped).await?;
        Ok(Self::to_read(store, shipped))
    }

    /// The same, for somebody who only reads: nothing is kept.
    pub fn to_read(store: Store, shipped: Rulebook) -> Self {
        Self {
            store,
            shipped: Arc::new(shipped),
            timelines: Arc::new(Cache::new(Some(MAX_AGE), MAX_CACHED_TIMELINES)),
            compiled: Arc::new(Cache::new(None, MAX_COMPILED_TABLES)),
        }
    }

    /// What decides a clinic's claims, at most a second old. A version that this replica activated counts at once.
    pub async fn timeline(&self, clinic: ClinicId) -> Result<Arc<Timeline>, RulebooksError> {
        let load = async { self.read_timeline(clinic).await.map(Some) };
        match self.timelines.get_or_load(clinic, load).await? {
            Some(timeline) => Ok(timeline),
            None => self.read_timeline(clinic).await,
        }
    }

    /// What decides a clinic's claims now, on any replica.
    pub async fn read_timeline(&self, clinic: ClinicId) -> Result<Arc<Timeline>, RulebooksError> {
        let activations = self.store.activations(clinic).await?;
        let mut active = Vec::with_capacity(activations.len());
        for activation in activations {
            let rulebook = self.with_digest(clinic, &activation.sha256).await?;
            active.push((activation.effective_from, rulebook));
        }
        Ok(Arc::new(Timeline {
            shipped: self.shipped.clone(),
            active,
        }))
    }

    /// Forgets what decides a clinic's claims, since it has changed.
    pub fn forget(&self, clinic: ClinicId) {
        self.timelines.forget(&clinic);
    }

    /// The table with a digest, compiled.
    ///
    /// # Errors
    /// [`RulebooksError::Unknown`] when neither the clinic nor Payerline has it.
    pub async fn with_digest(
        &self,
        clinic: ClinicId,
        sha256: &str,
    ) -> Result<Arc<Rulebook>, RulebooksError> {
        if *self.shipped.version().sha256 == *sha256 {
            return Ok(self.shipped.clone());
        }
        let load = async {
            let table = self.store.table_of(clinic, sha256.to_owned()).await?;
            let compile = |table| read(&table, sha256).map(Arc::new);
            table.map(compile).transpose()
        };
        let key = (clinic, sha256.to_owned());
        let found = self.compiled.get_or_load(key, load).await?;
        found.ok_or_else(|| RulebooksError::Unknown {
            sha256: sha256.to_owned(),
        })
    }

    /// The rulebook that this build ships.
    pub fn shipped(&self) -> &Arc<Rulebook> {
        &self.shipped
    }

    /// How a version stands: the shipped one of this build decides whatever no other does.
    pub fn standing(&self, summary: RulebookSummary) -> RulebookSummary {
        let state = if summary.origin == Origin::Shipped
            && *summary.sha256 == *self.shipped.version().sha256
        {
            RulebookState::Active
        } else {
            summary.state
        };
        RulebookSummary { state, ..summary }
    }
}

/// Reads a stored table, which must be the one that its digest says.
pub fn read(table: &Evidence, sha256: &str) -> Result<Rulebook, RulebooksError> {
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

async fn keep(store: &Store, shipped: &Rulebook) -> Result<(), RulebooksError> {
    let version = shipped.version();
    let now = clock::now();
    let kept = store.keep_shipped(
        clock::new_id(now).into(),
        NewRulebook {
            version: shipped.table().version().clone(),
            name: shipped.table().name().clone(),
            sha256: version.sha256.to_string(),
            table: shipped.canonical().to_owned(),
            golden_cases: "[]".to_owned(),
            note: shipped.table().note().to_owned(),
            based_on: None,
        },
        now,
    );
    match kept.await? {
        Shipped::Kept => Ok(()),
        Shipped::Differs(stored) => Err(RulebooksError::ShippedDiffers {
            version: version.version.to_string(),
            stored,
        }),
    }
}
