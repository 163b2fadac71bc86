//! The HTTP server: it starts and stops all operations on one listener.

use std::{
    any::Any,
    io,
    net::{Shutdown, TcpListener},
    time::Duration,
};

use actix_web::{
    App, HttpServer, Resource,
    dev::ServerHandle,
    guard,
    middleware::from_fn,
    web::{self, Redirect},
};
use metrics_exporter_prometheus::PrometheusHandle;
use socket2::SockRef;
use tokio::{
    net::TcpStream,
    task::JoinHandle,
    time::{Instant, timeout, timeout_at},
};

use super::{
    api::operation::Stopping,
    boundary::{
        auth::{FailedLogins, LoginLimit},
        cors::AllowedOrigins,
        http1::connections::Connections,
        request as boundary,
    },
    fallback::{self, KnownPaths},
    openapi, swagger_ui,
};
use crate::{app::application::App as UseCases, telemetry};

/// Draining and requests in flight share this time; the store needs the rest of the ten seconds of a stop.
const FINISH_TIMEOUT: Duration = Duration::from_secs(7);
/// An open connection may bring a last request for this time before it is closed.
const LAST_REQUEST_TIMEOUT: Duration = Duration::from_secs(1);
const REQUEST_HEAD_TIMEOUT: Duration = Duration::from_secs(10);
const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(75);
/// A connection ends if its client takes nothing of an answer for this time. Otherwise clients that ask and do not read
/// would hold the memory of their answers for good.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

pub struct Http {
    listener: TcpListener,
    handle: ServerHandle,
    task: JoinHandle<io::Result<()>>,
    upkeep: JoinHandle<()>,
    stopping: Stopping,
    connections: Connections,
    drain: Duration,
}

pub struct HttpSettings {
    pub login_limit: LoginLimit,
    pub cors_origins: AllowedOrigins,
    /// For how long requests are still taken after the server is told to stop, while its probes answer 503.
    pub drain: Duration,
}

#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    #[error("the OpenAPI document cannot be read")]
    Document(#[from] serde_json::Error),
    #[error("the listener cannot be used")]
    Listener(#[from] io::Error),
}

impl Http {
    /// Serves every operation on a listener. It answers requests when this returns.
    pub fn start(
        listener: TcpListener,
        app: UseCases,
        metrics: PrometheusHandle,
        settings: HttpSettings,
    ) -> Result<Self, HttpError> {
        let HttpSettings {
            login_limit,
            cors_origins,
            drain,
        } = settings;
        let stopping = Stopping::default();
        let connections = Connections::default();
        let upkeep = tokio::spawn(telemetry::run_upkeep(metrics.clone()));
        let (app, known) = (web::Data::new(app), web::Data::new(KnownPaths::read()?));
        let (metrics, probed) = (web::Data::new(metrics), web::Data::new(stopping.clone()));
        let counted = web::Data::new(connections.clone());
        let failed_logins = web::Data::new(FailedLogins::new(login_limit));
        let share_data = move |config: &mut web::ServiceConfig| {
            config
                .app_data(app.clone())
                .app_data(known.clone())
                .app_data(metrics.clone())
                .app_data(probed.clone())
                .app_data(counted.clone())
                .app_data(failed_logins.clone());
        };
        let finish_timeout = FINISH_TIMEOUT.saturating_sub(drain);
        let server = listen(
            listener.try_clone()?,
            share_data,
            connections.clone(),
            cors_origins,
            finish_timeout,
        )?;
        Ok(Self {
            listener,
            handle: server.handle(),
            task: tokio::spawn(server),
            upkeep,
            stopping,
            connections,
            drain,
        })
    }

    /// Makes the probes answer 503, then refuses new connections, lets each open one have the answer to its last
    /// request, and finishes the requests in flight.
    pub async fn stop(self) {
        let deadline = Instant::now() + FINISH_TIMEOUT;
        self.stopping.announce();
        tokio::time::sleep(self.drain).await;
        self.connections.begin_closing();
        self.stop_listening().await;
        // actix would close idle connections at once, also those on which a request is just arriving.
        let _ = timeout(LAST_REQUEST_TIMEOUT, self.connections.wait_until_closed()).await;
        self.upkeep.abort();
        let finished = async {
            self.handle.stop(true).await;
            self.task.await
        };
        match timeout_at(deadline, finished).await {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(error))) => tracing::error!(%error, "the HTTP server failed"),
            Ok(Err(error)) => tracing::error!(%error, "the HTTP server's task failed"),
            Err(_) => tracing::warn!("requests are still in flight; not waiting for them"),
        }
    }

    /// Closes the listener while open connections go on. actix alone closes it together with them, and before that
    /// it may accept connections whose requests it never reads.
    async fn stop_listening(&self) {
        self.handle.pause().await;
        if let Err(error) = SockRef::from(&self.listener).shutdown(Shutdown::Both) {
            tracing::warn!(%error, "connections are accepted until the server has stopped");
        }
    }
}

/// Redirects `path` to Swagger UI.
fn redirect_to_docs(path: &str) -> Resource {
    web::resource(path)
        .guard(guard::Get())
        .to(|| async { Redirect::to(swagger_ui::DOCS_PATH) })
}

fn limit_writes(socket: &dyn Any) {
    let Some(socket) = socket.downcast_ref::<TcpStream>() else {
        return;
    };
    // The kernel counts a client that reads nothing (a zero window) like one that is gone.
    if let Err(error) = SockRef::from(socket).set_tcp_user_timeout(Some(WRITE_TIMEOUT)) {
        tracing::warn!(%error, "a connection has no write timeout");
    }
}

fn listen(
    listener: TcpListener,
    share_data: impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
    connections: Connections,
    cors_origins: AllowedOrigins,
    finish_timeout: Duration,
) -> io::Result<actix_web::dev::Server> {
    let application = move || {
        App::new()
            .wrap(cors_origins.middleware())
            // Around everything else, because the last comes first.
            .wrap(from_fn(boundary::wrap))
            .configure(share_data.clone())
            .configure(super::operations::serve_all)
            .service(
                // A guard, not a method: other methods reach the fallback, which says what is allowed.
                web::resource(openapi::DOCUMENT_PATH)
                    .guard(guard::Get())
                    .to(fallback::send_document),
            )
            .service(
                web::resource(openapi::DOCUMENT_3_0_PATH)
                    .guard(guard::Get())
                    .to(fallback::send_document_3_0),
            )
            .service(redirect_to_docs("/docs"))
            .service(redirect_to_docs("/"))
            .service(swagger_ui::serve_files())
            .default_service(web::to(fallback::answer))
    };
    let server = HttpServer::new(application)
        .workers(std::thread::available_parallelism().map_or(2, usize::from))
        .keep_alive(KEEP_ALIVE_TIMEOUT)
        .client_request_timeout(REQUEST_HEAD_TIMEOUT)
        .on_connect(move |socket, data| {
            connections.count(data);
            limit_writes(socket);
        })
        .shutdown_timeout(finish_timeout.as_secs())
        .disable_signals()
        .listen(listener)?;
    Ok(server.run())
}
