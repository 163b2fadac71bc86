//! The HTTP server: every service on one listener, started and stopped.

use std::{io, net::TcpListener, time::Duration};

use actix_web::{
    App, HttpServer, Resource,
    dev::ServerHandle,
    guard,
    middleware::from_fn,
    web::{self, Redirect},
};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::task::JoinHandle;

use super::{
    api::operation::Stopping,
    boundary::request as boundary,
    fallback::{self, KnownPaths},
    openapi,
};
use crate::{app::application::App as UseCases, telemetry};

/// How long draining and requests in flight may take together once the server is told to stop; the
/// store needs the rest of the ten seconds.
const MAX_FINISH: Duration = Duration::from_secs(7);
/// How long a client may take to send a request's head.
const MAX_HEAD_TIME: Duration = Duration::from_secs(10);
/// How long an idle connection is kept.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// What all workers share.
#[derive(Clone)]
struct Shared {
    app: web::Data<UseCases>,
    known: web::Data<KnownPaths>,
    metrics: web::Data<PrometheusHandle>,
    stopping: web::Data<Stopping>,
}

/// The running HTTP server.
pub struct Http {
    handle: ServerHandle,
    task: JoinHandle<io::Result<()>>,
    upkeep: JoinHandle<()>,
    stopping: Stopping,
    drain: Duration,
}

/// Why the HTTP server did not start.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The OpenAPI document cannot be read.
    #[error("the OpenAPI document cannot be read")]
    Document(#[from] serde_json::Error),
    /// The listener cannot be used.
    #[error("the listener cannot be used")]
    Listener(#[from] io::Error),
}

impl Http {
    /// Serves every operation on a listener; when this returns, it answers. For the time `drain`
    /// after it is told to stop, it still takes requests while its probes say that it is stopping.
    ///
    /// # Errors
    /// Why it cannot start.
    pub fn start(
        listener: TcpListener,
        app: UseCases,
        metrics: PrometheusHandle,
        drain: Duration,
    ) -> Result<Self, HttpError> {
        let stopping = Stopping::default();
        let upkeep = tokio::spawn(telemetry::keep_up(metrics.clone()));
        let shared = Shared {
            app: web::Data::new(app),
            known: web::Data::new(KnownPaths::read()?),
            metrics: web::Data::new(metrics),
            stopping: web::Data::new(stopping.clone()),
        };
        let server = listen(listener, shared, MAX_FINISH.saturating_sub(drain))?;
        Ok(Self {
            handle: server.handle(),
            task: tokio::spawn(server),
            upkeep,
            stopping,
            drain,
        })
    }

    /// Says that it is stopping, then takes no more requests and finishes those in flight.
    pub async fn stop(self) {
        self.stopping.announce();
        tokio::time::sleep(self.drain).await;
        self.handle.stop(true).await;
        self.upkeep.abort();
        match self.task.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the HTTP server failed"),
            Err(error) => tracing::error!(%error, "the HTTP server's task failed"),
        }
    }
}

/// Sends a reader from `path` to Swagger UI.
fn to_docs(path: &str) -> Resource {
    web::resource(path)
        .guard(guard::Get())
        .to(|| async { Redirect::to(openapi::DOCS_PATH) })
}

fn listen(
    listener: TcpListener,
    shared: Shared,
    finish_in: Duration,
) -> io::Result<actix_web::dev::Server> {
    let application = move || {
        let shared = shared.clone();
        App::new()
            .wrap(from_fn(boundary::wrap))
            .app_data(shared.app)
            .app_data(shared.known)
            .app_data(shared.metrics)
            .app_data(shared.stopping)
            .configure(super::operations::served)
            .service(
                // A guard, not a method: other methods reach the fallback, which says what is allowed.
                web::resource(openapi::DOCUMENT_PATH)
                    .guard(guard::Get())
                    .to(fallback::document),
            )
            .service(to_docs("/docs"))
            .service(to_docs("/"))
            .service(openapi::swagger_ui())
            .default_service(web::to(fallback::fallback))
    };
    let server = HttpServer::new(application)
        .workers(std::thread::available_parallelism().map_or(2, usize::from))
        .keep_alive(KEEP_ALIVE)
        .client_request_timeout(MAX_HEAD_TIME)
        .shutdown_timeout(finish_in.as_secs())
        .disable_signals()
        .listen(listener)?;
    Ok(server.run())
}
