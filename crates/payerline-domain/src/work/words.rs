//! Words of the queue's texts.

use crate::{
    claims::{
        coverage::CoverageKind,
        payers_due::{BilledParty, PayerDue},
        submission::Submission,
    },
    values::{money::Cents, time::Day},
};

/// More items than this are counted instead of named.
const MAX_NAMED: usize = 12;

pub fn name_payer(payer: BilledParty) -> &'static str {
    match payer {
        BilledParty::Wsib => "WSIB",
        BilledParty::Mva => "the auto insurer",
        BilledParty::Private => "the private plan",
        BilledParty::Patient => "the patient",
        BilledParty::ThirdParty => "the third party",
        BilledParty::Ministry => "the Ministry of Health",
    }
}

/// A payer with its place in `coverages`.
pub fn name_due(due: PayerDue, submission: &Submission) -> String {
    let Some(index) = due.coverage else {
        return name_payer(due.payer).to_owned();
    };
    let is_federal = is_federal(due, submission);
    let name = match is_federal {
        true => "the federal programme",
        false => name_payer(due.payer),
    };
    format!("{name} (coverage {index})")
}

pub fn is_federal(due: PayerDue, submission: &Submission) -> bool {
    let coverage = due
        .coverage
        .and_then(|index| submission.coverages.get(index));
    coverage.is_some_and(|it| it.kind == CoverageKind::Federal)
}

/// `item 2`, or `items 1, 2`.
pub fn name_items(items: &[u16]) -> String {
    match items {
        [one] => format!("item {one}"),
        _ if items.len() > MAX_NAMED => format!("{} items", items.len()),
        _ => {
            let numbers: Vec<String> = items.iter().map(u16::to_string).collect();
            format!("items {}", numbers.join(", "))
        }
    }
}

/// The same with a capital letter, at the beginning of a sentence.
pub fn begin_sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|it| it.to_ascii_uppercase());
    first.into_iter().chain(characters).collect()
}

/// `$4,500.00`.
pub fn write_dollars(amount: Cents) -> String {
    let cents = amount.get().unsigned_abs();
    let mut dollars = (cents / 100).to_string();
    let mut place = dollars.len();
    while place > 3 {
        place -= 3;
        dollars.insert(place, ',');
    }
    let sign = if amount.get() < 0 { "-" } else { "" };
    format!("{sign}${dollars}.{:02}", cents % 100)
}

/// Adds a text that is not there yet.
pub fn add_once<T: PartialEq>(all: &mut Vec<T>, one: T) {
    if !all.contains(&one) {
        all.push(one);
    }
}

/// How the day is named on which a payer is asked by the working rule.
pub fn ask_on(late_on: Day) -> String {
    format!("No law is known that sets a day; ask on {late_on} (working rule: after 30 days).")
}
