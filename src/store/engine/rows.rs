//! Many rows in few statements, each of which stays prepared: arrays on PostgreSQL, lists of values on SQLite.
//!
//! diesel's own insert of a slice is parsed anew each time, because the number of rows is part of its text.
//!
//! - On PostgreSQL each column is an array, and the statement takes any number of rows. The arrays are unnested
//!   side by side in the select list: as tables in `FROM` each would first be copied.
//! - On SQLite, which has no arrays and no round trips, a statement has 64, 16, 4 or 1 rows: the largest, 64
//!   of 22 columns, is far below its limit of 32,766 parameters.
//!
//! On SQLite every statement is `OR FAIL`: the transaction undoes what a failed statement has done. Otherwise SQLite
//! would save each page before it changes, in a statement journal that undoes this one statement. For tables with a
//! `CHECK` that calls a function (all but items) it keeps that journal all the same, but in memory
//! (`.cargo/config.toml`). Statements of one row need no journal; they are slower by more than the journal costs.

use diesel::{
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, QueryFragment, QueryId},
    sqlite::Sqlite,
};

use super::connection::Connection;

/// A row of a table that is inserted with others. Declared by [`rows!`].
pub trait Row: Sized + 'static {
    /// Its fields side by side, each an array: `INSERT … SELECT` up to where `WHERE` or `ON CONFLICT` go. The
    /// rows are called `given`.
    type Columns<'r>: QueryFragment<Pg>;

    /// What to do with a row that is stored already.
    const ON_CONFLICT: &'static str;

    const TABLE: &'static str;

    /// Its columns, in parentheses.
    const NAMES: &'static str;

    /// Whether its last column is no field of the row but the time of the change (`horizon`). On SQLite the
    /// transaction has drawn it.
    const IS_TIMED: bool;

    /// Puts the fields of rows side by side.
    fn columns<'r>(rows: impl IntoIterator<Item = &'r Self>) -> Self::Columns<'r>;

    /// Its values in parentheses.
    fn values<'b>(&'b self, out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()>;
}

/// Declares the columns of a table with their SQL types and the types of the row's fields. Every field must be
/// named, so that no column is forgotten. `timed` names one more column, which gets the time of the change.
macro_rules! rows {
    (
        $(#[$about:meta])*
        $columns:ident of $row:ident into $table:literal $(, $on_conflict:literal,)? $(timed $timed:ident,)? {
            $first:ident: $first_sql:ty = $first_value:ty,
            $($column:ident: $sql:ty = $value:ty,)+
        }
    ) => {
        $(#[$about])*
        pub struct $columns<'r> {
            $first: Vec<&'r $first_value>,
            $($column: Vec<&'r $value>,)+
        }

        impl diesel::query_builder::QueryFragment<diesel::pg::Pg> for $columns<'_> {
            fn walk_ast<'b>(
                &'b self,
                mut out: diesel::query_builder::AstPass<'_, 'b, diesel::pg::Pg>,
            ) -> diesel::QueryResult<()> {
                out.push_sql(concat!("INSERT INTO ", $table, " "));
                out.push_sql(<$row as $crate::store::engine::rows::Row>::NAMES);
                out.push_sql(" SELECT *");
                if <$row as $crate::store::engine::rows::Row>::IS_TIMED {
                    out.push_sql(", ");
                    out.push_sql($crate::store::engine::horizon::POSTGRES_TIME);
                }
                out.push_sql(" FROM (SELECT unnest(");
                out.push_bind_param::<diesel::sql_types::Array<$first_sql>, _>(&self.$first)?;
                $(
                    out.push_sql("), unnest(");
                    out.push_bind_param::<diesel::sql_types::Array<$sql>, _>(&self.$column)?;
                )+
                out.push_sql(concat!(
                    ")) AS given (\"", stringify!($first), "\"", $(", \"", stringify!($column), "\"",)+ ")"
                ));
                Ok(())
            }
        }

        impl $crate::store::engine::rows::Row for $row {
            type Columns<'r> = $columns<'r>;

            const ON_CONFLICT: &'static str = concat!($(" ON CONFLICT ", $on_conflict)?);

            const TABLE: &'static str = $table;

            const NAMES: &'static str = concat!(
                "(\"", stringify!($first), "\"", $(", \"", stringify!($column), "\"",)+
                $(", \"", stringify!($timed), "\"",)? ")"
            );

            const IS_TIMED: bool = {
                let timed: &[&str] = &[$(stringify!($timed))?];
                !timed.is_empty()
            };

            fn columns<'r>(rows: impl IntoIterator<Item = &'r Self>) -> $columns<'r> {
                let mut columns = $columns { $first: Vec::new(), $($column: Vec::new(),)+ };
                for row in rows {
                    let $row { $first, $($column,)+ } = row;
                    columns.$first.push($first);
                    $(columns.$column.push($column);)+
                }
                columns
            }

            fn values<'b>(
                &'b self,
                mut out: diesel::query_builder::AstPass<'_, 'b, diesel::sqlite::Sqlite>,
            ) -> diesel::QueryResult<()> {
                out.push_sql("(");
                out.push_bind_param::<$first_sql, $first_value>(&self.$first)?;
                $(
                    out.push_sql(", ");
                    out.push_bind_param::<$sql, $value>(&self.$column)?;
                )+
                if <Self as $crate::store::engine::rows::Row>::IS_TIMED {
                    out.push_sql(", ");
                    out.push_sql($crate::store::engine::horizon::SQLITE_TIME);
                }
                out.push_sql(")");
                Ok(())
            }
        }
    };
}
pub(crate) use rows;

/// Inserts rows in the caller's transaction, and returns how many were new. Rows that are stored already are an
/// error, unless the table's rows declare `ON CONFLICT`. Without a transaction SQLite would keep a part of what
/// fails.
pub fn insert<'r, R: Row>(
    connection: &mut Connection,
    rows: impl IntoIterator<Item = &'r R>,
) -> QueryResult<usize> {
    match connection {
        Connection::Postgres(c) => Arrays::<R>(R::columns(rows)).execute(c),
        Connection::Sqlite(c) => insert_on_sqlite(c, &rows.into_iter().collect::<Vec<_>>()),
    }
}

/// Rows as one statement of PostgreSQL.
struct Arrays<'r, R: Row>(R::Columns<'r>);

impl<R: Row> QueryFragment<Pg> for Arrays<'_, R> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(R::ON_CONFLICT);
        Ok(())
    }
}

// The type stands for the text: diesel finds the prepared statement by it.
impl<R: Row> QueryId for Arrays<'_, R> {
    type QueryId = Arrays<'static, R>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<R: Row> RunQueryDsl<PgConnection> for Arrays<'_, R> {}

/// Rows as one statement of SQLite.
struct Values<'r, R, const ROWS: usize>(&'r [&'r R; ROWS]);

impl<R: Row, const ROWS: usize> QueryFragment<Sqlite> for Values<'_, R, ROWS> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("INSERT OR FAIL INTO ");
        out.push_sql(R::TABLE);
        out.push_sql(" ");
        out.push_sql(R::NAMES);
        out.push_sql(" VALUES ");
        for (number, row) in self.0.iter().enumerate() {
            if number > 0 {
                out.push_sql(", ");
            }
            row.values(out.reborrow())?;
        }
        out.push_sql(R::ON_CONFLICT);
        Ok(())
    }
}

// As above.
impl<R: Row, const ROWS: usize> QueryId for Values<'_, R, ROWS> {
    type QueryId = Values<'static, R, ROWS>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<R: Row, const ROWS: usize> RunQueryDsl<SqliteConnection> for Values<'_, R, ROWS> {}

fn insert_on_sqlite<R: Row>(connection: &mut SqliteConnection, rows: &[&R]) -> QueryResult<usize> {
    let (by_64, rest) = insert_by::<R, 64>(connection, rows)?;
    let (by_16, rest) = insert_by::<R, 16>(connection, rest)?;
    let (by_4, rest) = insert_by::<R, 4>(connection, rest)?;
    let (singly, _) = insert_by::<R, 1>(connection, rest)?;
    Ok(by_64 + by_16 + by_4 + singly)
}

/// Inserts `ROWS` rows per statement; returns how many were new, and the rows that are left.
fn insert_by<'a, 'r, R: Row, const ROWS: usize>(
    connection: &mut SqliteConnection,
    rows: &'a [&'r R],
) -> QueryResult<(usize, &'a [&'r R])> {
    let (chunks, rest) = rows.as_chunks::<ROWS>();
    let mut inserted = 0;
    for chunk in chunks {
        inserted += Values(chunk).execute(connection)?;
    }
    Ok((inserted, rest))
}
