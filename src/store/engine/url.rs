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
        "the user name and password in a postgres:// URL must be percent-encoded: write / as %2F, @ as %40, ? as %3F"
    )]
    Credentials,
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
        let address = rest.split('?').next().unwrap_or_default();
        let path = address.split_once('/').map_or("", |(_, path)| path);
        let ends_early = rest.find('?').is_some_and(|query| {
            // libpq looks for the @ before it looks for the ?.
            rest.find('@').is_some_and(|at| at > query) && !address.contains(['@', '/'])
        });
        if path.contains('@') || ends_early {
            return Err(DatabaseUrlError::Credentials);
        }
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
}

/// Splits a PostgreSQL URL after its scheme.
fn split_postgres(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once("://")?;
    matches!(scheme, "postgres" | "postgresql").then_some((scheme, rest))
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
        for url in ["postgres://h/db", "postgresql://u@h1,h2:5433/db?a=b@c"] {
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
        ] {
            assert_eq!(DatabaseUrl::parse(url).unwrap_err(), error, "{url}");
        }
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
