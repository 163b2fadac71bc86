//! Why a claim needs somebody: one reason each. The reasons for one task become its entry.

use super::{
    entry::{WorkEntry, WorkStep, WorkTask},
    words::add_once,
};
use crate::{
    claims::payers_due::BilledParty,
    values::{closed_enum::ClosedEnum, time::Day},
};

/// Texts of an entry; further reasons are counted.
const MAX_TEXTS: usize = 8;

/// Why a claim needs somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    pub task: WorkTask,
    pub due_on: Day,
    pub shown_from: Day,
    pub shown_until: Option<Day>,
    pub payer: Option<BilledParty>,
    pub because: String,
    pub basis: Vec<String>,
    pub step: WorkStep,
}

impl Reason {
    /// A reason that is shown from a day on, until the claim or an approval changes.
    pub fn new(task: WorkTask, due_on: Day, shown_from: Day, step: WorkStep) -> Self {
        Self {
            task,
            due_on,
            shown_from: shown_from.min(due_on),
            shown_until: None,
            payer: None,
            because: String::new(),
            basis: Vec::new(),
            step,
        }
    }

    pub fn until(mut self, last: Day) -> Self {
        self.shown_until = Some(last);
        self
    }

    pub fn payer(mut self, payer: Option<BilledParty>) -> Self {
        self.payer = payer;
        self
    }

    pub fn because(mut self, text: impl Into<String>) -> Self {
        self.because = text.into();
        self
    }

    pub fn basis(mut self, source: impl Into<String>) -> Self {
        add_once(&mut self.basis, source.into());
        self
    }

    fn is_shown_on(&self, day: Day) -> bool {
        self.shown_from <= day && self.shown_until.is_none_or(|last| day <= last)
    }
}

/// Makes the entries of a claim that came in on a day. What ended before that day is left out.
pub fn join_reasons(mut reasons: Vec<Reason>, received_on: Day) -> Vec<WorkEntry> {
    reasons.retain(|it| it.shown_until.is_none_or(|until| until >= received_on));
    reasons.sort_by_key(|it| it.due_on);
    let of_task = |task: &WorkTask| -> Vec<&Reason> {
        reasons.iter().filter(|it| it.task == *task).collect()
    };
    let tasks = WorkTask::ALL.iter();
    let entries = tasks.flat_map(|task| join_task(&of_task(task)));
    entries
        .filter(|it| it.shown_until.is_none_or(|until| until >= received_on))
        .collect()
}

/// Makes the entries of one task, one for each span in which the same reasons are shown.
fn join_task(reasons: &[&Reason]) -> Vec<WorkEntry> {
    let mut begins: Vec<Day> = Vec::new();
    for reason in reasons {
        add_once(&mut begins, reason.shown_from);
        if let Some(after) = reason.shown_until.and_then(Day::next) {
            add_once(&mut begins, after);
        }
    }
    begins.sort_unstable();
    let spans = begins.iter().enumerate().map(|(place, begin)| {
        let next = begins.get(place + 1);
        (*begin, next.and_then(|next| next.days_later(-1)))
    });
    let join = |(begin, last): (Day, Option<Day>)| {
        let current = reasons.iter().copied();
        let current: Vec<&Reason> = current.filter(|it| it.is_shown_on(begin)).collect();
        join_current(&current, begin, last)
    };
    spans.filter_map(join).collect()
}

fn join_current(current: &[&Reason], shown_from: Day, last: Option<Day>) -> Option<WorkEntry> {
    let nearest = current.first()?;
    let mut bases: Vec<&str> = Vec::new();
    let all_bases = current.iter().flat_map(|it| &it.basis);
    all_bases.for_each(|it| add_once(&mut bases, it));
    Some(WorkEntry {
        task: nearest.task,
        due_on: nearest.due_on,
        shown_from,
        shown_until: last,
        payer: nearest.payer,
        because: join_texts(current),
        basis: (!bases.is_empty()).then(|| bases.join("; ")),
        step: nearest.step,
    })
}

fn join_texts(current: &[&Reason]) -> String {
    let mut texts: Vec<&str> = Vec::new();
    current
        .iter()
        .for_each(|it| add_once(&mut texts, &*it.because));
    let more = texts.len().saturating_sub(MAX_TEXTS);
    texts.truncate(MAX_TEXTS);
    let mut joined = texts.join(" ");
    if more > 0 {
        joined.push_str(&format!(" And {more} more."));
    }
    joined
}
