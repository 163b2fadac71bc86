//! How much room the database takes, and how much is left on a disk.

use std::path::Path;

use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types::BigInt};

use super::engine::{
    connection::{Connection, on_backend},
    error::StoreError,
    store::Store,
};

#[derive(QueryableByName)]
struct Size {
    #[diesel(sql_type = BigInt)]
    bytes: i64,
}

impl Store {
    /// Returns the bytes of the whole database, without the log of SQLite.
    pub async fn find_size(&self) -> Result<u64, StoreError> {
        self.read_express("finding the size of the database", find_size)
            .await
    }

    /// Returns the bytes that this process may still write on the disk of a SQLite database.
    pub fn find_free_bytes(&self) -> Option<u64> {
        let files = self.source.sqlite_files()?;
        find_free_bytes(files.path())
    }
}

fn find_size(connection: &mut Connection) -> Result<u64, StoreError> {
    let query = match connection {
        Connection::Postgres(_) => "SELECT pg_database_size(current_database()) AS bytes",
        Connection::Sqlite(_) => {
            "SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size"
        }
    };
    let Size { bytes } = on_backend!(connection, |c| sql_query(query).get_result(c))?;
    Ok(u64::try_from(bytes).unwrap_or(0))
}

/// Returns the bytes that this process may still write beside a file, if the system says so.
pub fn find_free_bytes(path: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(path).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}
