//! The order of changes, and how far it is final.
//!
//! Changes are ordered by a time that the transaction draws from the database's change clock. Each time is later than
//! all that were drawn before, even if the system's clock was set back, or another machine took over. Transactions
//! commit in another order, though: a reader of the order must stop at the horizon, the time up to which nothing can
//! appear any more, else it passes by what commits late.
//!
//! - On PostgreSQL a drawing transaction holds an advisory lock until it ends. The key of the lock is a time below
//!   the drawn one, and the lowest key is the horizon. The functions are in the migration `changes`.
//! - SQLite has one writer at a time, so times are drawn in the order of commits, and the horizon is the latest.

use diesel::{QueryableByName, RunQueryDsl, sql_query};

use payerline_domain::values::time::Timestamp;

use super::{
    connection::{Connection, on_backend},
    error::StoreError,
    sql_types::{SqlTime, Time},
};

/// Draws the time in a statement of PostgreSQL, once for all its rows.
pub const POSTGRES_TIME: &str = "(SELECT change_time())";
/// The time that a transaction on SQLite has drawn.
pub const SQLITE_TIME: &str = "(SELECT at FROM change_clock)";

#[derive(QueryableByName)]
struct Moment {
    #[diesel(sql_type = SqlTime)]
    at: Time,
}

/// Draws the time of a change, in the transaction that makes the change.
pub fn draw_time(connection: &mut Connection) -> Result<Timestamp, StoreError> {
    let drawn: Moment = match connection {
        Connection::Postgres(c) => sql_query("SELECT change_time() AS at").get_result(c)?,
        Connection::Sqlite(c) => {
            // SQLite's own clock has milliseconds only.
            let now = jiff::Timestamp::now().as_microsecond();
            let now = Timestamp::from_microseconds(now).unwrap_or(Timestamp::EPOCH);
            sql_query("UPDATE change_clock SET at = max(at + 1, ?) RETURNING at")
                .bind::<SqlTime, _>(Time(now))
                .get_result(c)?
        }
    };
    Ok(drawn.at.0)
}

/// Reads the time up to which, itself included, a statement after this one sees all changes that will ever be.
pub fn find(connection: &mut Connection) -> Result<Timestamp, StoreError> {
    let query = match connection {
        Connection::Postgres(_) => "SELECT change_horizon() AS at",
        Connection::Sqlite(_) => "SELECT at FROM change_clock",
    };
    let horizon: Moment = on_backend!(connection, |c| sql_query(query).get_result(c))?;
    Ok(horizon.at.0)
}
