//! Storing a batch of claims with their items and events: all of it or nothing.
//!
//! On PostgreSQL a batch is one statement, and so one round trip and one commit, whatever it holds.

use std::collections::{HashMap, HashSet};

use diesel::{
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
};

use super::{
    chunks::in_chunks,
    claims::{ClaimColumns, ClaimRow, Details},
    connection::{Connection, on_backend},
    error::StoreError,
    events::{self, EventColumns, EventRow},
    items::{self, ItemColumns, ItemRow},
    schema::claims,
    sql_types::{Id, SqlId},
    stored_claim::StoredClaim,
};
use crate::domain::ids::ClaimId;

/// What became of one claim of a batch.
#[derive(Debug)]
pub enum Stored {
    /// Inserted, or found inserted by an earlier try whose answer was lost.
    Created,
    /// Found with the same content.
    Replayed(Box<StoredClaim>),
    /// Found with other content.
    Conflict(ClaimId),
}

/// Stores a batch of claims, in a transaction of its own. The results are in the order of the rows,
/// which are sorted by clinic.
pub fn store(
    connection: &mut Connection,
    rows: &[ClaimRow],
    details: &[Details],
) -> Result<Vec<Stored>, StoreError> {
    let inserted = insert(connection, rows, details)?;
    let mut known = HashMap::new();
    if inserted.len() < rows.len() {
        // Read after the commit: what kept a row from being inserted is committed itself.
        for clinic in rows.chunk_by(|row, next| row.clinic_id == next.clinic_id) {
            known.extend(known_of_clinic(connection, clinic, &inserted)?);
        }
    }
    rows.iter()
        .map(|row| {
            if inserted.contains(&row.id) {
                return Ok(Stored::Created);
            }
            let key = (row.clinic_id, row.external_id.as_str());
            let (claim, digest): &(StoredClaim, Vec<u8>) = known
                .get(&key)
                .ok_or_else(|| StoreError::Internal(format!("id {} is taken", row.id.0)))?;
            Ok(if claim.id == row.id {
                Stored::Created
            } else if *digest == row.content_digest {
                Stored::Replayed(Box::new(claim.clone()))
            } else {
                Stored::Conflict(claim.id.0.into())
            })
        })
        .collect()
}

/// Inserts the claims whose external id is new, with what belongs to them; returns their ids.
fn insert(
    connection: &mut Connection,
    rows: &[ClaimRow],
    details: &[Details],
) -> Result<HashSet<Id>, StoreError> {
    let inserted = match connection {
        Connection::Postgres(c) => InsertBatch::of(rows, details).load::<Id>(c)?,
        Connection::Sqlite(c) => {
            c.immediate_transaction(|c| insert_table_by_table(c, rows, details))?
        }
    };
    Ok(inserted.into_iter().collect())
}

fn insert_table_by_table(
    connection: &mut SqliteConnection,
    rows: &[ClaimRow],
    details: &[Details],
) -> QueryResult<Vec<Id>> {
    let mut inserted = Vec::with_capacity(rows.len());
    in_chunks!(rows, |chunk| {
        let ids: Vec<Id> = diesel::insert_into(claims::table)
            .values(chunk)
            .on_conflict((claims::clinic_id, claims::external_id))
            .do_nothing()
            .returning(claims::id)
            .get_results(connection)?;
        inserted.extend(ids);
    });
    let is_new: HashSet<Id> = inserted.iter().copied().collect();
    let new = || {
        rows.iter()
            .zip(details)
            .filter(|(row, _)| is_new.contains(&row.id))
            .map(|(_, details)| details)
    };
    let item_rows: Vec<ItemRow> = new().flat_map(Details::items).cloned().collect();
    items::insert_in_chunks(connection, &item_rows)?;
    let event_rows: Vec<EventRow> = new().map(Details::event).cloned().collect();
    events::insert_all(connection, &event_rows)?;
    Ok(inserted)
}

/// The whole batch as one statement; it returns the ids of the claims that are new. Being one
/// statement it is a transaction: no `BEGIN` and no `COMMIT` go to the server.
struct InsertBatch<'r> {
    claims: ClaimColumns<'r>,
    items: ItemColumns<'r>,
    events: EventColumns<'r>,
}

impl<'r> InsertBatch<'r> {
    fn of(rows: &'r [ClaimRow], details: &'r [Details]) -> Self {
        Self {
            claims: ClaimColumns::of(rows),
            items: ItemColumns::of(details.iter().flat_map(Details::items)),
            events: EventColumns::of(details.iter().map(Details::event)),
        }
    }
}

impl QueryFragment<Pg> for InsertBatch<'_> {
    /// `IS TRUE` keeps the planner from making a join of it, for which it would have to guess how many
    /// rows there are: it hashes the new ids and looks each item up.
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("WITH new AS (");
        self.claims.walk_ast(out.reborrow())?;
        out.push_sql(
            " ON CONFLICT (clinic_id, external_id) DO NOTHING RETURNING id), new_items AS (",
        );
        self.items.walk_ast(out.reborrow())?;
        out.push_sql(" WHERE (claim_id IN (SELECT id FROM new)) IS TRUE), new_events AS (");
        self.events.walk_ast(out.reborrow())?;
        out.push_sql(" WHERE (subject_id IN (SELECT id FROM new)) IS TRUE) SELECT id FROM new");
        Ok(())
    }
}

// The type stands for the text: diesel finds the prepared statement by it.
impl QueryId for InsertBatch<'_> {
    type QueryId = InsertBatch<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for InsertBatch<'_> {
    type SqlType = SqlId;
}

impl RunQueryDsl<PgConnection> for InsertBatch<'_> {}

type Known<'a> = HashMap<(Id, &'a str), (StoredClaim, Vec<u8>)>;

/// The stored claims that kept rows of one clinic from being inserted.
fn known_of_clinic<'a>(
    connection: &mut Connection,
    rows: &'a [ClaimRow],
    inserted: &HashSet<Id>,
) -> Result<Known<'a>, StoreError> {
    let mut wanted: HashSet<&str> = rows
        .iter()
        .filter(|row| !inserted.contains(&row.id))
        .map(|row| row.external_id.as_str())
        .collect();
    let (Some(first), false) = (rows.first(), wanted.is_empty()) else {
        return Ok(Known::new());
    };
    let names: Vec<&str> = wanted.iter().copied().collect();
    let found: Vec<(StoredClaim, Vec<u8>)> = on_backend!(connection, |c| {
        claims::table
            .select((StoredClaim::as_select(), claims::content_digest))
            .filter(claims::clinic_id.eq(first.clinic_id))
            .filter(claims::external_id.eq_any(&names))
            .load(c)
    })?;
    Ok(found
        .into_iter()
        .filter_map(|(claim, digest)| {
            let name = wanted.take(claim.external_id.as_str())?;
            Some(((claim.clinic_id, name), (claim, digest)))
        })
        .collect())
}
