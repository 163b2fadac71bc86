//! Starts that cannot succeed: they end at once, and say what to mend.

use std::time::{Duration, Instant};

use crate::support::{Backend, Database, on_both_databases};

use super::operation::refused;

on_both_databases!(bare: a_database_that_cannot_be_used_ends_the_start_at_once);

/// Less than a start waits for a server that is not up yet.
const AT_ONCE: Duration = Duration::from_secs(15);

/// Starts with a database's URL, which must be refused, and returns what was said.
fn refused_at_once(url: &str) -> String {
    let began = Instant::now();
    let said = refused(&[("DATABASE_URL", url)]);
    let took = began.elapsed();
    assert!(took < AT_ONCE, "{url}: {took:?}: {said}");
    said
}

async fn a_database_that_cannot_be_used_ends_the_start_at_once(database: &Database) {
    let rows: &[(&str, &str)] = match database.backend() {
        Backend::Sqlite => &[("/nowhere/payerline.db", "/nowhere/payerline.db")],
        Backend::Postgres => &[
            ("nothing", "\"nothing\" does not exist"),
            ("?user=nobody", "\"nobody\" does not exist"),
            ("?host=-", "could not translate host name"),
            ("?sslmode=maybe", "\"maybe\""),
            ("?sslmode=require", "SSL"),
            ("?passwort=1", "passwort"),
        ],
    };
    for (change, cause) in rows {
        let url = match (database.backend(), change.strip_prefix('?')) {
            (Backend::Sqlite, _) => format!("sqlite://{change}"),
            (Backend::Postgres, Some(_)) => format!("{}{change}", database.url()),
            (Backend::Postgres, None) => {
                let (server, _) = database.url().rsplit_once('/').expect("a name");
                format!("{server}/{change}")
            }
        };
        let said = refused_at_once(&url);
        assert!(said.contains(cause), "{url}: {said}");
    }
}

#[test]
fn a_password_that_must_be_encoded_is_explained_and_never_shown() {
    for url in [
        "postgres://clinic:Secret@Word@localhost/db",
        "postgres://clinic:Secret/Word@localhost/db",
        "postgres://clinic:Secret%Word@localhost/db",
        "postgres://clinic:SecretWord/db",
    ] {
        let said = refused_at_once(url);
        assert!(!said.contains("Secret") && !said.contains("Word"), "{said}");
        let explains = said.contains("%40") || said.contains("USER:PASSWORD@HOST");
        assert!(explains, "{said}");
    }
}

#[test]
fn a_log_filter_that_is_not_understood_is_quoted() {
    for filter in ["inof", "info,inof", "payerline=inof", "payerlin=debug"] {
        let said = refused(&[("RUST_LOG", filter)]);
        assert!(said.contains(filter), "{said}");
        assert!(said.contains("trace, debug, info, warn, error"), "{said}");
    }
}
