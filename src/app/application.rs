//! [`App`]: the one door to the use cases.

use std::sync::Arc;

use payerline_rulebook::Rulebook;
use tokio::task::AbortHandle;

use super::{
    access::service::Access,
    backtests::service::Backtests,
    claims::{replacements, service::Claims},
    patients::Patients,
    preauthorizations::{redecisions::Redecider, service::Preauthorizations},
    reports::Reports,
    rulebooks::{
        in_force::{Rulebooks, RulebooksError},
        service::RulebookService,
    },
    work::WorkQueue,
};
use crate::store::{NotReady, Store, StoreError};

/// Cheap to clone.
#[derive(Clone)]
pub struct App {
    pub access: Access,
    pub claims: Claims,
    pub patients: Patients,
    pub preauthorizations: Preauthorizations,
    pub reports: Reports,
    pub rulebooks: RulebookService,
    pub work: WorkQueue,
    pub backtests: Arc<Backtests>,
    /// Work in the background. Each of its steps is a transaction, so it may end anywhere.
    background: [AbortHandle; 2],
    store: Store,
}

#[derive(Debug, thiserror::Error)]
pub enum AppStartError {
    #[error("the rulebooks cannot be used")]
    Rulebooks(#[from] RulebooksError),
    #[error("earlier corrections cannot be recorded")]
    Replacements(#[from] StoreError),
    #[error("a thread for back-tests cannot be started")]
    Backtests(#[from] std::io::Error),
}

impl App {
    /// Stores the shipped rulebook, records what earlier builds left out, and starts the workers of back-tests.
    pub async fn start(store: Store, shipped: Rulebook) -> Result<Self, AppStartError> {
        let rulebooks = Rulebooks::open(store.clone(), shipped).await?;
        replacements::record_earlier(&store).await?;
        let claims = Claims::new(store.clone(), rulebooks.clone());
        let backtests = Backtests::start(store.clone(), rulebooks.clone(), claims.clone())?;
        let redecider = Redecider::new(store.clone(), claims.clone());
        Ok(Self {
            background: [redecider.start(), claims.terms.start()],
            access: Access::new(store.clone()),
            patients: Patients::new(claims.clone()),
            reports: Reports::new(claims.clone()),
            work: WorkQueue::new(claims.clone()),
            claims,
            preauthorizations: Preauthorizations::new(store.clone(), redecider),
            rulebooks: RulebookService::new(store.clone(), rulebooks),
            backtests: Arc::new(backtests),
            store,
        })
    }

    /// Checks that claims can be stored. Returns within about 2 s.
    pub async fn check_readiness(&self) -> Result<(), NotReady> {
        self.store.ready().await
    }

    /// Waits until background work has written its state down, then closes the database.
    pub async fn stop(&self) {
        self.background.iter().for_each(AbortHandle::abort);
        self.backtests.wait_until_stopped().await;
        self.store.close().await;
    }
}
