//! Writes the terms of claims, in the order of the claims' changes.
//!
//! Nothing is written when a claim is: a search first has the terms written of all claims that changed since the last
//! one. Changes that may still be overtaken by an earlier one, those behind the horizon, are written too, and again
//! by the next search.

use std::collections::BTreeSet;

use diesel::{prelude::*, sql_query};
use uuid::Uuid;

use payerline_domain::{
    claims::{claim::Claim, submission::Submission},
    search::{FoundDecision, decision_terms, submission_terms},
    values::{ids::ClinicId, time::Timestamp},
};

use super::progress;
use crate::store::claims::row::{self, ClaimKey};
use crate::store::engine::{
    changes::{ChangePosition, ChangeWindow, in_order_of_changes},
    connection::{Connection, on_backend},
    error::StoreError,
    horizon,
    rows::{self, rows},
    schema::{claim_search, claims},
    sql_types::{Id, Json, SqlId, Time},
    store::Store,
};

/// Claims whose terms one transaction writes: some 50 ms.
const CLAIMS_PER_STEP: i64 = 500;

type ClaimColumns = (Id, Time, i64, Json, Json);

#[derive(Debug)]
struct TermRow {
    clinic_id: Id,
    term: String,
    claim_id: Id,
    is_decided: bool,
}

rows! {
    TermColumns of TermRow into "claim_terms", "(clinic_id, term, claim_id) DO NOTHING", {
        clinic_id: SqlId = Id,
        term: diesel::sql_types::Text = String,
        claim_id: SqlId = Id,
        is_decided: diesel::sql_types::Bool = bool,
    }
}

const BEGINNING: ChangePosition = ChangePosition {
    at: Timestamp::EPOCH,
    id: Uuid::nil(),
};

/// Whether the terms of all claims are written for good.
fn has_all(connection: &mut Connection, clinic_id: Id) -> Result<bool, StoreError> {
    let position = find_position(connection, clinic_id)?.unwrap_or(BEGINNING);
    let newest: Option<(Time, Id)> = on_backend!(connection, |c| {
        claims::table
            .select((claims::updated_at, claims::id))
            .filter(claims::clinic_id.eq(clinic_id))
            .order((claims::updated_at.desc(), claims::id.desc()))
            .first(c)
            .optional()
    })?;
    let newest = newest.map(|(Time(at), Id(id))| ChangePosition { at, id });
    Ok(newest.is_none_or(|newest| newest <= position))
}

fn find_position(
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
fn lock_position(connection: &mut Connection, clinic_id: Id) -> Result<ChangePosition, StoreError> {
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

/// Writes the terms of the next claims. Returns where the step after this one begins, if there may be more.
fn write_next(
    connection: &mut Connection,
    clinic_id: Id,
    after: Option<ChangePosition>,
) -> Result<Option<ChangePosition>, StoreError> {
    let written = lock_position(connection, clinic_id)?;
    // What is read after this sees all changes up to the horizon that will ever be.
    let horizon = horizon::find(connection)?;
    let window = ChangeWindow {
        after: after.map_or(written, |after| after.max(written)),
        horizon: Timestamp::LAST,
        rows: CLAIMS_PER_STEP,
    };
    let rows: Vec<ClaimColumns> = on_backend!(connection, |c| {
        let query = claims::table
            .select((
                claims::id,
                claims::updated_at,
                claims::version,
                claims::submission,
                claims::decision,
            ))
            .filter(claims::clinic_id.eq(clinic_id))
            .into_boxed();
        in_order_of_changes!(query, claims, window).load(c)
    })?;
    write_terms(connection, clinic_id, &rows)?;
    write_progress(connection, clinic_id, &rows)?;
    let position = |(id, at, ..): &ClaimColumns| ChangePosition { at: at.0, id: id.0 };
    // A step that goes on behind changes that are not for good yet may have passed by one that committed since.
    if window.after == written {
        let last_for_good = rows.iter().map(position).rfind(|it| it.at <= horizon);
        if let Some(position) = last_for_good {
            save_position(connection, clinic_id, position)?;
        }
    }
    let is_full = i64::try_from(rows.len()).is_ok_and(|count| count == CLAIMS_PER_STEP);
    Ok(rows.last().filter(|_| is_full).map(position))
}

fn write_terms(
    connection: &mut Connection,
    clinic_id: Id,
    claims: &[ClaimColumns],
) -> Result<(), StoreError> {
    let changed = claims.iter().filter(|(_, _, version, ..)| *version > 1);
    for (claim_id, ..) in changed {
        delete_decided(connection, clinic_id, *claim_id)?;
    }
    let mut rows: Vec<TermRow> = Vec::new();
    for (claim_id, _, _, submission, decision) in claims {
        let row = |is_decided: bool| {
            move |term: String| TermRow {
                clinic_id,
                term,
                claim_id: *claim_id,
                is_decided,
            }
        };
        // A claim that cannot be read back must not keep the others from being found.
        match Submission::read_stored(submission.0.as_bytes()) {
            Ok(submission) => {
                rows.extend(submission_terms(&submission).into_iter().map(row(false)))
            }
            Err(_) => {
                tracing::warn!(claim = %claim_id.0, "a claim is not found by what it says: it cannot be read back")
            }
        }
        match serde_json::from_str::<FoundDecision>(&decision.0) {
            Ok(decision) => {
                let terms: BTreeSet<String> = decision_terms(&decision).collect();
                rows.extend(terms.into_iter().map(row(true)));
            }
            Err(_) => {
                tracing::warn!(claim = %claim_id.0, "a claim is not found by its decision: it cannot be read back")
            }
        }
    }
    // In the order of the key: side by side in the index.
    rows.sort_unstable_by(|one, other| {
        (&one.term, one.claim_id).cmp(&(&other.term, other.claim_id))
    });
    rows::insert(connection, &rows)?;
    Ok(())
}

/// Writes what reports know of the claims. One that cannot be read back is left out, so that the others are counted.
fn write_progress(
    connection: &mut Connection,
    clinic_id: Id,
    claims: &[ClaimColumns],
) -> Result<(), StoreError> {
    let keys: Vec<ClaimKey> = claims.iter().map(|(id, ..)| (clinic_id, *id)).collect();
    let mut read: Vec<(Claim, Option<Submission>)> = Vec::with_capacity(keys.len());
    for stored in row::by_ids(connection, &keys)? {
        let id = stored.row.id.0;
        match Claim::try_from(stored) {
            Ok(claim) => {
                let submission = Submission::read_stored(claim.submission.as_str().as_bytes());
                read.push((claim, submission.ok()));
            }
            Err(_) => {
                tracing::warn!(claim = %id, "a claim is in no report: it cannot be read back")
            }
        }
    }
    let claims: Vec<_> = read
        .iter()
        .map(|(claim, submission)| (claim, submission.as_ref()))
        .collect();
    progress::write(connection, clinic_id, &claims)
}

/// Deletes the terms of a claim's last decision. SQLite, which knows nothing of how many rows there are, has to be told the
/// index.
fn delete_decided(connection: &mut Connection, clinic_id: Id, claim_id: Id) -> QueryResult<()> {
    match connection {
        Connection::Postgres(c) => sql_query(
            "DELETE FROM claim_terms WHERE clinic_id = $1 AND claim_id = $2 AND is_decided",
        )
        .bind::<SqlId, _>(clinic_id)
        .bind::<SqlId, _>(claim_id)
        .execute(c)?,
        Connection::Sqlite(c) => sql_query(
            "DELETE FROM claim_terms INDEXED BY claim_terms_decided
             WHERE clinic_id = ? AND claim_id = ? AND is_decided = 1",
        )
        .bind::<SqlId, _>(clinic_id)
        .bind::<SqlId, _>(claim_id)
        .execute(c)?,
    };
    Ok(())
}

fn save_position(
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

impl Store {
    /// Returns true if the terms of all claims of a clinic are written.
    pub async fn has_all_terms(&self, clinic: ClinicId) -> Result<bool, StoreError> {
        let work = move |c: &mut Connection| has_all(c, Id(clinic.uuid()));
        self.read("reading how far the terms are written", work)
            .await
    }

    /// Writes the terms of the next claims that changed, after a place that an earlier step returned. Returns where the
    /// next step begins, if there may be more.
    pub async fn write_next_terms(
        &self,
        clinic: ClinicId,
        after: Option<ChangePosition>,
    ) -> Result<Option<ChangePosition>, StoreError> {
        let work = move |c: &mut Connection| write_next(c, Id(clinic.uuid()), after);
        self.write("writing the terms of claims", work).await
    }
}
