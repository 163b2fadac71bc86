//! The rows of the accounts.

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Integer, Text},
};

use crate::store::engine::{
    connection::{Connection, on_backend},
    error::StoreError,
    rows::rows,
    schema::{preauthorization_draws, preauthorizations},
    sql_types::{Date, Id, SqlDate, SqlId},
};

#[derive(Debug, Clone)]
pub struct DrawRow {
    pub clinic_id: Id,
    pub preauthorization_id: Id,
    pub claim_id: Id,
    pub sequence: i32,
    pub reserved_cents: i64,
    pub consumed_cents: i64,
}

rows! {
    DrawColumns of DrawRow into "preauthorization_draws" {
        clinic_id: SqlId = Id,
        preauthorization_id: SqlId = Id,
        claim_id: SqlId = Id,
        sequence: Integer = i32,
        reserved_cents: BigInt = i64,
        consumed_cents: BigInt = i64,
    }
}

#[derive(Debug, Clone)]
pub struct NameRow {
    pub clinic_id: Id,
    pub number: String,
    pub claim_id: Id,
}

rows! {
    NameColumns of NameRow into "claim_preauthorizations", "(clinic_id, number, claim_id) DO NOTHING", {
        clinic_id: SqlId = Id,
        number: Text = String,
        claim_id: SqlId = Id,
    }
}

#[derive(Debug, Clone)]
pub struct ChargeRow {
    pub clinic_id: Id,
    pub patient_id: String,
    pub accident_date: Date,
    pub claim_id: Id,
    pub cents: i64,
}

rows! {
    ChargeColumns of ChargeRow into "minor_injury_charges",
        "(clinic_id, patient_id, accident_date, claim_id) DO NOTHING", {
        clinic_id: SqlId = Id,
        patient_id: Text = String,
        accident_date: SqlDate = Date,
        claim_id: SqlId = Id,
        cents: BigInt = i64,
    }
}

/// Writes what an item has drawn since a payer answered.
pub fn write_settled(connection: &mut Connection, draw: &DrawRow) -> QueryResult<()> {
    use preauthorization_draws as draws;
    on_backend!(connection, |c| {
        diesel::update(draws::table)
            .filter(draws::clinic_id.eq(draw.clinic_id))
            .filter(draws::preauthorization_id.eq(draw.preauthorization_id))
            .filter(draws::claim_id.eq(draw.claim_id))
            .filter(draws::sequence.eq(draw.sequence))
            .set((
                draws::reserved_cents.eq(draw.reserved_cents),
                draws::consumed_cents.eq(draw.consumed_cents),
            ))
            .execute(c)
    })?;
    Ok(())
}

/// Writes how much is reserved and consumed of some approvals.
pub fn write_sums(
    connection: &mut Connection,
    clinic_id: Id,
    changed: Vec<(Id, i64, i64)>,
) -> Result<(), StoreError> {
    if changed.is_empty() {
        return Ok(());
    }
    match connection {
        Connection::Postgres(c) => {
            let ids: Vec<Id> = changed.iter().map(|(id, ..)| *id).collect();
            let sums = changed
                .iter()
                .map(|(_, reserved, consumed)| (*reserved, *consumed));
            let (reserved, consumed): (Vec<i64>, Vec<i64>) = sums.unzip();
            sql_query(
                "UPDATE preauthorizations
                 SET reserved_cents = changed.reserved, consumed_cents = changed.consumed
                 FROM (SELECT unnest($2) AS id, unnest($3) AS reserved, unnest($4) AS consumed) AS changed
                 WHERE clinic_id = $1 AND preauthorizations.id = changed.id",
            )
            .bind::<SqlId, _>(clinic_id)
            .bind::<Array<SqlId>, _>(ids)
            .bind::<Array<BigInt>, _>(reserved)
            .bind::<Array<BigInt>, _>(consumed)
            .execute(c)?;
        }
        Connection::Sqlite(c) => {
            for (id, reserved, consumed) in changed {
                diesel::update(preauthorizations::table)
                    .filter(preauthorizations::clinic_id.eq(clinic_id))
                    .filter(preauthorizations::id.eq(id))
                    .set((
                        preauthorizations::reserved_cents.eq(reserved),
                        preauthorizations::consumed_cents.eq(consumed),
                    ))
                    .execute(c)?;
            }
        }
    }
    Ok(())
}
