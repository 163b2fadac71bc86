//! How far a clinic's claims are passed over, and the claims that are.

use diesel::prelude::*;
use uuid::Uuid;

use payerline_domain::{
    claims::{claim::Claim, submission::Submission},
    values::time::Timestamp,
};

use crate::store::claims::row::{self, ClaimKey};
use crate::store::engine::{
    changes::ChangePosition,
    connection::{Connection, on_backend},
    error::StoreError,
    schema::claim_search,
    sql_types::{Id, Time},
};

/// A claim with its submission, if that can be read back.
pub type ReadClaim = (Claim, Option<Submission>);

pub const BEGINNING: ChangePosition = ChangePosition {
    at: Timestamp::EPOCH,
    id: Uuid::nil(),
};

pub fn find_position(
    connection: &mut Connection,
    clinic_id: Id,
) -> QueryResult<Option<ChangePosition>> {
    let query = claim_search::table
        .select((claim_search::updated_at, claim_search::claim_id))
        .filter(claim_search::clinic_id.eq(clinic_id));
    let found: Option<(Time, Id)> = on_backend!(connection, |c| query.first(c).optional())?;
    Ok(found.map(|(Time(at), Id(id))| ChangePosition { at, id }))
}

/// Locks and reads the place up to which the terms are written for good. Two searches at once write one after the other.
pub fn lock_position(
    connection: &mut Connection,
    clinic_id: Id,
) -> Result<ChangePosition, StoreError> {
    let beginning = (
        claim_search::clinic_id.eq(clinic_id),
        claim_search::updated_at.eq(Time(BEGINNING.at)),
        claim_search::claim_id.eq(Id(BEGINNING.id)),
    );
    on_backend!(connection, |c| {
        diesel::insert_into(claim_search::table)
            .values(beginning)
            .on_conflict_do_nothing()
            .execute(c)
    })?;
    if let Connection::Postgres(c) = connection {
        claim_search::table
            .select(claim_search::claim_id)
            .filter(claim_search::clinic_id.eq(clinic_id))
            .for_update()
            .load::<Id>(c)?;
    }
    Ok(find_position(connection, clinic_id)?.unwrap_or(BEGINNING))
}

pub fn save_position(
    connection: &mut Connection,
    clinic_id: Id,
    position: ChangePosition,
) -> Result<(), StoreError> {
    on_backend!(connection, |c| {
        diesel::update(claim_search::table)
            .filter(claim_search::clinic_id.eq(clinic_id))
            .set((
                claim_search::updated_at.eq(Time(position.at)),
                claim_search::claim_id.eq(Id(position.id)),
            ))
            .execute(c)
    })?;
    Ok(())
}

/// Reads claims back. One that cannot be read back must not keep the others from being found.
pub fn read_claims(
    connection: &mut Connection,
    clinic_id: Id,
    ids: &[Id],
) -> Result<Vec<ReadClaim>, StoreError> {
    let keys: Vec<ClaimKey> = ids.iter().map(|id| (clinic_id, *id)).collect();
    let mut read = Vec::with_capacity(keys.len());
    for stored in row::by_ids(connection, &keys)? {
        let id = stored.row.id.0;
        let Ok(claim) = Claim::try_from(stored) else {
            tracing::warn!(claim = %id, "a claim is not found by searches, reports and the work queue: it cannot be read back");
            continue;
        };
        let submission = Submission::read_stored(claim.submission.as_str().as_bytes());
        if submission.is_err() {
            tracing::warn!(claim = %id, "a claim is not found by what it says: it cannot be read back");
        }
        read.push((claim, submission.ok()));
    }
    Ok(read)
}
