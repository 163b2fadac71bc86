//! Claims as a network of clinics in Ontario would send them: any number of them, each a function of a seed and
//! its own number, so that a million need not be kept anywhere.
//!
//! `people` are who comes back from claim to claim, `situation` is why this one comes and who insures it,
//! `treatment` what was done, `claim` all of it as JSON, `fault` what can be wrong with it. Patients, insurers,
//! codes and prices are invented.

mod claim;
mod fault;
mod json;
mod people;
mod random;
mod situation;
mod tables;
#[cfg(test)]
mod tests;
mod treatment;

use claim::Claim;
use fault::{Fault, Kind};
use random::{Random, Stream};

/// How far back a claim looks for another one's id.
const LOOK_BACK: u64 = 100;

/// Claims of one network of clinics.
#[derive(Debug, Clone, Copy)]
pub struct Claims {
    /// What they depend on, beside their numbers.
    pub seed: u64,
    /// How many of a hundred a service has to refuse.
    pub dirty: u32,
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

    /// What is wrong with a claim, if anything is.
    fn fault(&self, number: u64) -> Option<Fault> {
        if !self.is_dirty(number) {
            return None;
        }
        let mut random = Random::of(self.seed, Stream::Fault, number);
        let kind = random.weigh(fault::KINDS);
        if kind != Kind::TakenId {
            return Some(Fault::Of(kind));
        }
        // Only the id of a claim that is stored is taken.
        let before = number.saturating_sub(LOOK_BACK)..number;
        match before.rev().find(|earlier| !self.is_dirty(*earlier)) {
            Some(earlier) => Some(Fault::IdOf(earlier)),
            None => Some(Fault::Of(Kind::NoJson)),
        }
    }

    fn is_dirty(&self, number: u64) -> bool {
        Random::of(self.seed, Stream::Dirt, number).percent(self.dirty)
    }
}
