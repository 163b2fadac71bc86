//! How many connections a replica uses, and how many PostgreSQL allows it.

use diesel::{PgConnection, QueryableByName, RunQueryDsl, sql_query, sql_types::Integer};

use crate::store::engine::error::StoreError;

/// Threads of each pool: while the server works for one, the other decodes or asks.
pub const THREADS_PER_POOL: usize = 2;
/// Connections without which something fails: one for each pool (`threads`).
pub const MIN_CONNECTIONS: usize = 4;
/// Connections that a replica has at most: two for each pool but the one for short reads, and one for a back-test.
pub const MAX_CONNECTIONS: usize = (MIN_CONNECTIONS - 1) * THREADS_PER_POOL + 1 + 1;

/// Limits hold for everybody but superusers, who have all of `max_connections`.
const LIMIT: &str = "
    SELECT CASE WHEN rolsuper THEN all_slots ELSE least(
            CASE WHEN rolconnlimit >= 0 THEN rolconnlimit END,
            CASE WHEN datconnlimit >= 0 THEN datconnlimit END,
            all_slots - current_setting('superuser_reserved_connections')::int
                - coalesce(current_setting('reserved_connections', true)::int, 0)) END AS connections
    FROM pg_roles, pg_database, (SELECT current_setting('max_connections')::int AS all_slots) AS slots
    WHERE rolname = current_user AND datname = current_database()";

#[derive(QueryableByName)]
struct Limit {
    #[diesel(sql_type = Integer)]
    connections: i32,
}

/// The most connections that this role may have to this database, those of other replicas included.
pub fn find(connection: &mut PgConnection) -> Result<usize, StoreError> {
    let Limit { connections } = sql_query(LIMIT).get_result(connection)?;
    Ok(usize::try_from(connections).unwrap_or(0))
}

/// What is needed and what to do.
pub fn explain() -> String {
    format!(
        "a replica uses up to {MAX_CONNECTIONS}: {MIN_CONNECTIONS} that it must have, the first of them for storing claims, \
         and others to be faster and for back-tests. Raise max_connections of the server, or CONNECTION LIMIT of the role or \
         the database, to {MAX_CONNECTIONS} for each replica"
    )
}
