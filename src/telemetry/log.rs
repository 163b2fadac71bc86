//! The log: which lines are written, in which form, and by whom.

use std::{
    io::{self, IsTerminal},
    str::FromStr,
};

use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::{
    EnvFilter,
    filter::{Directive, LevelFilter},
};

const LEVELS: &str = "trace, debug, info, warn, error, off";
/// The parts of the program that log: itself and the libraries that it listens and calls with.
const TARGETS: [&str; 11] = [
    "payerline",
    "payerline_domain",
    "payerline_rulebook",
    "payerline_transfer",
    "actix_http",
    "actix_server",
    "actix_web",
    "hyper_util",
    "mio",
    "reqwest",
    "tokio",
];

const MAX_QUEUED_LOG_LINES: usize = 8192;
const LOG_BUFFER_BYTES: usize = 64 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, for log collectors.
    Json,
}

/// Which lines are logged: levels and targets, separated by commas, as `EnvFilter` of tracing takes them.
#[derive(Debug, Clone)]
pub struct LogFilter(String);

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogFilterError {
    #[error(
        "{0:?} is neither a level ({LEVELS}) nor a part of this program ({targets}); RUST_LOG takes for example `info` or `warn,payerline=debug`",
        targets = TARGETS.join(", ")
    )]
    UnknownWord(String),
    #[error("{directive:?} is not understood: {why}; levels are {LEVELS}")]
    Directive { directive: String, why: String },
    #[error(
        "{0:?} lets through no line of this program, whose parts are {targets}; begin it with a level ({LEVELS})",
        targets = TARGETS.join(", ")
    )]
    NothingLogged(String),
}

impl FromStr for LogFilter {
    type Err = LogFilterError;

    /// Refuses what tracing would pass over or take for the name of a part that this program does not have: an
    /// operator would wait for lines that never come.
    fn from_str(text: &str) -> Result<Self, LogFilterError> {
        let directives = text.split(',').map(str::trim);
        let directives: Vec<&str> = directives.filter(|it| !it.is_empty()).collect();
        // An empty variable, as compose files leave it, counts as not set.
        if directives.is_empty() {
            return Ok(Self::default());
        }
        let mut is_heard = false;
        for directive in &directives {
            is_heard |= check_directive(directive)?;
        }
        if is_heard {
            Ok(Self(directives.join(",")))
        } else {
            Err(LogFilterError::NothingLogged(text.to_owned()))
        }
    }
}

impl Default for LogFilter {
    fn default() -> Self {
        Self("info".to_owned())
    }
}

/// Checks one directive. Returns true if it is about this program.
fn check_directive(directive: &str) -> Result<bool, LogFilterError> {
    if directive.parse::<LevelFilter>().is_ok() {
        return Ok(true);
    }
    let target = directive.split(['=', '[']).next().unwrap_or_default();
    let first = target.split("::").next().unwrap_or_default();
    let is_known = TARGETS.contains(&first);
    if target == directive && !is_known {
        return Err(LogFilterError::UnknownWord(directive.to_owned()));
    }
    match directive.parse::<Directive>() {
        Ok(_) => Ok(is_known),
        Err(why) => Err(LogFilterError::Directive {
            directive: directive.to_owned(),
            why: why.to_string(),
        }),
    }
}

/// Starts logging the lines that `filter` lets through to standard error; a second call changes nothing.
///
/// A thread of its own writes the lines, so that no request waits for standard error. No line is dropped: a full queue
/// blocks the logging thread. Dropping the guard flushes the queue.
#[must_use = "dropping it ends the logging"]
pub fn start_logging(filter: &LogFilter, format: LogFormat) -> WorkerGuard {
    let (out, guard) = NonBlockingBuilder::default()
        .lossy(false)
        .buffered_lines_limit(MAX_QUEUED_LOG_LINES)
        .thread_name("log")
        // The thread writes what is queued and then flushes, so that lines that come together are one system call.
        .finish(io::BufWriter::with_capacity(LOG_BUFFER_BYTES, io::stderr()));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(&filter.0))
        .with_writer(out)
        .with_ansi(io::stderr().is_terminal());
    // It fails if a subscriber is there already, as in tests; that one stays.
    let _is_first = match format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    guard
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_filter_is_levels_and_parts_of_this_program() {
        for text in [
            "info",
            "WARN",
            "off",
            "3",
            "payerline",
            "payerline=debug",
            "payerline::store=trace, actix_http=info",
            "info,h2=off",
            "warn,",
            "debug,actix_server[worker]=trace",
        ] {
            assert!(text.parse::<LogFilter>().is_ok(), "{text}");
        }
        for text in ["", " ", ","] {
            assert_eq!(text.parse::<LogFilter>().unwrap().0, "info");
        }
    }

    #[test]
    fn a_log_filter_that_is_not_understood_is_quoted() {
        for (text, quoted) in [
            ("inof", "\"inof\""),
            ("info,inof", "\"inof\""),
            ("payer", "\"payer\""),
            ("payerline:debug", "\"payerline:debug\""),
            ("payerline=inof", "\"payerline=inof\""),
            ("payerlin=debug", "\"payerlin=debug\""),
            ("=", "\"=\""),
        ] {
            match text.parse::<LogFilter>() {
                Ok(_) => panic!("{text:?} is taken"),
                Err(error) => assert!(error.to_string().contains(quoted), "{error}"),
            }
        }
    }
}
