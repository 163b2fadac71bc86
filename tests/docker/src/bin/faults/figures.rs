//! What the faults showed, added up.

use std::{
    fmt::Write,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use test_support::{Kept, Record};

static ROWS: Mutex<Vec<Row>> = Mutex::new(Vec::new());

static NOTES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Notes a sentence that stands before the figures.
pub fn note(sentence: String) {
    NOTES
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(sentence);
}

/// The figures of one fault, or of all.
#[derive(Default)]
struct Row {
    name: String,
    acknowledged: usize,
    lost: usize,
    duplicated: usize,
    unavailable: usize,
    slowest: Duration,
    outage: Duration,
}

/// Notes what a fault showed.
pub fn add(name: &str, record: &Record, kept: &Kept) {
    let row = Row {
        name: name.to_owned(),
        acknowledged: record.acknowledged.len(),
        lost: kept.lost,
        duplicated: kept.duplicated,
        unavailable: record.statuses.get(&503).copied().unwrap_or(0),
        slowest: record.slowest,
        outage: record.outage,
    };
    ROWS.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(row);
}

/// A line for each fault, and a last one with the figures of all.
pub fn report() -> String {
    let rows = ROWS.lock().unwrap_or_else(PoisonError::into_inner);
    let mut text = String::new();
    for sentence in NOTES.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        let _ = writeln!(text, "{sentence}");
    }
    let mut all = Row::default();
    for row in rows.iter() {
        let _ = writeln!(
            text,
            "{:28} {:6} acknowledged, {} lost, {} duplicated, {} answered 503, longest outage {:.1} s, slowest answer {:.1} s",
            row.name,
            row.acknowledged,
            row.lost,
            row.duplicated,
            row.unavailable,
            row.outage.as_secs_f32(),
            row.slowest.as_secs_f32(),
        );
        all.acknowledged += row.acknowledged;
        all.lost += row.lost;
        all.duplicated += row.duplicated;
        all.outage = all.outage.max(row.outage);
    }
    let _ = write!(
        text,
        "{} faults: {} acknowledged, {} lost, {} duplicated, longest outage {:.1} s",
        rows.len(),
        all.acknowledged,
        all.lost,
        all.duplicated,
        all.outage.as_secs_f32(),
    );
    text
}
