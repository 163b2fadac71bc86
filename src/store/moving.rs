//! Copies the rows of a SQLite database into an empty PostgreSQL database.
//!
//! Both have the same tables and columns, made by the migrations, so nothing here names any but three. PostgreSQL says
//! which columns there are and of which type; SQLite writes rows as JSON, and PostgreSQL reads them. Evidence goes as
//! text, so it comes over byte for byte.

use std::path::Path;

use diesel::{
    Connection as _, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query,
    sql_types::{BigInt, Text},
};

use super::engine::{error::StoreError, sqlite};

/// JSON that one statement inserts, at most a row more.
const STATEMENT_BYTES: usize = 1 << 20;

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
    #[diesel(sql_type = Text)]
    data_type: String,
}

/// What PostgreSQL draws by itself is left out: numbers, which then come in the order of the rows, and transaction ids.
/// `clinics` come first, since keys refer to them. What claims are found by, and reports are made of, is written anew before the first
/// search or report.
const COLUMNS: &str = "
    SELECT table_name::text, column_name::text, data_type::text FROM information_schema.columns
    WHERE table_schema = current_schema() AND is_identity = 'NO' AND data_type <> 'xid8'
        AND table_name NOT IN (
            '__diesel_schema_migrations', 'schema_versions', 'claim_terms', 'claim_search', 'claim_progress',
            'claim_tasks', 'task_search')
    ORDER BY table_name <> 'clinics', table_name, ordinal_position";

/// Copies all rows of a file that has every migration, in one transaction.
pub fn copy_rows(file: &Path, target: &mut PgConnection) -> Result<(), StoreError> {
    let mut source = sqlite::open::open(file)?;
    let columns: Vec<Column> = sql_query(COLUMNS).load(target)?;
    target.transaction(|target| {
        for table in columns.chunk_by(|one, next| one.table_name == next.table_name) {
            copy_table(&mut source, target, table)?;
        }
        copy_clock(&mut source, target)
    })
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    json: String,
}

fn copy_table(
    source: &mut SqliteConnection,
    target: &mut PgConnection,
    columns: &[Column],
) -> Result<(), StoreError> {
    let Some(Column { table_name, .. }) = columns.first() else {
        return Ok(());
    };
    let insert = write_insert(table_name, columns);
    let mut rows = String::new();
    for row in sql_query(write_select(table_name, columns)).load_iter::<Row, _>(source)? {
        rows.push(if rows.is_empty() { '[' } else { ',' });
        rows.push_str(&row?.json);
        if rows.len() >= STATEMENT_BYTES {
            send(target, &insert, std::mem::take(&mut rows))?;
        }
    }
    if !rows.is_empty() {
        send(target, &insert, rows)?;
    }
    Ok(())
}

fn send(target: &mut PgConnection, insert: &str, rows: String) -> Result<(), StoreError> {
    sql_query(insert)
        .bind::<Text, _>(rows + "]")
        .execute(target)?;
    Ok(())
}

/// Writes the query of SQLite. Rows come in the order in which they were stored, as far as the table knows it.
fn write_select(table: &str, columns: &[Column]) -> String {
    let members = columns.iter().map(|column| {
        let name = &column.column_name;
        let value = match column.data_type.as_str() {
            "uuid" => format!("nullif(lower(hex(\"{name}\")), '')"),
            "bytea" => format!("iif(\"{name}\" IS NULL, NULL, '\\x' || hex(\"{name}\"))"),
            _ => format!("\"{name}\""),
        };
        format!("'{name}', {value}")
    });
    let members: Vec<String> = members.collect();
    let order = match table {
        "events" => " ORDER BY sequence",
        _ => "",
    };
    format!(
        "SELECT json_object({}) AS json FROM \"{table}\"{order}",
        members.join(", ")
    )
}

/// Writes the statement of PostgreSQL, with a list of rows as JSON for its parameter.
fn write_insert(table: &str, columns: &[Column]) -> String {
    let (mut names, mut values, mut types) = (Vec::new(), Vec::new(), Vec::new());
    for Column {
        column_name: name,
        data_type,
        ..
    } in columns
    {
        let (sent_type, value) = match data_type.as_str() {
            "timestamp with time zone" => (
                "bigint",
                format!("'epoch'::timestamptz + \"{name}\" * interval '1 microsecond'"),
            ),
            "json" => ("text", format!("\"{name}\"::json")),
            own_type => (own_type, format!("\"{name}\"")),
        };
        names.push(format!("\"{name}\""));
        types.push(format!("\"{name}\" {sent_type}"));
        values.push(value);
    }
    format!(
        "INSERT INTO \"{table}\" ({}) SELECT {} FROM json_to_recordset($1::json) AS sent ({})",
        names.join(", "),
        values.join(", "),
        types.join(", ")
    )
}

#[derive(QueryableByName)]
struct Clock {
    #[diesel(sql_type = BigInt)]
    at: i64,
}

/// The order of changes goes on where it was.
fn copy_clock(source: &mut SqliteConnection, target: &mut PgConnection) -> Result<(), StoreError> {
    let Clock { at } = sql_query("SELECT at FROM change_clock").get_result(source)?;
    sql_query("SELECT setval('change_clock', greatest($1, last_value)) FROM change_clock")
        .bind::<BigInt, _>(at)
        .execute(target)?;
    Ok(())
}
