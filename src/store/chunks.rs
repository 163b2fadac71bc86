//! Many rows in few statements, each of which stays a prepared statement.

/// Runs an insert for all of a slice of rows, in arrays of 64, 16, 4 and 1. diesel parses a
/// multi-row insert of a slice anew each time, because its length is part of its text; an array's
/// length is fixed. The largest has 64 rows of at most 20 columns: far below the 32,766 parameters
/// that SQLite takes and the 65,535 of PostgreSQL.
macro_rules! in_chunks {
    ($rows:expr, |$chunk:ident| $insert:expr) => {{
        let (chunks, rest) = $rows.as_chunks::<64>();
        for $chunk in chunks {
            $insert;
        }
        let (chunks, rest) = rest.as_chunks::<16>();
        for $chunk in chunks {
            $insert;
        }
        let (chunks, rest) = rest.as_chunks::<4>();
        for $chunk in chunks {
            $insert;
        }
        for $chunk in rest.as_chunks::<1>().0 {
            $insert;
        }
    }};
}
pub(super) use in_chunks;
