//! Claims as they are read back: by id, and as the domain's [`Claim`].

use std::collections::HashSet;

use diesel::prelude::*;
use serde::{Deserialize, de::DeserializeOwned};
use uuid::Uuid;

use payerline_domain::{
    claims::{
        billing::{BillingOrder, BillingSequence},
        claim::{Claim, Evidence},
        decision::Allocation,
        payer::Payer,
        remittances::balance::{Balance, ItemAccount},
    },
    values::money::Cents,
};

use super::{ledger::LedgerRow, payers_due};
use crate::store::engine::{
    connection::{Connection, on_backend},
    error::StoreError,
    lookup::Lookup,
    reading::Reading,
    schema::claims,
    sql_types::{Id, Json, Time},
};

/// A claim with its ledger, if a payer has answered it: a row of `stored_claims!`.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = claims)]
pub struct StoredClaim {
    #[diesel(embed)]
    pub row: StoredRow,
    #[diesel(embed)]
    ledger: Option<LedgerRow>,
}

/// The claims with their ledgers.
macro_rules! stored_claims {
    () => {{
        use $crate::store::engine::schema::{claim_ledgers, claims};
        let same_claim = claim_ledgers::clinic_id
            .eq(claims::clinic_id)
            .and(claim_ledgers::claim_id.eq(claims::id));
        claims::table.left_join(claim_ledgers::table.on(same_claim))
    }};
}
pub(in crate::store) use stored_claims;

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = claims)]
pub struct StoredRow {
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
    payers_due: Option<Json>,
    review: Option<Json>,
    sends: Option<Json>,
    outcomes: Option<Json>,
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
            .map(|claim| ((claim.row.clinic_id, claim.row.id), claim))
            .collect())
    }
}

impl TryFrom<StoredClaim> for Claim {
    type Error = StoreError;

    fn try_from(StoredClaim { row, ledger }: StoredClaim) -> Result<Self, StoreError> {
        let StoredRow {
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
            payers_due,
            review,
            sends,
            outcomes,
        } = row;
        let read = Reading {
            table: "claims",
            id,
        };
        let unanswered = ItemAccount {
            billed: total_cents,
            ..ItemAccount::default()
        };
        let total = ledger.as_ref().map_or(unanswered, LedgerRow::total);
        let (remittances, next_dues) = match ledger {
            Some(ledger) => (Some(ledger.remittances), Some(ledger.next_dues)),
            None => (None, None),
        };
        let mut claim = Self {
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
            payers_due: payers_due::read(payers_due.as_ref(), id)?,
            total_cents: Cents::from_stored(total_cents),
            allocations: read_allocations(&allocations, id)?,
            received_at,
            updated_at,
            version,
            decision: Evidence::new(decision.0),
            review: read_json(review, &read, "review")?,
            sends: read_json(sends, &read, "sends")?.unwrap_or_default(),
            outcomes: read_json(outcomes, &read, "outcomes")?.unwrap_or_default(),
            remittances: read_json(remittances, &read, "remittances")?.unwrap_or_default(),
            balance: Balance::new(total),
            next_dues: read_json(next_dues, &read, "next_dues")?.unwrap_or_default(),
            replaces: replaces.map(|Id(id)| id.into()),
            replaced_by: replaced_by.map(|Id(id)| id.into()),
            submission: Evidence::new(submission.0),
        };
        claim.balance.due_from = claim.find_due_from();
        Ok(claim)
    }
}

fn read_json<T: DeserializeOwned>(
    stored: Option<Json>,
    read: &Reading,
    column: &str,
) -> Result<Option<T>, StoreError> {
    let parsed = stored.map(|Json(text)| serde_json::from_str(&text));
    parsed.transpose().map_err(|_| read.corrupt(column))
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

/// Finds a claim by its key.
pub fn find(connection: &mut Connection, key: ClaimKey) -> Result<Option<Claim>, StoreError> {
    let found = by_ids(connection, &[key])?;
    found.into_iter().next().map(Claim::try_from).transpose()
}

/// The claims of some keys, in any order. Clinics and ids are filtered apart, so a key with another clinic's claim
/// may find that claim, which then has another key: match rows by their own keys.
pub fn by_ids(
    connection: &mut Connection,
    keys: &[ClaimKey],
) -> Result<Vec<StoredClaim>, StoreError> {
    if let [(clinic_id, id)] = *keys {
        let found = on_backend!(connection, |c| {
            stored_claims!()
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
        stored_claims!()
            .select(StoredClaim::as_select())
            .filter(claims::clinic_id.eq_any(&clinics))
            .filter(claims::id.eq_any(&ids))
            .load(c)
    });
    Ok(found?)
}
