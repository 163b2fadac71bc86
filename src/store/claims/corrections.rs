//! Corrections: a claim that replaces another, and the other claim's event, in one transaction.
//!
//! After the approvals that the two draw of, the claim to be replaced is locked. So of two corrections of one claim the second waits until the first
//! commits, and then finds the claim replaced. A correction waits for no row once it has its external id, so it cannot
//! deadlock with a batch, whose claims wait for external ids only.

use diesel::prelude::*;

use payerline_domain::{
    claims::{
        claim::{Claim, Status},
        replacement::NotReplaceable,
    },
    values::{
        ids::{ClaimId, ClinicId},
        text::Label,
    },
};

use super::{
    batch::Stored,
    ledger,
    prepared::{NewClaim, PreparedClaim},
    replacement::Replacement,
    row,
    submit::compare,
};
use crate::store::{
    changed::{ChangeRefused, Changed},
    engine::{
        connection::{Connection, on_backend},
        error::StoreError,
        reading::Reading,
        schema::claims,
        sql_types::Id,
        store::Store,
    },
    preauthorizations::account::{AccountedClaim, ClaimAccounts, LockedAccounts},
};

/// A new claim that replaces another.
pub struct Correction {
    claim: Box<PreparedClaim>,
    external_id: Label,
    replacement: Replacement,
    accounts: ClaimAccounts,
}

impl Correction {
    pub fn new(claim: NewClaim, replaced: ClaimId) -> Result<Self, StoreError> {
        Ok(Self {
            external_id: claim.submission.external_id.clone(),
            replacement: Replacement {
                clinic: claim.clinic,
                replaced,
                replaced_by: claim.id,
                actor: Some(claim.actor),
                at: claim.received_at,
            },
            accounts: claim.accounts.clone(),
            claim: Box::new(PreparedClaim::new(claim)?),
        })
    }

    /// Stores it, in the transaction of the caller, or finds that its clinic sent it before. What was sent before is
    /// found whatever became of the claim that it replaces.
    pub fn apply(&self, connection: &mut Connection) -> Result<Changed<Claim>, StoreError> {
        let Replacement {
            clinic, replaced, ..
        } = self.replacement;
        let patient_id = &self.claim.row.patient_id;
        let naming = std::iter::once(&self.accounts);
        let mut accounts = LockedAccounts::lock(connection, clinic, &[replaced], naming)?;
        let status = match check(connection, (clinic, replaced), patient_id, true)? {
            Ok(status) => Some(status),
            Err(_) if is_stored(connection, clinic, &self.external_id)? => None,
            Err(why) => return Ok(Changed::Refused(ChangeRefused::NotReplaceable(why))),
        };
        accounts.release(replaced);
        let accounted = AccountedClaim {
            id: self.claim.row.id,
            accounts: &self.accounts,
        };
        let suffices = accounts.take(accounted);
        if !suffices && !is_stored(connection, clinic, &self.external_id)? {
            return Ok(Changed::Refused(ChangeRefused::ApprovalsChanged));
        }
        let mut stored = PreparedClaim::insert_or_find(connection, &[self.claim.as_ref()])?;
        let missing = || StoreError::Internal("a correction without a result".to_owned());
        match (stored.pop().ok_or_else(missing)?, status) {
            // An earlier try would have replaced the claim, so it was stored by this one.
            (Stored::Created(_), Some(status)) if suffices => {
                accounts.check_draws(connection, &[replaced])?;
                accounts.write(connection)?;
                self.replace(connection, status)
            }
            (Stored::Created(_), _) => self.read_back(connection),
            (Stored::Replayed(row), _) => Ok(Changed::Replayed(Claim::try_from(*row)?)),
            (Stored::OtherDigest(row), _) => compare(self.claim.body(), Claim::try_from(*row)?),
        }
    }

    fn replace(
        &self,
        connection: &mut Connection,
        status: Status,
    ) -> Result<Changed<Claim>, StoreError> {
        if self.replacement.record(connection, status)? {
            return self.read_back(connection);
        }
        let why = format!("claim {} changed under its lock", self.replacement.replaced);
        Err(StoreError::Internal(why))
    }

    fn read_back(&self, connection: &mut Connection) -> Result<Changed<Claim>, StoreError> {
        let key = (self.claim.row.clinic_id, self.claim.row.id);
        let created = row::by_ids(connection, &[key])?.pop();
        let claim = created.map(Claim::try_from).transpose()?;
        Ok(claim.map_or(Changed::NotFound, Changed::Made))
    }
}

/// Finds the status of a claim that a correction for a patient is to replace, or why it cannot. Locks the claim's row
/// where that is asked for; on SQLite a transaction that writes is alone anyway.
fn check(
    connection: &mut Connection,
    (clinic, id): (ClinicId, ClaimId),
    patient_id: &str,
    locks: bool,
) -> Result<Result<Status, NotReplaceable>, StoreError> {
    let query = claims::table
        .select((claims::status, claims::patient_id))
        .filter(claims::clinic_id.eq(Id(clinic.uuid())))
        .filter(claims::id.eq(Id(id.uuid())));
    let found: Vec<(String, String)> = match &mut *connection {
        Connection::Postgres(c) if locks => query.for_update().load(c)?,
        connection => on_backend!(connection, |c| query.load(c))?,
    };
    let Some((status, stored_patient_id)) = found.into_iter().next() else {
        return Ok(Err(NotReplaceable::Unknown));
    };
    // Blanks at the ends were taken once; the correction of such a claim comes without them.
    if stored_patient_id.trim() != patient_id.trim() {
        return Ok(Err(NotReplaceable::OtherPatient));
    }
    let read = Reading {
        table: "claims",
        id: id.uuid(),
    };
    let status: Status = read.word("status", &status)?;
    let is_paid = ledger::is_paid(connection, (Id(clinic.uuid()), Id(id.uuid())))?;
    Ok(NotReplaceable::check(status, is_paid).map(|()| status))
}

/// Returns true if the clinic has a claim with this external id.
fn is_stored(
    connection: &mut Connection,
    clinic: ClinicId,
    external_id: &Label,
) -> Result<bool, StoreError> {
    let stored: Vec<Id> = on_backend!(connection, |c| {
        claims::table
            .select(claims::id)
            .filter(claims::clinic_id.eq(Id(clinic.uuid())))
            .filter(claims::external_id.eq_any(external_id.stored_forms()))
            .load(c)
    })?;
    Ok(!stored.is_empty())
}

/// A correction that is only tried out.
#[derive(Debug, Clone)]
pub struct TriedCorrection {
    pub clinic: ClinicId,
    pub replaced: ClaimId,
    pub patient_id: Label,
    pub external_id: Label,
}

impl TriedCorrection {
    /// Says why storing it would be refused. What is stored under its external id is found first, as by
    /// [`Correction::apply`].
    fn find_refusal(
        &self,
        connection: &mut Connection,
    ) -> Result<Option<NotReplaceable>, StoreError> {
        let key = (self.clinic, self.replaced);
        Ok(
            match check(connection, key, &self.patient_id.normal_form(), false)? {
                Err(why) if !is_stored(connection, self.clinic, &self.external_id)? => Some(why),
                _ => None,
            },
        )
    }
}

impl Store {
    pub(super) async fn submit_correction(
        &self,
        claim: NewClaim,
        replaced: ClaimId,
    ) -> Result<Changed<Claim>, StoreError> {
        let correction = Correction::new(claim, replaced)?;
        let work = move |c: &mut Connection| correction.apply(c);
        self.write("storing a correction", work).await
    }

    /// Says why a correction could not replace the claim that it names.
    pub async fn try_correction(
        &self,
        correction: TriedCorrection,
    ) -> Result<Option<NotReplaceable>, StoreError> {
        let work = move |c: &mut Connection| correction.find_refusal(c);
        self.read_express("reading a claim to be replaced", work)
            .await
    }
}
