//! A remittance on its way into the ledger: what it adds, or why it is refused.

use super::{
    ledger::{Ledger, has_left_share},
    remittance::{
        BookedItem, MAX_ENTRIES, MAX_REMITTANCES, Remittance, RemittanceRequest, RemittedItem,
        is_number, standing,
    },
};
use crate::{
    claims::{
        coverage::CoverageKind,
        payers_due::{BilledParty, PayerDue, PayersDue},
        submission::Submission,
    },
    laws::Invariant,
    parse::{
        fault::{At, Faults},
        fault_code::FaultCode,
    },
    values::{
        closed_enum::ClosedEnum,
        ids::KeyId,
        text::Label,
        time::{Day, Timestamp},
    },
};

/// A claim that a payer answers.
pub struct AnsweredClaim<'c> {
    pub submission: &'c Submission,
    pub due: &'c PayersDue,
    pub remittances: &'c [Remittance],
    pub ledger: &'c Ledger,
    /// The items that no patient pays unless a person reviewed it, each with the law.
    pub protected: &'c [(u16, Invariant)],
}

impl RemittanceRequest {
    /// Whether the patient pays, or is to pay, something.
    pub fn concerns_patient(&self) -> bool {
        let of_patient = |it: &RemittedItem| it.patient_cents.get() > 0;
        self.payer == BilledParty::Patient || self.items.iter().any(of_patient)
    }

    /// Works out what it adds to the ledger. Notes what is wrong.
    pub fn book(
        &self,
        claim: &AnsweredClaim<'_>,
        (received_at, received_by): (Timestamp, KeyId),
        faults: &mut Faults,
    ) -> Option<Remittance> {
        if self
            .paid_on
            .is_some_and(|day| day > Day::in_ontario(received_at))
        {
            let detail = "must not be after today: enter what was paid, not what will be";
            faults.rule(FaultCode::InTheFuture, &At::ROOT.field("paid_on"), detail);
        }
        if self.items.is_empty() && self.reverses.is_none() {
            let detail =
                "give at least one item; only a remittance that reverses another may have none";
            faults.rule(FaultCode::TooFew, &At::ROOT.field("items"), detail);
        }
        let (coverage, items, reverses) = match &self.reverses {
            Some(number) => {
                let earlier = self.find_earlier(number, claim, faults)?;
                let items = self.take_back(earlier, claim, faults);
                (earlier.coverage, items, Some(earlier.number.clone()))
            }
            None => {
                self.note_too_many(claim, faults);
                let coverage = self.find_coverage(claim, faults);
                (coverage, self.book_items(claim, coverage, faults), None)
            }
        };
        Some(Remittance {
            number: self.number.as_str().to_owned(),
            payer: self.payer,
            coverage,
            paid_on: self.paid_on,
            items,
            reverses,
            received_at,
            received_by,
        })
    }

    fn note_too_many(&self, claim: &AnsweredClaim<'_>, faults: &mut Faults) {
        let count = standing(claim.remittances).count();
        let entries: usize = claim.remittances.iter().map(|it| it.items.len()).sum();
        if count >= MAX_REMITTANCES || entries + self.items.len() > MAX_ENTRIES {
            let detail = format!(
                "a claim has {MAX_REMITTANCES} remittances with {MAX_ENTRIES} items in all at most"
            );
            faults.rule(FaultCode::TooManyRemittances, &At::ROOT, detail);
        }
    }

    /// The insurance that answers: the one that is given, or the only one that is due.
    fn find_coverage(&self, claim: &AnsweredClaim<'_>, faults: &mut Faults) -> Option<usize> {
        let at = At::ROOT.field("coverage");
        if let Some(given) = self.coverage.map(usize::from) {
            let kind = claim.submission.coverages.get(given).map(|it| it.kind);
            if !kind.is_some_and(|kind| is_insurance_of(self.payer, kind)) {
                let detail = format!(
                    "is no coverage of the claim that `{}` stands for",
                    self.payer.word()
                );
                faults.rule(FaultCode::OtherCoverage, &at, detail);
            }
            return Some(given);
        }
        let in_turn = claim.due.in_turn();
        let mut of_payer = in_turn.iter().filter(|it| it.payer == self.payer);
        match (of_payer.next(), of_payer.next()) {
            (Some(_), Some(_)) => {
                let detail = "several plans are due in turn; give the index in `coverages` of the one that answers";
                faults.rule(FaultCode::CoverageNeeded, &at, detail);
                None
            }
            (Some(only), None) => only.coverage,
            (None, _) => None,
        }
    }

    fn find_earlier<'c>(
        &self,
        number: &Label,
        claim: &AnsweredClaim<'c>,
        faults: &mut Faults,
    ) -> Option<&'c Remittance> {
        let at = At::ROOT.field("reverses");
        let mut earlier = claim.remittances.iter();
        let earlier = earlier.find(|it| it.payer == self.payer && is_number(&it.number, number));
        let Some(earlier) = earlier.filter(|it| it.reverses.is_none()) else {
            let payer = self.payer.word();
            let detail = format!(
                "the claim has no remittance of `{payer}` with this number that could be taken back"
            );
            faults.rule(FaultCode::UnknownRemittance, &at, detail);
            return None;
        };
        if earlier.is_reversed(claim.remittances) {
            let detail = "this remittance was taken back before";
            faults.rule(FaultCode::AlreadyReversed, &at, detail);
            return None;
        }
        Some(earlier)
    }

    fn take_back(
        &self,
        earlier: &Remittance,
        claim: &AnsweredClaim<'_>,
        faults: &mut Faults,
    ) -> Vec<BookedItem> {
        let mut items = earlier.negated();
        let mut after = claim.ledger.clone();
        after.add(&items);
        if !after.is_sound() {
            let detail = "of what it made the patient's share something was paid since; take that payment back first";
            faults.rule(FaultCode::PaidSince, &At::ROOT.field("reverses"), detail);
        }
        let coverage = self.coverage.map(usize::from);
        if coverage.is_some() && coverage != earlier.coverage {
            let detail = "is not the coverage of the remittance that is taken back";
            faults.rule(
                FaultCode::OtherCoverage,
                &At::ROOT.field("coverage"),
                detail,
            );
        }
        let is_known = |sent: &RemittedItem| items.iter().any(|it| it.sequence == sent.sequence);
        let says_nothing = self
            .items
            .iter()
            .all(|it| it.amounts() == [0; 4] && is_known(it));
        let is_whole =
            self.items.len() == items.len() && self.items.iter().all(|it| earlier.has_amounts(it));
        if !says_nothing && !is_whole {
            let detail = "a reversal takes all of the remittance back: leave `items` out, or repeat its amounts; enter what is paid instead as a remittance of its own";
            faults.rule(FaultCode::ReversalDiffers, &At::ROOT.field("items"), detail);
        }
        for sent in &self.items {
            if let Some(item) = items.iter_mut().find(|it| it.sequence == sent.sequence) {
                sent.explain(item);
            }
        }
        items
    }

    fn book_items(
        &self,
        claim: &AnsweredClaim<'_>,
        coverage: Option<usize>,
        faults: &mut Faults,
    ) -> Vec<BookedItem> {
        let at_items = At::ROOT.field("items");
        let mut booked = Vec::with_capacity(self.items.len());
        for (index, item) in self.items.iter().enumerate() {
            let at = at_items.index(index);
            let Some(account) = claim.ledger.account(item.sequence) else {
                let count = claim.submission.items.len();
                let detail = format!("the claim has no such item; its items are 1 to {count}");
                faults.rule(FaultCode::UnknownItem, &at.field("sequence"), detail);
                continue;
            };
            self.note_unlawful(item, claim, &at, faults);
            self.note_share(item, &at, faults);
            let payer = PayerDue {
                payer: self.payer,
                coverage,
            };
            let leaves_share = has_left_share(claim.remittances, payer, item.sequence);
            let off_share = match self.payer {
                BilledParty::Patient => item.paid_cents.get(),
                // Who left the share does not pay it.
                _ if leaves_share => 0,
                _ => item.paid_cents.get() - account.outstanding(),
            };
            let entry = item.entry(off_share.clamp(0, account.patient));
            let said: i64 = item.amounts().iter().sum();
            let taken = entry.paid_cents + entry.adjusted_cents + entry.patient_cents;
            if said > account.billed || taken > account.outstanding() {
                let left = account.outstanding();
                let detail = format!(
                    "comes to more than is left of the item: {left} cents of {} are outstanding",
                    account.billed
                );
                faults.rule(FaultCode::OverBilled, &at, detail);
            }
            booked.push(entry);
        }
        booked
    }

    /// Notes a share that is left to the patient by whoever is no insurer.
    fn note_share(&self, item: &RemittedItem, at: &At<'_>, faults: &mut Faults) {
        if self.payer.is_last_resort() && item.patient_cents.get() > 0 {
            let detail = "must be 0: only insurers say what the patient's share is";
            faults.rule(FaultCode::OutOfRange, &at.field("patient_cents"), detail);
        }
    }

    /// Notes what the patient would pay against a law.
    fn note_unlawful(
        &self,
        item: &RemittedItem,
        claim: &AnsweredClaim<'_>,
        at: &At<'_>,
        faults: &mut Faults,
    ) {
        let law = claim.protected.iter().find(|(it, _)| *it == item.sequence);
        let Some((_, law)) = law else {
            return;
        };
        let paid_by_patient = self.payer == BilledParty::Patient && item.paid_cents.get() > 0;
        let field = match paid_by_patient {
            true => "paid_cents",
            false if item.patient_cents.get() > 0 => "patient_cents",
            false => return,
        };
        let law = law.word();
        let detail = format!(
            "the patient may not pay for this item (`{law}`), unless a review made an exception to the law before the claim was sent"
        );
        faults.rule(FaultCode::BreaksLaw, &at.field(field), detail);
    }
}

impl RemittedItem {
    /// What it adds to the ledger, if so much of what is paid comes off the patient's share.
    fn entry(&self, off_share: i64) -> BookedItem {
        let mut entry = BookedItem {
            sequence: self.sequence,
            paid_cents: self.paid_cents.get(),
            adjusted_cents: self.adjusted_cents.get(),
            denied_cents: self.denied_cents.get(),
            patient_cents: self.patient_cents.get() - off_share,
            reason_codes: Vec::new(),
            note: None,
        };
        self.explain(&mut entry);
        entry
    }

    /// Adds the payer's reasons.
    fn explain(&self, entry: &mut BookedItem) {
        let codes = self.reason_codes.iter().map(|it| it.as_str().to_owned());
        entry.reason_codes = codes.collect();
        entry.note = self.note.as_ref().map(|it| it.as_str().to_owned());
    }
}

fn is_insurance_of(payer: BilledParty, kind: CoverageKind) -> bool {
    match payer {
        BilledParty::Wsib => kind == CoverageKind::Wsib,
        BilledParty::Mva => kind == CoverageKind::Auto,
        BilledParty::Private => matches!(kind, CoverageKind::Private | CoverageKind::Federal),
        BilledParty::Ministry => kind == CoverageKind::Ohip,
        BilledParty::Patient | BilledParty::ThirdParty => false,
    }
}
