//! The decisions that were replaced when claims were decided again, read from the record: with what is stored of the
//! claims these are all decisions that were ever made.

use diesel::prelude::*;
use serde::Deserialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use payerline_domain::{
    events::EventKind,
    values::{closed_enum::ClosedEnum, ids::ClinicId},
};

use super::{
    evidence::ClaimEvidence,
    scan::{PAGE, ScannedClaim},
};
use crate::store::engine::{
    connection::{Connection, on_backend},
    error::StoreError,
    schema::{claims, events},
    sql_types::{Id, Json},
};

diesel::allow_tables_to_appear_in_same_query!(claims, events);

/// Where a page ends: a claim, and the number of its event.
pub type Place = (Uuid, i64);

/// What the event of a claim that was decided again says of the decision before.
#[derive(Deserialize)]
struct Redecided<'a> {
    #[serde(borrow)]
    before: Before<'a>,
}

#[derive(Deserialize)]
struct Before<'a> {
    payer: String,
    disposition: String,
    #[serde(borrow)]
    decision: &'a RawValue,
    #[serde(borrow)]
    facts: &'a RawValue,
}

type Row = (Id, i64, Json, String, Json);

/// The replaced decisions of a clinic after a place, each as a claim that has it, and where they end. Nothing: that
/// was all.
pub fn page(
    connection: &mut Connection,
    clinic: ClinicId,
    (claim, number): Place,
) -> Result<Option<(Vec<ScannedClaim>, Place)>, StoreError> {
    let of_claim = claims::clinic_id
        .eq(events::clinic_id)
        .and(claims::id.eq(events::subject_id));
    let beyond = events::subject_id.gt(Id(claim)).or(events::subject_id
        .eq(Id(claim))
        .and(events::number.gt(number)));
    let rows: Vec<Row> = on_backend!(connection, |c| {
        events::table
            .inner_join(claims::table.on(of_claim))
            .select((
                events::subject_id,
                events::number,
                events::data,
                claims::external_id,
                claims::submission,
            ))
            .filter(events::clinic_id.eq(Id(clinic.uuid())))
            .filter(events::kind.eq(EventKind::ClaimRedecided.word()))
            .filter(beyond)
            .order((events::subject_id.asc(), events::number.asc()))
            .limit(PAGE)
            .load(c)
    })?;
    let Some((Id(last), number, ..)) = rows.last() else {
        return Ok(None);
    };
    let end = (*last, *number);
    let claims = rows.into_iter().map(replaced);
    Ok(Some((claims.collect::<Result<_, _>>()?, end)))
}

fn replaced((id, _, data, external_id, submission): Row) -> Result<ScannedClaim, StoreError> {
    let Redecided { before } =
        serde_json::from_str(&data.0).map_err(|_| StoreError::corrupt("events", id.0, "data"))?;
    Ok(ScannedClaim {
        id: id.0.into(),
        external_id,
        payer: before.payer,
        disposition: before.disposition,
        evidence: ClaimEvidence {
            submission: submission.0,
            decision: before.decision.get().to_owned(),
            facts: before.facts.get().to_owned(),
        },
    })
}
