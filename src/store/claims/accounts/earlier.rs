//! Claims that earlier builds stored enter the accounts of approvals, in the order of their ids.

use std::collections::HashMap;

use diesel::prelude::*;
use uuid::Uuid;

use payerline_domain::{
    claims::{claim::Status, payer::Disposition},
    values::{
        closed_enum::ClosedEnum,
        ids::{ClaimId, ClinicId, first_uuid_at},
        time::Timestamp,
    },
};

use crate::store::{
    claims::evidence::ClaimEvidence,
    engine::{
        connection::{Connection, on_backend},
        error::StoreError,
        schema::{account_upgrades, claims, preauthorization_draws},
        sql_types::{Id, Json},
        store::Store,
    },
    preauthorizations::account::{AccountedClaim, ClaimAccounts, LockedAccounts},
};

/// A claim of an earlier build.
pub struct EarlierClaim {
    pub id: ClaimId,
    /// `None` if they cannot be read back.
    pub standing: Option<(Status, Disposition)>,
    pub version: i64,
    pub evidence: ClaimEvidence,
}

/// What such a claim names and draws.
#[derive(Debug)]
pub struct EarlierEntry {
    pub id: ClaimId,
    /// The version of the claim that this was worked out for.
    pub version: i64,
    pub accounts: ClaimAccounts,
}

/// Claims in the order of their ids, those of earlier builds among them.
pub struct EarlierPage {
    pub claims: Vec<EarlierClaim>,
    /// The last claim that was looked at.
    pub end: Uuid,
    /// No claims come after it.
    pub is_last: bool,
}

/// Claims that are looked at in one query. There is no index of those of earlier builds by their ids: it would be mistaken
/// for the one by patient, which the search for duplicates needs.
const CLAIMS_PER_LOOK: i64 = 2_000;

type EarlierColumns = (Id, i64, String, String, Json, Json, Json);

fn find_position(connection: &mut Connection, clinic_id: Id) -> QueryResult<Uuid> {
    let found: Option<Id> = on_backend!(connection, |c| {
        account_upgrades::table
            .select(account_upgrades::position)
            .filter(account_upgrades::clinic_id.eq(clinic_id))
            .first(c)
            .optional()
    })?;
    Ok(found.map_or(Uuid::nil(), |Id(position)| step_back(position)))
}

/// While the replicas of an earlier build are replaced one by one, one of them may store a claim with an id below the
/// position: ids begin with the time of arrival, by each machine's own clock.
const STEP_BACK_MICROSECONDS: i64 = 10 * 60 * 1_000_000;

fn step_back(position: Uuid) -> Uuid {
    let received = position.get_timestamp().map(|time| {
        let (seconds, nanoseconds) = time.to_unix();
        i64::try_from(seconds).unwrap_or(0) * 1_000_000 + i64::from(nanoseconds / 1_000)
    });
    let earlier = received.map(|at| at.saturating_sub(STEP_BACK_MICROSECONDS));
    let earlier = earlier.and_then(Timestamp::from_microseconds);
    earlier.map_or(Uuid::nil(), first_uuid_at)
}

/// Releases what claims have drawn that can have drawn nothing: a replica of an earlier build, which knows no accounts,
/// changed them after they had entered.
fn release_strays(connection: &mut Connection, clinic: ClinicId) -> Result<(), StoreError> {
    let clinic_id = Id(clinic.uuid());
    let same_claim = claims::clinic_id
        .eq(preauthorization_draws::clinic_id)
        .and(claims::id.eq(preauthorization_draws::claim_id));
    let draws_nothing = [
        Status::NeedsReview,
        Status::NeedsPreauthorization,
        Status::Void,
        Status::Replaced,
    ];
    let draws_nothing = draws_nothing.map(|it| it.word());
    let strays: Vec<Id> = on_backend!(connection, |c| {
        preauthorization_draws::table
            .inner_join(claims::table.on(same_claim))
            .select(claims::id)
            .filter(preauthorization_draws::clinic_id.eq(clinic_id))
            .filter(claims::status.eq_any(draws_nothing))
            .distinct()
            .load(c)
    })?;
    let strays: Vec<ClaimId> = strays.into_iter().map(|Id(id)| id.into()).collect();
    let mut accounts = LockedAccounts::lock(connection, clinic, &strays, std::iter::empty())?;
    accounts.check_draws(connection, &strays)?;
    for stray in strays {
        accounts.release(stray);
    }
    accounts.write(connection)
}

fn find_page(
    connection: &mut Connection,
    clinic_id: Id,
    after: Uuid,
    limit: i64,
) -> Result<EarlierPage, StoreError> {
    let next: Vec<Id> = on_backend!(connection, |c| {
        claims::table
            .select(claims::id)
            .filter(claims::clinic_id.eq(clinic_id))
            .filter(claims::id.gt(Id(after)))
            .order(claims::id.asc())
            .limit(CLAIMS_PER_LOOK)
            .load(c)
    })?;
    let Some(last) = next.last().copied() else {
        return Ok(EarlierPage {
            claims: Vec::new(),
            end: after,
            is_last: true,
        });
    };
    let rows: Vec<EarlierColumns> = on_backend!(connection, |c| {
        claims::table
            .select((
                claims::id,
                claims::version,
                claims::status,
                claims::disposition,
                claims::submission,
                claims::decision,
                claims::facts,
            ))
            .filter(claims::clinic_id.eq(clinic_id))
            .filter(claims::id.gt(Id(after)))
            .filter(claims::id.le(last))
            .filter(claims::has_services.is_null())
            .order(claims::id.asc())
            .limit(limit)
            .load(c)
    })?;
    let is_cut = i64::try_from(rows.len()).is_ok_and(|count| count == limit);
    let read = |row: EarlierColumns| {
        let (Id(id), version, status, disposition, submission, decision, facts) = row;
        let standing = Status::from_word(&status).zip(Disposition::from_word(&disposition));
        EarlierClaim {
            id: id.into(),
            standing,
            version,
            evidence: ClaimEvidence {
                submission: submission.0,
                decision: decision.0,
                facts: facts.0,
            },
        }
    };
    let claims: Vec<EarlierClaim> = rows.into_iter().map(read).collect();
    let end = claims.last().filter(|_| is_cut).map(|it| it.id.uuid());
    Ok(EarlierPage {
        claims,
        end: end.unwrap_or(last.0),
        is_last: false,
    })
}

fn enter(
    connection: &mut Connection,
    clinic: ClinicId,
    entries: &[EarlierEntry],
    end: Uuid,
) -> Result<(), StoreError> {
    let clinic_id = Id(clinic.uuid());
    let ids: Vec<ClaimId> = entries.iter().map(|it| it.id).collect();
    let naming = entries.iter().map(|it| &it.accounts);
    let mut accounts = LockedAccounts::lock(connection, clinic, &ids, naming)?;
    let versions = lock_claims(connection, clinic_id, &ids)?;
    accounts.check_draws(connection, &ids)?;
    for entry in entries {
        let id = Id(entry.id.uuid());
        let mut own = entry.accounts.clone();
        // A step that was taken since has entered the claim already.
        if accounts.has_drawn(entry.id) || versions.get(&id) != Some(&entry.version) {
            own.draws.clear();
            own.minor_injury = None;
        }
        accounts.take_anyway(AccountedClaim { id, accounts: &own });
    }
    accounts.write(connection)?;
    save_position(connection, clinic_id, Id(end))
}

/// Locks some claims, and reads their versions.
fn lock_claims(
    connection: &mut Connection,
    clinic_id: Id,
    ids: &[ClaimId],
) -> QueryResult<HashMap<Id, i64>> {
    let ids: Vec<Id> = ids.iter().map(|id| Id(id.uuid())).collect();
    let query = claims::table
        .select((claims::id, claims::version))
        .filter(claims::clinic_id.eq(clinic_id))
        .filter(claims::id.eq_any(ids))
        .order(claims::id.asc());
    let versions: Vec<(Id, i64)> = match connection {
        Connection::Postgres(c) => query.for_update().load(c)?,
        Connection::Sqlite(c) => query.load(c)?,
    };
    Ok(versions.into_iter().collect())
}

fn save_position(
    connection: &mut Connection,
    clinic_id: Id,
    position: Id,
) -> Result<(), StoreError> {
    on_backend!(connection, |c| {
        diesel::insert_into(account_upgrades::table)
            .values((
                account_upgrades::clinic_id.eq(clinic_id),
                account_upgrades::position.eq(position),
            ))
            .on_conflict(account_upgrades::clinic_id)
            .do_update()
            .set(account_upgrades::position.eq(position))
            .execute(c)
    })?;
    Ok(())
}

impl Store {
    /// Releases what claims have drawn that an earlier build changed since.
    pub async fn release_stray_draws(&self, clinic: ClinicId) -> Result<(), StoreError> {
        let work = move |c: &mut Connection| release_strays(c, clinic);
        self.write("releasing draws of claims that have none", work)
            .await
    }

    /// The claim up to which those of earlier builds have entered the accounts.
    pub async fn account_position(&self, clinic: ClinicId) -> Result<Uuid, StoreError> {
        let work = move |c: &mut Connection| Ok(find_position(c, Id(clinic.uuid()))?);
        self.read("reading how far the accounts are", work).await
    }

    /// The next claims after one, those of earlier builds among them: so many at most.
    pub async fn earlier_claims(
        &self,
        clinic: ClinicId,
        after: Uuid,
        limit: i64,
    ) -> Result<EarlierPage, StoreError> {
        let work = move |c: &mut Connection| find_page(c, Id(clinic.uuid()), after, limit);
        self.read("reading claims of an earlier build", work).await
    }

    /// Lets claims of an earlier build draw what they rely on, whatever is left of it, and notes that all up to `end` are
    /// entered.
    pub async fn enter_earlier_claims(
        &self,
        clinic: ClinicId,
        entries: Vec<EarlierEntry>,
        end: Uuid,
    ) -> Result<(), StoreError> {
        let work = move |c: &mut Connection| enter(c, clinic, &entries, end);
        self.write("entering claims of an earlier build", work)
            .await
    }
}
