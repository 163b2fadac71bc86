//! The service, running in the test's own process on a free port, with a database of its own.

use std::{net::Ipv4Addr, ops::Deref, time::Duration};

use payerline::server::{AllowedOrigins, LoginLimit, Server, Settings, start};
use secrecy::SecretString;

use super::{ADMIN_KEY, Backend, Caller, Database};

/// A running service. It is also a [`Caller`] with the admin key: `app.submit(&claim).await`.
pub struct TestApp {
    admin: Caller,
    server: Server,
    database: Database,
}

impl TestApp {
    async fn start(database: Database) -> Self {
        let settings = Settings {
            database_url: database.url().to_owned(),
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            admin_key: Some(SecretString::from(ADMIN_KEY.to_owned())),
            drain: Duration::ZERO,
            login_limit: LoginLimit::default(),
            cors_origins: AllowedOrigins::default(),
        };
        let server = start(settings)
            .await
            .unwrap_or_else(|error| panic!("the service does not start: {error}"));
        let base = format!("http://{}", server.address);
        Self {
            admin: Caller::new(base, ADMIN_KEY),
            server,
            database,
        }
    }

    async fn stop(self) {
        let Self {
            admin,
            server,
            database,
        } = self;
        // Idle connections are closed first, else stopping would wait for them.
        drop(admin);
        server.stop().await;
        drop(database);
    }

    pub fn database(&self) -> &Database {
        &self.database
    }
}

impl Deref for TestApp {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.admin
    }
}

/// Runs a scenario against a service with an empty database.
pub fn run_app(backend: Backend, scenario: impl AsyncFnOnce(&TestApp)) {
    block_on(async {
        let app = TestApp::start(Database::create(backend)).await;
        scenario(&app).await;
        app.stop().await;
    });
}

/// Runs a scenario that starts the service itself, on an empty database.
pub fn run_bare(backend: Backend, scenario: impl AsyncFnOnce(&Database)) {
    block_on(async {
        let database = Database::create(backend);
        scenario(&database).await;
    });
}

fn block_on(scenario: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(scenario);
}
