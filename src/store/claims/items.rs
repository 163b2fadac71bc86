//! The claim_items table: one row for each billed service, for reports.

use diesel::{
    prelude::*,
    sql_types::{BigInt, Integer, Nullable, Text},
};

use payerline_domain::{
    claims::{
        decision::Decision,
        payer::{Disposition, Payer},
        review::Standing,
        submission::Submission,
    },
    values::closed_enum::ClosedEnum,
};

use crate::store::engine::{
    connection::{Connection, on_backend},
    error::StoreError,
    rows::{self, rows},
    schema::claim_items,
    sql_types::{Date, Id, SqlDate, SqlId},
};

#[derive(Debug)]
pub struct ItemRow {
    clinic_id: Id,
    claim_id: Id,
    sequence: i32,
    service_date: Date,
    category: &'static str,
    code: Option<String>,
    amount_cents: i64,
    payer: &'static str,
    disposition: &'static str,
    rule: String,
}

/// Makes the rows of a claim's items, each with the rule that decided it, and with payer and disposition as they stand.
pub fn rows(
    (clinic_id, claim_id): (Id, Id),
    submission: &Submission,
    decision: &Decision,
    standing: impl Iterator<Item = (Payer, Disposition)>,
) -> Result<Vec<ItemRow>, StoreError> {
    let decided = &decision.items;
    if decided.len() != submission.items.len() {
        return Err(StoreError::Internal(format!(
            "the decision has {} items and the claim {}",
            decided.len(),
            submission.items.len()
        )));
    }
    let rows = submission.items.iter().zip(decided).zip(standing).map(
        |((item, decided), (payer, disposition))| ItemRow {
            clinic_id,
            claim_id,
            sequence: decided.sequence.into(),
            service_date: Date(item.service_date),
            category: item.category.word(),
            code: item.code.as_ref().map(|code| code.as_str().to_owned()),
            amount_cents: item.amount().get(),
            payer: payer.word(),
            disposition: disposition.word(),
            rule: decided.grounds.rule.to_string(),
        },
    );
    Ok(rows.collect())
}

/// Replaces the rows of a claim's items by those of a decision, as the claim stands.
pub fn replace(
    connection: &mut Connection,
    (clinic_id, claim_id): (Id, Id),
    submission: &Submission,
    decision: &Decision,
    standing: &Standing,
) -> Result<(), StoreError> {
    let standing = standing.items.iter();
    let standing = standing.map(|item| (item.payer, item.disposition));
    let rows = rows((clinic_id, claim_id), submission, decision, standing)?;
    on_backend!(connection, |c| {
        diesel::delete(claim_items::table)
            .filter(claim_items::clinic_id.eq(clinic_id))
            .filter(claim_items::claim_id.eq(claim_id))
            .execute(c)
    })?;
    rows::insert(connection, &rows)?;
    Ok(())
}

rows! {
    /// Items as columns.
    ItemColumns of ItemRow into "claim_items" {
        clinic_id: SqlId = Id,
        claim_id: SqlId = Id,
        sequence: Integer = i32,
        service_date: SqlDate = Date,
        category: Text = &'static str,
        code: Nullable<Text> = Option<String>,
        amount_cents: BigInt = i64,
        payer: Text = &'static str,
        disposition: Text = &'static str,
        rule: Text = String,
    }
}
