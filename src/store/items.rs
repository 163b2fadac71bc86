//! The claim_items table: one row a billed service, for questions that reports ask.

use diesel::{
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::{BigInt, Integer, Nullable, Text},
};

use crate::domain::{decision::Assessment, submission::Submission, word::Word};

use super::{
    chunks::in_chunks,
    connection::Connection,
    error::StoreError,
    schema::claim_items,
    sql_types::{Date, Id, SqlDate, SqlId},
    unnest::unnest,
};

/// One item as a row.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = claim_items, treat_none_as_default_value = false)]
pub struct ItemRow {
    clinic_id: Id,
    claim_id: Id,
    sequence: i32,
    service_date: Date,
    category: &'static str,
    code: Option<String>,
    amount_cents: i64,
    payer: &'static str,
    disposition: &'static str,
    rule: String,
}

/// The rows of a claim's items, with what was decided about each.
pub fn rows(
    clinic_id: Id,
    claim_id: Id,
    submission: &Submission,
    assessment: &Assessment,
) -> Result<Vec<ItemRow>, StoreError> {
    let decided = &assessment.decision.items;
    if decided.len() != submission.items.len() {
        return Err(StoreError::Internal(format!(
            "the decision has {} items and the claim {}",
            decided.len(),
            submission.items.len()
        )));
    }
    let rows = submission
        .items
        .iter()
        .zip(decided)
        .map(|(item, decided)| ItemRow {
            clinic_id,
            claim_id,
            sequence: decided.sequence.into(),
            service_date: Date(item.service_date),
            category: item.category.word(),
            code: item.code.as_ref().map(|code| code.as_str().to_owned()),
            amount_cents: item.amount().get(),
            payer: decided.payer.word(),
            disposition: decided.disposition.word(),
            rule: decided.grounds.rule.to_string(),
        });
    Ok(rows.collect())
}

unnest! {
    /// Items as columns.
    ItemColumns of ItemRow into "claim_items" {
        clinic_id: SqlId = Id,
        claim_id: SqlId = Id,
        sequence: Integer = i32,
        service_date: SqlDate = Date,
        category: Text = &'static str,
        code: Nullable<Text> = Option<String>,
        amount_cents: BigInt = i64,
        payer: Text = &'static str,
        disposition: Text = &'static str,
        rule: Text = String,
    }
}

/// Items in one statement on PostgreSQL.
struct InsertItems<'r>(ItemColumns<'r>);

impl QueryFragment<Pg> for InsertItems<'_> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }
}

// The type stands for the text: diesel finds the prepared statement by it.
impl QueryId for InsertItems<'_> {
    type QueryId = InsertItems<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl RunQueryDsl<PgConnection> for InsertItems<'_> {}

/// Inserts items.
pub fn insert(connection: &mut Connection, rows: &[ItemRow]) -> Result<(), StoreError> {
    match connection {
        Connection::Postgres(c) => {
            InsertItems(ItemColumns::of(rows)).execute(c)?;
        }
        Connection::Sqlite(c) => insert_in_chunks(c, rows)?,
    }
    Ok(())
}

/// Inserts items on SQLite.
pub fn insert_in_chunks(connection: &mut SqliteConnection, rows: &[ItemRow]) -> QueryResult<()> {
    in_chunks!(rows, |chunk| {
        diesel::insert_into(claim_items::table)
            .values(chunk)
            .execute(connection)?
    });
    Ok(())
}
