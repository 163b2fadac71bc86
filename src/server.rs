//! The whole service put together: store, rulebook and HTTP, started and stopped as one.

use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use actix_web::{
    App, HttpServer,
    dev::ServerHandle,
    guard,
    middleware::{DefaultHeaders, from_fn},
    web,
};
use secrecy::{ExposeSecret, SecretString};
use tokio::task::JoinHandle;
use utoipa_actix_web::AppExt;

use crate::{
    clock::{self, NoRandomness},
    domain::{
        access::{ApiKey, Clinic, Role, Roles},
        text::Label,
    },
    http::{
        self,
        auth::Authenticator,
        boundary,
        fallback::{self, DocumentText, KnownPaths},
        keys, openapi,
    },
    intake::Intake,
    rulebook::{Rulebook, TableError},
    store::{Bootstrapped, DatabaseUrl, DatabaseUrlError, KeyHash, Store, StoreError},
    telemetry,
};

/// The fewest characters of a key given in the configuration (the contract).
const ADMIN_KEY_LEAST: usize = 24;
/// The clinic that exists from the start.
const DEFAULT_CLINIC: &str = "default";
/// What the key from the configuration is called.
const ADMIN_KEY_NAME: &str = "PAYERLINE_ADMIN_KEY";
/// How long requests in flight may take once the service is told to stop; the store needs the rest
/// of the ten seconds.
const FINISH_IN: u64 = 7;
/// How long a client may take to send a request's head.
const HEAD_IN: Duration = Duration::from_secs(10);
/// How long an idle connection is kept.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// What the service needs to know to start.
#[derive(Debug)]
pub struct Settings {
    /// `sqlite://PATH` or `postgres://…`.
    pub database_url: String,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The first key of the clinic `default`.
    pub admin_key: Option<SecretString>,
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
    /// The OpenAPI document cannot be made.
    #[error("the OpenAPI document cannot be made")]
    Document(#[from] serde_json::Error),
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
    handle: ServerHandle,
    task: JoinHandle<std::io::Result<()>>,
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
    let document = openapi::document()?;
    let text = openapi::text()?;
    let rulebook = Rulebook::ontario()?;
    let store = Store::open(&url).await?;
    let generated_key = bootstrap(&store, settings.admin_key).await?;

    let shared = Shared {
        store: web::Data::new(store.clone()),
        intake: web::Data::new(Intake::new(store.clone(), rulebook)),
        authenticator: web::Data::new(Authenticator::new(store.clone())),
        document: web::Data::new(DocumentText(text)),
        known: web::Data::from(Arc::new(KnownPaths::of(&document))),
        metrics: web::Data::new(metrics),
    };
    let server = listen(listener, shared).map_err(cannot_listen)?;
    let handle = server.handle();
    Ok(Server {
        address,
        database: url.to_string(),
        generated_key,
        store,
        handle,
        task: tokio::spawn(server),
    })
}

/// What all workers share.
#[derive(Clone)]
struct Shared {
    store: web::Data<Store>,
    intake: web::Data<Intake>,
    authenticator: web::Data<Authenticator>,
    document: web::Data<DocumentText>,
    known: web::Data<KnownPaths>,
    metrics: web::Data<metrics_exporter_prometheus::PrometheusHandle>,
}

fn listen(listener: TcpListener, shared: Shared) -> std::io::Result<actix_web::dev::Server> {
    let application = move || {
        let shared = shared.clone();
        App::new()
            .wrap(from_fn(boundary::wrap))
            .wrap(
                DefaultHeaders::new()
                    .add(("X-Content-Type-Options", "nosniff"))
                    .add(("Cache-Control", "no-store")),
            )
            .app_data(shared.store)
            .app_data(shared.intake)
            .app_data(shared.authenticator)
            .app_data(shared.document)
            .app_data(shared.known)
            .app_data(shared.metrics)
            .into_utoipa_app()
            .configure(http::routes)
            .into_app()
            .service(
                // A guard, not a method: other methods reach the fallback, which says what is allowed.
                web::resource(openapi::DOCUMENT_PATH)
                    .guard(guard::Get())
                    .to(fallback::document),
            )
            .service(web::redirect("/docs", openapi::DOCS_PATH))
            .service(web::redirect("/", openapi::DOCS_PATH))
            .service(openapi::swagger_ui())
            .default_service(web::to(fallback::fallback))
    };
    let server = HttpServer::new(application)
        .workers(std::thread::available_parallelism().map_or(2, usize::from))
        .keep_alive(KEEP_ALIVE)
        .client_request_timeout(HEAD_IN)
        .shutdown_timeout(FINISH_IN)
        .disable_signals()
        .listen(listener)?;
    Ok(server.run())
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
                "PAYERLINE_ADMIN_KEY is ignored: the database has keys already, and this is none of them"
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
        self.handle.stop(true).await;
        self.store.close().await;
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the server's task failed");
        }
    }
}
