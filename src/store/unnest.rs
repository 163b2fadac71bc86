//! Many rows in one statement on PostgreSQL: each column an array, put side by side by `unnest`.
//!
//! The text of the statement does not depend on the number of rows, so it is prepared once, and a
//! transaction takes one round trip a table. SQLite has no arrays and no round trips: see `chunks`.

/// Declares a statement that inserts any number of rows into a table: its columns with their SQL types
/// and the types of the row's fields, and what follows the rows. Every field has to be named, so no
/// column is forgotten.
macro_rules! unnest {
    (
        $(#[$about:meta])*
        $name:ident of $row:ident into $table:literal {
            $first:ident: $first_sql:ty = $first_value:ty,
            $($column:ident: $sql:ty = $value:ty,)+
        }
        $tail:literal
    ) => {
        $(#[$about])*
        struct $name<'r> {
            $first: Vec<&'r $first_value>,
            $($column: Vec<&'r $value>,)+
        }

        impl<'r> $name<'r> {
            fn of(rows: impl IntoIterator<Item = &'r $row>) -> Self {
                let mut columns = Self { $first: Vec::new(), $($column: Vec::new(),)+ };
                for row in rows {
                    let $row { $first, $($column,)+ } = row;
                    columns.$first.push($first);
                    $(columns.$column.push($column);)+
                }
                columns
            }
        }

        impl diesel::query_builder::QueryFragment<diesel::pg::Pg> for $name<'_> {
            fn walk_ast<'b>(
                &'b self,
                mut out: diesel::query_builder::AstPass<'_, 'b, diesel::pg::Pg>,
            ) -> diesel::QueryResult<()> {
                out.push_sql(concat!(
                    "INSERT INTO ", $table, " (\"", stringify!($first), "\"",
                    $(", \"", stringify!($column), "\"",)+
                    ") SELECT * FROM unnest("
                ));
                out.push_bind_param::<diesel::sql_types::Array<$first_sql>, _>(&self.$first)?;
                $(
                    out.push_sql(", ");
                    out.push_bind_param::<diesel::sql_types::Array<$sql>, _>(&self.$column)?;
                )+
                out.push_sql(concat!(") ", $tail));
                Ok(())
            }
        }

        // The type stands for the text: diesel finds the prepared statement by it.
        impl diesel::query_builder::QueryId for $name<'_> {
            type QueryId = $name<'static>;
            const HAS_STATIC_QUERY_ID: bool = true;
        }

        impl diesel::query_builder::Query for $name<'_> {
            // What `RETURNING` gives, where there is one.
            type SqlType = $crate::store::sql_types::SqlId;
        }

        impl diesel::RunQueryDsl<diesel::PgConnection> for $name<'_> {}
    };
}
pub(super) use unnest;
