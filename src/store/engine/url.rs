//! Which database: `sqlite://PATH` or a PostgreSQL URL. Chosen by scheme, never guessed.

use std::{fmt, path::PathBuf};

use secrecy::{ExposeSecret, SecretString};

/// Where the data is.
#[derive(Debug, Clone)]
pub enum DatabaseUrl {
    /// A SQLite file: everything after `sqlite://`.
    Sqlite(PathBuf),
    /// A PostgreSQL server: the whole URL, which may hold a password.
    Postgres(SecretString),
}

/// Why a text is no database URL. It never repeats the text, which may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DatabaseUrlError {
    /// Neither of the two schemes.
    #[error("the database URL must start with sqlite:// or postgres://")]
    Scheme,
    /// `sqlite://` with nothing after it.
    #[error("sqlite:// must be followed by the path of a file, as in sqlite://./payerline.db")]
    NoPath,
    /// A password with a character that ends it early.
    #[error(
        "the user name and password in a postgres:// URL must be percent-encoded: write @ as %40, / as %2F, ? as %3F, % as %25 and a blank as %20"
    )]
    Credentials,
    #[error(
        "the port in a postgres:// URL must be a number; with a user name and a password it is postgres://USER:PASSWORD@HOST:PORT/DATABASE"
    )]
    Port,
    #[error("the parameters of a postgres:// URL are NAME=VALUE, separated by &")]
    Parameters,
}

impl DatabaseUrl {
    /// Reads `sqlite://PATH` or a `postgres://` (or `postgresql://`) URL.
    pub fn parse(text: &str) -> Result<Self, DatabaseUrlError> {
        if let Some(path) = text.strip_prefix("sqlite://") {
            return match path {
                "" => Err(DatabaseUrlError::NoPath),
                path => Ok(Self::Sqlite(PathBuf::from(path))),
            };
        }
        let (_, rest) = split_postgres(text).ok_or(DatabaseUrlError::Scheme)?;
        check_postgres(rest)?;
        Ok(Self::Postgres(SecretString::from(text)))
    }

    /// The PostgreSQL URL with the connection settings that Payerline needs, where it has none of
    /// its own: a dead server is noticed in seconds, and a standby is not written to.
    pub(crate) fn postgres_with_settings(url: &SecretString) -> SecretString {
        const SETTINGS: [(&str, &str); 8] = [
            ("application_name", "payerline"),
            ("connect_timeout", "5"),
            ("keepalives", "1"),
            ("keepalives_idle", "10"),
            ("keepalives_interval", "3"),
            ("keepalives_count", "3"),
            // Milliseconds without an acknowledgement of what was sent.
            ("tcp_user_timeout", "10000"),
            ("target_session_attrs", "read-write"),
        ];
        let mut text = url.expose_secret().to_owned();
        for (name, value) in SETTINGS {
            let query = text.split_once('?').map(|(_, query)| query);
            let given = query.is_some_and(|query| {
                query
                    .split('&')
                    .any(|pair| pair.split('=').next() == Some(name))
            });
            if !given {
                let separator = if query.is_some() { '&' } else { '?' };
                text.push_str(&format!("{separator}{name}={value}"));
            }
        }
        SecretString::from(text)
    }

    /// A PostgreSQL URL without its password, and the password: for programs, whose arguments everybody can see.
    pub(crate) fn split_password(url: &SecretString) -> (String, Option<SecretString>) {
        let text = url.expose_secret();
        let Some((scheme, rest)) = split_postgres(text) else {
            return (text.to_owned(), None);
        };
        let (address, query) = match rest.split_once('?') {
            Some((address, query)) => (address, Some(query)),
            None => (rest, None),
        };
        let mut password = None;
        let mut bare = format!("{scheme}://");
        match address.rsplit_once('@') {
            None => bare.push_str(address),
            Some((credentials, place)) => {
                let (user, given) = match credentials.split_once(':') {
                    Some((user, given)) => (user, Some(given)),
                    None => (credentials, None),
                };
                password = given;
                bare.push_str(&format!("{user}@{place}"));
            }
        }
        let mut separator = '?';
        for pair in query.into_iter().flat_map(|query| query.split('&')) {
            // libpq takes the parameter rather than what stands before the host.
            if let Some(given) = pair.strip_prefix("password=") {
                password = Some(given);
                continue;
            }
            bare.push(separator);
            bare.push_str(pair);
            separator = '&';
        }
        let decode = |text| percent_encoding::percent_decode_str(text).decode_utf8_lossy();
        let password = password.filter(|password| !password.is_empty());
        (
            bare,
            password.map(|text| SecretString::from(decode(text).into_owned())),
        )
    }
}

/// Splits a PostgreSQL URL after its scheme.
fn split_postgres(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once("://")?;
    matches!(scheme, "postgres" | "postgresql").then_some((scheme, rest))
}

/// Checks a PostgreSQL URL after its scheme, as far as libpq would take a part of the password for something else and
/// show it in an error.
fn check_postgres(rest: &str) -> Result<(), DatabaseUrlError> {
    let (address, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = address.split_once('/').unwrap_or((address, ""));
    let (credentials, hosts) = authority.split_once('@').unwrap_or(("", authority));
    let pairs = || query.split('&').filter(|pair| !pair.is_empty());
    let mut words = pairs().filter(|pair| !pair.contains('='));
    // libpq looks for the @ before it looks for the ?.
    let ends_early = query.contains('@') && !address.contains(['@', '/']);
    if hosts.contains('@')
        || path.contains('@')
        || words.clone().any(|word| word.contains('@'))
        || ends_early
        || !is_percent_encoded(credentials)
    {
        return Err(DatabaseUrlError::Credentials);
    }
    if words.next().is_some() || !is_percent_encoded(query.trim()) {
        return Err(DatabaseUrlError::Parameters);
    }
    if !hosts.split(',').all(has_valid_port) {
        return Err(DatabaseUrlError::Port);
    }
    Ok(())
}

/// Returns true if each `%` begins two hexadecimal digits, not both zero, and there are no blanks.
fn is_percent_encoded(text: &str) -> bool {
    let is_escape = |after: &str| {
        let digits = after.get(..2).unwrap_or_default();
        digits.len() == 2 && digits != "00" && digits.bytes().all(|it| it.is_ascii_hexdigit())
    };
    !text.contains(char::is_whitespace) && text.split('%').skip(1).all(is_escape)
}

/// Checks `HOST`, `HOST:PORT` or `[IPV6]:PORT`; the host may be left out.
fn has_valid_port(host: &str) -> bool {
    let after_host = match host.rsplit_once(']') {
        Some((_, after)) => after,
        None => host,
    };
    match after_host.split_once(':') {
        Some((_, port)) => port.is_empty() || port.parse::<u16>().is_ok(),
        None => true,
    }
}

/// Without the password and without parameters, one of which could be the password too.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(out, "sqlite://{}", path.display()),
            Self::Postgres(url) => {
                let Some((scheme, rest)) = split_postgres(url.expose_secret()) else {
                    return out.write_str("postgres://");
                };
                let address = rest.split('?').next().unwrap_or_default();
                match address.rsplit_once('@') {
                    None => write!(out, "{scheme}://{address}"),
                    Some((credentials, place)) => {
                        let user = credentials.split(':').next().unwrap_or_default();
                        write!(out, "{scheme}://{user}@{place}")
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_chooses_the_database() {
        for path in ["./payerline.db", "/var/lib/p a.db", "x?mode=ro", ":memory:"] {
            match DatabaseUrl::parse(&format!("sqlite://{path}")).unwrap() {
                DatabaseUrl::Sqlite(read) => assert_eq!(read, PathBuf::from(path)),
                DatabaseUrl::Postgres(_) => panic!("{path}"),
            }
        }
        for url in [
            "postgres://h/db",
            "postgresql://u@h1,h2:5433/db?a=b@c",
            "postgres://u:p%40ss%25@h:/db",
            "postgres://u:p:w@[::1]:5432,[::2]/db",
            "postgres:///db?host=/run/postgresql",
            "postgres://u:pw@%2Frun%2Fpostgresql/db",
        ] {
            let parsed = DatabaseUrl::parse(url);
            assert!(matches!(parsed, Ok(DatabaseUrl::Postgres(_))), "{url}");
        }
        for (url, error) in [
            ("mysql://h/db", DatabaseUrlError::Scheme),
            ("payerline.db", DatabaseUrlError::Scheme),
            ("postgres:/h", DatabaseUrlError::Scheme),
            ("", DatabaseUrlError::Scheme),
            ("sqlite://", DatabaseUrlError::NoPath),
            ("postgres://u:pass/word@h/db", DatabaseUrlError::Credentials),
            ("postgres://u:pass?word@h/db", DatabaseUrlError::Credentials),
            ("postgres://u:pass@word@h/db", DatabaseUrlError::Credentials),
            (
                "postgres://u:pass@wo?rd@h/db",
                DatabaseUrlError::Credentials,
            ),
            (
                "postgres://u:pass@wo/rd@h/db",
                DatabaseUrlError::Credentials,
            ),
            ("postgres://u:pass%word@h/db", DatabaseUrlError::Credentials),
            ("postgres://u:pass word@h/db", DatabaseUrlError::Credentials),
            ("postgres://u:password/db", DatabaseUrlError::Port),
            ("postgres://u@h:54x/db", DatabaseUrlError::Port),
            ("postgres://h/db?sslmode", DatabaseUrlError::Parameters),
        ] {
            assert_eq!(DatabaseUrl::parse(url).unwrap_err(), error, "{url}");
        }
        assert!(DatabaseUrlError::Credentials.to_string().contains("%40"));
        assert!(DatabaseUrlError::Scheme.to_string().contains("sqlite://"));
        assert!(DatabaseUrlError::Scheme.to_string().contains("postgres://"));
    }

    #[test]
    fn a_password_is_never_shown() {
        for (url, shown) in [
            (
                "postgres://u:secret@h:5432/db?password=secret",
                "postgres://u@h:5432/db",
            ),
            (
                "postgresql://u:se%40cret@h1,h2/db",
                "postgresql://u@h1,h2/db",
            ),
            ("postgres://h/db", "postgres://h/db"),
            ("postgres://u:s:e@h", "postgres://u@h"),
            ("sqlite://./payerline.db", "sqlite://./payerline.db"),
        ] {
            let parsed = DatabaseUrl::parse(url).unwrap();
            assert_eq!(parsed.to_string(), shown);
            assert!(!format!("{parsed:?}").contains("secret"));
        }
    }

    #[test]
    fn a_password_is_taken_out_wherever_it_stands() {
        for (url, bare, password) in [
            (
                "postgres://u:a%40b@h:1/db?x=y",
                "postgres://u@h:1/db?x=y",
                Some("a@b"),
            ),
            (
                "postgres://u@h/db?password=p%2F&x=y",
                "postgres://u@h/db?x=y",
                Some("p/"),
            ),
            ("postgresql://u:@h1,h2/db", "postgresql://u@h1,h2/db", None),
            ("postgres://h/db?a=b&c=d", "postgres://h/db?a=b&c=d", None),
        ] {
            let (address, found) = DatabaseUrl::split_password(&SecretString::from(url));
            assert_eq!(address, bare);
            assert_eq!(found.as_ref().map(|found| found.expose_secret()), password);
        }
    }

    #[test]
    fn settings_of_the_url_win() {
        let with = |url: &str| {
            let url = DatabaseUrl::postgres_with_settings(&SecretString::from(url));
            url.expose_secret().to_owned()
        };
        let plain = with("postgres://h/db");
        assert!(
            plain.starts_with("postgres://h/db?application_name=payerline&"),
            "{plain}"
        );
        let own = with("postgres://h/db?connect_timeout=1&target_session_attrs=any");
        assert_eq!(own.matches("connect_timeout").count(), 1, "{own}");
        assert_eq!(own.matches("target_session_attrs").count(), 1, "{own}");
        assert!(own.contains("&tcp_user_timeout=10000"), "{own}");
    }
}
