//! Many rows in one statement on PostgreSQL: each column an array, put side by side by `unnest`.
//!
//! The text of the statement does not depend on the number of rows, so it is prepared once.
//! SQLite has no arrays and no round trips: see `chunks`.

/// Declares how rows of a table are inserted as columns: its columns with their SQL types and the
/// types of the row's fields. Every field has to be named, so no column is forgotten. What is
/// declared is a part of a statement (a `QueryFragment`), up to where `WHERE` or `ON CONFLICT` go; the
/// rows are called `given`.
macro_rules! unnest {
    (
        $(#[$about:meta])*
        $name:ident of $row:ident into $table:literal {
            $first:ident: $first_sql:ty = $first_value:ty,
            $($column:ident: $sql:ty = $value:ty,)+
        }
    ) => {
        $(#[$about])*
        pub struct $name<'r> {
            $first: Vec<&'r $first_value>,
            $($column: Vec<&'r $value>,)+
        }

        impl<'r> $name<'r> {
            /// Puts the fields of the rows side by side.
            pub fn of(rows: impl IntoIterator<Item = &'r $row>) -> Self {
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
                const COLUMNS: &str = concat!(
                    "(\"", stringify!($first), "\"", $(", \"", stringify!($column), "\"",)+ ")"
                );
                out.push_sql(concat!("INSERT INTO ", $table, " "));
                out.push_sql(COLUMNS);
                out.push_sql(" SELECT * FROM (SELECT unnest(");
                out.push_bind_param::<diesel::sql_types::Array<$first_sql>, _>(&self.$first)?;
                $(
                    out.push_sql("), unnest(");
                    out.push_bind_param::<diesel::sql_types::Array<$sql>, _>(&self.$column)?;
                )+
                out.push_sql(")) AS given ");
                out.push_sql(COLUMNS);
                Ok(())
            }
        }
    };
}
pub(super) use unnest;
