//! What claims draw of approvals, in the transactions that change the claims.
//!
//! A transaction first locks the approvals that it may touch, in the order of their ids, and then claims; so two of them
//! cannot wait for each other. What is left of an approval is looked at under its lock, so no approval is overdrawn,
//! however many claims rely on it at once. What a claim's decision rests on is looked at again: an approval that changed
//! since then is noticed, and the claim is decided anew.
//!
//! A number that the ledger does not have cannot be locked. On PostgreSQL an advisory lock stands for it, which whoever
//! enters the approval takes too. So each claim that names an approval either rests on it as it is, or is stored when the
//! search for such claims begins (`redecisions`).

mod locks;
mod rows;

use diesel::prelude::*;

use payerline_domain::{
    preauthorizations::MinorInjuryCharge,
    values::{
        ids::{ClaimId, ClinicId, PreauthorizationId},
        money::Cents,
        text::Label,
    },
};

pub use self::locks::{NumberLock, lock_numbers, lock_one};
use self::{
    locks::{DrawnRow, LockedApprovals, MinorInjuries, find_drawn, lock_approvals, lock_injuries},
    rows::{ChargeRow, DrawRow, NameRow, write_settled, write_sums},
};
use crate::store::engine::{
    connection::{Connection, on_backend},
    error::StoreError,
    rows::insert,
    schema::{minor_injury_charges, preauthorization_draws},
    sql_types::{Date, Id},
};

/// What a claim rests on in the ledger, and what it draws.
#[derive(Debug, Clone, Default)]
pub struct ClaimAccounts {
    /// The numbers that the claim names.
    pub numbers: Vec<Label>,
    /// Those of them that the ledger did not have when it was decided.
    pub unknown: Vec<Label>,
    /// The approvals with these numbers that its decision rests on, each with its version.
    pub seen: Vec<(PreauthorizationId, i64)>,
    pub draws: Vec<NewDraw>,
    /// What it takes of the cap of the Minor Injury Guideline, and the patient's id in its normal form.
    pub minor_injury: Option<(String, MinorInjuryCharge)>,
}

impl ClaimAccounts {
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty() && self.minor_injury.is_none()
    }

    /// The numbers in every form in which they may be stored.
    fn stored_forms(&self) -> impl Iterator<Item = String> {
        self.numbers.iter().flat_map(Label::stored_forms)
    }
}

/// What an item of a claim draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewDraw {
    pub preauthorization: PreauthorizationId,
    /// The item's number, from 1.
    pub sequence: u16,
    pub cents: i64,
    /// It draws no more than what is left.
    pub is_short: bool,
}

/// What becomes of what an item has drawn when a payer answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettledItem {
    /// The item's number, from 1.
    pub sequence: u16,
    /// What the payer of the approval paid, in cents; negative if it was taken back.
    pub consumes: i64,
    /// What may stay reserved.
    pub reserves_at_most: i64,
}

/// A claim whose part in the accounts is written.
#[derive(Debug, Clone, Copy)]
pub struct AccountedClaim<'a> {
    pub id: Id,
    pub accounts: &'a ClaimAccounts,
}

/// The approvals of a clinic that a transaction touches, locked. What claims release and take is worked out here and
/// written at the end.
#[derive(Debug, Clone)]
pub struct LockedAccounts {
    clinic_id: Id,
    approvals: LockedApprovals,
    minor_injuries: MinorInjuries,
    /// What the claims that may release have drawn.
    drawn: Vec<DrawnRow>,
    released: Vec<Id>,
    draws: Vec<DrawRow>,
    settled: Vec<DrawRow>,
    names: Vec<NameRow>,
    charges: Vec<ChargeRow>,
}

impl LockedAccounts {
    /// Locks the approvals of which some claims have drawn, and those that others name.
    pub fn lock<'a>(
        connection: &mut Connection,
        clinic: ClinicId,
        releasing: &[ClaimId],
        naming: impl Iterator<Item = &'a ClaimAccounts> + Clone,
    ) -> Result<Self, StoreError> {
        let clinic_id = Id(clinic.uuid());
        let releasing: Vec<Id> = releasing.iter().map(|id| Id(id.uuid())).collect();
        let drawn = find_drawn(connection, clinic_id, &releasing)?;
        let ids: Vec<Id> = drawn.iter().map(|(approval, ..)| *approval).collect();
        let unknown: Vec<&Label> = naming.clone().flat_map(|it| &it.unknown).collect();
        lock_numbers(connection, clinic, &unknown, NumberLock::Shared)?;
        let injuries = naming.clone().filter_map(|it| it.minor_injury.as_ref());
        let injuries = injuries.map(|(patient_id, it)| (patient_id.clone(), it.accident_date));
        let minor_injuries = lock_injuries(connection, clinic, injuries.collect())?;
        let mut numbers: Vec<String> = naming.flat_map(ClaimAccounts::stored_forms).collect();
        numbers.sort_unstable();
        numbers.dedup();
        Ok(Self {
            clinic_id,
            approvals: lock_approvals(connection, clinic_id, &ids, &numbers)?,
            minor_injuries,
            drawn,
            released: Vec::new(),
            draws: Vec::new(),
            settled: Vec::new(),
            names: Vec::new(),
            charges: Vec::new(),
        })
    }

    /// Returns true if one of the claims that may release has drawn something.
    pub fn has_drawn(&self, claim: ClaimId) -> bool {
        let id = Id(claim.uuid());
        self.drawn.iter().any(|(_, it, ..)| *it == id)
    }

    /// Takes back what a claim has drawn.
    pub fn release(&mut self, claim: ClaimId) {
        let id = Id(claim.uuid());
        for (approval, _, _, reserved, consumed) in
            self.drawn.iter().filter(|(_, it, ..)| *it == id)
        {
            if let Some(locked) = self.approvals.by_id.get_mut(approval) {
                locked.reserved -= reserved;
                locked.consumed -= consumed;
            }
        }
        self.released.push(id);
    }

    /// Consumes what was paid of a claim's items, and releases what will not be.
    pub fn settle(&mut self, claim: ClaimId, settled: &[SettledItem]) {
        let id = Id(claim.uuid());
        let of_claim = self.drawn.iter().filter(|(_, it, ..)| *it == id);
        for (approval, _, sequence, reserved, consumed) in of_claim {
            let mut settled = settled.iter();
            let Some(item) = settled.find(|it| i32::from(it.sequence) == *sequence) else {
                continue;
            };
            let left = (reserved - item.consumes.max(0)).clamp(0, item.reserves_at_most.max(0));
            let draw = DrawRow {
                clinic_id: self.clinic_id,
                preauthorization_id: *approval,
                claim_id: id,
                sequence: *sequence,
                reserved_cents: left,
                consumed_cents: (consumed + item.consumes).max(0),
            };
            if let Some(locked) = self.approvals.by_id.get_mut(approval) {
                locked.reserved += draw.reserved_cents - reserved;
                locked.consumed += draw.consumed_cents - consumed;
            }
            self.settled.push(draw);
        }
    }

    /// Lets a claim draw. Returns false, and lets it draw nothing, if an approval that its decision rests on has changed
    /// or does not suffice any more.
    pub fn take(&mut self, claim: AccountedClaim<'_>) -> bool {
        let accounts = claim.accounts;
        if !self.is_as_seen(accounts) || !self.has_same_cap(claim) {
            return false;
        }
        let mut taken: Vec<(NewDraw, i64)> = Vec::with_capacity(accounts.draws.len());
        for draw in &accounts.draws {
            let locked = self
                .approvals
                .by_id
                .get_mut(&Id(draw.preauthorization.uuid()));
            let cents = locked.and_then(|locked| {
                let left = locked.left();
                let cents = match draw.cents <= left {
                    true => draw.cents,
                    false if draw.is_short => left.max(0),
                    false => return None,
                };
                locked.reserved += cents;
                Some(cents)
            });
            let Some(cents) = cents else {
                self.undo(&taken);
                return false;
            };
            taken.push((*draw, cents));
        }
        for (draw, cents) in taken {
            self.push_draw(claim.id, draw, cents);
        }
        self.enter(claim);
        true
    }

    fn undo(&mut self, taken: &[(NewDraw, i64)]) {
        for (draw, cents) in taken {
            if let Some(locked) = self
                .approvals
                .by_id
                .get_mut(&Id(draw.preauthorization.uuid()))
            {
                locked.reserved -= cents;
            }
        }
    }

    fn push_draw(&mut self, claim_id: Id, draw: NewDraw, cents: i64) {
        if cents > 0 {
            self.draws.push(DrawRow {
                clinic_id: self.clinic_id,
                preauthorization_id: Id(draw.preauthorization.uuid()),
                claim_id,
                sequence: draw.sequence.into(),
                reserved_cents: cents,
                consumed_cents: 0,
            });
        }
    }

    /// Lets a claim of an earlier build draw, whatever is left.
    pub fn take_anyway(&mut self, claim: AccountedClaim<'_>) {
        for draw in &claim.accounts.draws {
            let id = Id(draw.preauthorization.uuid());
            let Some(locked) = self.approvals.by_id.get_mut(&id) else {
                continue;
            };
            locked.reserved += draw.cents;
            self.push_draw(claim.id, *draw, draw.cents);
        }
        self.enter(claim);
    }

    fn enter(&mut self, claim: AccountedClaim<'_>) {
        let numbers = claim.accounts.numbers.iter();
        let mut numbers: Vec<String> = numbers.map(|it| it.normal_form().into_owned()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        self.names.extend(numbers.into_iter().map(|number| NameRow {
            clinic_id: self.clinic_id,
            number,
            claim_id: claim.id,
        }));
        if let Some((patient_id, charge)) = &claim.accounts.minor_injury {
            let cents = charge.cents.get();
            let key = (patient_id.clone(), charge.accident_date);
            self.minor_injuries
                .entry(key)
                .or_default()
                .push((claim.id, cents));
            self.charges.push(ChargeRow {
                clinic_id: self.clinic_id,
                patient_id: patient_id.clone(),
                accident_date: Date(charge.accident_date),
                claim_id: claim.id,
                cents,
            });
        }
    }

    /// Whether the ledger has just those approvals for a claim that its decision rests on, in the same versions.
    fn is_as_seen(&self, accounts: &ClaimAccounts) -> bool {
        let is_locked = |(id, version): &(PreauthorizationId, i64)| {
            let locked = self.approvals.by_id.get(&Id(id.uuid()));
            locked.is_some_and(|locked| locked.version == *version)
        };
        let mut forms: Vec<String> = accounts.stored_forms().collect();
        forms.sort_unstable();
        forms.dedup();
        let named = forms
            .iter()
            .filter_map(|form| self.approvals.by_number.get(form));
        let named: usize = named.map(Vec::len).sum();
        named == accounts.seen.len() && accounts.seen.iter().all(is_locked)
    }

    /// Whether the claim is on the side of the cap of the Minor Injury Guideline on which it was decided.
    fn has_same_cap(&self, claim: AccountedClaim<'_>) -> bool {
        let Some((patient_id, charge)) = &claim.accounts.minor_injury else {
            return true;
        };
        let key = (patient_id.clone(), charge.accident_date);
        let charges = self.minor_injuries.get(&key).into_iter().flatten();
        let others = charges.filter(|(id, _)| *id != claim.id && !self.released.contains(id));
        let others = Cents::from_stored(others.map(|(_, cents)| cents).sum());
        charge.exceeds_cap(others) == charge.exceeds_cap(charge.others)
    }

    /// Looks, once the claims are locked too, whether they have drawn anything since their draws were read. Then the
    /// transaction is tried anew: what a claim of an earlier build draws is written while its version stays.
    pub fn check_draws(
        &self,
        connection: &mut Connection,
        claims: &[ClaimId],
    ) -> Result<(), StoreError> {
        let ids: Vec<Id> = claims.iter().map(|id| Id(id.uuid())).collect();
        if find_drawn(connection, self.clinic_id, &ids)? == self.drawn {
            return Ok(());
        }
        let why = "a claim has drawn at this moment".to_owned();
        Err(StoreError::Interrupted(why))
    }

    /// Writes what was released and taken.
    pub fn write(self, connection: &mut Connection) -> Result<(), StoreError> {
        if !self.released.is_empty() {
            on_backend!(connection, |c| {
                diesel::delete(preauthorization_draws::table)
                    .filter(preauthorization_draws::clinic_id.eq(self.clinic_id))
                    .filter(preauthorization_draws::claim_id.eq_any(&self.released))
                    .execute(c)?;
                diesel::delete(minor_injury_charges::table)
                    .filter(minor_injury_charges::clinic_id.eq(self.clinic_id))
                    .filter(minor_injury_charges::claim_id.eq_any(&self.released))
                    .execute(c)
            })?;
        }
        if !self.draws.is_empty() {
            insert(connection, &self.draws)?;
        }
        if !self.names.is_empty() {
            insert(connection, &self.names)?;
        }
        if !self.charges.is_empty() {
            insert(connection, &self.charges)?;
        }
        for draw in &self.settled {
            write_settled(connection, draw)?;
        }
        let changed = self.approvals.by_id.iter();
        let changed = changed.filter(|(_, it)| it.is_changed());
        let changed = changed.map(|(id, it)| (*id, it.reserved, it.consumed));
        write_sums(connection, self.clinic_id, changed.collect())
    }
}
