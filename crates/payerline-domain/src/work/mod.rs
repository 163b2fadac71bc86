//! The work queue: what a person should do next with a claim, until when, and why.
//!
//! Entries are derived from a claim as it is stored, and from the approvals that it names, whenever either changes. Nothing
//! here knows what day it is. So an entry says from which day to which it is shown, and its texts name days: they are true
//! on each of these days.
//!
//! A deadline that no law and no network sets is a working rule of Payerline. It has no `basis`, and its text says so where
//! it might be taken for law:
//! - What comes in is looked at by the next business day: claims and answers of payers.
//! - A payer of whom no law says when it answers is asked after 30 days.
//! - What ends or is due is announced 14 days before.

mod approvals;
mod chases;
mod clocks;
mod corrections;
mod days;
mod decided;
mod entry;
mod facts;
mod find;
mod follow_ups;
mod queue;
mod reasons;
mod refusals;
mod reviews;
mod sends;
mod words;

#[cfg(test)]
mod tests;

pub use self::{
    clocks::interest_for_a_month,
    entry::{WorkEntry, WorkStep, WorkTask},
    facts::{NamedApproval, WorkSubject},
    find::find_work,
    queue::{QueuedWork, WorkCounts},
};
