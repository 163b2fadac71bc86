//! Sets of up to 256 bits, one a value of a fact: wide enough for the vocabulary and, behind it, for the insurers
//! that two rulebooks name; and where a fact has its own.

use std::ops::{BitAnd, BitOr, BitOrAssign, Not};

/// A set of bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bits([u64; 4]);

/// Something for each bit that there can be.
pub type OfEach<T> = [T; 256];

impl Bits {
    /// The empty set.
    pub const NONE: Self = Self([0; 4]);

    /// How many bits there are.
    pub const COUNT: u32 = 4 * u64::BITS;

    /// The set of one bit, counted from 0; of none when there are not so many.
    pub fn one(at: u32) -> Self {
        let word = |first: u32| {
            let at = at.checked_sub(first * u64::BITS);
            at.and_then(|at| 1_u64.checked_shl(at)).unwrap_or(0)
        };
        Self([word(0), word(1), word(2), word(3)])
    }

    /// Whether a bit is in it.
    pub fn has(self, at: u32) -> bool {
        let word = usize::try_from(at / u64::BITS).ok();
        let word = word.and_then(|it| self.0.get(it));
        word.is_some_and(|it| (it >> (at % u64::BITS)) & 1 == 1)
    }

    /// Whether no bit is in it.
    pub fn is_empty(self) -> bool {
        self == Self::NONE
    }

    fn with(self, other: Self, each: impl Fn(u64, u64) -> u64) -> Self {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        Self([each(a, e), each(b, f), each(c, g), each(d, h)])
    }
}

impl BitAnd for Bits {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        self.with(other, u64::bitand)
    }
}

impl BitOr for Bits {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.with(other, u64::bitor)
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

/// Where a fact has its bits, in a mask or among those of an item's facts: one a value, in the order of the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FactBits {
    /// The fact.
    pub name: &'static str,
    /// Its first bit.
    pub offset: u32,
    /// How many values it has.
    pub count: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bit_is_one_of_its_own() {
        for at in 0..Bits::COUNT {
            let set = Bits::one(at);
            assert!((0..Bits::COUNT).all(|it| set.has(it) == (it == at)), "{at}");
            assert!((!set & set).is_empty() && !set.is_empty());
        }
        assert_eq!(Bits::one(Bits::COUNT), Bits::NONE);
        assert!(!(!Bits::NONE).has(Bits::COUNT));
    }

    #[test]
    fn there_is_something_for_each_bit() {
        let of_each: OfEach<()> = [(); _];
        assert_eq!(u32::try_from(of_each.len()), Ok(Bits::COUNT));
    }
}
