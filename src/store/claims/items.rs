//! The claim_items table: one row for each billed service, for reports.

use diesel::sql_types::{BigInt, Integer, Nullable, Text};

use payerline_domain::{
    claims::{decision::Assessment, submission::Submission},
    values::closed_enum::ClosedEnum,
};

use crate::store::engine::{
    error::StoreError,
    rows::rows,
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

/// Makes the rows of a claim's items, each with its decision.
pub fn rows(
    clinic_id: Id,
    claim_id: Id,
    submission: &Submission,
    assessment: &Assessment,
) -> Result<Vec<ItemRow>, StoreError> {
    let decided = &assessment.decision.items;
    if decided.len() != submission.items.len() {
        return Err(StoreError::Internal(format!(
            "the decision has {} items and the claim {}",
            decided.len(),
            submission.items.len()
        )));
    }
    let rows = submission
        .items
        .iter()
        .zip(decided)
        .map(|(item, decided)| ItemRow {
            clinic_id,
            claim_id,
            sequence: decided.sequence.into(),
            service_date: Date(item.service_date),
            category: item.category.word(),
            code: item.code.as_ref().map(|code| code.as_str().to_owned()),
            amount_cents: item.amount().get(),
            payer: decided.payer.word(),
            disposition: decided.disposition.word(),
            rule: decided.grounds.rule.to_string(),
        });
    Ok(rows.collect())
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
