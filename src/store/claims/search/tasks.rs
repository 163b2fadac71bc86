//! The claim_tasks table: what a person should do next with each claim. It is written with the terms that claims are found
//! by, when a claim changes or an approval that it names.
//!
//! An entry has a day from which it is shown. `is_shown` says that it has come, so that a page of the queue passes over none
//! that are still to come: [`turn_day`] sets it, and deletes what is over.

use std::collections::{HashMap, HashSet};

use diesel::{
    prelude::*,
    sql_types::{Bool, Nullable, Text},
};

use payerline_domain::{
    claims::{
        claim::{Claim, Status},
        submission::Submission,
    },
    events::EventKind,
    values::{
        closed_enum::ClosedEnum,
        ids::ClinicId,
        text::{Label, to_nfc},
        time::{Day, Timestamp},
    },
    work::{NamedApproval, WorkEntry, WorkSubject, find_work},
};

use super::position::{BEGINNING, lock_position, read_claims};
use crate::store::engine::{
    changes::{ChangePosition, ChangeWindow, in_order_of_changes},
    connection::{Connection, on_backend},
    error::StoreError,
    horizon,
    rows::{self, rows},
    schema::{claim_preauthorizations, claim_tasks, events, preauthorizations, task_search},
    sql_types::{Date, Id, SqlDate, SqlId, Time},
    store::Store,
};
use crate::store::preauthorizations::row::PreauthorizationRow;

/// Approvals whose claims one transaction looks at again.
const APPROVALS_PER_STEP: i64 = 20;
/// Entries that one transaction shows or deletes.
const TURNED_PER_STEP: i64 = 2_000;
/// Claims that are read and looked at together.
const CLAIMS_AT_ONCE: usize = 500;

#[derive(Debug)]
struct TaskRow {
    clinic_id: Id,
    claim_id: Id,
    task: String,
    shown_from: Date,
    shown_until: Option<Date>,
    is_shown: bool,
    due_on: Date,
    patient_id: String,
    payer: Option<String>,
    step: String,
    because: String,
    basis: Option<String>,
}

rows! {
    TaskColumns of TaskRow into "claim_tasks", "(clinic_id, claim_id, task, shown_from) DO NOTHING", {
        clinic_id: SqlId = Id,
        claim_id: SqlId = Id,
        task: Text = String,
        shown_from: SqlDate = Date,
        shown_until: Nullable<SqlDate> = Option<Date>,
        is_shown: Bool = bool,
        due_on: SqlDate = Date,
        patient_id: Text = String,
        payer: Nullable<Text> = Option<String>,
        step: Text = String,
        because: Text = String,
        basis: Nullable<Text> = Option<String>,
    }
}

/// Writes what is to be done with some claims in the place of what was. One whose submission cannot be read back has
/// nothing in the queue.
pub fn write(
    connection: &mut Connection,
    clinic_id: Id,
    claims: &[(&Claim, Option<&Submission>)],
    today: Day,
) -> Result<(), StoreError> {
    let ids: Vec<Id> = claims.iter().map(|(it, _)| Id(it.id.uuid())).collect();
    on_backend!(connection, |c| {
        diesel::delete(claim_tasks::table)
            .filter(claim_tasks::clinic_id.eq(clinic_id))
            .filter(claim_tasks::claim_id.eq_any(&ids))
            .execute(c)
    })?;
    let readable = claims
        .iter()
        .filter_map(|(claim, submission)| Some((*claim, (*submission)?)));
    let readable: Vec<(&Claim, &Submission)> = readable.collect();
    let approvals = find_approvals(connection, clinic_id, &readable)?;
    let appealed = find_appeals(connection, clinic_id, &readable)?;
    let mut rows: Vec<TaskRow> = Vec::new();
    for (claim, submission) in readable {
        let named = submission.preauthorizations.iter();
        let forms: HashSet<String> = named.flat_map(Label::stored_forms).collect();
        let named = forms.iter().filter_map(|form| approvals.get(form));
        let approvals: Vec<NamedApproval> = named.cloned().collect();
        let subject = WorkSubject {
            claim,
            submission,
            approvals: &approvals,
            appealed_on: appealed.get(&Id(claim.id.uuid())).copied(),
        };
        let work = find_work(&subject);
        let current = work.into_iter().filter(|it| !is_over(it, today));
        rows.extend(current.map(|entry| new_row(clinic_id, (claim, submission), entry, today)));
    }
    rows::insert(connection, &rows)?;
    Ok(())
}

fn is_over(entry: &WorkEntry, today: Day) -> bool {
    entry.shown_until.is_some_and(|last| last < today)
}

fn new_row(
    clinic_id: Id,
    (claim, submission): (&Claim, &Submission),
    entry: WorkEntry,
    today: Day,
) -> TaskRow {
    TaskRow {
        clinic_id,
        claim_id: Id(claim.id.uuid()),
        task: entry.task.word().to_owned(),
        shown_from: Date(entry.shown_from),
        shown_until: entry.shown_until.map(Date),
        is_shown: entry.shown_from <= today,
        due_on: Date(entry.due_on),
        patient_id: submission.patient.id.normal_form().into_owned(),
        payer: entry.payer.map(|payer| payer.word().to_owned()),
        step: entry.step.word().to_owned(),
        because: entry.because,
        basis: entry.basis,
    }
}

/// When the refusals of claims that are appealed were last contested.
fn find_appeals(
    connection: &mut Connection,
    clinic_id: Id,
    claims: &[(&Claim, &Submission)],
) -> Result<HashMap<Id, Day>, StoreError> {
    let appealed = claims
        .iter()
        .filter(|(it, _)| it.status == Status::Appealed);
    let ids: Vec<Id> = appealed.map(|(it, _)| Id(it.id.uuid())).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let found: Vec<(Id, Time)> = on_backend!(connection, |c| {
        events::table
            .select((events::subject_id, events::at))
            .filter(events::clinic_id.eq(clinic_id))
            .filter(events::subject_id.eq_any(&ids))
            .filter(events::kind.eq(EventKind::ClaimAppealed.word()))
            .order(events::number.asc())
            .load(c)
    })?;
    let days = found.into_iter();
    // The last one stays.
    Ok(days
        .map(|(claim, Time(at))| (claim, Day::in_ontario(at)))
        .collect())
}

/// The approvals that claims name, by their numbers as they are stored.
fn find_approvals(
    connection: &mut Connection,
    clinic_id: Id,
    claims: &[(&Claim, &Submission)],
) -> Result<HashMap<String, NamedApproval>, StoreError> {
    let numbers = claims.iter().flat_map(|(_, it)| &it.preauthorizations);
    let numbers: HashSet<String> = numbers.flat_map(Label::stored_forms).collect();
    if numbers.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<PreauthorizationRow> = on_backend!(connection, |c| {
        preauthorizations::table
            .select(PreauthorizationRow::as_select())
            .filter(preauthorizations::clinic_id.eq(clinic_id))
            .filter(preauthorizations::number.eq_any(&numbers))
            .load(c)
    })?;
    let read = |row: PreauthorizationRow| {
        let number = row.number.clone();
        let approval = row.read()?;
        let named = NamedApproval {
            entry: approval.entry,
            created_at: approval.created_at,
        };
        Ok((number, named))
    };
    rows.into_iter().map(read).collect()
}

/// Whether the tasks are those of a day, and of the approvals as they are.
fn is_current(connection: &mut Connection, clinic_id: Id, today: Day) -> Result<bool, StoreError> {
    let come: Vec<Id> = on_backend!(connection, |c| {
        claim_tasks::table
            .select(claim_tasks::claim_id)
            .filter(claim_tasks::clinic_id.eq(clinic_id))
            .filter(claim_tasks::is_shown.eq(false))
            .filter(claim_tasks::shown_from.le(Date(today)))
            .limit(1)
            .load(c)
    })?;
    let over: Vec<Id> = on_backend!(connection, |c| {
        claim_tasks::table
            .select(claim_tasks::claim_id)
            .filter(claim_tasks::clinic_id.eq(clinic_id))
            .filter(claim_tasks::shown_until.lt(Date(today)))
            .limit(1)
            .load(c)
    })?;
    let position = find_position(connection, clinic_id)?;
    let newest = find_newest(connection, clinic_id, Timestamp::LAST)?;
    let follows = newest.is_none_or(|newest| newest <= position);
    Ok(come.is_empty() && over.is_empty() && follows)
}

/// Shows what is to be shown from a day on, and deletes what was shown until the day before, for some claims. Returns true
/// if there may be more.
fn turn_day(connection: &mut Connection, clinic_id: Id, today: Day) -> Result<bool, StoreError> {
    let come: Vec<Id> = on_backend!(connection, |c| {
        claim_tasks::table
            .select(claim_tasks::claim_id)
            .filter(claim_tasks::clinic_id.eq(clinic_id))
            .filter(claim_tasks::is_shown.eq(false))
            .filter(claim_tasks::shown_from.le(Date(today)))
            .limit(TURNED_PER_STEP)
            .load(c)
    })?;
    on_backend!(connection, |c| {
        diesel::update(claim_tasks::table)
            .filter(claim_tasks::clinic_id.eq(clinic_id))
            .filter(claim_tasks::claim_id.eq_any(&come))
            .filter(claim_tasks::is_shown.eq(false))
            .filter(claim_tasks::shown_from.le(Date(today)))
            .set(claim_tasks::is_shown.eq(true))
            .execute(c)
    })?;
    let over: Vec<Id> = on_backend!(connection, |c| {
        claim_tasks::table
            .select(claim_tasks::claim_id)
            .filter(claim_tasks::clinic_id.eq(clinic_id))
            .filter(claim_tasks::shown_until.lt(Date(today)))
            .limit(TURNED_PER_STEP)
            .load(c)
    })?;
    on_backend!(connection, |c| {
        diesel::delete(claim_tasks::table)
            .filter(claim_tasks::clinic_id.eq(clinic_id))
            .filter(claim_tasks::claim_id.eq_any(&over))
            .filter(claim_tasks::shown_until.lt(Date(today)))
            .execute(c)
    })?;
    let most = come.len().max(over.len());
    Ok(i64::try_from(most).is_ok_and(|most| most == TURNED_PER_STEP))
}

/// Takes the approvals of a clinic for followed up to a horizon, before all its claims are passed over.
pub fn begin_following(
    connection: &mut Connection,
    clinic_id: Id,
    horizon: Timestamp,
) -> Result<(), StoreError> {
    match find_newest(connection, clinic_id, horizon)? {
        Some(position) => save_position(connection, clinic_id, position),
        None => Ok(()),
    }
}

/// The place of the approval that changed last until a time.
fn find_newest(
    connection: &mut Connection,
    clinic_id: Id,
    until: Timestamp,
) -> QueryResult<Option<ChangePosition>> {
    let newest: Option<(Time, Id)> = on_backend!(connection, |c| {
        preauthorizations::table
            .select((preauthorizations::updated_at, preauthorizations::id))
            .filter(preauthorizations::clinic_id.eq(clinic_id))
            .filter(preauthorizations::updated_at.le(Time(until)))
            .order((
                preauthorizations::updated_at.desc(),
                preauthorizations::id.desc(),
            ))
            .first(c)
            .optional()
    })?;
    Ok(newest.map(|(Time(at), Id(id))| ChangePosition { at, id }))
}

fn find_position(connection: &mut Connection, clinic_id: Id) -> QueryResult<ChangePosition> {
    let query = task_search::table
        .select((task_search::updated_at, task_search::preauthorization_id))
        .filter(task_search::clinic_id.eq(clinic_id));
    let found: Option<(Time, Id)> = on_backend!(connection, |c| query.first(c).optional())?;
    let position = found.map(|(Time(at), Id(id))| ChangePosition { at, id });
    Ok(position.unwrap_or(BEGINNING))
}

/// Turns the day, or looks again at the claims that name the next approvals that changed. Returns where the step after this
/// one begins, if there may be more.
fn write_next(
    connection: &mut Connection,
    clinic_id: Id,
    after: Option<ChangePosition>,
    today: Day,
) -> Result<Option<ChangePosition>, StoreError> {
    // Who writes terms writes tasks, one after the other.
    lock_position(connection, clinic_id)?;
    if turn_day(connection, clinic_id, today)? {
        return Ok(Some(after.unwrap_or(BEGINNING)));
    }
    let followed = find_position(connection, clinic_id)?;
    let horizon = horizon::find(connection)?;
    let window = ChangeWindow {
        after: after.map_or(followed, |after| after.max(followed)),
        horizon: Timestamp::LAST,
        rows: APPROVALS_PER_STEP,
    };
    let changed: Vec<(Id, Time, String)> = on_backend!(connection, |c| {
        let query = preauthorizations::table
            .select((
                preauthorizations::id,
                preauthorizations::updated_at,
                preauthorizations::number,
            ))
            .filter(preauthorizations::clinic_id.eq(clinic_id))
            .into_boxed();
        in_order_of_changes!(query, preauthorizations, window).load(c)
    })?;
    // Claims name them in their normal form.
    let numbers = changed.iter().map(|(.., it)| to_nfc(it).into_owned());
    let claims = find_naming(connection, clinic_id, &numbers.collect::<Vec<_>>())?;
    for claims in claims.chunks(CLAIMS_AT_ONCE) {
        let read = read_claims(connection, clinic_id, claims)?;
        let read: Vec<_> = read.iter().map(|(it, of)| (it, of.as_ref())).collect();
        write(connection, clinic_id, &read, today)?;
    }
    let position = |(id, at, _): &(Id, Time, String)| ChangePosition { at: at.0, id: id.0 };
    // A step that goes on behind changes that are not for good yet may have passed by one that committed since.
    if window.after == followed {
        let last_for_good = changed.iter().map(position).rfind(|it| it.at <= horizon);
        if let Some(position) = last_for_good {
            save_position(connection, clinic_id, position)?;
        }
    }
    let is_full = i64::try_from(changed.len()).is_ok_and(|count| count == APPROVALS_PER_STEP);
    Ok(changed.last().filter(|_| is_full).map(position))
}

fn find_naming(
    connection: &mut Connection,
    clinic_id: Id,
    numbers: &[String],
) -> Result<Vec<Id>, StoreError> {
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    let mut claims: Vec<Id> = on_backend!(connection, |c| {
        claim_preauthorizations::table
            .select(claim_preauthorizations::claim_id)
            .filter(claim_preauthorizations::clinic_id.eq(clinic_id))
            .filter(claim_preauthorizations::number.eq_any(numbers))
            .load(c)
    })?;
    claims.sort_unstable();
    claims.dedup();
    Ok(claims)
}

fn save_position(
    connection: &mut Connection,
    clinic_id: Id,
    position: ChangePosition,
) -> Result<(), StoreError> {
    let place = (
        task_search::updated_at.eq(Time(position.at)),
        task_search::preauthorization_id.eq(Id(position.id)),
    );
    on_backend!(connection, |c| {
        diesel::insert_into(task_search::table)
            .values((task_search::clinic_id.eq(clinic_id), place))
            .on_conflict(task_search::clinic_id)
            .do_update()
            .set(place)
            .execute(c)
    })?;
    Ok(())
}

impl Store {
    /// Returns true if the tasks of a clinic are those of a day, and of its approvals as they are.
    pub async fn has_current_tasks(
        &self,
        clinic: ClinicId,
        today: Day,
    ) -> Result<bool, StoreError> {
        let work = move |c: &mut Connection| is_current(c, Id(clinic.uuid()), today);
        self.read("reading how far the tasks are written", work)
            .await
    }

    /// Writes the tasks of the claims whose approvals changed, after a place that an earlier step returned. Returns where
    /// the next step begins, if there may be more.
    pub async fn write_next_tasks(
        &self,
        clinic: ClinicId,
        after: Option<ChangePosition>,
        today: Day,
    ) -> Result<Option<ChangePosition>, StoreError> {
        let work = move |c: &mut Connection| write_next(c, Id(clinic.uuid()), after, today);
        self.write("writing the tasks of claims", work).await
    }
}
