//! All stored claims of a range, page by page in the order of receipt, with what a decision is made again from.
//!
//! A thread with a connection of its own reads ahead a page or two, so that neither requests nor whoever works on
//! the claims wait for it; while nobody takes pages, it rests.

use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use diesel::prelude::*;
use uuid::Uuid;

use payerline_domain::values::ids::{ClaimId, ClinicId};

use super::{evidence::ClaimEvidence, scan_replaced};
use crate::store::{
    Store,
    engine::{
        connection::{Connection, Link, on_backend},
        error::StoreError,
        schema::claims,
        sql_types::{Id, Json},
        threads,
    },
};

/// Claims that are read at once: enough that asking costs little, few enough to be quick.
pub const PAGE: i64 = 1000;
/// Pages that wait to be taken.
const AHEAD: usize = 2;

/// Which claims of a clinic: those above one id and below another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScanRange {
    /// The clinic.
    pub clinic: ClinicId,
    /// The id that the claims come after.
    pub after: Uuid,
    /// The id that they come before.
    pub end: Uuid,
}

/// A stored claim with its evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScannedClaim {
    /// The claim.
    pub id: ClaimId,
    /// The billing system's id of it.
    pub external_id: String,
    /// The stored payer, a word.
    pub payer: String,
    /// The stored disposition, a word.
    pub disposition: String,
    /// What its decision was made from, and the decision.
    pub evidence: ClaimEvidence,
}

/// Some claims of one clinic.
pub struct ScannedPage {
    /// The clinic.
    pub clinic: ClinicId,
    /// The claims, oldest first; never none.
    pub claims: Vec<ScannedClaim>,
    /// How long it took to read them.
    pub took: Duration,
}

/// Claims that are being read. It ends when this is dropped.
pub struct Scan(Receiver<Result<ScannedPage, StoreError>>);

/// What comes next of a scan.
pub enum Scanned {
    /// Claims.
    Page(ScannedPage),
    /// Nothing: all were read.
    End,
    /// Nothing yet.
    NotYet,
}

impl Scan {
    /// The next claims, waited for at most so long.
    ///
    /// # Errors
    /// When the database fails; the scan is over then.
    pub fn next(&self, most: Duration) -> Result<Scanned, StoreError> {
        match self.0.recv_timeout(most) {
            Ok(page) => page.map(Scanned::Page),
            Err(RecvTimeoutError::Disconnected) => Ok(Scanned::End),
            Err(RecvTimeoutError::Timeout) => Ok(Scanned::NotYet),
        }
    }
}

impl Store {
    /// Reads the claims of a range.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn scan(&self, range: ScanRange) -> Result<Scan, StoreError> {
        self.scan_by(move |link, sender| {
            read(link, range, sender);
        })
    }

    /// Reads all decisions of some clinics, one clinic after the other: those that are stored with the claims, then
    /// those that were replaced since.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn scan_decisions(&self, clinics: Vec<ClinicId>) -> Result<Scan, StoreError> {
        self.scan_by(move |link, sender| {
            for clinic in clinics {
                let all = ScanRange {
                    clinic,
                    after: Uuid::nil(),
                    end: Uuid::max(),
                };
                if read(link, all, sender).is_none()
                    || read_replaced(link, clinic, sender).is_none()
                {
                    return;
                }
            }
        })
    }

    fn scan_by(
        &self,
        work: impl FnOnce(&mut Link, &Sender<Result<ScannedPage, StoreError>>) + Send + 'static,
    ) -> Result<Scan, StoreError> {
        let (sender, pages) = bounded(AHEAD);
        let mut link = Link::new(self.url.clone());
        threads::spawn("store-scan".to_owned(), move || work(&mut link, &sender))?;
        Ok(Scan(pages))
    }
}

/// Reads a range to its end. `None` when nobody wants more, or the database failed.
fn read(
    link: &mut Link,
    mut range: ScanRange,
    pages: &Sender<Result<ScannedPage, StoreError>>,
) -> Option<()> {
    loop {
        let began = Instant::now();
        let claims = match link.with(|connection| page(connection, range)) {
            Ok(claims) => claims,
            Err(error) => {
                // Nobody may be waiting any more.
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

/// As [`read`], of the decisions of a clinic that were replaced.
fn read_replaced(
    link: &mut Link,
    clinic: ClinicId,
    pages: &Sender<Result<ScannedPage, StoreError>>,
) -> Option<()> {
    let mut place = (Uuid::nil(), 0);
    loop {
        let began = Instant::now();
        let found = link.with(|connection| scan_replaced::page(connection, clinic, place));
        let (claims, end) = match found {
            Ok(Some(page)) => page,
            Ok(None) => return Some(()),
            Err(error) => {
                // Nobody may be waiting any more.
                let _ = pages.send(Err(error.during("reading replaced decisions")));
                return None;
            }
        };
        place = end;
        let page = ScannedPage {
            clinic,
            claims,
            took: began.elapsed(),
        };
        pages.send(Ok(page)).ok()?;
    }
}

type Row = (Id, String, String, String, Json, Json, Json);

fn page(connection: &mut Connection, range: ScanRange) -> Result<Vec<ScannedClaim>, StoreError> {
    let rows: Vec<Row> = on_backend!(connection, |c| {
        claims::table
            .select((
                claims::id,
                claims::external_id,
                claims::payer,
                claims::disposition,
                claims::submission,
                claims::decision,
                claims::facts,
            ))
            .filter(claims::clinic_id.eq(Id(range.clinic.uuid())))
            .filter(claims::id.gt(Id(range.after)))
            .filter(claims::id.lt(Id(range.end)))
            .order(claims::id.asc())
            .limit(PAGE)
            .load(c)
    })?;
    Ok(rows.into_iter().map(scanned).collect())
}

fn scanned(row: Row) -> ScannedClaim {
    let (id, external_id, payer, disposition, submission, decision, facts) = row;
    ScannedClaim {
        id: id.0.into(),
        external_id,
        payer,
        disposition,
        evidence: ClaimEvidence {
            submission: submission.0,
            decision: decision.0,
            facts: facts.0,
        },
    }
}
