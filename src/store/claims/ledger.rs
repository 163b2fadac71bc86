//! The claim_ledgers table: what payers answered to a claim. A claim of which nothing is answered has no row.

use diesel::prelude::*;

use payerline_domain::claims::{
    remittances::balance::{ItemAccount, NextDue},
    remittances::remittance::Remittance,
};

use crate::store::engine::{
    connection::{Connection, on_backend},
    error::StoreError,
    schema::claim_ledgers,
    sql_types::{Id, Json},
    store::json,
};

#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
// The key is never set anew: on Citus it says where the row lies.
#[diesel(table_name = claim_ledgers, primary_key(clinic_id, claim_id))]
pub struct LedgerRow {
    pub clinic_id: Id,
    pub claim_id: Id,
    pub billed_cents: i64,
    pub paid_cents: i64,
    pub adjusted_cents: i64,
    pub patient_cents: i64,
    pub outstanding_cents: i64,
    pub remittances: Json,
    pub next_dues: Json,
}

impl LedgerRow {
    pub fn total(&self) -> ItemAccount {
        ItemAccount {
            billed: self.billed_cents,
            paid: self.paid_cents,
            adjusted: self.adjusted_cents,
            patient: self.patient_cents,
        }
    }
}

/// Writes the ledger of a claim in the place of what it was.
pub fn save(
    connection: &mut Connection,
    (clinic_id, claim_id): (Id, Id),
    total: ItemAccount,
    remittances: &[Remittance],
    next_dues: &[NextDue],
) -> Result<(), StoreError> {
    let row = LedgerRow {
        clinic_id,
        claim_id,
        billed_cents: total.billed,
        paid_cents: total.paid,
        adjusted_cents: total.adjusted,
        patient_cents: total.patient,
        outstanding_cents: total.outstanding(),
        remittances: Json(json(remittances)?),
        next_dues: Json(json(next_dues)?),
    };
    on_backend!(connection, |c| {
        diesel::insert_into(claim_ledgers::table)
            .values(&row)
            .on_conflict((claim_ledgers::clinic_id, claim_ledgers::claim_id))
            .do_update()
            .set(&row)
            .execute(c)
    })?;
    Ok(())
}

/// Returns true if something of a claim is paid.
pub fn is_paid(connection: &mut Connection, (clinic_id, claim_id): (Id, Id)) -> QueryResult<bool> {
    let paid: Option<i64> = on_backend!(connection, |c| {
        claim_ledgers::table
            .select(claim_ledgers::paid_cents)
            .filter(claim_ledgers::clinic_id.eq(clinic_id))
            .filter(claim_ledgers::claim_id.eq(claim_id))
            .first(c)
            .optional()
    })?;
    Ok(paid.is_some_and(|cents| cents > 0))
}
