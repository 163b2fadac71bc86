//! The work queue: pages of the claim_tasks table, and how many tasks of each kind there are.

use std::collections::HashMap;

use diesel::{
    dsl::sql,
    prelude::*,
    sql_types::{Bool, Text},
};
use uuid::Uuid;

use payerline_domain::{
    claims::payers_due::BilledParty,
    values::{
        closed_enum::ClosedEnum,
        ids::{ClaimId, ClinicId},
        text::Label,
        time::Day,
    },
    work::{QueuedWork, WorkStep, WorkTask},
};

use super::engine::{
    connection::{Connection, on_backend},
    error::StoreError,
    reading::Reading,
    schema::{claim_tasks, claims},
    sql_types::{Date, Id, SqlDate, SqlId},
    store::Store,
};

/// Tasks of a kind are counted up to here.
const MAX_COUNT: i64 = 1_000;

/// Selects entries of a clinic's queue; what is `None` or empty does not matter.
#[derive(Debug, Clone, Default)]
pub struct WorkFilter {
    pub tasks: Vec<WorkTask>,
    pub payers: Vec<BilledParty>,
    pub patient_id: Option<Label>,
    pub due_before: Option<Day>,
}

/// The place of an entry in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkPosition {
    pub due_on: Day,
    pub claim_id: Uuid,
    pub task: WorkTask,
}

#[derive(Debug)]
pub struct WorkPage {
    /// Nearest deadline first.
    pub data: Vec<QueuedWork>,
    /// Where the next page begins, if there is one.
    pub next: Option<WorkPosition>,
}

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = claim_tasks)]
struct QueuedRow {
    claim_id: Id,
    task: String,
    due_on: Date,
    payer: Option<String>,
    step: String,
    because: String,
    basis: Option<String>,
}

/// The part of a queue of one task and one payer, each if one is asked for: entries in the order of one index.
#[derive(Clone, Copy)]
struct Part {
    task: Option<WorkTask>,
    payer: Option<BilledParty>,
}

/// The parts of a queue of some tasks and payers. The entries of a payer are in order task by task.
fn parts(tasks: &[WorkTask], payers: &[BilledParty]) -> Vec<Part> {
    if payers.is_empty() {
        let payer = None;
        return match tasks {
            [] => vec![Part { task: None, payer }],
            tasks => {
                let part = |task: &WorkTask| Part {
                    task: Some(*task),
                    payer,
                };
                tasks.iter().map(part).collect()
            }
        };
    }
    let tasks = if tasks.is_empty() {
        WorkTask::ALL
    } else {
        tasks
    };
    let of_task = |task: &WorkTask| {
        let task = Some(*task);
        payers.iter().map(move |payer| Part {
            task,
            payer: Some(*payer),
        })
    };
    tasks.iter().flat_map(of_task).collect()
}

/// A boxed query of the entries of a part that are shown.
macro_rules! select_part {
    ($columns:expr, $clinic_id:expr, $filter:expr, $part:expr) => {{
        let mut query = claim_tasks::table
            .select($columns)
            .filter(claim_tasks::clinic_id.eq($clinic_id))
            .filter(claim_tasks::is_shown.eq(true))
            .into_boxed();
        if let Some(task) = $part.task {
            query = query.filter(claim_tasks::task.eq(task.word()));
        }
        if let Some(payer) = $part.payer {
            query = query.filter(claim_tasks::payer.eq(payer.word()));
        }
        if let Some(patient) = &$filter.patient_id {
            query = query.filter(claim_tasks::patient_id.eq(patient.normal_form()));
        }
        if let Some(day) = $filter.due_before {
            query = query.filter(claim_tasks::due_on.lt(Date(day)));
        }
        query
    }};
}

fn find_part(
    connection: &mut Connection,
    clinic_id: Id,
    (filter, part): (&WorkFilter, Part),
    (after, rows): (Option<WorkPosition>, i64),
) -> Result<Vec<QueuedRow>, StoreError> {
    Ok(on_backend!(connection, |c| {
        let mut query = select_part!(QueuedRow::as_select(), clinic_id, filter, part);
        if let Some(after) = after {
            let due_on = Date(after.due_on);
            // One comparison, by which the index is searched.
            let is_after =
                sql::<Bool>("(claim_tasks.due_on, claim_tasks.claim_id, claim_tasks.task) > (")
                    .bind::<SqlDate, _>(due_on)
                    .sql(", ")
                    .bind::<SqlId, _>(Id(after.claim_id))
                    .sql(", ")
                    .bind::<Text, _>(after.task.word())
                    .sql(")");
            query = query
                .filter(claim_tasks::due_on.ge(due_on))
                .filter(is_after);
        }
        query
            .order((
                claim_tasks::due_on.asc(),
                claim_tasks::claim_id.asc(),
                claim_tasks::task.asc(),
            ))
            .limit(rows)
            .load(c)
    })?)
}

fn find_page(
    connection: &mut Connection,
    clinic_id: Id,
    filter: &WorkFilter,
    (after, limit): (Option<WorkPosition>, usize),
) -> Result<WorkPage, StoreError> {
    let most = i64::try_from(limit.saturating_add(1)).unwrap_or(i64::MAX);
    let mut rows = Vec::new();
    for part in parts(&filter.tasks, &filter.payers) {
        rows.extend(find_part(
            connection,
            clinic_id,
            (filter, part),
            (after, most),
        )?);
    }
    rows.sort_unstable_by(|one, other| {
        let place = |it: &QueuedRow| (it.due_on.0, it.claim_id.0);
        (place(one), &one.task).cmp(&(place(other), &other.task))
    });
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let labels = find_labels(connection, clinic_id, &rows)?;
    let data: Result<Vec<QueuedWork>, StoreError> = rows
        .into_iter()
        .filter_map(|row| read_entry(row, &labels).transpose())
        .collect();
    let data = data?;
    let next = data.last().filter(|_| has_more).map(|last| WorkPosition {
        due_on: last.due_on,
        claim_id: last.claim_id.uuid(),
        task: last.task,
    });
    Ok(WorkPage { data, next })
}

/// The external id and the patient's id, each as it is compared, and as it was sent if that is another form.
type ClaimLabels = (String, Option<String>, String, Option<String>);
type LabelRow = (Id, String, Option<String>, String, Option<String>);

fn find_labels(
    connection: &mut Connection,
    clinic_id: Id,
    rows: &[QueuedRow],
) -> Result<HashMap<Id, ClaimLabels>, StoreError> {
    let ids: Vec<Id> = rows.iter().map(|row| row.claim_id).collect();
    let found: Vec<LabelRow> = on_backend!(connection, |c| {
        claims::table
            .select((
                claims::id,
                claims::external_id,
                claims::external_id_sent,
                claims::patient_id,
                claims::patient_id_sent,
            ))
            .filter(claims::clinic_id.eq(clinic_id))
            .filter(claims::id.eq_any(&ids))
            .load(c)
    })?;
    let found = found.into_iter();
    Ok(found
        .map(|(id, external, sent, patient, patient_sent)| {
            (id, (external, sent, patient, patient_sent))
        })
        .collect())
}

/// Reads an entry back; `None` where its claim is gone.
fn read_entry(
    row: QueuedRow,
    labels: &HashMap<Id, ClaimLabels>,
) -> Result<Option<QueuedWork>, StoreError> {
    let read = Reading::new("claim_tasks", row.claim_id.0);
    let Some((external_id, sent, patient_id, patient_sent)) = labels.get(&row.claim_id) else {
        return Ok(None);
    };
    let claim_id: ClaimId = row.claim_id.0.into();
    let payer = row.payer.as_deref().map(|it| read.word("payer", it));
    let step: WorkStep = read.word("step", &row.step)?;
    Ok(Some(QueuedWork {
        task: read.word("task", &row.task)?,
        claim_id,
        external_id: read.sent_label("external_id", external_id, sent.as_deref())?,
        patient_id: read.sent_label("patient_id", patient_id, patient_sent.as_deref())?,
        due_on: row.due_on.0,
        payer: payer.transpose()?,
        because: row.because,
        basis: row.basis,
        step: step.for_claim(claim_id),
    }))
}

/// How many entries of each task there are, whatever tasks are asked for.
fn count(
    connection: &mut Connection,
    clinic_id: Id,
    filter: &WorkFilter,
) -> Result<HashMap<WorkTask, u32>, StoreError> {
    let mut counts = HashMap::new();
    for part in parts(WorkTask::ALL, &filter.payers) {
        let found: Vec<Id> = on_backend!(connection, |c| {
            select_part!(claim_tasks::claim_id, clinic_id, filter, part)
                .limit(MAX_COUNT)
                .load(c)
        })?;
        if let Some(task) = part.task {
            let of_task: &mut u32 = counts.entry(task).or_default();
            let found = u32::try_from(found.len()).unwrap_or(u32::MAX);
            let most = u32::try_from(MAX_COUNT).unwrap_or(u32::MAX);
            *of_task = of_task.saturating_add(found).min(most);
        }
    }
    Ok(counts)
}

impl Store {
    /// A page of a clinic's work queue, nearest deadline first, and how many entries of each task there are.
    pub async fn work_queue(
        &self,
        clinic: ClinicId,
        filter: WorkFilter,
        (after, limit): (Option<WorkPosition>, usize),
    ) -> Result<(WorkPage, HashMap<WorkTask, u32>), StoreError> {
        let clinic_id = Id(clinic.uuid());
        let read = move |c: &mut Connection| {
            let page = find_page(c, clinic_id, &filter, (after, limit))?;
            Ok((page, count(c, clinic_id, &filter)?))
        };
        let work = move |c: &mut Connection| c.snapshot(&read);
        self.read("reading the work queue", work).await
    }
}
