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

    /// Whether it still holds on the last day of a span; `None` is a span without end.
    fn lasts_to(&self, last: Option<Day>) -> bool {
        match (self.shown_until, last) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(until), Some(last)) => until >= last,
        }
    }

    /// Whether it is shown on a day of a span.
    fn opens_by(&self, last: Option<Day>) -> bool {
        last.is_none_or(|last| self.shown_from <= last)
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
    tasks.flat_map(|task| join_task(&of_task(task))).collect()
}

/// Makes the entries of one task, one for each span between two days on which reasons end. Where a reason begins, the
/// entry is not cut: its texts name days, so they are true before it begins.
fn join_task(reasons: &[&Reason]) -> Vec<WorkEntry> {
    let mut ends: Vec<Option<Day>> = Vec::new();
    reasons
        .iter()
        .for_each(|it| add_once(&mut ends, it.shown_until));
    ends.sort_by_key(|end| (end.is_none(), *end));
    let mut entries = Vec::new();
    let mut begin: Option<Day> = None;
    for end in ends {
        let current = reasons.iter().copied();
        let current: Vec<&Reason> = current
            .filter(|it| it.lasts_to(end) && it.opens_by(end))
            .collect();
        entries.extend(join_current(&current, begin, end));
        begin = end.and_then(Day::next);
    }
    entries
}

fn join_current(current: &[&Reason], begin: Option<Day>, end: Option<Day>) -> Option<WorkEntry> {
    let nearest = current.first()?;
    let opens = current.iter().map(|it| it.shown_from).min()?;
    let shown_from = begin.map_or(opens, |begin| opens.max(begin));
    if end.is_some_and(|end| end < shown_from) {
        return None;
    }
    let mut bases: Vec<&str> = Vec::new();
    let all_bases = current.iter().flat_map(|it| &it.basis);
    all_bases.for_each(|it| add_once(&mut bases, it));
    Some(WorkEntry {
        task: nearest.task,
        due_on: nearest.due_on,
        shown_from,
        shown_until: end,
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
