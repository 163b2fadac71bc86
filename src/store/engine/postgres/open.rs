//! Opens a session of PostgreSQL.

use diesel::{Connection, PgConnection, connection::SimpleConnection};
use secrecy::{ExposeSecret, SecretString};

use crate::store::engine::{error::StoreError, url::DatabaseUrl};

/// Settings of a session. The time limits, each of one statement, are below the time that a request waits. A role
/// or database that turned `synchronous_commit` off would break the promise that what was answered survives a
/// power cut; stricter settings than `on` are kept. Compiling a query costs a few tenths of a second, and PostgreSQL
/// would do it for lookups of many rows, whose cost it estimates too high: they take less than a millisecond.
const SESSION: &str = "
    SET statement_timeout = '8s';
    SET lock_timeout = '5s';
    SET idle_in_transaction_session_timeout = '30s';
    SET default_transaction_isolation = 'read committed';
    SET jit = off;
    SELECT set_config('synchronous_commit', 'on', false)
        WHERE current_setting('synchronous_commit') = 'off';
";

pub fn open(url: &SecretString) -> Result<PgConnection, StoreError> {
    let url = DatabaseUrl::postgres_with_settings(url);
    let mut connection = PgConnection::establish(url.expose_secret())?;
    connection.batch_execute(SESSION)?;
    Ok(connection)
}
