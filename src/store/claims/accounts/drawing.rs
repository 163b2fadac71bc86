//! Storing claims that name approvals, or that the Minor Injury Guideline caps, with what they draw.
//!
//! They are stored in groups, as other claims are, but under the locks of the approvals that they name. Claims that are
//! stored already are found first, so that a retry draws nothing. Then each claim draws in turn; one whose approvals have
//! changed since it was decided is not stored, and is decided anew by the caller.

use std::{cmp::Ordering, collections::HashSet};

use crate::store::{
    claims::{batch::Stored, prepared::PreparedClaim},
    engine::{connection::Connection, error::StoreError, sql_types::Id, writer::GroupWrite},
    preauthorizations::account::{AccountedClaim, ClaimAccounts, LockedAccounts},
};

/// A claim to be stored with what it draws.
pub struct DrawingClaim {
    pub claim: PreparedClaim,
    pub accounts: ClaimAccounts,
}

/// What became of one.
#[derive(Debug)]
pub enum StoredDrawing {
    Stored(Stored),
    /// Nothing was stored: approvals that it rests on have changed or do not suffice any more.
    ApprovalsChanged,
}

impl DrawingClaim {
    fn accounted(&self) -> AccountedClaim<'_> {
        AccountedClaim {
            id: self.claim.row.id,
            accounts: &self.accounts,
        }
    }
}

impl GroupWrite for Box<DrawingClaim> {
    type Stored = StoredDrawing;

    fn order(&self, other: &Self) -> Ordering {
        self.claim.order(&other.claim)
    }

    fn bytes(&self) -> usize {
        self.claim.row.bytes()
    }

    fn store(
        connection: &mut Connection,
        claims: &[Self],
    ) -> Result<Vec<StoredDrawing>, StoreError> {
        connection.transaction(|connection| {
            let mut stored = Vec::with_capacity(claims.len());
            for clinic in
                claims.chunk_by(|one, next| one.claim.row.clinic_id == next.claim.row.clinic_id)
            {
                stored.extend(store_clinic(connection, clinic)?);
            }
            Ok(stored)
        })
    }
}

/// Stores the claims of one clinic.
fn store_clinic(
    connection: &mut Connection,
    claims: &[Box<DrawingClaim>],
) -> Result<Vec<StoredDrawing>, StoreError> {
    let Some(Id(clinic)) = claims.first().map(|it| it.claim.row.clinic_id) else {
        return Ok(Vec::new());
    };
    let naming = claims.iter().map(|it| &it.accounts);
    let untouched = LockedAccounts::lock(connection, clinic.into(), &[], naming)?;
    let prepared: Vec<&PreparedClaim> = claims.iter().map(|it| &it.claim).collect();
    let found = PreparedClaim::find_stored(connection, &prepared)?;
    let mut tried = untouched.clone();
    let new: Vec<&DrawingClaim> = claims
        .iter()
        .zip(&found)
        .filter(|(claim, found)| found.is_none() && tried.take(claim.accounted()))
        .map(|(claim, _)| claim.as_ref())
        .collect();
    let prepared: Vec<&PreparedClaim> = new.iter().map(|it| &it.claim).collect();
    let inserted = PreparedClaim::insert_or_find(connection, &prepared)?;
    // A claim that somebody else stored at this moment draws nothing.
    let mut accounts = untouched;
    for (claim, stored) in new.iter().zip(&inserted) {
        if matches!(stored, Stored::Created(_)) && !accounts.take(claim.accounted()) {
            return Err(StoreError::Internal(
                "approvals changed under their lock".to_owned(),
            ));
        }
    }
    accounts.write(connection)?;
    let taken: HashSet<Id> = new.iter().map(|it| it.claim.row.id).collect();
    let mut inserted = inserted.into_iter();
    let outcomes = claims.iter().zip(found).map(|(claim, found)| match found {
        Some(stored) => Some(StoredDrawing::Stored(stored)),
        None if taken.contains(&claim.claim.row.id) => inserted.next().map(StoredDrawing::Stored),
        None => Some(StoredDrawing::ApprovalsChanged),
    });
    let outcomes: Option<Vec<StoredDrawing>> = outcomes.collect();
    outcomes.ok_or_else(|| StoreError::Internal("a claim without a result".to_owned()))
}
