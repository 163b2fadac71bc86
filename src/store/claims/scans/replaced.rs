//! The decisions that were replaced when claims were decided again, read from the events. Together with the claims'
//! own decisions these are all decisions that were ever made.

use diesel::prelude::*;
use uuid::Uuid;

use payerline_domain::{
    events::{EventKind, RedecidedClaim},
    values::{closed_enum::ClosedEnum, ids::ClinicId},
};

use super::scanned::{PAGE_ROWS, ScannedClaim};
use crate::store::{
    claims::evidence::ClaimEvidence,
    engine::{
        connection::{Connection, on_backend},
        error::StoreError,
        schema::{claims, events},
        sql_types::{Id, Json},
    },
};

diesel::allow_tables_to_appear_in_same_query!(claims, events);

/// The end of a page: a claim, and the number of an event of it.
#[derive(Debug, Clone, Copy)]
pub struct ReplacedPosition {
    claim: Uuid,
    number: i64,
}

impl ReplacedPosition {
    pub const START: Self = Self {
        claim: Uuid::nil(),
        number: 0,
    };
}

/// Id and number of an event, its payload, and of its claim the external id, in its normal form and as sent, and the
/// submission.
type ReplacedRow = (Id, i64, Json, String, Option<String>, Json);

/// Reads the replaced decisions of a clinic after a position, each as a claim that has it, and the position after
/// them. Returns `None` at the end.
pub fn find_page(
    connection: &mut Connection,
    clinic: ClinicId,
    after: ReplacedPosition,
) -> Result<Option<(Vec<ScannedClaim>, ReplacedPosition)>, StoreError> {
    let same_claim = claims::clinic_id
        .eq(events::clinic_id)
        .and(claims::id.eq(events::subject_id));
    let is_after = events::subject_id.gt(Id(after.claim)).or(events::subject_id
        .eq(Id(after.claim))
        .and(events::number.gt(after.number)));
    let rows: Vec<ReplacedRow> = on_backend!(connection, |c| {
        events::table
            .inner_join(claims::table.on(same_claim))
            .select((
                events::subject_id,
                events::number,
                events::data,
                claims::external_id,
                claims::external_id_sent,
                claims::submission,
            ))
            .filter(events::clinic_id.eq(Id(clinic.uuid())))
            .filter(events::kind.eq(EventKind::ClaimRedecided.word()))
            .filter(is_after)
            .order((events::subject_id.asc(), events::number.asc()))
            .limit(PAGE_ROWS)
            .load(c)
    })?;
    let Some((Id(claim), number, ..)) = rows.last() else {
        return Ok(None);
    };
    let end = ReplacedPosition {
        claim: *claim,
        number: *number,
    };
    let claims = rows.into_iter().map(read_row);
    Ok(Some((claims.collect::<Result<_, _>>()?, end)))
}

fn read_row(
    (id, _, payload, external_id, external_id_sent, submission): ReplacedRow,
) -> Result<ScannedClaim, StoreError> {
    let RedecidedClaim { before, .. } = serde_json::from_str(&payload.0)
        .map_err(|_| StoreError::corrupt("events", id.0, "data"))?;
    Ok(ScannedClaim {
        id: id.0.into(),
        external_id: external_id_sent.unwrap_or(external_id),
        evidence: ClaimEvidence {
            submission: submission.0,
            decision: before.decision.get().to_owned(),
            facts: before.facts.get().to_owned(),
        },
    })
}
