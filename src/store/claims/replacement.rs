//! The change of a claim that another replaces, with its event. Corrections make it in their own transaction; for claims that
//! earlier builds stored, which left them as they were, it is made when the service starts.

use std::collections::HashMap;

use diesel::prelude::*;
use uuid::Uuid;

use payerline_domain::{
    access::ActorId,
    claims::{claim::Status, replacement::NotReplaceable},
    events::{EventPayload, ReplacedClaim},
    values::{
        closed_enum::ClosedEnum,
        ids::{ClaimId, ClinicId},
        time::Timestamp,
    },
};

use crate::store::{
    engine::{
        connection::{Connection, on_backend},
        error::StoreError,
        horizon,
        reading::Reading,
        schema::claims,
        sql_types::{Id, Time},
        store::Store,
    },
    events::NewEvent,
    preauthorizations::account::LockedAccounts,
};

/// Corrections that are looked at in one transaction.
const CORRECTIONS_PER_PAGE: i64 = 50;

/// A claim that another replaces.
#[derive(Debug, Clone, Copy)]
pub struct Replacement {
    pub clinic: ClinicId,
    pub replaced: ClaimId,
    pub replaced_by: ClaimId,
    /// Who corrected it; `None` for the service itself.
    pub actor: Option<ActorId>,
    pub at: Timestamp,
}

impl Replacement {
    /// Marks the claim and appends its event, in the transaction of the caller. Returns false if the claim no longer
    /// has the status or is replaced.
    pub fn record(
        &self,
        connection: &mut Connection,
        status_before: Status,
    ) -> Result<bool, StoreError> {
        let updated_at = Time(horizon::draw_time(connection)?);
        let updated = on_backend!(connection, |c| {
            diesel::update(claims::table)
                .filter(claims::clinic_id.eq(Id(self.clinic.uuid())))
                .filter(claims::id.eq(Id(self.replaced.uuid())))
                .filter(claims::status.eq(status_before.word()))
                .filter(claims::replaced_by.is_null())
                .set((
                    claims::status.eq(Status::Replaced.word()),
                    claims::replaced_by.eq(Some(Id(self.replaced_by.uuid()))),
                    claims::updated_at.eq(updated_at),
                    claims::version.eq(claims::version + 1),
                ))
                .execute(c)
        })?;
        if updated == 0 {
            return Ok(false);
        }
        NewEvent {
            clinic: self.clinic,
            subject: self.replaced.uuid(),
            at: self.at,
            actor: self.actor,
            payload: EventPayload::ClaimReplaced(ReplacedClaim {
                replaced_by: self.replaced_by,
                status_before,
            }),
        }
        .append(connection)?;
        Ok(true)
    }
}

/// A place among the replaced claims of a clinic, in the order of their ids.
#[derive(Debug, Clone, Copy)]
pub struct ReplacementPosition(Uuid);

impl ReplacementPosition {
    pub const START: Self = Self(Uuid::nil());
}

/// What was done about a page of corrections.
#[derive(Debug, Clone, Copy)]
pub struct RecordedReplacements {
    pub count: usize,
    pub end: ReplacementPosition,
}

/// Looks at the next corrections of a clinic and records those that are not recorded: the newest of each claim. Returns
/// `None` if there are no more.
fn record_page(
    connection: &mut Connection,
    clinic: ClinicId,
    ReplacementPosition(after): ReplacementPosition,
    now: Timestamp,
) -> Result<Option<RecordedReplacements>, StoreError> {
    let mut corrections: Vec<(Id, Id)> = on_backend!(connection, |c| {
        claims::table
            .select((claims::replaces.assume_not_null(), claims::id))
            .filter(claims::clinic_id.eq(Id(clinic.uuid())))
            .filter(claims::replaces.gt(Id(after)))
            .order((claims::replaces.asc(), claims::id.desc()))
            .limit(CORRECTIONS_PER_PAGE)
            .load(c)
    })?;
    let Some((Id(end), _)) = corrections.last().copied() else {
        return Ok(None);
    };
    // The first of each is the newest; the next page has none of the same claim.
    corrections.dedup_by_key(|(replaced, _)| *replaced);
    let open = find_open(connection, clinic, &corrections)?;
    let replaced: Vec<ClaimId> = open.keys().map(|id| (*id).into()).collect();
    let mut accounts = LockedAccounts::lock(connection, clinic, &replaced, std::iter::empty())?;
    let mut count = 0;
    for (Id(replaced), Id(newest)) in corrections {
        let Some(status) = open.get(&replaced) else {
            continue;
        };
        let replacement = Replacement {
            clinic,
            replaced: replaced.into(),
            replaced_by: newest.into(),
            actor: None,
            at: now,
        };
        if replacement.record(connection, *status)? {
            count += 1;
            accounts.release(replaced.into());
        }
    }
    accounts.check_draws(connection, &replaced)?;
    accounts.write(connection)?;
    Ok(Some(RecordedReplacements {
        count,
        end: ReplacementPosition(end),
    }))
}

/// The statuses of those corrected claims that can still be replaced.
fn find_open(
    connection: &mut Connection,
    clinic: ClinicId,
    corrections: &[(Id, Id)],
) -> Result<HashMap<Uuid, Status>, StoreError> {
    let ids: Vec<Id> = corrections.iter().map(|(replaced, _)| *replaced).collect();
    let rows: Vec<(Id, String)> = on_backend!(connection, |c| {
        claims::table
            .select((claims::id, claims::status))
            .filter(claims::clinic_id.eq(Id(clinic.uuid())))
            .filter(claims::id.eq_any(&ids))
            .filter(claims::replaced_by.is_null())
            .load(c)
    })?;
    let mut open = HashMap::new();
    for (Id(id), status) in rows {
        let read = Reading {
            table: "claims",
            id,
        };
        let status: Status = read.word("status", &status)?;
        // What earlier builds stored was never paid.
        if NotReplaceable::check(status, false).is_ok() {
            open.insert(id, status);
        }
    }
    Ok(open)
}

impl Store {
    /// Records replacements that an earlier build did not record, from a position on. Returns `None` at the end.
    pub async fn record_replacements(
        &self,
        clinic: ClinicId,
        after: ReplacementPosition,
        now: Timestamp,
    ) -> Result<Option<RecordedReplacements>, StoreError> {
        let work = move |c: &mut Connection| record_page(c, clinic, after, now);
        self.write("recording replacements", work).await
    }
}
