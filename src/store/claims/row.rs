//! Claims as they are read back: by id, and as the domain's [`Claim`].

use std::collections::HashSet;

use diesel::prelude::*;
use serde::Deserialize;
use uuid::Uuid;

use payerline_domain::{
    claims::{
        claim::{Claim, Evidence},
        decision::{Allocation, BillingOrder, BillingSequence},
        payer::Payer,
    },
    values::money::Cents,
};

use crate::store::engine::{
    connection::{Connection, on_backend},
    error::StoreError,
    lookup::Lookup,
    reading::Reading,
    schema::claims,
    sql_types::{Id, Json, Time},
};

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = claims)]
pub struct StoredClaim {
    pub clinic_id: Id,
    pub id: Id,
    pub external_id: String,
    pub external_id_sent: Option<String>,
    status: String,
    payer: String,
    disposition: String,
    billing_order: String,
    total_cents: i64,
    allocations: Json,
    received_at: Time,
    pub updated_at: Time,
    version: i64,
    decision: Json,
    submission: Json,
    replaces: Option<Id>,
    replaced_by: Option<Id>,
}

/// A claim's clinic and id.
pub type ClaimKey = (Id, Id);

impl Lookup for ClaimKey {
    type Row = StoredClaim;

    fn find(
        connection: &mut Connection,
        keys: &[Self],
    ) -> Result<Vec<(Self, StoredClaim)>, StoreError> {
        let rows = by_ids(connection, keys)?;
        Ok(rows
            .into_iter()
            .map(|row| ((row.clinic_id, row.id), row))
            .collect())
    }
}

impl TryFrom<StoredClaim> for Claim {
    type Error = StoreError;

    fn try_from(row: StoredClaim) -> Result<Self, StoreError> {
        let StoredClaim {
            clinic_id: _,
            id: Id(id),
            external_id,
            external_id_sent,
            status,
            payer,
            disposition,
            billing_order,
            total_cents,
            allocations,
            received_at: Time(received_at),
            updated_at: Time(updated_at),
            version,
            decision,
            submission,
            replaces,
            replaced_by,
        } = row;
        let read = Reading {
            table: "claims",
            id,
        };
        Ok(Self {
            id: id.into(),
            external_id: read.sent_label(
                "external_id",
                &external_id,
                external_id_sent.as_deref(),
            )?,
            status: read.word("status", &status)?,
            payer: read.word("payer", &payer)?,
            disposition: read.word("disposition", &disposition)?,
            billing_order: BillingOrder(
                read.word::<BillingSequence>("billing_order", &billing_order)?,
            ),
            total_cents: Cents::from_stored(total_cents),
            allocations: read_allocations(&allocations, id)?,
            received_at,
            updated_at,
            version,
            decision: Evidence::new(decision.0),
            replaces: replaces.map(|Id(id)| id.into()),
            replaced_by: replaced_by.map(|Id(id)| id.into()),
            submission: Evidence::new(submission.0),
        })
    }
}

fn read_allocations(json: &Json, id: Uuid) -> Result<Vec<Allocation>, StoreError> {
    #[derive(Deserialize)]
    struct StoredAllocation {
        payer: Payer,
        amount_cents: Cents,
    }
    let stored: Vec<StoredAllocation> = serde_json::from_str(&json.0)
        .map_err(|_| StoreError::corrupt("claims", id, "allocations"))?;
    let read = stored.into_iter().map(|stored| Allocation {
        payer: stored.payer,
        amount_cents: stored.amount_cents,
    });
    Ok(read.collect())
}

/// The claims of some keys, in any order. Clinics and ids are filtered apart, so a key with another clinic's claim
/// may find that claim, which then has another key: match rows by their own keys.
pub fn by_ids(
    connection: &mut Connection,
    keys: &[ClaimKey],
) -> Result<Vec<StoredClaim>, StoreError> {
    if let [(clinic_id, id)] = *keys {
        let found = on_backend!(connection, |c| {
            claims::table
                .select(StoredClaim::as_select())
                .filter(claims::clinic_id.eq(clinic_id))
                .filter(claims::id.eq(id))
                .load(c)
        });
        return Ok(found?);
    }
    let clinics: HashSet<Id> = keys.iter().map(|(clinic_id, _)| *clinic_id).collect();
    let ids: Vec<Id> = keys.iter().map(|(_, id)| *id).collect();
    let found = on_backend!(connection, |c| {
        claims::table
            .select(StoredClaim::as_select())
            .filter(claims::clinic_id.eq_any(&clinics))
            .filter(claims::id.eq_any(&ids))
            .load(c)
    });
    Ok(found?)
}
