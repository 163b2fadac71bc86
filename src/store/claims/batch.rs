//! Storing a batch of claims with their items, services and events: all of it or nothing.
//!
//! A batch asks by `ON CONFLICT … RETURNING` which of its claims are new, so that no statement fails on a claim
//! that is stored already. Of two writers with the same external id the second waits until the first commits,
//! and then finds its claim; if the first rolls back, the second stores its own. Batches are sorted by clinic and
//! external id, so two writers cannot wait for each other.
//!
//! On PostgreSQL a batch is one statement, and so one round trip and one commit, whatever it holds. SQLite has
//! one writer at a time; there a batch is a transaction with some statements for each table.

use std::{
    cmp::Ordering,
    collections::{HashMap, HashSet},
};

use diesel::{
    dsl::{exists, not},
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
};

use super::{
    items::{ItemColumns, ItemRow},
    prepared::{ClaimColumns, ClaimRow, PreparedClaim},
    row::{StoredClaim, stored_claims},
    services::{ServiceColumns, ServiceRow},
};
use crate::store::{
    engine::{
        connection::{Connection, on_backend},
        error::StoreError,
        horizon,
        rows::{self, Row},
        schema::{claims, events},
        sql_types::{Id, SqlId, SqlTime, Time},
        writer::GroupWrite,
    },
    events::{EventColumns, EventRow},
};
use payerline_domain::values::time::Timestamp;

/// The result for one claim of a batch.
#[derive(Debug)]
pub enum Stored {
    /// Inserted at this time, now or by an earlier attempt whose answer was lost.
    Created(Timestamp),
    /// Found with the same content.
    Replayed(Box<StoredClaim>),
    /// Found with another digest. The content may be the same: earlier builds counted more as content.
    OtherDigest(Box<StoredClaim>),
}

type Claims<'c> = [&'c PreparedClaim];

impl GroupWrite for Box<PreparedClaim> {
    type Stored = Stored;

    fn order(&self, other: &Self) -> Ordering {
        self.as_ref().order(other)
    }

    fn bytes(&self) -> usize {
        self.row.bytes()
    }

    fn store(connection: &mut Connection, claims: &[Self]) -> Result<Vec<Stored>, StoreError> {
        let claims: Vec<&PreparedClaim> = claims.iter().map(AsRef::as_ref).collect();
        match connection {
            // The one statement that inserts is a transaction by itself.
            Connection::Postgres(_) => PreparedClaim::insert_or_find(connection, &claims),
            Connection::Sqlite(_) => {
                connection.transaction(|c| PreparedClaim::insert_or_find(c, &claims))
            }
        }
    }
}

impl PreparedClaim {
    /// The order in which every writer inserts claims.
    pub fn order(&self, other: &Self) -> Ordering {
        key(&self.row).cmp(&key(&other.row))
    }

    /// Inserts the claims that are new and finds the others, in the transaction of the caller.
    pub fn insert_or_find(
        connection: &mut Connection,
        claims: &Claims<'_>,
    ) -> Result<Vec<Stored>, StoreError> {
        let inserted: HashMap<Id, Time> = insert_new(connection, claims)?.into_iter().collect();
        let mut found = HashMap::new();
        if inserted.len() < claims.len() {
            // What kept a claim from being inserted is committed: this statement sees it.
            for clinic in by_clinic(claims) {
                found.extend(find_others(connection, clinic, &inserted)?);
            }
        }
        let stored = claims.iter().map(|claim| &claim.row).map(|row| {
            if let Some(Time(at)) = inserted.get(&row.id) {
                return Ok(Stored::Created(*at));
            }
            compare_with_found(row, &found)
                .ok_or_else(|| StoreError::Internal(format!("id {} is taken", row.id.0)))
        });
        stored.collect()
    }

    /// Finds those of some claims that are stored already; `None` for the others.
    pub fn find_stored(
        connection: &mut Connection,
        claims: &Claims<'_>,
    ) -> Result<Vec<Option<Stored>>, StoreError> {
        let mut found = HashMap::new();
        for clinic in by_clinic(claims) {
            found.extend(find_others(connection, clinic, &HashMap::new())?);
        }
        let rows = claims.iter().map(|claim| &claim.row);
        Ok(rows.map(|row| compare_with_found(row, &found)).collect())
    }
}

/// Compares a claim with the stored one that has its external id.
fn compare_with_found(row: &ClaimRow, found: &Found<'_>) -> Option<Stored> {
    // An earlier build may have stored two forms of one id: the claim with this one goes before.
    let sent = row.external_id_sent.as_deref();
    let (claim, digest): &(StoredClaim, Vec<u8>) = sent
        .and_then(|sent| found.get(&(row.clinic_id, sent)))
        .or_else(|| found.get(&key(row)))?;
    Some(if claim.row.id == row.id {
        Stored::Created(claim.row.updated_at.0)
    } else if *digest == row.content_digest {
        Stored::Replayed(Box::new(claim.clone()))
    } else {
        Stored::OtherDigest(Box::new(claim.clone()))
    })
}

fn key(row: &ClaimRow) -> (Id, &str) {
    (row.clinic_id, &row.external_id)
}

/// The claims of each clinic; a batch is sorted by clinic.
fn by_clinic<'a, 'c>(
    claims: &'a [&'c PreparedClaim],
) -> impl Iterator<Item = &'a [&'c PreparedClaim]> {
    claims.chunk_by(|claim, next| claim.row.clinic_id == next.row.clinic_id)
}

/// Inserts the claims whose external id is new, with their items, services and events; returns their ids and the time.
fn insert_new(
    connection: &mut Connection,
    claims: &Claims<'_>,
) -> Result<Vec<(Id, Time)>, StoreError> {
    match connection {
        Connection::Postgres(c) => Ok(InsertNew(&Columns::new(claims)).load(c)?),
        Connection::Sqlite(_) => {
            let at = Time(horizon::draw_time(connection)?);
            let inserted = insert_by_table(connection, claims)?;
            Ok(inserted.into_iter().map(|id| (id, at)).collect())
        }
    }
}

fn insert_by_table(connection: &mut Connection, claims: &Claims<'_>) -> QueryResult<Vec<Id>> {
    // No `RETURNING`: SQLite would first copy all rows into a table of its own.
    let count = rows::insert(connection, claims.iter().map(|claim| &claim.row))?;
    let inserted = if count == claims.len() {
        claims.iter().map(|claim| claim.row.id).collect()
    } else {
        find_without_event(connection, claims)?
    };
    let is_new: HashSet<Id> = inserted.iter().copied().collect();
    let new = || claims.iter().filter(|claim| is_new.contains(&claim.row.id));
    rows::insert(connection, new().flat_map(|claim| &claim.items))?;
    rows::insert(connection, new().flat_map(|claim| &claim.services))?;
    rows::insert(connection, new().map(|claim| &claim.event))?;
    Ok(inserted)
}

/// Those of some claims that are stored and have no event yet. In the transaction that stores them, these are the
/// new ones.
fn find_without_event(connection: &mut Connection, claims: &Claims<'_>) -> QueryResult<Vec<Id>> {
    let mut found = Vec::new();
    for clinic in by_clinic(claims) {
        let clinic_id = clinic.first().map(|claim| claim.row.clinic_id);
        let ids: Vec<Id> = clinic.iter().map(|claim| claim.row.id).collect();
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

/// The rows of a batch, an array a column.
struct Columns<'c> {
    claims: ClaimColumns<'c>,
    items: ItemColumns<'c>,
    services: ServiceColumns<'c>,
    events: EventColumns<'c>,
}

impl<'c> Columns<'c> {
    fn new(claims: &Claims<'c>) -> Self {
        Self {
            claims: ClaimRow::columns(claims.iter().map(|claim| &claim.row)),
            items: ItemRow::columns(claims.iter().flat_map(|claim| &claim.items)),
            services: ServiceRow::columns(claims.iter().flat_map(|claim| &claim.services)),
            events: EventRow::columns(claims.iter().map(|claim| &claim.event)),
        }
    }
}

/// A batch as one statement, which stores the new claims and returns their ids and the time.
struct InsertNew<'b, 'c>(&'b Columns<'c>);

impl QueryFragment<Pg> for InsertNew<'_, '_> {
    /// `IS TRUE` keeps the planner from making a join of it, for which it would have to guess how many rows there
    /// are: it hashes the new ids and looks up each row.
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("WITH new AS (");
        self.0.claims.walk_ast(out.reborrow())?;
        out.push_sql(ClaimRow::ON_CONFLICT);
        out.push_sql(" RETURNING id, updated_at), new_items AS (");
        self.0.items.walk_ast(out.reborrow())?;
        out.push_sql(" WHERE (claim_id IN (SELECT id FROM new)) IS TRUE), new_services AS (");
        self.0.services.walk_ast(out.reborrow())?;
        out.push_sql(" WHERE (claim_id IN (SELECT id FROM new)) IS TRUE), new_events AS (");
        self.0.events.walk_ast(out.reborrow())?;
        out.push_sql(" WHERE (subject_id IN (SELECT id FROM new)) IS TRUE)");
        out.push_sql(" SELECT id, updated_at FROM new");
        Ok(())
    }
}

// The type stands for the text: diesel finds the prepared statement by it.
impl QueryId for InsertNew<'_, '_> {
    type QueryId = InsertNew<'static, 'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for InsertNew<'_, '_> {
    type SqlType = (SqlId, SqlTime);
}

impl RunQueryDsl<PgConnection> for InsertNew<'_, '_> {}

type Found<'c> = HashMap<(Id, &'c str), (StoredClaim, Vec<u8>)>;

/// The stored claims that kept claims of one clinic from being inserted.
fn find_others<'c>(
    connection: &mut Connection,
    claims: &Claims<'c>,
    inserted: &HashMap<Id, Time>,
) -> Result<Found<'c>, StoreError> {
    let mut wanted: HashSet<&str> = claims
        .iter()
        .filter(|claim| !inserted.contains_key(&claim.row.id))
        .flat_map(|claim| {
            [
                Some(&claim.row.external_id),
                claim.row.external_id_sent.as_ref(),
            ]
        })
        .flatten()
        .map(String::as_str)
        .collect();
    let (Some(first), false) = (claims.first(), wanted.is_empty()) else {
        return Ok(Found::new());
    };
    let names: Vec<&str> = wanted.iter().copied().collect();
    let found: Vec<(StoredClaim, Vec<u8>)> = on_backend!(connection, |c| {
        stored_claims!()
            .select((StoredClaim::as_select(), claims::content_digest))
            .filter(claims::clinic_id.eq(first.row.clinic_id))
            .filter(claims::external_id.eq_any(&names))
            .load(c)
    })?;
    Ok(found
        .into_iter()
        .filter_map(|(claim, digest)| {
            let name = wanted.take(claim.row.external_id.as_str())?;
            Some(((claim.row.clinic_id, name), (claim, digest)))
        })
        .collect())
}
