//! Writes the terms of claims, what reports know of them and their tasks, in the order of the claims' changes.
//!
//! Nothing is written when a claim is: a search first has the terms written of all claims that changed since the last
//! one. Changes that may still be overtaken by an earlier one, those behind the horizon, are written too, and again
//! by the next search.

use std::collections::BTreeSet;

use diesel::{prelude::*, sql_query};

use payerline_domain::{
    search::{FoundDecision, decision_terms, submission_terms},
    values::{ids::ClinicId, time::Day, time::Timestamp},
};

use super::{
    position::{BEGINNING, ReadClaim, find_position, lock_position, read_claims, save_position},
    progress, tasks,
};
use crate::store::engine::{
    changes::{ChangePosition, ChangeWindow, in_order_of_changes},
    connection::{Connection, on_backend},
    error::StoreError,
    horizon,
    rows::{self, rows},
    schema::claims,
    sql_types::{Id, SqlId, Time},
    store::Store,
};

/// Claims whose terms one transaction writes.
const CLAIMS_PER_STEP: i64 = 500;

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

/// Writes the terms of the next claims. Returns where the step after this one begins, if there may be more.
fn write_next(
    connection: &mut Connection,
    clinic_id: Id,
    after: Option<ChangePosition>,
    today: Day,
) -> Result<Option<ChangePosition>, StoreError> {
    let written = lock_position(connection, clinic_id)?;
    // What is read after this sees all changes up to the horizon that will ever be.
    let horizon = horizon::find(connection)?;
    if written == BEGINNING && after.is_none() {
        // All claims are passed over with their approvals as they are.
        tasks::begin_following(connection, clinic_id, horizon)?;
    }
    let window = ChangeWindow {
        after: after.map_or(written, |after| after.max(written)),
        horizon: Timestamp::LAST,
        rows: CLAIMS_PER_STEP,
    };
    let rows: Vec<(Id, Time)> = on_backend!(connection, |c| {
        let query = claims::table
            .select((claims::id, claims::updated_at))
            .filter(claims::clinic_id.eq(clinic_id))
            .into_boxed();
        in_order_of_changes!(query, claims, window).load(c)
    })?;
    let ids: Vec<Id> = rows.iter().map(|(id, _)| *id).collect();
    let claims = read_claims(connection, clinic_id, &ids)?;
    write_terms(connection, clinic_id, &claims)?;
    let claims: Vec<_> = claims.iter().map(|(it, of)| (it, of.as_ref())).collect();
    progress::write(connection, clinic_id, &claims)?;
    tasks::write(connection, clinic_id, &claims, today)?;
    let position = |(id, at): &(Id, Time)| ChangePosition { at: at.0, id: id.0 };
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
    claims: &[ReadClaim],
) -> Result<(), StoreError> {
    for (claim, _) in claims.iter().filter(|(claim, _)| claim.version > 1) {
        delete_decided(connection, clinic_id, Id(claim.id.uuid()))?;
    }
    let mut rows: Vec<TermRow> = Vec::new();
    for (claim, submission) in claims {
        let row = |is_decided: bool| {
            move |term: String| TermRow {
                clinic_id,
                term,
                claim_id: Id(claim.id.uuid()),
                is_decided,
            }
        };
        if let Some(submission) = submission {
            rows.extend(submission_terms(submission).into_iter().map(row(false)));
        }
        match serde_json::from_str::<FoundDecision>(claim.decision.as_str()) {
            Ok(decision) => {
                let terms: BTreeSet<String> = decision_terms(&decision).collect();
                rows.extend(terms.into_iter().map(row(true)));
            }
            Err(_) => {
                tracing::warn!(claim = %claim.id, "a claim is not found by its decision: it cannot be read back")
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
        today: Day,
    ) -> Result<Option<ChangePosition>, StoreError> {
        let work = move |c: &mut Connection| write_next(c, Id(clinic.uuid()), after, today);
        self.write("writing the terms of claims", work).await
    }
}
