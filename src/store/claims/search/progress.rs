//! The claim_progress table: what reports know of each claim. It is written with the terms that claims are found by.

use std::collections::HashMap;

use diesel::{
    prelude::*,
    sql_types::{BigInt, Integer, Nullable, Text},
};

use payerline_domain::{
    claims::{claim::Claim, submission::Submission},
    reports::{progress::ClaimProgress, turnaround::TurnaroundSpan},
    values::{closed_enum::ClosedEnum, time::Timestamp},
};

use crate::store::engine::{
    connection::{Connection, on_backend},
    error::StoreError,
    rows::{self, rows},
    schema::events,
    sql_types::{Date, Id, Json, SqlDate, SqlId, SqlJson, Time},
    store::json,
};

/// The events by which a claim that is stored gets another decision.
const DECISIONS: [&str; 2] = ["claim.redecided", "claim.reviewed"];

#[derive(Debug)]
struct ProgressRow {
    clinic_id: Id,
    claim_id: Id,
    received_on: Date,
    status: String,
    payer: String,
    billed_cents: i64,
    paid_cents: i64,
    outstanding_cents: i64,
    sent_to: Option<String>,
    sent_on: Option<Date>,
    days_to_decide: Option<i32>,
    days_to_send: Option<i32>,
    days_to_answer: Option<i32>,
    days_to_pay: Option<i32>,
    days_in_all: Option<i32>,
    denials: Option<Json>,
    outcomes: Option<Json>,
}

rows! {
    ProgressColumns of ProgressRow into "claim_progress",
    "(clinic_id, claim_id) DO UPDATE SET received_on = excluded.received_on, status = excluded.status, \
     payer = excluded.payer, billed_cents = excluded.billed_cents, paid_cents = excluded.paid_cents, \
     outstanding_cents = excluded.outstanding_cents, sent_to = excluded.sent_to, sent_on = excluded.sent_on, \
     days_to_decide = excluded.days_to_decide, days_to_send = excluded.days_to_send, \
     days_to_answer = excluded.days_to_answer, days_to_pay = excluded.days_to_pay, \
     days_in_all = excluded.days_in_all, denials = excluded.denials, outcomes = excluded.outcomes", {
        clinic_id: SqlId = Id,
        claim_id: SqlId = Id,
        received_on: SqlDate = Date,
        status: Text = String,
        payer: Text = String,
        billed_cents: BigInt = i64,
        paid_cents: BigInt = i64,
        outstanding_cents: BigInt = i64,
        sent_to: Nullable<Text> = Option<String>,
        sent_on: Nullable<SqlDate> = Option<Date>,
        days_to_decide: Nullable<Integer> = Option<i32>,
        days_to_send: Nullable<Integer> = Option<i32>,
        days_to_answer: Nullable<Integer> = Option<i32>,
        days_to_pay: Nullable<Integer> = Option<i32>,
        days_in_all: Nullable<Integer> = Option<i32>,
        denials: Nullable<SqlJson> = Option<Json>,
        outcomes: Nullable<SqlJson> = Option<Json>,
    }
}

/// Writes what reports know of some claims in the place of what they knew. A claim whose submission cannot be read back
/// is counted, too, but its outcomes are not.
pub fn write(
    connection: &mut Connection,
    clinic_id: Id,
    claims: &[(&Claim, Option<&Submission>)],
) -> Result<(), StoreError> {
    let changed = claims.iter().filter(|(claim, _)| claim.version > 1);
    let changed: Vec<Id> = changed.map(|(claim, _)| Id(claim.id.uuid())).collect();
    let decided_again = find_decisions(connection, clinic_id, &changed)?;
    let rows: Result<Vec<ProgressRow>, StoreError> = claims
        .iter()
        .map(|(claim, submission)| {
            let decided_again = decided_again.get(&Id(claim.id.uuid())).copied();
            let progress = ClaimProgress::new(claim, *submission, decided_again);
            ProgressRow::new(clinic_id, claim, &progress)
        })
        .collect();
    rows::insert(connection, &rows?)?;
    Ok(())
}

/// Finds when claims were last decided again or reviewed, if they were.
fn find_decisions(
    connection: &mut Connection,
    clinic_id: Id,
    claims: &[Id],
) -> Result<HashMap<Id, Timestamp>, StoreError> {
    if claims.is_empty() {
        return Ok(HashMap::new());
    }
    let found: Vec<(Id, Time)> = on_backend!(connection, |c| {
        events::table
            .select((events::subject_id, events::at))
            .filter(events::clinic_id.eq(clinic_id))
            .filter(events::subject_id.eq_any(claims))
            .filter(events::kind.eq_any(DECISIONS))
            .load(c)
    })?;
    let mut last: HashMap<Id, Timestamp> = HashMap::new();
    for (claim, Time(at)) in found {
        let known = last.entry(claim).or_insert(at);
        *known = at.max(*known);
    }
    Ok(last)
}

impl ProgressRow {
    fn new(clinic_id: Id, claim: &Claim, progress: &ClaimProgress) -> Result<Self, StoreError> {
        let days = |span| {
            let days = progress.dates.days(span);
            days.and_then(|days| i32::try_from(days).ok())
        };
        let stored = |text: Option<String>| text.map(Json);
        Ok(Self {
            clinic_id,
            claim_id: Id(claim.id.uuid()),
            received_on: Date(progress.received_on),
            status: claim.status.word().to_owned(),
            payer: claim.payer.word().to_owned(),
            billed_cents: claim.balance.billed_cents.get(),
            paid_cents: claim.balance.paid_cents.get(),
            outstanding_cents: claim.balance.outstanding_cents.get(),
            sent_to: progress.sent_to.map(|it| it.word().to_owned()),
            sent_on: progress.sent_on.map(Date),
            days_to_decide: days(TurnaroundSpan::ReceivedToDecided),
            days_to_send: days(TurnaroundSpan::DecidedToSent),
            days_to_answer: days(TurnaroundSpan::SentToAnswered),
            days_to_pay: days(TurnaroundSpan::AnsweredToPaid),
            days_in_all: days(TurnaroundSpan::ReceivedToPaid),
            denials: stored(progress.denials.as_ref().map(json).transpose()?),
            outcomes: stored(progress.outcomes.as_ref().map(json).transpose()?),
        })
    }
}
