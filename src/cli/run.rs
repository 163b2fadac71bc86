//! Reads the command line and runs the subcommand.

use std::{error::Error, net::SocketAddr, path::PathBuf, process::ExitCode, time::Duration};

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use secrecy::{ExposeSecret, SecretString};
use tokio::signal::unix::{SignalKind, signal};

use super::{
    backup, first_key, healthcheck, keys, migrate, replay,
    report::print_error,
    secret::{self, SecretFileError},
    transfer, verify,
};
use crate::{
    http::{openapi, swagger_ui},
    server::{self, AllowedOrigins, LoginLimit, Settings, TrustedProxies},
    telemetry::{self, LogFilter, LogFormat},
};

/// Accepts insurance claims from clinics in Ontario, decides which payer each belongs to, says why,
/// and keeps them.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    options: Options,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the service (also without a subcommand).
    Serve,
    /// Bring the database up to date and stop.
    Migrate(migrate::MigrateCommand),
    /// Print the OpenAPI document.
    Openapi {
        /// Write it as OpenAPI 3.0, for tools that know no later version.
        #[arg(long = "as-3.0")]
        as_3_0: bool,
    },
    /// Ask a running service whether it is ready; exit 0 when it is, 1 when not.
    Healthcheck,
    /// Send the claims of files to a running service.
    Import(transfer::ImportCommand),
    /// Make all stored decisions again and compare them byte for byte with the stored ones.
    Replay(replay::ReplayCommand),
    /// Find what was altered in the database: claims, their evidence and the record of events.
    Verify(verify::VerifyCommand),
    /// Write a backup of the database, which may be in use, into a new file.
    Backup(backup::BackupCommand),
    /// Bring a backup back into an empty database, and verify it.
    Restore(backup::RestoreCommand),
    /// Create, list and revoke API keys, without a running service.
    Keys(keys::KeysCommand),
    /// Save a running service's list of claims.
    Export(Box<transfer::ExportCommand>),
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Options of the service")]
struct Options {
    /// Where claims are kept: `sqlite://PATH` or `postgres://USER:PASSWORD@HOST/DATABASE`.
    #[arg(
        long,
        global = true,
        env = "DATABASE_URL",
        default_value = "sqlite://./payerline.db",
        hide_env_values = true
    )]
    database_url: String,
    /// A file that holds the database URL, such as a container's secret; it is used instead.
    #[arg(long, global = true, env = "DATABASE_URL_FILE", value_name = "PATH")]
    database_url_file: Option<PathBuf>,
    /// Address and port to listen on.
    #[arg(
        long,
        global = true,
        env = "PAYERLINE_LISTEN",
        default_value = "127.0.0.1:8080"
    )]
    listen: SocketAddr,
    /// The first key of the clinic `default`, at least 24 characters; on an empty database without
    /// it, one is generated and printed once. Only its hash is stored. As a flag it can be seen in
    /// the list of processes: prefer the variable or the file.
    #[arg(
        long,
        global = true,
        env = "PAYERLINE_ADMIN_KEY",
        hide_env_values = true
    )]
    admin_key: Option<SecretString>,
    /// A file that holds the admin key, such as a container's secret; it is used instead.
    #[arg(
        long,
        global = true,
        env = "PAYERLINE_ADMIN_KEY_FILE",
        value_name = "PATH"
    )]
    admin_key_file: Option<PathBuf>,
    /// For how many seconds, 0 to 5, requests are still taken after SIGTERM while `/healthz` and
    /// `/readyz` answer 503: the time in which a proxy notices and sends them elsewhere.
    #[arg(
        long,
        global = true,
        env = "PAYERLINE_DRAIN_SECONDS",
        default_value_t = 0,
        value_parser = clap::value_parser!(u64).range(0..=5)
    )]
    drain_seconds: u64,
    /// How many requests with unknown keys are answered 401 for an address in a minute; further ones are answered
    /// 429. A valid key is always taken. 0 sets no limit.
    #[arg(
        long,
        global = true,
        env = "PAYERLINE_FAILED_LOGINS_PER_MINUTE",
        default_value_t = LoginLimit::DEFAULT_MAX_FAILURES_PER_MINUTE
    )]
    failed_logins_per_minute: u32,
    /// The proxies whose `X-Forwarded-For` names a client's address: addresses and networks, such as `10.0.0.0/8`,
    /// separated by commas.
    #[arg(
        long,
        global = true,
        env = "PAYERLINE_TRUSTED_PROXIES",
        default_value = "",
        hide_default_value = true,
        value_name = "NETWORKS"
    )]
    trusted_proxies: TrustedProxies,
    /// The origins whose pages may call the API from a browser (CORS), such as `https://billing.example.ca`, separated
    /// by commas. Left out: none.
    #[arg(
        long,
        global = true,
        env = "PAYERLINE_CORS_ORIGINS",
        default_value = "",
        hide_default_value = true,
        value_name = "ORIGINS"
    )]
    cors_origins: AllowedOrigins,
    /// What is logged, to standard error, such as `warn` or `payerline=debug`.
    #[arg(long, global = true, env = "RUST_LOG", default_value = "info")]
    log: LogFilter,
    /// How log lines are written.
    #[arg(
        long,
        global = true,
        env = "PAYERLINE_LOG_FORMAT",
        value_enum,
        default_value = "text"
    )]
    log_format: LogFormat,
}

impl Options {
    /// Reads the database URL, from its file if there is one.
    fn read_database_url(&self) -> Result<String, SecretFileError> {
        match &self.database_url_file {
            Some(path) => secret::read(path),
            None => Ok(self.database_url.clone()),
        }
    }

    /// Reads the admin key, from its file if there is one.
    fn read_admin_key(&self) -> Result<Option<SecretString>, SecretFileError> {
        match &self.admin_key_file {
            Some(path) => Ok(Some(secret::read(path)?.into())),
            // An empty variable, as compose files leave it, counts as not set.
            None => Ok(self
                .admin_key
                .clone()
                .filter(|key| !key.expose_secret().is_empty())),
        }
    }
}

/// The options that subcommands use which do not use all of them. The others stay out of their help; all are taken
/// anywhere, so that variables and scripts may set what a subcommand does not use.
const USED_OPTIONS: [(&str, &[&str]); 4] = [
    ("import", &[]),
    ("export", &[]),
    ("openapi", &[]),
    ("healthcheck", &["listen"]),
];

fn command() -> clap::Command {
    let mut command = Cli::command();
    // This hands the options on to the subcommands, where they can be hidden.
    command.build();
    for (name, used) in USED_OPTIONS {
        command = command.mut_subcommand(name, |subcommand| {
            subcommand.mut_args(|option| {
                let is_hidden = option.is_global_set() && !used.contains(&option.get_id().as_str());
                let was_hidden = option.is_hide_set();
                option.hide(is_hidden || was_hidden)
            })
        });
    }
    command
}

pub fn run() -> ExitCode {
    let matches = command().get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let _log_guard = telemetry::start_logging(&cli.options.log, cli.options.log_format);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build();
    let result = match runtime {
        Ok(runtime) => runtime.block_on(execute(cli)),
        Err(error) => Err(error.into()),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            print_error(error.as_ref());
            ExitCode::FAILURE
        }
    }
}

async fn execute(cli: Cli) -> Result<ExitCode, Box<dyn Error>> {
    let options = cli.options;
    match cli.command.unwrap_or(Command::Serve) {
        Command::Import(options) => return options.run().await,
        Command::Export(options) => return options.run().await,
        Command::Keys(keys) => return keys.run(&options.read_database_url()?).await,
        Command::Replay(replay) => return replay.run(&options.read_database_url()?).await,
        Command::Verify(verify) => return verify.run(&options.read_database_url()?).await,
        Command::Backup(backup) => return backup.run(&options.read_database_url()?).await,
        Command::Restore(restore) => return restore.run(&options.read_database_url()?).await,
        Command::Migrate(migrate) => return migrate.run(&options.read_database_url()?).await,
        Command::Serve => serve(options).await?,
        Command::Openapi { as_3_0: false } => print!("{}", openapi::collect_text()?),
        Command::Openapi { as_3_0: true } => print!("{}", openapi::collect_text_3_0()?),
        Command::Healthcheck => healthcheck::run(options.listen).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn serve(options: Options) -> Result<(), Box<dyn Error>> {
    // The handlers come first, so that an early signal is not lost.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    // Without a handler it would end the process.
    let _hangup = signal(SignalKind::hangup())?;
    let log_format = options.log_format;
    let starting = server::start(Settings {
        database_url: options.read_database_url()?,
        listen: options.listen,
        admin_key: options.read_admin_key()?,
        drain: Duration::from_secs(options.drain_seconds),
        login_limit: LoginLimit {
            max_failures_per_minute: Some(options.failed_logins_per_minute).filter(|it| *it > 0),
            trusted_proxies: options.trusted_proxies,
        },
        cors_origins: options.cors_origins,
    });
    let server = tokio::select! {
        started = starting => started?,
        // No request was taken yet, so none has to be finished.
        _ = terminate.recv() => return Ok(()),
        _ = interrupt.recv() => return Ok(()),
    };
    let address = server.address;
    // The same as is printed, for those who read the log alone.
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        schema = server.schema,
        database = server.database,
        %address,
        "started"
    );
    println!("Payerline {}", env!("CARGO_PKG_VERSION"));
    println!("API         http://{address}");
    println!("Swagger UI  http://{address}{}", swagger_ui::DOCS_PATH);
    println!("Database    {}", server.database);
    println!("Schema      {}", server.schema);
    if let Some(key) = &server.generated_key {
        first_key::hand_out(key, log_format);
    }
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping: finishing what is in flight");
    server.stop().await;
    tracing::info!("stopped");
    Ok(())
}
