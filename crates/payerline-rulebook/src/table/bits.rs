//! Sets of up to 256 bits, one a value of a fact: enough for the vocabulary and for the insurers that two rulebooks
//! name.

use std::ops::{BitAnd, BitOr, BitOrAssign, Not};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bits([u64; 4]);

/// A value for each bit.
pub type PerBit<T> = [T; 256];

impl Bits {
    pub const NONE: Self = Self([0; 4]);

    pub const COUNT: u32 = 4 * u64::BITS;

    /// The set of one bit, counted from 0; of none beyond the last.
    pub fn single(at: u32) -> Self {
        let word = |first: u32| {
            let at = at.checked_sub(first * u64::BITS);
            at.and_then(|at| 1_u64.checked_shl(at)).unwrap_or(0)
        };
        Self([word(0), word(1), word(2), word(3)])
    }

    pub fn has(self, at: u32) -> bool {
        let word = usize::try_from(at / u64::BITS).ok();
        let word = word.and_then(|it| self.0.get(it));
        word.is_some_and(|it| (it >> (at % u64::BITS)) & 1 == 1)
    }

    pub fn is_empty(self) -> bool {
        self == Self::NONE
    }

    fn combine(self, other: Self, each: impl Fn(u64, u64) -> u64) -> Self {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        Self([each(a, e), each(b, f), each(c, g), each(d, h)])
    }
}

impl BitAnd for Bits {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        self.combine(other, u64::bitand)
    }
}

impl BitOr for Bits {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.combine(other, u64::bitor)
    }
}

impl BitOrAssign for Bits {
    fn bitor_assign(&mut self, other: Self) {
        *self = *self | other;
    }
}

impl Not for Bits {
    type Output = Self;

    fn not(self) -> Self {
        Self(self.0.map(u64::not))
    }
}

/// Whose fact it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// An item's own: it may differ between the items of a claim.
    Item,
    /// The claim's: all its items share it.
    Claim,
    /// The decided payer's, known after the rules. What follows another item has the payer of that item.
    Decided,
}

/// The bits of a fact in a mask or among those of an item's facts: one a value, in the order of the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FactBits {
    pub name: &'static str,
    pub scope: Scope,
    /// Its first bit.
    pub offset: u32,
    pub count: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bit_is_one_of_its_own() {
        for at in 0..Bits::COUNT {
            let set = Bits::single(at);
            assert!((0..Bits::COUNT).all(|it| set.has(it) == (it == at)), "{at}");
            assert!((!set & set).is_empty() && !set.is_empty());
        }
        assert_eq!(Bits::single(Bits::COUNT), Bits::NONE);
        assert!(!(!Bits::NONE).has(Bits::COUNT));
    }

    #[test]
    fn there_is_a_value_for_each_bit() {
        let per_bit: PerBit<()> = [(); _];
        assert_eq!(u32::try_from(per_bit.len()), Ok(Bits::COUNT));
    }
}
