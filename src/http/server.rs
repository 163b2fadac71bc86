//! The HTTP server: it starts and stops all operations on one listener.

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

/// Draining and requests in flight share this time; the store needs the rest of the ten seconds of a stop.
const FINISH_TIMEOUT: Duration = Duration::from_secs(7);
const REQUEST_HEAD_TIMEOUT: Duration = Duration::from_secs(10);
const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(75);

pub struct Http {
    handle: ServerHandle,
    task: JoinHandle<io::Result<()>>,
    upkeep: JoinHandle<()>,
    stopping: Stopping,
    drain: Duration,
}

#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    #[error("the OpenAPI document cannot be read")]
    Document(#[from] serde_json::Error),
    #[error("the listener cannot be used")]
    Listener(#[from] io::Error),
}

impl Http {
    /// Serves every operation on a listener. It answers requests when this returns. After it is told to stop, it still
    /// takes requests for the time `drain`, while its probes answer 503.
    pub fn start(
        listener: TcpListener,
        app: UseCases,
        metrics: PrometheusHandle,
        drain: Duration,
    ) -> Result<Self, HttpError> {
        let stopping = Stopping::default();
        let upkeep = tokio::spawn(telemetry::run_upkeep(metrics.clone()));
        let (app, known) = (web::Data::new(app), web::Data::new(KnownPaths::read()?));
        let (metrics, probed) = (web::Data::new(metrics), web::Data::new(stopping.clone()));
        let share_data = move |config: &mut web::ServiceConfig| {
            config
                .app_data(app.clone())
                .app_data(known.clone())
                .app_data(metrics.clone())
                .app_data(probed.clone());
        };
        let server = listen(listener, share_data, FINISH_TIMEOUT.saturating_sub(drain))?;
        Ok(Self {
            handle: server.handle(),
            task: tokio::spawn(server),
            upkeep,
            stopping,
            drain,
        })
    }

    /// Makes the probes answer 503, then refuses new requests and finishes those in flight.
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

/// Redirects `path` to Swagger UI.
fn redirect_to_docs(path: &str) -> Resource {
    web::resource(path)
        .guard(guard::Get())
        .to(|| async { Redirect::to(openapi::DOCS_PATH) })
}

fn listen(
    listener: TcpListener,
    share_data: impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
    finish_timeout: Duration,
) -> io::Result<actix_web::dev::Server> {
    let application = move || {
        App::new()
            .wrap(from_fn(boundary::wrap))
            .configure(share_data.clone())
            .configure(super::operations::serve_all)
            .service(
                // A guard, not a method: other methods reach the fallback, which says what is allowed.
                web::resource(openapi::DOCUMENT_PATH)
                    .guard(guard::Get())
                    .to(fallback::send_document),
            )
            .service(redirect_to_docs("/docs"))
            .service(redirect_to_docs("/"))
            .service(openapi::swagger_ui())
            .default_service(web::to(fallback::refuse))
    };
    let server = HttpServer::new(application)
        .workers(std::thread::available_parallelism().map_or(2, usize::from))
        .keep_alive(KEEP_ALIVE_TIMEOUT)
        .client_request_timeout(REQUEST_HEAD_TIMEOUT)
        .shutdown_timeout(finish_timeout.as_secs())
        .disable_signals()
        .listen(listener)?;
    Ok(server.run())
}
