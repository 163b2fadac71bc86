//! Storing a batch of claims with their items and events: all of it or nothing.
//!
//! On PostgreSQL a batch is one statement, and so one round trip and one commit, whatever it holds. To ask of each
//! claim whether it is there already costs a look into the index before each row and a record in the write-ahead log
//! after it. So a batch is first sent without asking, as if all were new, which they nearly always are. Where one is
//! not, that fails as a whole and the batch is sent again, asking; so are the next ones, since retries come in numbers.

use std::collections::{HashMap, HashSet};

use diesel::{
    dsl::{exists, not},
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
};

use super::{
    items::{ItemColumns, ItemRow},
    row::StoredClaim,
    submit::{ClaimColumns, ClaimRow, Details},
};
use crate::store::{
    engine::{
        connection::{Connection, on_backend},
        error::StoreError,
        rows::{self, Row},
        schema::{claims, events},
        sql_types::{Id, SqlId},
    },
    events::{EventColumns, EventRow},
};
use payerline_domain::values::ids::ClaimId;

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
        Connection::Postgres(c) => NewOnes(&Batch::of(rows, details)).load(c)?,
        Connection::Sqlite(_) => {
            connection.transaction(|c| Ok(insert_table_by_table(c, rows, details)?))?
        }
    };
    Ok(inserted.into_iter().collect())
}

fn insert_table_by_table(
    connection: &mut Connection,
    rows: &[ClaimRow],
    details: &[Details],
) -> QueryResult<Vec<Id>> {
    // No `RETURNING`: SQLite would first copy all rows into a table of its own.
    let inserted = if rows::insert(connection, rows)? == rows.len() {
        rows.iter().map(|row| row.id).collect()
    } else {
        without_event(connection, rows)?
    };
    let is_new: HashSet<Id> = inserted.iter().copied().collect();
    let new = || {
        rows.iter()
            .zip(details)
            .filter(|(row, _)| is_new.contains(&row.id))
            .map(|(_, details)| details)
    };
    rows::insert(connection, new().flat_map(Details::items))?;
    rows::insert(connection, new().map(Details::event))?;
    Ok(inserted)
}

/// Those of some claims that are stored and have no event yet: in the transaction that stores them, the new
/// ones.
fn without_event(connection: &mut Connection, rows: &[ClaimRow]) -> QueryResult<Vec<Id>> {
    let mut found = Vec::new();
    for clinic in rows.chunk_by(|row, next| row.clinic_id == next.clinic_id) {
        let clinic_id = clinic.first().map(|row| row.clinic_id);
        let ids: Vec<Id> = clinic.iter().map(|row| row.id).collect();
        let event = events::table
            .filter(events::clinic_id.eq(claims::clinic_id))
            .filter(events::subject_id.eq(claims::id));
        let new: Vec<Id> = on_backend!(connection, |c| {
            claims::table
                .select(claims::id)
                .filter(claims::clinic_id.eq_any(clinic_id))
                .filter(claims::id.eq_any(&ids))
                .filter(not(exists(event)))
                .load(c)
        })?;
        found.extend(new);
    }
    Ok(found)
}

/// The rows of a batch side by side.
struct Batch<'r> {
    claims: ClaimColumns<'r>,
    items: ItemColumns<'r>,
    events: EventColumns<'r>,
}

impl<'r> Batch<'r> {
    fn of(rows: &'r [ClaimRow], details: &'r [Details]) -> Self {
        Self {
            claims: ClaimRow::columns(rows),
            items: ItemRow::columns(details.iter().flat_map(Details::items)),
            events: EventRow::columns(details.iter().map(Details::event)),
        }
    }
}

/// A batch as one statement, which stores what is new of it and returns the ids of these claims.
struct NewOnes<'b, 'r>(&'b Batch<'r>);

impl QueryFragment<Pg> for NewOnes<'_, '_> {
    /// `IS TRUE` keeps the planner from making a join of it, for which it would have to guess how many
    /// rows there are: it hashes the new ids and looks each item up.
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("WITH new AS (");
        self.0.claims.walk_ast(out.reborrow())?;
        out.push_sql(ClaimRow::ON_CONFLICT);
        out.push_sql(" RETURNING id), new_items AS (");
        self.0.items.walk_ast(out.reborrow())?;
        out.push_sql(" WHERE (claim_id IN (SELECT id FROM new)) IS TRUE), new_events AS (");
        self.0.events.walk_ast(out.reborrow())?;
        out.push_sql(" WHERE (subject_id IN (SELECT id FROM new)) IS TRUE) SELECT id FROM new");
        Ok(())
    }
}

// The type stands for the text: diesel finds the prepared statement by it.
impl QueryId for NewOnes<'_, '_> {
    type QueryId = NewOnes<'static, 'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for NewOnes<'_, '_> {
    type SqlType = SqlId;
}

impl RunQueryDsl<PgConnection> for NewOnes<'_, '_> {}

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
