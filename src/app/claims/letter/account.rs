//! What is paid of a claim, what is left, and from whom.

use super::{
    subject::{Stage, Subject},
    words,
};
use payerline_domain::{
    claims::{
        claim::{Claim, Status},
        coverage::CoverageKind,
        payer::Disposition,
        payers_due::{BilledParty, PayerDue},
        remittances::{
            balance::ItemAccount,
            ledger::Ledger,
            remittance::{BookedItem, Remittance, standing},
        },
        submission::Submission,
    },
    patients::DueSums,
    values::money::Cents,
};
use payerline_rulebook::explain::phrases::dollars;

/// What somebody is to pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    pub payer: PayerDue,
    pub cents: i64,
}

/// A line of the account: what it is, and how much.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountLine {
    pub label: String,
    pub amount: String,
}

impl AccountLine {
    fn new(label: impl Into<String>, cents: i64) -> Self {
        Self {
            label: label.into(),
            amount: dollars(Cents::from_stored(cents)),
        }
    }
}

/// Who is to pay how much now. Before a claim is ready nobody is.
pub fn find_dues(subject: &Subject<'_>) -> Vec<Due> {
    match subject.stage {
        Stage::DryRun if subject.disposition == Disposition::Ready => first_in_turn(subject),
        Stage::DryRun => Vec::new(),
        Stage::Filed(claim) => dues_of_claim(claim, subject.submission),
    }
}

/// What the patient is to pay now.
pub fn own_part(dues: &[Due]) -> i64 {
    let own = dues
        .iter()
        .filter(|it| it.payer.payer == BilledParty::Patient);
    own.map(|it| it.cents).sum()
}

fn first_in_turn(subject: &Subject<'_>) -> Vec<Due> {
    let ledger = Ledger::of(subject.submission, &[]);
    let awaited = subject.payers_due.awaited(&[], true).into_iter();
    let dues = awaited.map(|it| Due {
        payer: it.payer,
        cents: sum_outstanding(&ledger, it.items),
    });
    dues.filter(|it| it.cents > 0).collect()
}

fn sum_outstanding(ledger: &Ledger, items: &[u16]) -> i64 {
    let accounts = items.iter().filter_map(|it| ledger.account(*it));
    accounts.map(ItemAccount::outstanding).sum()
}

fn dues_of_claim(claim: &Claim, submission: &Submission) -> Vec<Due> {
    let mut sums = DueSums::default();
    sums.add(claim, submission);
    let dues = sums.finish().into_iter().map(|it| {
        let name = words::filled(it.name.as_ref());
        Due {
            payer: PayerDue {
                payer: it.payer,
                coverage: find_coverage(submission, it.payer, name),
            },
            cents: it.amount_cents.get(),
        }
    });
    dues.collect()
}

/// The insurance that a sum names.
fn find_coverage(submission: &Submission, payer: BilledParty, name: Option<&str>) -> Option<usize> {
    let is_of_payer = |kind: CoverageKind| match payer {
        BilledParty::Private => matches!(kind, CoverageKind::Private | CoverageKind::Federal),
        BilledParty::Mva => kind == CoverageKind::Auto,
        _ => false,
    };
    let mut coverages = submission.coverages.iter();
    coverages
        .position(|it| is_of_payer(it.kind) && words::filled(it.insurer.as_ref()) == name)
        .filter(|_| name.is_some())
}

/// What became of the amount of a claim that somebody has answered; empty for any other.
pub fn list_account(subject: &Subject<'_>, dues: &[Due]) -> Vec<AccountLine> {
    let Stage::Filed(claim) = subject.stage else {
        return Vec::new();
    };
    if claim.remittances.is_empty() || subject.is_closed() {
        return Vec::new();
    }
    let mut lines = vec![AccountLine::new("Billed", claim.balance.billed_cents.get())];
    for (payer, cents) in sum_payments(&claim.remittances) {
        let who = words::payer(subject.submission, payer);
        lines.push(AccountLine::new(format!("Paid by {who}"), cents));
    }
    let adjusted = claim.balance.adjusted_cents.get();
    if adjusted > 0 {
        lines.push(AccountLine::new("Taken off: nobody pays this", adjusted));
    }
    for due in dues {
        let who = words::payer(subject.submission, due.payer);
        lines.push(AccountLine::new(
            format!("Still to be paid by {who}"),
            due.cents,
        ));
    }
    let unclaimed = find_unclaimed(claim, dues);
    if unclaimed > 0 {
        let label = "Not paid, and nobody is asked for it now";
        lines.push(AccountLine::new(label, unclaimed));
    }
    lines
}

/// What each has paid, without what was taken back.
fn sum_payments(remittances: &[Remittance]) -> Vec<(PayerDue, i64)> {
    let mut sums: Vec<(PayerDue, i64)> = Vec::new();
    for remittance in standing(remittances) {
        let payer = remittance.payer_due();
        let paid: i64 = remittance.items.iter().map(|it| it.paid_cents).sum();
        match sums.iter_mut().find(|(known, _)| *known == payer) {
            Some((_, sum)) => *sum += paid,
            None => sums.push((payer, paid)),
        }
    }
    sums.retain(|(_, sum)| *sum != 0);
    sums
}

/// What is not paid and due from nobody, as where a law keeps the patient from being billed.
fn find_unclaimed(claim: &Claim, dues: &[Due]) -> i64 {
    let balance = &claim.balance;
    let due: i64 = dues.iter().map(|it| it.cents).sum();
    let open = balance.outstanding_cents.get() + balance.patient_cents.get() - due;
    match claim.status {
        Status::PartiallyPaid | Status::Denied | Status::Submitted | Status::Appealed => {
            open.max(0)
        }
        _ => 0,
    }
}

/// The insurer that refused last.
pub fn find_refuser(claim: &Claim) -> Option<PayerDue> {
    let mut insurers = standing(&claim.remittances).filter(|it| !it.payer.is_last_resort());
    let refused = insurers.rfind(|it| it.refuses());
    refused.map(Remittance::payer_due)
}

/// What an insurer has refused, and of which items.
pub fn add_refused(claim: &Claim, payer: PayerDue) -> (Cents, Vec<u16>) {
    let own = standing(&claim.remittances).filter(|it| it.payer_due().is_same(payer));
    let entries: Vec<&BookedItem> = own.flat_map(|it| &it.items).collect();
    let refused = entries
        .iter()
        .filter(|it| it.denied_cents > 0 || it.paid_cents == 0);
    let mut items: Vec<u16> = refused.map(|it| it.sequence).collect();
    items.sort_unstable();
    items.dedup();
    let cents = entries.iter().map(|it| it.denied_cents.max(0)).sum();
    (Cents::from_stored(cents), items)
}
