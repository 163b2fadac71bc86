//! Sets of up to 256 bits, one a value of a fact: wide enough for the vocabulary and, behind it, for the insurers
//! that two rulebooks name.

use std::ops::{BitAnd, BitOr, BitOrAssign, Not};

/// A set of bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bits {
    low: u128,
    high: u128,
}

impl Bits {
    /// The empty set.
    pub const NONE: Self = Self { low: 0, high: 0 };

    /// How many bits there are.
    pub const COUNT: u32 = 2 * u128::BITS;

    /// The set of one bit, counted from 0; of none when there are not so many.
    pub fn one(at: u32) -> Self {
        let bit = |at| 1_u128.checked_shl(at).unwrap_or(0);
        match at.checked_sub(u128::BITS) {
            None => Self {
                low: bit(at),
                high: 0,
            },
            Some(at) => Self {
                low: 0,
                high: bit(at),
            },
        }
    }

    /// Whether a bit is in it.
    pub fn has(self, at: u32) -> bool {
        !(self & Self::one(at)).is_empty()
    }

    /// Whether no bit is in it.
    pub fn is_empty(self) -> bool {
        self.low | self.high == 0
    }
}

impl BitAnd for Bits {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self {
            low: self.low & other.low,
            high: self.high & other.high,
        }
    }
}

impl BitOr for Bits {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self {
            low: self.low | other.low,
            high: self.high | other.high,
        }
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
        Self {
            low: !self.low,
            high: !self.high,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bit_is_one_of_its_own() {
        for at in 0..Bits::COUNT {
            let set = Bits::one(at);
            assert!((0..Bits::COUNT).all(|it| set.has(it) == (it == at)), "{at}");
            assert!((!set & set).is_empty());
        }
        assert_eq!(Bits::one(Bits::COUNT), Bits::NONE);
    }
}
