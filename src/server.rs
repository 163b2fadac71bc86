//! The whole service: it starts and stops store, application and HTTP as one.

use std::{
    net::{SocketAddr, TcpListener},
    time::Duration,
};

use payerline_rulebook::{Rulebook, TableError};
use secrecy::{ExposeSecret, SecretString};
use tokio::task::JoinHandle;

use crate::{
    app::{
        application::{App, AppStartError},
        error::AppError,
        watch,
    },
    http::server::{Http, HttpError, HttpSettings},
    store::{DatabaseUrl, DatabaseUrlError, Store, StoreError},
    telemetry,
};

pub use crate::http::boundary::{
    auth::{LoginLimit, TrustedProxies},
    cors::AllowedOrigins,
};

const MIN_ADMIN_KEY_CHARACTERS: usize = 24;

#[derive(Debug)]
pub struct Settings {
    /// `sqlite://PATH` or `postgres://…`.
    pub database_url: String,
    /// Port 0 takes a free port.
    pub listen: SocketAddr,
    /// The first key of the clinic `default`.
    pub admin_key: Option<SecretString>,
    /// The service still takes requests for this time after it is told to stop, while its probes answer 503. Whole
    /// seconds, at most 5, since the whole stop must end within ten.
    pub drain: Duration,
    pub login_limit: LoginLimit,
    /// The origins whose pages may call the API from a browser.
    pub cors_origins: AllowedOrigins,
}

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    DatabaseUrl(#[from] DatabaseUrlError),
    #[error(
        "the admin key has fewer than {MIN_ADMIN_KEY_CHARACTERS} characters; use at least that many, chosen at random"
    )]
    AdminKeyTooShort,
    #[error("the database cannot be used")]
    Store(#[from] StoreError),
    #[error("cannot listen on {address}")]
    Listen {
        address: SocketAddr,
        source: std::io::Error,
    },
    #[error("the shipped rulebook is broken")]
    Rulebook(#[from] TableError),
    #[error(transparent)]
    App(#[from] AppStartError),
    #[error("the first key cannot be created")]
    Bootstrap(#[from] AppError),
    #[error("the HTTP server cannot start")]
    Http(#[from] HttpError),
    #[error("metrics cannot be collected")]
    Metrics(#[from] metrics_exporter_prometheus::BuildError),
}

pub struct Server {
    pub address: SocketAddr,
    /// The database's URL without the password.
    pub database: String,
    /// The key that was generated because none was configured. Show it once.
    pub generated_key: Option<SecretString>,
    /// The newest migration of the database.
    pub schema: String,
    app: App,
    http: Http,
    watch: JoinHandle<()>,
}

/// Starts the service. It answers requests when this returns.
pub async fn start(settings: Settings) -> Result<Server, StartError> {
    let url = DatabaseUrl::parse(&settings.database_url)?;
    if let Some(key) = &settings.admin_key
        && key.expose_secret().chars().count() < MIN_ADMIN_KEY_CHARACTERS
    {
        return Err(StartError::AdminKeyTooShort);
    }
    let cannot_listen = |source| StartError::Listen {
        address: settings.listen,
        source,
    };
    // The listener comes before the database, so that a second instance, started by mistake, fails at once.
    let listener = TcpListener::bind(settings.listen).map_err(cannot_listen)?;
    listener.set_nonblocking(true).map_err(cannot_listen)?;
    let address = listener.local_addr().map_err(cannot_listen)?;
    let metrics = telemetry::metrics_handle()?;
    let shipped = Rulebook::ontario()?;
    let store = Store::open(&url).await?;
    let (kind, schema) = store.describe_schema()?;
    telemetry::describe_build(kind, &schema);
    let app = App::start(store.clone(), shipped).await?;
    let generated_key = app.access.bootstrap(settings.admin_key).await?;
    let http = Http::start(
        listener,
        app.clone(),
        metrics,
        HttpSettings {
            login_limit: settings.login_limit,
            cors_origins: settings.cors_origins,
            drain: settings.drain,
        },
    )?;
    Ok(Server {
        address,
        database: url.to_string(),
        generated_key,
        schema,
        app,
        http,
        watch: tokio::spawn(watch::run(store)),
    })
}

impl Server {
    /// Finishes requests in flight, then closes the database.
    pub async fn stop(self) {
        // Background work is told first, so that it writes its state down while requests finish.
        self.watch.abort();
        self.app.backtests.announce_stop();
        self.http.stop().await;
        self.app.stop().await;
    }
}
