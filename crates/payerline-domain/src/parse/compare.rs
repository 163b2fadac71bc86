//! What differs between two values of one type, place by place.
//!
//! [`record!`](super::record) compares the fields of records that say so; single values are compared as wholes.

use super::{
    fault::{At, Fault, Faults, Refusal},
    fault_code::FaultCode,
};

/// A value that can be compared with a stored one.
pub trait Compare {
    /// Notes each place at which the stored value differs, and no value.
    fn note_differences(&self, stored: &Self, at: &At<'_>, faults: &mut Faults);
}

/// Lists the places at which a stored value differs. Equal contents have none.
pub fn find_differences<T: Compare>(sent: &T, stored: &T) -> Vec<Fault> {
    collect_differences(|faults| sent.note_differences(stored, &At::ROOT, faults))
}

/// Lists the differences that `note` notes.
pub fn collect_differences(note: impl FnOnce(&mut Faults)) -> Vec<Fault> {
    let mut faults = Faults::default();
    note(&mut faults);
    match faults.settle(Some(())) {
        Ok(()) => Vec::new(),
        Err(Refusal::Shape(differences) | Refusal::Rules(differences)) => differences,
    }
}

/// Notes that a place differs as a whole.
pub fn note_difference(at: &At<'_>, faults: &mut Faults) {
    faults.rule(FaultCode::Differs, at, "is not what is stored");
}

/// Implements [`Compare`] for values that are equal or not, without places of their own.
macro_rules! compare_as_whole {
    ($($name:ty),+) => {$(
        impl $crate::parse::compare::Compare for $name {
            fn note_differences(
                &self,
                stored: &Self,
                at: &$crate::parse::fault::At<'_>,
                faults: &mut $crate::parse::fault::Faults,
            ) {
                if self != stored {
                    $crate::parse::compare::note_difference(at, faults);
                }
            }
        }
    )+};
}
pub(crate) use compare_as_whole;

compare_as_whole!(bool);

impl<T: Compare> Compare for Option<T> {
    fn note_differences(&self, stored: &Self, at: &At<'_>, faults: &mut Faults) {
        match (self, stored) {
            (Some(sent), Some(stored)) => sent.note_differences(stored, at, faults),
            (None, None) => {}
            _ => note_difference(at, faults),
        }
    }
}

impl<T: Compare> Compare for Vec<T> {
    fn note_differences(&self, stored: &Self, at: &At<'_>, faults: &mut Faults) {
        for index in 0..self.len().max(stored.len()) {
            match (self.get(index), stored.get(index)) {
                (Some(sent), Some(stored)) => {
                    sent.note_differences(stored, &at.index(index), faults);
                }
                _ => note_difference(&at.index(index), faults),
            }
        }
    }
}
