//! Scans: the stored claims of a range with their evidence, page by page in the order of receipt.
//!
//! A thread with a connection of its own reads a page or two ahead, so that requests do not wait for a scan. It
//! pauses while no pages are taken.

use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use diesel::prelude::*;
use uuid::Uuid;

use payerline_domain::{
    claims::claim::Status,
    values::{closed_enum::ClosedEnum, ids::ClinicId},
};

use super::{
    replaced::{self, ReplacedPosition},
    scanned::{PAGE_ROWS, ScannedClaim},
};
use crate::store::{
    claims::evidence::ClaimEvidence,
    engine::{
        connection::{Connection, on_backend},
        error::StoreError,
        link::Link,
        schema::claims,
        sql_types::{Id, Json},
        store::Store,
        threads,
    },
};

/// Pages that are read before they are taken.
const PAGES_AHEAD: usize = 2;

/// The claims of a clinic above one id and below another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScanRange {
    pub clinic: ClinicId,
    /// The id that the claims come after.
    pub after: Uuid,
    /// The id that they come before.
    pub end: Uuid,
}

/// Claims of one clinic, at least one.
pub struct ScannedPage {
    pub clinic: ClinicId,
    /// Oldest first.
    pub claims: Vec<ScannedClaim>,
    /// The time that reading them took.
    pub took: Duration,
}

/// A scan that is under way. It ends when this is dropped.
pub struct Scan(Receiver<Result<ScannedPage, StoreError>>);

/// The next part of a scan.
pub enum Scanned {
    Page(ScannedPage),
    /// All claims were read.
    End,
    /// The next page is not read yet.
    NotYet,
}

impl Scan {
    /// Waits at most `timeout` for the next page. After an error the scan is over.
    pub fn next(&self, timeout: Duration) -> Result<Scanned, StoreError> {
        match self.0.recv_timeout(timeout) {
            Ok(page) => page.map(Scanned::Page),
            Err(RecvTimeoutError::Disconnected) => Ok(Scanned::End),
            Err(RecvTimeoutError::Timeout) => Ok(Scanned::NotYet),
        }
    }
}

impl Store {
    /// Reads the claims of a range that stand for themselves: not those that another claim replaced or that were withdrawn.
    pub fn scan(&self, range: ScanRange) -> Result<Scan, StoreError> {
        self.start_scan(move |link, sender| {
            read_range(link, range, Closed::LeftOut, sender);
        })
    }

    /// Reads all decisions of some clinics, one clinic after the other: those that are stored with the claims, then
    /// those that were replaced since.
    pub fn scan_decisions(&self, clinics: Vec<ClinicId>) -> Result<Scan, StoreError> {
        self.start_scan(move |link, sender| {
            for clinic in clinics {
                let all = ScanRange {
                    clinic,
                    after: Uuid::nil(),
                    end: Uuid::max(),
                };
                if read_range(link, all, Closed::Included, sender).is_none()
                    || read_replaced(link, clinic, sender).is_none()
                {
                    return;
                }
            }
        })
    }

    fn start_scan(
        &self,
        work: impl FnOnce(&mut Link, &Sender<Result<ScannedPage, StoreError>>) + Send + 'static,
    ) -> Result<Scan, StoreError> {
        let (sender, pages) = bounded(PAGES_AHEAD);
        let mut link = Link::new(self.source.clone());
        threads::spawn("store-scan".to_owned(), move || work(&mut link, &sender))?;
        Ok(Scan(pages))
    }
}

/// Whether a scan reads claims that another claim replaced, or that were withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Closed {
    Included,
    LeftOut,
}

/// Reads a range to its end. Returns `None` if the scan was dropped or the database failed.
fn read_range(
    link: &mut Link,
    mut range: ScanRange,
    closed: Closed,
    pages: &Sender<Result<ScannedPage, StoreError>>,
) -> Option<()> {
    loop {
        let began = Instant::now();
        let claims = match link.with(|connection| find_page(connection, range, closed)) {
            Ok(claims) => claims,
            Err(error) => {
                // The scan may have been dropped.
                let _ = pages.send(Err(error.during("reading stored claims")));
                return None;
            }
        };
        let Some(last) = claims.last() else {
            return Some(());
        };
        range.after = last.id.uuid();
        let page = ScannedPage {
            clinic: range.clinic,
            claims,
            took: began.elapsed(),
        };
        pages.send(Ok(page)).ok()?;
    }
}

/// Reads a clinic's replaced decisions, as [`read_range`] reads claims.
fn read_replaced(
    link: &mut Link,
    clinic: ClinicId,
    pages: &Sender<Result<ScannedPage, StoreError>>,
) -> Option<()> {
    let mut position = ReplacedPosition::START;
    loop {
        let began = Instant::now();
        let found = link.with(|connection| replaced::find_page(connection, clinic, position));
        let (claims, end) = match found {
            Ok(Some(page)) => page,
            Ok(None) => return Some(()),
            Err(error) => {
                // The scan may have been dropped.
                let _ = pages.send(Err(error.during("reading replaced decisions")));
                return None;
            }
        };
        position = end;
        let page = ScannedPage {
            clinic,
            claims,
            took: began.elapsed(),
        };
        pages.send(Ok(page)).ok()?;
    }
}

/// Id, external id in its normal form and as sent, submission, decision and facts of a claim.
type ScannedRow = (Id, String, Option<String>, Json, Json, Json);

fn find_page(
    connection: &mut Connection,
    range: ScanRange,
    closed: Closed,
) -> Result<Vec<ScannedClaim>, StoreError> {
    let rows: Vec<ScannedRow> = on_backend!(connection, |c| {
        let mut query = claims::table
            .select((
                claims::id,
                claims::external_id,
                claims::external_id_sent,
                claims::submission,
                claims::decision,
                claims::facts,
            ))
            .filter(claims::clinic_id.eq(Id(range.clinic.uuid())))
            .filter(claims::id.gt(Id(range.after)))
            .filter(claims::id.lt(Id(range.end)))
            .order(claims::id.asc())
            .limit(PAGE_ROWS)
            .into_boxed();
        if closed == Closed::LeftOut {
            let closed = [Status::Replaced.word(), Status::Void.word()];
            query = query.filter(claims::status.ne_all(closed));
        }
        query.load(c)
    })?;
    Ok(rows.into_iter().map(read_row).collect())
}

fn read_row(row: ScannedRow) -> ScannedClaim {
    let (id, external_id, external_id_sent, submission, decision, facts) = row;
    ScannedClaim {
        id: id.0.into(),
        external_id: external_id_sent.unwrap_or(external_id),
        evidence: ClaimEvidence {
            submission: submission.0,
            decision: decision.0,
            facts: facts.0,
        },
    }
}
