//! Claims as a network of clinics in Ontario would send them. Each is a function of a seed and its own number, so a
//! million claims need no storage.
//!
//! `people` has the patients and providers, `accident` and `coverage` the reason of a claim and its insurance,
//! `treatment` the billed items, `claim` the JSON, `fault` the faults of dirty claims. Patients, insurers, codes and
//! prices are invented.

mod accident;
mod claim;
mod coverage;
mod fault;
mod json;
mod people;
mod random;
mod tables;
#[cfg(test)]
mod tests;
mod treatment;

use claim::Claim;
use fault::{Fault, FaultKind};
use random::{Random, Stream};

/// A claim with a taken id takes that of one of so many claims before it.
const TAKEN_ID_RANGE: u64 = 100;

#[derive(Debug, Clone, Copy)]
pub struct Claims {
    pub seed: u64,
    /// How many of a hundred have a fault that a service has to refuse.
    pub dirty_percent: u32,
}

impl Claims {
    /// Appends claim `number` as one line, with its line break.
    pub fn write(&self, number: u64, out: &mut Vec<u8>) {
        let claim = Claim::new(self.seed, number);
        match self.fault(number) {
            None => claim.write(out),
            Some(fault) => fault.write(claim, out),
        }
        out.push(b'\n');
    }

    fn fault(&self, number: u64) -> Option<Fault> {
        if !self.is_dirty(number) {
            return None;
        }
        let mut random = Random::new(self.seed, Stream::Fault, number);
        let kind = random.pick_weighted(fault::KINDS);
        if kind != FaultKind::TakenId {
            return Some(Fault::Single(kind));
        }
        // Only a clean claim is stored, so only its id is taken.
        let before = number.saturating_sub(TAKEN_ID_RANGE)..number;
        match before.rev().find(|earlier| !self.is_dirty(*earlier)) {
            Some(earlier) => Some(Fault::TakenId(earlier)),
            None => Some(Fault::Single(FaultKind::NoJson)),
        }
    }

    fn is_dirty(&self, number: u64) -> bool {
        Random::new(self.seed, Stream::HasFault, number).percent(self.dirty_percent)
    }
}
