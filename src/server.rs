//! The whole service put together: store, rulebook and HTTP, started and stopped as one.

use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use secrecy::{ExposeSecret, SecretString};

use crate::{
    app::{
        backtests::service::{Backtests, BacktestsError},
        claims::intake::Intake,
        clock::{self, NoRandomness},
        rulebooks::{
            in_force::{Rulebooks, RulebooksError},
            service::Office,
        },
    },
    http::{
        api::access::keys,
        application::{Http, HttpError},
    },
    store::{Bootstrapped, DatabaseUrl, DatabaseUrlError, KeyHash, Store, StoreError},
    telemetry,
};
use payerline_domain::{
    access::{ApiKey, Clinic, Role, Roles},
    values::text::Label,
};
use payerline_rulebook::{Rulebook, TableError};

/// The fewest characters of a key given in the configuration (the contract).
const ADMIN_KEY_LEAST: usize = 24;
/// The clinic that exists from the start.
const DEFAULT_CLINIC: &str = "default";
/// What the key from the configuration is called.
const ADMIN_KEY_NAME: &str = "PAYERLINE_ADMIN_KEY";

/// What the service needs to know to start.
#[derive(Debug)]
pub struct Settings {
    /// `sqlite://PATH` or `postgres://…`.
    pub database_url: String,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The first key of the clinic `default`.
    pub admin_key: Option<SecretString>,
    /// How long requests are still taken once told to stop, while the probes say so: whole
    /// seconds, at most 5, since all must be done within ten.
    pub drain: Duration,
}

/// Why the service did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database URL is of no known scheme.
    #[error(transparent)]
    DatabaseUrl(#[from] DatabaseUrlError),
    /// The configured key is too short.
    #[error(
        "the admin key has fewer than {ADMIN_KEY_LEAST} characters; use at least that many, chosen at random"
    )]
    AdminKeyTooShort,
    /// The store did not open.
    #[error("the database cannot be used")]
    Store(#[from] StoreError),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The shipped rulebook is broken.
    #[error("the shipped rulebook is broken")]
    Rulebook(#[from] TableError),
    /// The rulebooks cannot be kept.
    #[error("the rulebooks cannot be used")]
    Rulebooks(#[from] RulebooksError),
    /// Back-tests cannot be worked on.
    #[error("back-tests cannot be worked on")]
    Backtests(#[from] BacktestsError),
    /// The HTTP server did not start.
    #[error("the HTTP server cannot start")]
    Http(#[from] HttpError),
    /// Metrics cannot be collected.
    #[error("metrics cannot be collected")]
    Metrics(#[from] metrics_exporter_prometheus::BuildError),
    /// No id could be made.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// A built-in name is no label: impossible.
    #[error("a built-in name is invalid: {0}")]
    Name(String),
}

/// The running service.
pub struct Server {
    address: SocketAddr,
    database: String,
    generated_key: Option<SecretString>,
    store: Store,
    backtests: Arc<Backtests>,
    http: Http,
}

/// Starts the service: when this returns, it answers.
///
/// # Errors
/// Why it cannot start.
pub async fn start(settings: Settings) -> Result<Server, StartError> {
    let url = DatabaseUrl::parse(&settings.database_url)?;
    if let Some(key) = &settings.admin_key
        && key.expose_secret().chars().count() < ADMIN_KEY_LEAST
    {
        return Err(StartError::AdminKeyTooShort);
    }
    let cannot_listen = |source| StartError::Listen {
        address: settings.listen,
        source,
    };
    // Taken before the database is touched: a second instance by mistake fails here, at once.
    let listener = TcpListener::bind(settings.listen).map_err(cannot_listen)?;
    listener.set_nonblocking(true).map_err(cannot_listen)?;
    let address = listener.local_addr().map_err(cannot_listen)?;
    let metrics = telemetry::metrics_handle()?;
    let shipped = Rulebook::ontario()?;
    let store = Store::open(&url).await?;
    let generated_key = bootstrap(&store, settings.admin_key).await?;

    let rulebooks = Rulebooks::open(store.clone(), shipped).await?;
    let intake = Intake::new(store.clone(), rulebooks.clone());
    let backtests = Arc::new(Backtests::start(store.clone(), rulebooks.clone())?);
    let office = Office::new(store.clone(), rulebooks);
    let http = Http::start(
        listener,
        store.clone(),
        intake,
        office,
        backtests.clone(),
        metrics,
        settings.drain,
    )?;
    Ok(Server {
        address,
        database: url.to_string(),
        generated_key,
        store,
        backtests,
        http,
    })
}

/// Makes sure that there is a clinic and a key; returns a key that was generated because none was
/// configured and the database has none.
async fn bootstrap(
    store: &Store,
    configured: Option<SecretString>,
) -> Result<Option<SecretString>, StartError> {
    let (key, generated) = match configured {
        Some(key) => (key, false),
        None => (SecretString::from(keys::generate()?), true),
    };
    let label = |text| Label::parse(text).map_err(|(_, detail)| StartError::Name(detail));
    let now = clock::now();
    let clinic = Clinic {
        id: clock::new_id(now)?.into(),
        name: label(DEFAULT_CLINIC)?,
        created_at: now,
    };
    let listed = ApiKey {
        id: clock::new_id(now)?.into(),
        name: label(ADMIN_KEY_NAME)?,
        roles: Roles::new(vec![Role::Admin, Role::Operator]),
        created_at: now,
        revoked_at: None,
    };
    let hash = KeyHash::of(key.expose_secret());
    match store.bootstrap(clinic, listed, hash).await? {
        Bootstrapped::Created if generated => Ok(Some(key)),
        Bootstrapped::Existing { same: false } if !generated => {
            tracing::warn!(
                "PAYERLINE_ADMIN_KEY is ignored: the database has keys already, and this is none of the valid ones"
            );
            Ok(None)
        }
        Bootstrapped::Created | Bootstrapped::Existing { .. } => Ok(None),
    }
}

impl Server {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Which database it uses, without the password.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// The key that was generated because none was configured; shown once.
    pub fn generated_key(&self) -> Option<&SecretString> {
        self.generated_key.as_ref()
    }

    /// Finishes what is in flight, then closes the database.
    pub async fn stop(self) {
        // What is in the background goes first: its state is written down while requests finish.
        self.backtests.announce_stop();
        self.http.stop().await;
        self.backtests.stopped().await;
        self.store.close().await;
    }
}
